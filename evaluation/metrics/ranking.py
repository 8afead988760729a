"""Measures of one ranking. Grades come in, a number in [0, 1] goes out; higher is better.

gains: the grades of the ranked results, best first, 0 for those not judged. grades: all grades judged for the question.
Definitions are trec_eval's: a grade above 0 is relevant, and a grade of 0 or below gains nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

CUTOFFS = (1, 3, 5)


def success(gains: Sequence[int], k: int) -> float:
    """Return 1 when one of the first k is relevant, else 0: Success@k, not recall."""
    return float(any(gain > 0 for gain in gains[:k]))


def reciprocal_rank(gains: Sequence[int], k: int) -> float:
    """Return 1 / the rank of the first relevant result among the first k, or 0."""
    return next((1 / rank for rank, gain in enumerate(gains[:k], start=1) if gain > 0), 0.0)


def recall(gains: Sequence[int], grades: Iterable[int], k: int) -> float:
    """Return the share of all relevant results that is among the first k; 0 if there are none."""
    relevant = sum(grade > 0 for grade in grades)
    return sum(gain > 0 for gain in gains[:k]) / relevant if relevant else 0.0


def ndcg(gains: Sequence[int], grades: Iterable[int], k: int) -> float:
    """Divide the discounted gain of the first k by that of the ideal order. A gain is the grade over log2(rank + 1).

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002), as trec_eval's ndcg_cut.
    """
    ideal = _discounted(sorted(grades, reverse=True)[:k])
    return _discounted(gains[:k]) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def document_measures(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Compute the measures of a ranking of documents. ranking: ids, best first."""
    gains = [grades.get(name, 0) for name in ranking]
    return {
        "nDCG@10": ndcg(gains, grades.values(), 10),
        "MRR@10": reciprocal_rank(gains, 10),
        "Recall@100": recall(gains, grades.values(), 100),
    }


def section_measures(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Compute the measures of a ranking of sections, each of which is in it once. ranking: ids, best first."""
    gains = [grades.get(name, 0) for name in ranking]
    return {f"section@{k}": success(gains, k) for k in CUTOFFS} | {
        "section MRR@10": reciprocal_rank(gains, 10),
        "section nDCG@10": ndcg(gains, grades.values(), 10),
    }
