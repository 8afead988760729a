"""Nearness of the passages after the first: those that are near are shown at once, the others are folded.

A passage is near if its score is within NEAR_GAP of the first's. Of the questions that were answered:

| questions | answered | further passages near, a page | of those that answer where none before does |
| --- | ---: | ---: | ---: |
| about the article (development set) | 69 | .30 of 4 | 2 of 3 near |
| about 29 other patient articles, each asked of its own | 188 | .64 of 4 | 18 of 24 near |

Of the near ones 62% (article) and 20% (others) answer, so their sentences are not marked:
docs/decisions/0024-first-screen.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from pincite.index.types import Hit

NEAR_GAP = 0.1  # score, in [0, 1], that a passage may be behind the first


def count_near(hits: Sequence[Hit]) -> int:
    """Count the passages that are near, the first among them: the hits come best first, so these lead."""
    return sum(hit.score >= hits[0].score - NEAR_GAP for hit in hits)
