"""Fits on labelled questions: the weights of the ranking, measured on documents that the fit did not see."""

from __future__ import annotations

import numpy as np
import pytest

from pincite.index.retrieval.fusion import LOGIT_RANGE
from training.fit.fusion import Candidates, fit, left_out, measure, rank_of_right, read_features


def question(document: str, seed: int) -> Candidates:
    """Make a question with one right candidate, which the second score alone separates from the rest."""
    rng = np.random.default_rng(seed)
    scores = rng.random((12, 4))
    right = np.zeros(12, dtype=np.bool_)
    right[rng.integers(12)] = True
    scores[right, 1] = 1.0
    return Candidates(document, scores, np.where(right[:8], 4, -4).astype(np.float32), right)


def test_the_score_that_tells_gets_the_weight() -> None:
    """Weights sum to 1, and none is negative."""
    weights = fit([(q.scores, q.right) for q in (question("a", seed) for seed in range(60))])
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights.argmax() == 1
    assert weights[1] > 0.8


def test_questions_without_a_right_candidate_are_wrong_and_teach_nothing() -> None:
    """They count as not found at any depth."""
    nothing = Candidates("b", np.ones((3, 4)), np.zeros(0, dtype=np.float32), np.zeros(3, dtype=np.bool_))
    assert rank_of_right(np.ones(3), nothing.right) == np.inf
    questions = [question("a", seed) for seed in range(20)]
    tables = [(q.scores, q.right) for q in questions]
    assert fit([*tables, (nothing.scores, nothing.right)]) == pytest.approx(fit(tables))


def test_each_document_is_ranked_by_weights_of_others() -> None:
    """A document whose score misleads is not helped by its own questions."""
    questions = [question(f"document {seed % 10}", seed) for seed in range(50)]
    odd = Candidates("odd", 1 - questions[0].scores, questions[0].logits, questions[0].right)
    _, ranks = left_out([*questions, odd], lambda q: q.scores)
    assert ranks[-1] > 1
    assert measure(ranks)["right@1"]["mean"] > 0.8


def test_what_was_read_is_scored_by_its_logit() -> None:
    """The passages that were read have two features: the fused score by the weights in force, and the scaled logit."""
    features = read_features(question("a", 1))
    assert features.shape == (8, 2)
    assert set(features[:, 1].round(3)) <= {
        round(0.5 - 4 / (2 * LOGIT_RANGE), 3),
        round(0.5 + 4 / (2 * LOGIT_RANGE), 3),
    }
