"""Fit the answerability judgement on labelled questions, and measure it on questions the fit did not see.

Logistic models with weights that are not negative (so that more evidence never lowers a confidence), by maximum
likelihood with a ridge on the standardised weights. Figures come from cross-validation: each fold is judged by models
and thresholds fitted on the other nine. Values come in, values go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pincite.evaluation.datasets.questions import ANSWERABLE, Question
from pincite.evaluation.metrics.answerability import answerability
from pincite.index.answer.answerability import WITH_CROSS_ENCODER, WITHOUT_CROSS_ENCODER, Features, classify
from pincite.index.errors import PinciteError, QuestionError
from pincite.index.searcher import Searcher

RIDGE = 4.0
FOLDS = 10
MIN_QUESTIONS = 20  # questions of a kind that a fit needs
OFF_TOPIC = "far_out"


@dataclass(frozen=True, slots=True)
class Budgets:
    """The errors that choose the thresholds, on the questions fitted on."""

    near: float = 0.10  # share of unanswerable questions near the documents that may be called answered
    missed: float = 0.02  # share of answerable questions that may be called not found


def collect(searcher: Searcher, questions: Sequence[Question]) -> tuple[list[Features], NDArray[np.str_]]:
    """Collect the features and kinds of all questions that can be searched."""
    found, kinds = [], []
    for q in questions:
        try:
            ranked = searcher.search(q.text)
        except QuestionError:
            continue
        if len(ranked.rows):
            found.append(searcher.features(ranked, searcher.pair_scores(ranked)))
            kinds.append(q.kind)
    return found, np.array(kinds)


def calibrate(found: Sequence[Features], kinds: NDArray[np.str_], name: str, budgets: Budgets) -> dict[str, Any]:
    """Fit a whole calibration: models with and without the cross-encoder, and their figures on held-out folds.

    Raises PinciteError when there are too few questions of a kind.
    """
    counts = {str(kind): int((kinds == kind).sum()) for kind in np.unique(kinds)}
    near = sum(count for kind, count in counts.items() if kind not in (ANSWERABLE, OFF_TOPIC))
    if counts.get(ANSWERABLE, 0) < MIN_QUESTIONS or near < MIN_QUESTIONS:
        raise PinciteError(
            name,
            f"has {counts.get(ANSWERABLE, 0)} answerable questions and {near} near misses; "
            f"a fit needs {MIN_QUESTIONS} of each",
            f"label more questions: kind {ANSWERABLE!r} and any other",
        )
    bare = [replace(f, cross_encoder=None) for f in found]
    variants = {WITHOUT_CROSS_ENCODER: bare} | (
        {WITH_CROSS_ENCODER: list(found)} if found[0].cross_encoder is not None else {}
    )
    result: dict[str, Any] = {"fitted_on": {"questions": name, **counts}, "budgets": asdict(budgets)}
    for variant, features in variants.items():
        models = _fit_both(features, kinds, budgets)
        result[variant] = models | {"measured": _measure(features, kinds, budgets)}
    return result


def _fit_both(features: Sequence[Features], kinds: NDArray[np.str_], budgets: Budgets) -> dict[str, Any]:
    names, x = _table(features)
    answers = _fit(names, x, kinds == ANSWERABLE)
    touching = kinds != OFF_TOPIC
    touches = _fit(names, x, touching) if not touching.all() else answers | {"threshold": 0.0}
    near = _logits(answers, x[(kinds != ANSWERABLE) & touching])
    inside = _logits(touches, x[kinds == ANSWERABLE])
    answers = answers | {"threshold": _probability(np.quantile(near, 1 - budgets.near))}
    if not touching.all():
        touches = touches | {"threshold": _probability(np.quantile(inside, budgets.missed))}
    return {"answers": answers, "touches": touches}


def _fit(names: Sequence[str], x: NDArray[np.float64], y: NDArray[np.bool_]) -> dict[str, Any]:
    """Fit P(y) = 1 / (1 + exp(-(bias + x @ weights))), weights >= 0. x: (n, f), y: (n,)."""
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - middle) / spread

    def loss(w: NDArray[np.float64]) -> float:
        logits = w[0] + z @ w[1:]
        return float(np.logaddexp(0, np.where(y, -logits, logits)).sum() + RIDGE * (w[1:] ** 2).sum())

    bounds = [(None, None)] + [(0, None)] * x.shape[1]
    found = minimize(loss, np.zeros(x.shape[1] + 1), method="L-BFGS-B", bounds=bounds).x
    weights = found[1:] / spread
    return {
        "bias": round(float(found[0] - weights @ middle), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
    }


def _measure(features: Sequence[Features], kinds: NDArray[np.str_], budgets: Budgets) -> dict[str, Any]:
    """Cross-validated shares of each status by kind, and the figures of `pincite eval` for the confidence."""
    folds = np.random.default_rng(0).permutation(len(features)) % FOLDS
    confidence = np.zeros(len(features))
    status = np.empty(len(features), dtype="U9")
    for fold in range(FOLDS):
        held = folds == fold
        rest = [f for f, out in zip(features, held, strict=True) if not out]
        models = {v: _fit_both(rest, kinds[~held], budgets) for v in (WITH_CROSS_ENCODER, WITHOUT_CROSS_ENCODER)}
        judged = [classify(f, models) for f, out in zip(features, held, strict=True) if out]
        confidence[held] = [j.confidence for j in judged]
        status[held] = [j.status for j in judged]
    shares = {
        str(kind): {
            s: round(float((status[kinds == kind] == s).mean()), 3) for s in ("answered", "related", "not_found")
        }
        for kind in np.unique(kinds)
    }
    return {
        "method": f"{FOLDS}-fold cross-validation",
        "statuses": shares,
        "figures": answerability(confidence, kinds, kinds == ANSWERABLE),
    }


def _table(features: Sequence[Features]) -> tuple[list[str], NDArray[np.float64]]:
    names = [f.name for f in fields(Features) if getattr(features[0], f.name) is not None]
    return names, np.array([[getattr(f, name) for name in names] for f in features])


def _logits(model: dict[str, Any], x: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = model["bias"] + x @ np.array(list(model["weights"].values()))
    return found


def _probability(logit: Any) -> float:
    return round(float(1 / (1 + np.exp(-logit))), 4)
