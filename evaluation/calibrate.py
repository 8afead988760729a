"""Fitting of the answerability classifier on labelled questions, measured on questions that the fit did not see.

Two logistic models, of P(touches) over all questions and of P(answers) over those on topic, with weights that are not
negative (so that more evidence never lowers a confidence), by maximum likelihood with a ridge on the standardised
weights. Figures come from cross-validation: each fold is classified by models and thresholds fitted on the other nine,
and questions about one document are in one fold. Values come in, values go out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pincite.evaluation.datasets.questions import ANSWERABLE, Question
from pincite.evaluation.metrics.answerability import answerability
from pincite.index.answer.answerability import (
    WITH_CROSS_ENCODER,
    WITHOUT_CROSS_ENCODER,
    Answerability,
    Features,
    classify,
    unanswered,
)
from pincite.index.errors import PinciteError, QuestionError
from pincite.index.searcher import Searcher

RIDGE_PENALTY = 4.0
CROSS_VALIDATION_FOLDS = 10
MIN_QUESTIONS = 20  # of a kind, for a fit
OFF_TOPIC = ("far_out", "far")
CERTAIN = 30.0  # bias of the model of P(touches) where no question is off topic


@dataclass(frozen=True, slots=True)
class Budgets:
    """Error rates on the fitted questions that choose the thresholds."""

    near: float = 0.10  # share of near misses that may be called answered
    missed: float = 0.02  # share of answerable questions that may be called not found


@dataclass(frozen=True, slots=True)
class LabelledEvidence:
    """Evidence that the documents hold on a labelled question."""

    features: Features
    kind: str
    group: str  # questions of one group are in one fold
    is_answerable: bool = True  # False: it asks nothing, or for a name that no passage holds

    def classify(self, calibration: Mapping[str, Any]) -> Answerability:
        """Classify the question as an answer does."""
        found = classify(self.features, calibration)
        return found if self.is_answerable else unanswered(found)


def collect(searcher: Searcher, questions: Sequence[Question]) -> list[LabelledEvidence]:
    """Collect the evidence of all questions that can be searched, each a group of its own."""
    return [found for q in questions for found in evidence(searcher, q.text, q.kind, q.id)]


def evidence(
    searcher: Searcher, question: str, kind: str, group: str, within: NDArray[np.int64] | None = None
) -> Iterator[LabelledEvidence]:
    """Yield the evidence of a question, of all passages or of the rows `within`, unless nothing can be searched."""
    try:
        ranked = searcher.search(question, within)
    except QuestionError:
        return
    if len(ranked.rows):
        yield LabelledEvidence(searcher.features(ranked), kind, group, searcher.is_answerable(ranked))


def calibrate(asked: Sequence[LabelledEvidence], name: str, budgets: Budgets) -> dict[str, Any]:
    """Fit a whole calibration: models with and without the cross-encoder, and their figures on held-out folds.

    Raises PinciteError when there are too few questions of a kind.
    """
    kinds = _kinds(asked)
    counts = _counts(kinds)
    near = sum(count for kind, count in counts.items() if kind != ANSWERABLE and kind not in OFF_TOPIC)
    if counts.get(ANSWERABLE, 0) < MIN_QUESTIONS or near < MIN_QUESTIONS:
        raise PinciteError(
            name,
            f"has {counts.get(ANSWERABLE, 0)} answerable questions and {near} near misses; "
            f"a fit needs {MIN_QUESTIONS} of each",
            f"label more questions: kind {ANSWERABLE!r} and any other",
        )
    result: dict[str, Any] = {"fitted_on": {"questions": name, **counts}, "budgets": asdict(budgets)}
    for variant, of_variant in variants(asked).items():
        measured = _cross_validate(of_variant, variant, name, budgets)
        result[variant] = _fit_both(of_variant, budgets) | {"measured": measured}
    return result


def variants(asked: Sequence[LabelledEvidence]) -> dict[str, list[LabelledEvidence]]:
    """Return the same evidence without the cross-encoder and, if it read the passages, with it."""
    bare = [replace(e, features=replace(e.features, cross_encoder=None)) for e in asked]
    was_read = asked[0].features.cross_encoder is not None
    return {WITHOUT_CROSS_ENCODER: bare} | ({WITH_CROSS_ENCODER: list(asked)} if was_read else {})


def measure(asked: Sequence[LabelledEvidence], found: Sequence[Answerability], method: str) -> dict[str, Any]:
    """Compute the shares of each status by kind, and the figures of `pincite eval` for the confidence.

    method: on what it was measured, as it goes on after "measured".
    """
    kinds = _kinds(asked)
    status = np.array([f.status for f in found])
    shares = {
        str(kind): {
            s: round(float((status[kinds == kind] == s).mean()), 3) for s in ("answered", "related", "not_found")
        }
        for kind in np.unique(kinds)
    }
    confidence = np.array([f.confidence for f in found])
    return {
        "method": method,
        "questions": _counts(kinds),
        "statuses": shares,
        "figures": answerability(confidence, kinds, kinds == ANSWERABLE),
    }


def _cross_validate(asked: Sequence[LabelledEvidence], variant: str, name: str, budgets: Budgets) -> dict[str, Any]:
    groups = sorted({e.group for e in asked})
    folds = np.random.default_rng(0).permutation(len(groups)) % CROSS_VALIDATION_FOLDS
    fold_of = dict(zip(groups, folds.tolist(), strict=True))
    calibrations = [
        {variant: _fit_both([e for e in asked if fold_of[e.group] != fold], budgets)}
        for fold in range(CROSS_VALIDATION_FOLDS)
    ]
    found = [e.classify(calibrations[fold_of[e.group]]) for e in asked]
    return measure(asked, found, f"on {name}, by {CROSS_VALIDATION_FOLDS}-fold cross-validation")


def _counts(kinds: NDArray[np.str_]) -> dict[str, int]:
    return {str(kind): int((kinds == kind).sum()) for kind in np.unique(kinds)}


def _kinds(asked: Sequence[LabelledEvidence]) -> NDArray[np.str_]:
    return np.array([e.kind for e in asked])


def _fit_both(asked: Sequence[LabelledEvidence], budgets: Budgets) -> dict[str, Any]:
    kinds = _kinds(asked)
    names, x = _table([e.features for e in asked])
    on_topic = ~np.isin(kinds, OFF_TOPIC)
    answer_model = _fit(names, x[on_topic], kinds[on_topic] == ANSWERABLE)
    certain = {"bias": CERTAIN, "weights": dict.fromkeys(names, 0.0)}
    topic_model = certain if on_topic.all() else _fit(names, x, on_topic)
    touches = _probabilities(topic_model, x)
    confidence = touches * _probabilities(answer_model, x)
    thresholds = (
        np.quantile(confidence[on_topic & (kinds != ANSWERABLE)], 1 - budgets.near),
        0.0 if on_topic.all() else np.quantile(touches[kinds == ANSWERABLE], budgets.missed),
    )
    answers, topic = (
        model | {"threshold": round(float(threshold), 4)}
        for model, threshold in zip((answer_model, topic_model), thresholds, strict=True)
    )
    return {"answers": answers, "touches": topic}


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


def _table(features: Sequence[Features]) -> tuple[list[str], NDArray[np.float64]]:
    names = [f.name for f in fields(Features) if getattr(features[0], f.name) is not None]
    return names, np.array([[getattr(f, name) for name in names] for f in features])


def _probabilities(model: dict[str, Any], x: NDArray[np.float64]) -> NDArray[np.float64]:
    logits = model["bias"] + x @ np.array(list(model["weights"].values()))
    probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return probabilities
