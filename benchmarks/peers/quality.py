"""Ranking quality of an engine: its passages' sections against those that a question is labelled with."""

from __future__ import annotations

from collections.abc import Sequence

from pincite.evaluation.metrics.ranking import reciprocal_rank, success

RANKING_MEASURES = ("success@1", "success@3", "MRR@5")


def quality(found: Sequence[Sequence[int]], labels: Sequence[Sequence[str]], sections: Sequence[str]) -> list[float]:
    """Return the means of RANKING_MEASURES over the labelled questions, as `pincite eval` has them; empty if none is labelled.

    found: for each question the rows of its passages, best first. sections: of each row.
    """
    gains = [[int(sections[row] in right) for row in rows] for rows, right in zip(found, labels, strict=True) if right]
    if not gains:
        return []
    each = [(success(g, 1), success(g, 3), reciprocal_rank(g, 5)) for g in gains]
    return [sum(column) / len(each) for column in zip(*each, strict=True)]
