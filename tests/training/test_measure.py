"""Measures of an exported file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pincite.index.models.cross_encoder import PairScore
from pincite.index.types import Range
from training.data.pairs import Pair
from training.measure import evaluate
from training.measure.metrics import interval


class Overlap:
    """Stand-in for a cross-encoder: scores by the words that question and passage share."""

    def score(self, question: str, passage: str, sentences: Sequence[Range]) -> PairScore:
        words = set(question.split())
        logits = [len(words & set(passage[start:end].split())) for start, end in sentences]
        return PairScore(float(len(words & set(passage.split()))), np.array(logits, dtype=np.float32))


MODEL: evaluate.CrossEncoder = Overlap()  # type: ignore[assignment]
RIGHT = Pair("red bell", "A > B\nred bell here", True, None, "medquad-train", "own")
WRONG = Pair("red bell", "A\nblue horn here", False, None, "medquad-train", "section")


def test_the_interval_holds_the_auroc_and_shrinks_with_the_sample() -> None:
    """The same samples give the same interval."""
    low, high = interval([2, 3, 1, 4], [1, 2, 0, 2])
    assert low < 0.875 < high <= 1
    assert interval([2, 3, 1, 4], [1, 2, 0, 2]) == (low, high)
    narrow = interval([2, 3, 1, 4] * 20, [1, 2, 0, 2] * 20)
    assert narrow[1] - narrow[0] < high - low


def test_pairs_are_compared_by_collection_and_kind() -> None:
    """The window that answers is above that of another section, by AUROC 1; so many pairs a kind count at most."""
    measures = evaluate.of_pairs(MODEL, [RIGHT, RIGHT, WRONG, WRONG, WRONG], 2)
    assert measures == {
        "medquad-train: own over section": {"auroc": 1.0, "interval": [1.0, 1.0], "n": [2, 2]},
    }


def test_windows_without_a_heading_are_measured_apart() -> None:
    """`own` with a section path in its heading line is left out."""
    bare = Pair("red bell", "A\nred bell here", True, None, "medquad-train", "own")
    measures = evaluate.of_headless(MODEL, [RIGHT, bare, WRONG], 9)
    assert measures["medquad-train: own over section, no heading"]["n"] == [1, 1]


@pytest.mark.parametrize(("scores", "expected"), [([1.0, 3.0, 2.0], 3.0), ([-2.0], -2.0)])
def test_the_best_passage_counts(scores: list[float], expected: float) -> None:
    """The highest logit among a question's passages is taken."""

    class Given:
        def score(self, question: str, passage: str, sentences: Sequence[Range]) -> PairScore:
            return PairScore(float(passage), np.zeros(0, dtype=np.float32))

    assert evaluate.best(Given(), "q", [str(score) for score in scores]) == expected  # type: ignore[arg-type]
