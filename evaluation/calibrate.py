"""Fitting of the answerability classifier on labelled questions, measured on questions that the fit did not see.

Logistic models with weights that are not negative (so that more evidence never lowers a confidence), by maximum
likelihood with a ridge on the standardised weights. Figures come from cross-validation: each fold is classified by
models and thresholds fitted on the other nine. Values come in, values go out.
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

RIDGE_PENALTY = 4.0
CROSS_VALIDATION_FOLDS = 10
MIN_QUESTIONS = 20  # of a kind, for a fit
OFF_TOPIC = "far_out"


@dataclass(frozen=True, slots=True)
class Budgets:
    """Error rates on the fitted questions that choose the thresholds."""

    near: float = 0.10  # share of near misses that may be called answered
    missed: float = 0.02  # share of answerable questions that may be called not found


def collect(searcher: Searcher, questions: Sequence[Question]) -> tuple[list[Features], NDArray[np.str_]]:
    """Collect the features and kinds of all questions that can be searched."""
    features, kinds = [], []
    for q in questions:
        try:
            ranked = searcher.search(q.text)
        except QuestionError:
            continue
        if len(ranked.rows):
            features.append(searcher.features(ranked, searcher.pair_scores(ranked)))
            kinds.append(q.kind)
    return features, np.array(kinds)


def calibrate(features: Sequence[Features], kinds: NDArray[np.str_], name: str, budgets: Budgets) -> dict[str, Any]:
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
    bare = [replace(f, cross_encoder=None) for f in features]
    variants = {WITHOUT_CROSS_ENCODER: bare} | (
        {WITH_CROSS_ENCODER: list(features)} if features[0].cross_encoder is not None else {}
    )
    result: dict[str, Any] = {"fitted_on": {"questions": name, **counts}, "budgets": asdict(budgets)}
    for variant, variant_features in variants.items():
        models = _fit_both(variant_features, kinds, budgets)
        result[variant] = models | {"measured": _measure(variant_features, kinds, budgets)}
    return result


def _fit_both(features: Sequence[Features], kinds: NDArray[np.str_], budgets: Budgets) -> dict[str, Any]:
    names, x = _table(features)
    answer_model = _fit(names, x, kinds == ANSWERABLE)
    on_topic = kinds != OFF_TOPIC
    topic_model = _fit(names, x, on_topic) if not on_topic.all() else answer_model | {"threshold": 0.0}
    near = _logits(answer_model, x[(kinds != ANSWERABLE) & on_topic])
    inside = _logits(topic_model, x[kinds == ANSWERABLE])
    answer_model = answer_model | {"threshold": _probability(np.quantile(near, 1 - budgets.near))}
    if not on_topic.all():
        topic_model = topic_model | {"threshold": _probability(np.quantile(inside, budgets.missed))}
    return {"answers": answer_model, "touches": topic_model}


def _fit(names: Sequence[str], x: NDArray[np.float64], y: NDArray[np.bool_]) -> dict[str, Any]:
    """Fit P(y) = 1 / (1 + exp(-(bias + x @ weights))), weights >= 0. x: (n, f), y: (n,)."""
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - middle) / spread

    def loss(w: NDArray[np.float64]) -> float:
        logits = w[0] + z @ w[1:]
        return float(np.logaddexp(0, np.where(y, -logits, logits)).sum() + RIDGE_PENALTY * (w[1:] ** 2).sum())

    bounds = [(None, None)] + [(0, None)] * x.shape[1]
    fitted = minimize(loss, np.zeros(x.shape[1] + 1), method="L-BFGS-B", bounds=bounds).x
    weights = fitted[1:] / spread
    return {
        "bias": round(float(fitted[0] - weights @ middle), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
    }


def _measure(features: Sequence[Features], kinds: NDArray[np.str_], budgets: Budgets) -> dict[str, Any]:
    """Cross-validate: the shares of each status by kind, and the figures of `pincite eval` for the confidence."""
    folds = np.random.default_rng(0).permutation(len(features)) % CROSS_VALIDATION_FOLDS
    confidence = np.zeros(len(features))
    status = np.empty(len(features), dtype="U9")
    for fold in range(CROSS_VALIDATION_FOLDS):
        held_out = folds == fold
        others = [f for f, is_out in zip(features, held_out, strict=True) if not is_out]
        models = {v: _fit_both(others, kinds[~held_out], budgets) for v in (WITH_CROSS_ENCODER, WITHOUT_CROSS_ENCODER)}
        outcomes = [classify(f, models) for f, is_out in zip(features, held_out, strict=True) if is_out]
        confidence[held_out] = [j.confidence for j in outcomes]
        status[held_out] = [j.status for j in outcomes]
    shares = {
        str(kind): {
            s: round(float((status[kinds == kind] == s).mean()), 3) for s in ("answered", "related", "not_found")
        }
        for kind in np.unique(kinds)
    }
    return {
        "method": f"{CROSS_VALIDATION_FOLDS}-fold cross-validation",
        "statuses": shares,
        "figures": answerability(confidence, kinds, kinds == ANSWERABLE),
    }


def _table(features: Sequence[Features]) -> tuple[list[str], NDArray[np.float64]]:
    names = [f.name for f in fields(Features) if getattr(features[0], f.name) is not None]
    return names, np.array([[getattr(f, name) for name in names] for f in features])


def _logits(model: dict[str, Any], x: NDArray[np.float64]) -> NDArray[np.float64]:
    logits: NDArray[np.float64] = model["bias"] + x @ np.array(list(model["weights"].values()))
    return logits


def _probability(logit: Any) -> float:
    return round(float(1 / (1 + np.exp(-logit))), 4)
