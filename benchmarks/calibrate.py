"""Fit the answerability judgement on labelled questions.

    python benchmarks/calibrate.py QUESTIONS [--index FOLDER] [--out FILE]

Two logistic models with weights that are not negative (so that more evidence never lowers a confidence), by
maximum likelihood with a small ridge. Error rates are measured by 10-fold cross-validation, each fold judged by
models and thresholds fitted on the other nine: they are of questions the fit did not see.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.answerability import Features, judge
from index.bundle import Bundle
from index.question import normalise
from index.searcher import Searcher
from service.evaluation import Question, read_questions

NAMES = [f.name for f in fields(Features)]
RIDGE = 0.02
FOLDS = 10
# The budgets that choose the thresholds, on the questions fitted on.
NEAR_ANSWERED = 0.25  # near misses that may be called answered
IN_MISSED = 0.02  # answerable questions that may be called not found


def fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, Any]:
    """Fit P(y) = 1 / (1 + exp(-(bias + x @ weights))), weights >= 0. x: (n, f), y: (n,) of 0 and 1."""

    def loss(w: NDArray[np.float64]) -> float:
        logits = w[0] + x @ w[1:]
        return float(np.logaddexp(0, np.where(y > 0, -logits, logits)).sum() + RIDGE * (w[1:] ** 2).sum())

    found = minimize(
        loss, np.zeros(x.shape[1] + 1), method="L-BFGS-B", bounds=[(None, None)] + [(0, None)] * x.shape[1]
    ).x
    return {
        "bias": round(float(found[0]), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(NAMES, found[1:], strict=True)},
    }


def probabilities(model: dict[str, Any], x: NDArray[np.float64]) -> NDArray[np.float64]:
    logits = model["bias"] + x @ np.array([model["weights"][n] for n in NAMES])
    return np.asarray(1 / (1 + np.exp(-logits)))


def calibrate(x: NDArray[np.float64], kinds: NDArray[np.str_]) -> dict[str, Any]:
    """Both models with their thresholds."""
    answers = fit(x, (kinds == "in").astype(float))
    touches = fit(x, (kinds != "far_out").astype(float))
    near = probabilities(answers, x[kinds == "near_out"])
    inside = probabilities(touches, x[kinds == "in"])
    answers["threshold"] = round(float(np.quantile(near, 1 - NEAR_ANSWERED)), 4)
    touches["threshold"] = round(float(np.quantile(inside, IN_MISSED)), 4)
    return {"answers": answers, "touches": touches}


def measure(x: NDArray[np.float64], kinds: NDArray[np.str_]) -> dict[str, Any]:
    """Cross-validated shares of each status by kind, and how well the two confidences separate the kinds."""
    folds = np.random.default_rng(0).permutation(len(x)) % FOLDS
    status = np.empty(len(x), dtype="U9")
    confidence = np.zeros(len(x))
    touching = np.zeros(len(x))
    for fold in range(FOLDS):
        held = folds == fold
        model = calibrate(x[~held], kinds[~held])
        judged = [judge(Features(**dict(zip(NAMES, map(float, row), strict=True))), model) for row in x[held]]
        status[held] = [j.status for j in judged]
        confidence[held] = [j.confidence for j in judged]
        touching[held] = probabilities(model["touches"], x[held])
    shares = {
        kind: {s: round(float((status[kinds == kind] == s).mean()), 3) for s in ("answered", "related", "not_found")}
        for kind in ("in", "near_out", "far_out")
    }
    return {
        "statuses": shares,
        "auroc_in_over_near": auroc(confidence[kinds == "in"], confidence[kinds == "near_out"]),
        "auroc_touching_over_far": auroc(touching[kinds != "far_out"], touching[kinds == "far_out"]),
        "method": f"{FOLDS}-fold cross-validation",
    }


def auroc(right: NDArray[np.float64], wrong: NDArray[np.float64]) -> float:
    """The chance that one of `right` is above one of `wrong`, ties half."""
    above = (right[:, None] > wrong[None, :]).mean() + (right[:, None] == wrong[None, :]).mean() / 2
    return round(float(above), 3)


def table(searcher: Searcher, questions: Sequence[Question]) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """The features and kinds of all questions that have a word to search for."""
    rows, kinds = [], []
    for q in questions:
        searched = normalise(q.text, 10_000)
        ranked = searcher.rank(searched)
        if len(ranked.rows):
            rows.append(list(asdict(searcher.features(searched, ranked)).values()))
            kinds.append(q.kind)
    return np.array(rows), np.array(kinds)


def main() -> None:
    """Fit, measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--out", type=Path, default=Path("index/calibration.json"))
    given = parser.parse_args()
    x, kinds = table(Searcher(Bundle(given.index)), read_questions(given.questions))
    fitted_on = {"questions": given.questions.name} | {k: int((kinds == k).sum()) for k in sorted(set(kinds.tolist()))}
    budgets = {"near_out_answered": NEAR_ANSWERED, "in_not_found": IN_MISSED}
    result = calibrate(x, kinds) | {"fitted_on": fitted_on, "budgets": budgets, "measured": measure(x, kinds)}
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
