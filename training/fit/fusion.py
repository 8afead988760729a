"""Fit of the weights in index/retrieval/fusion.py, on the train documents of the written questions.

    python -m training.fit.fusion BENCH --indexes var/written

The weights of the four scores are fitted on all train documents, the cross-encoder's share on those that it did not
learn from. Method: the likelihood that softmax over a question's candidates gives to those that hold its quotes
(ListNet's top-one loss, Cao et al., 2007), no weight negative. Figures are of documents left out of the fit, five times
a fifth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.evaluation.datasets.quoted import SOURCES, QuotedQuestion, quoted_ranges, read_quoted
from pincite.evaluation.indexes import searching
from pincite.evaluation.metrics.statistics import figure, intervals
from pincite.index.models.cross_encoder import CrossEncoder
from pincite.index.ranking.rerank import MAX_READ, read
from pincite.index.retrieval.fusion import CROSS_ENCODER_SHARE, MIN_RANGE, RERANK_WEIGHTS, min_max, scale_logits
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from training.data.mix import is_held_out

FOLDS = 5
Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The re-ranked candidates of one question, best first by the weights in force."""

    document: str
    scores: Features  # (h, 4) in [0, 1]: the scores of RERANK_WEIGHTS, in its order
    logits: NDArray[np.float32]  # (r,): of the first MAX_READ; none of a document that the cross-encoder learnt from
    right: NDArray[np.bool_]  # (h,): which hold all quotes


def collect(bench: Path, indexes: Path) -> Iterator[Candidates]:
    """Rank the passages of its own document for each answerable question of the train documents."""
    for source in SOURCES:
        documents, questions = read_quoted(bench, source)
        settings = Settings(cross_encoder=0)
        with searching(
            documents, indexes / source, settings, lambda stage: partial(print, stage, end="\r")
        ) as searcher:
            cross_encoder = CrossEncoder(searcher.bundle.folder)
            for q in questions:
                if q.split == "train" and q.kind == ANSWERABLE:
                    yield candidates(searcher, cross_encoder, q)


def candidates(searcher: Searcher, cross_encoder: CrossEncoder, question: QuotedQuestion) -> Candidates:
    """Rank the passages of a question's document, and label them."""
    bundle = searcher.bundle
    ranked = searcher.search(question.text, bundle.rows_of(question.document))
    head = ranked.rows[: len(next(iter(ranked.scores.values()), ()))].tolist()
    to_read = head[:MAX_READ] if is_held_out(question.document) else []
    return Candidates(
        question.document,
        np.array([min_max(ranked.scores[name], MIN_RANGE.get(name, 0.0)) for name in RERANK_WEIGHTS]).T,
        np.array([p.answer_logit for p in read(bundle, cross_encoder, ranked.query.parsed, to_read)], dtype=np.float32),
        np.array([None not in quoted_ranges(bundle.passage_text(row), question.quotes) for row in head]),
    )


def fit(questions: Sequence[tuple[Features, NDArray[np.bool_]]]) -> NDArray[np.float64]:
    """Fit weights (f,) that are not negative and sum to 1. questions: scores (h, f) and which are right (h,)."""
    useful = [(x, right) for x, right in questions if right.any()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, gradient = 0.0, np.zeros(len(weights))
        for x, right in useful:
            logits = x @ weights
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            of_right = shares * right / (shares @ right)
            total -= float(np.log(shares @ right))
            gradient += (shares - of_right) @ x
        return total / len(useful), gradient / len(useful)

    width = useful[0][0].shape[1]
    fitted = minimize(loss, np.full(width, 5.0), jac=True, method="L-BFGS-B", bounds=[(0, None)] * width).x
    weights: NDArray[np.float64] = fitted / fitted.sum()
    return weights


def rank_of_right(score: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the rank of the first right candidate, from 1; infinite if there is none. Both (h,)."""
    found = np.flatnonzero(right[np.argsort(-score, kind="stable")])
    return float(found[0] + 1) if len(found) else np.inf


def measure(ranks: Sequence[float]) -> dict[str, Any]:
    """Compute the share of questions whose first right candidate is among the first 1, 3 and 5, with intervals."""
    columns = np.array([[float(rank <= k) for k in (1, 3, 5)] for rank in ranks])
    bounds = intervals(columns)
    return {f"right@{k}": figure(float(columns[:, i].mean()), bounds[:, i]) for i, k in enumerate((1, 3, 5))}


def left_out(
    questions: Sequence[Candidates], features: Callable[[Candidates], Features]
) -> tuple[NDArray[np.float64], list[float]]:
    """Fit on all questions. Returns the weights, and ranks by weights fitted on other documents. features: (h, f)."""
    tables = [(features(q), q.right[: len(features(q))]) for q in questions]
    documents = sorted({q.document for q in questions})
    fold_of = {name: i % FOLDS for i, name in enumerate(np.random.default_rng(0).permutation(documents).tolist())}
    folds = [fold_of[q.document] for q in questions]
    weights = [fit([t for t, f in zip(tables, folds, strict=True) if f != fold]) for fold in range(FOLDS)]
    ranks = [rank_of_right(x @ weights[f], right) for (x, right), f in zip(tables, folds, strict=True)]
    return fit(tables), ranks


def read_features(question: Candidates) -> Features:
    """Return the fused score and the scaled logit of the passages that the cross-encoder read: (r, 2)."""
    score = question.scores @ np.array(list(RERANK_WEIGHTS.values()))
    return np.stack([score[: len(question.logits)], scale_logits(question.logits)], axis=1)


def main() -> None:
    """Fit both, and print their figures and those of the weights in force."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--indexes", type=Path, default=Path("var/written"))
    options = parser.parse_args()
    questions = list(collect(options.bench, options.indexes))
    weights, ranks = left_out(questions, lambda q: q.scores)
    in_force = np.array(list(RERANK_WEIGHTS.values()))
    read_questions = [q for q in questions if len(q.logits)]
    share, reread_ranks = left_out(read_questions, read_features)
    in_force_share = np.array([1 - CROSS_ENCODER_SHARE, CROSS_ENCODER_SHARE])
    report = {
        "four scores": {
            "questions": len(questions),
            "fitted": dict(zip(RERANK_WEIGHTS, weights.round(3).tolist(), strict=True)),
            "measured": measure(ranks),
            "in force": measure([rank_of_right(q.scores @ in_force, q.right) for q in questions]),
        },
        "with the cross-encoder": {
            "questions": len(read_questions),
            "fitted share": round(float(share[1]), 3),
            "measured": measure(reread_ranks),
            "in force": measure(
                [rank_of_right(read_features(q) @ in_force_share, q.right[: len(q.logits)]) for q in read_questions]
            ),
            "not read": measure([rank_of_right(q.scores @ in_force, q.right) for q in read_questions]),
        },
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
