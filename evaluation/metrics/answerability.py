"""Measures of answerability. Confidences, kinds and right or wrong come in, figures with intervals go out.

AUROC: the chance that an answerable question is given more confidence than one of another kind, ties half.
Calibration error: questions in order of confidence, in 15 bins of equal mass; the mean over bins of the distance
between mean confidence and share of successes (Nguyen and O'Connor, EMNLP 2015). Brier score: the mean square of
confidence minus success. False answers: at the highest threshold that a given share of the answerable questions
reaches, the share of a kind that reaches it, too. Selective risk: of that share of all questions which have most
confidence, how many are wrong to answer (El-Yaniv and Wiener, JMLR 2010).

Questions of equal confidence are never separated: a bin or share that ends among them takes an equal part of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.evaluation.metrics.statistics import Floats, figure, picks, spread

COVERAGES = (0.80, 0.85, 0.90, 0.95)
CALIBRATION_BINS = 15
_ROUNDING = 1e-9

Counts = Mapping[str, Floats]  # kind to (b, u): how often each confidence stands in each of b resamples


def answerability(confidence: Floats, kinds: NDArray[np.str_], right: NDArray[np.bool_]) -> dict[str, Any]:
    """Compute all figures with 95% bootstrap intervals; {} unless answerable and other questions are there.

    confidence: (n,) in [0, 1]. kinds: (n,). right: (n,), the question is answerable and its first hit right.
    Questions are resampled within their kind, so that the kinds keep their numbers.
    """
    answerable = kinds == ANSWERABLE
    if answerable.all() or not answerable.any():
        return {}
    values, places = np.unique(confidence, return_inverse=True)
    groups = {str(kind): places[kinds == kind] for kind in np.unique(kinds)}
    rights = right[answerable].astype(np.float64)
    sizes = [len(group) for group in groups.values()]
    whole = _figures(values, *_counted(values, groups, rights, [np.arange(size)[None] for size in sizes]))
    width = 1 + len(values) * (len(groups) + 1) // len(places)
    blocks = [_figures(values, *_counted(values, groups, rights, drawn)) for drawn in picks(sizes, width)]
    return {
        name: figure(value[0], spread(np.concatenate([block[name] for block in blocks])), "value")
        for name, value in whole.items()
    }


def _counted(
    values: Floats, groups: Mapping[str, NDArray[np.int64]], rights: Floats, drawn: Sequence[NDArray[np.int64]]
) -> tuple[Counts, Floats]:
    """Count the confidences drawn from each kind, and those of right first hits."""
    counts, right = {}, np.empty(0)
    for (kind, places), picked in zip(groups.items(), drawn, strict=True):
        counts[kind] = _count(places[picked], len(values))
        if kind == ANSWERABLE:
            right = _count(places[picked], len(values), rights[picked])
    return counts, right


def _count(places: NDArray[np.int64], width: int, weights: Floats | None = None) -> Floats:
    """Count, or weigh, how often each of `width` places stands in each row. places: (b, n). Returns (b, width)."""
    rows = len(places)
    flat = (places + np.arange(rows)[:, None] * width).ravel()
    weight = None if weights is None else weights.ravel()
    return np.bincount(flat, weight, minlength=rows * width).reshape(rows, width).astype(np.float64)


def _figures(values: Floats, counts: Counts, right: Floats) -> dict[str, Floats]:
    """Compute every figure in b resamples, (b,) each. values: (u,) rising. counts[kind], right: (b, u)."""
    inside, whole = counts[ANSWERABLE], np.sum(list(counts.values()), axis=0)
    others = {kind: count for kind, count in counts.items() if kind != ANSWERABLE}
    figures = {f"AUROC {kind}": auroc(inside, count) for kind, count in others.items()}
    for name, success in (("answerable", inside), ("first hit right", right)):
        figures[f"calibration error ({name})"] = calibration_error(values, whole, success)
        figures[f"Brier ({name})"] = brier(values, whole, success)
    for kind, count in others.items():
        figures |= {f"false answers {kind}@{share:.2f}": false_answers(inside, count, share) for share in COVERAGES}
    figures |= {f"selective risk@{share:.2f}": selective_risk(whole, right, share) for share in COVERAGES}
    return figures


def auroc(above: Floats, below: Floats) -> Floats:
    """Return the probability that one of `above` exceeds one of `below`, ties half: (b,). Both (b, u)."""
    lower = np.cumsum(below, axis=1) - below / 2
    shares: Floats = (above * lower).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1))
    return shares


def auroc_of_scores(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the probability that one score of `above` exceeds one of `below`, ties half; NaN where either is empty.

    >>> auroc_of_scores([0.9, 0.5], [0.5, 0.1])
    0.875
    """
    if not len(above) or not len(below):
        return float("nan")
    values, places = np.unique(np.concatenate([above, below]), return_inverse=True)
    return float(
        auroc(_count(places[None, : len(above)], len(values)), _count(places[None, len(above) :], len(values)))[0]
    )


def brier(values: Floats, counts: Floats, success: Floats) -> Floats:
    """Compute the mean square of confidence minus success. values: (u,); counts, success: (b, u). Returns (b,)."""
    squares = success * (1 - values) ** 2 + (counts - success) * values**2
    means: Floats = squares.sum(axis=1) / counts.sum(axis=1)
    return means


def calibration_error(values: Floats, counts: Floats, success: Floats) -> Floats:
    """Compute the expected calibration error, (b,), over CALIBRATION_BINS bins of equal mass.

    values: (u,); counts, success: (b, u).
    """
    gaps = _running(counts * values - success)
    masses = _running(counts)
    edges = np.linspace(0, masses[0, -1], CALIBRATION_BINS + 1)
    cut = np.array([np.interp(edges, mass, gap) for mass, gap in zip(masses, gaps, strict=True)])
    errors: Floats = np.abs(np.diff(cut, axis=1)).sum(axis=1) / masses[:, -1]
    return errors


def false_answers(inside: Floats, others: Floats, share: float) -> Floats:
    """Return the share of `others` at or above the confidence that `share` of `inside` reach. Both (b, u) counts."""
    reach = _share_from(inside)
    threshold = (reach >= share - _ROUNDING).sum(axis=1) - 1
    shares: Floats = _share_from(others)[np.arange(len(others)), threshold]
    return shares


def selective_risk(counts: Floats, right: Floats, share: float) -> Floats:
    """Return the share of wrong ones among the `share` of most confident questions: (b,). Both (b, u) counts."""
    masses, wrong = _running(counts[:, ::-1]), _running((counts - right)[:, ::-1])
    answered = share * masses[0, -1]
    risks: Floats = np.array([np.interp(answered, *curve) for curve in zip(masses, wrong, strict=True)]) / answered
    return risks


def _running(counts: Floats) -> Floats:
    """Sum up each row from 0 on. counts: (b, u). Returns (b, u + 1)."""
    return np.hstack([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)])


def _share_from(counts: Floats) -> Floats:
    """Return the share of each row at each place or above. counts: (b, u). Returns (b, u), falling from 1."""
    shares: Floats = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1] / counts.sum(axis=1, keepdims=True)
    return shares
