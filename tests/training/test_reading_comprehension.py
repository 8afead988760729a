"""Pairs from questions on paragraphs, on a tiny collection."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tiny_collections import ARTICLES, word_vectors, write_reading

from training.data import reading_comprehension as reading
from training.data.windows import cut_windows


@pytest.fixture
def collection(tmp_path: Path) -> reading.Collection:
    write_reading(tmp_path / "squad2-open", ARTICLES)
    return reading.read_collection(tmp_path / "squad2-open")


def test_questions_keep_paragraph_answers_and_split(collection: reading.Collection) -> None:
    """Answerable questions come first, then those that their paragraph does not answer; the far ones are apart."""
    first, last = collection.questions[0], collection.questions[-1]
    assert (first.paragraph, first.answers, first.split) == ("paragraph-0", ("1700",), "train")
    assert (last.paragraph, last.answers, last.split) == ("paragraph-5", (), "test")
    assert {kind for kind, _ in collection.far} == {"far"}


def test_pairs_are_of_their_split_and_marked_where_the_answer_stands(collection: reading.Collection) -> None:
    """The sentence with the year is marked, and no window that holds it is wrong."""
    windows = word_vectors([w.text for w in collection.windows], Path())
    questions = word_vectors([a.text for a in collection.questions], Path())
    ranked = reading.nearest(questions, windows, 20, np.arange(len(windows)))
    pairs = list(reading.pairs(collection, ranked, "dev", 1, random.Random(1)))
    own = [p for p in pairs if p.answers]
    assert [p.question for p in own] == ["When was the Normans first described?"]
    assert [own[0].passage[start:end] for start, end in own[0].marks or ()] == [
        "The Normans was first described in 1703 by travellers."
    ]
    assert {p.kind for p in pairs} == {"own", "article", "near"}
    assert not any("1703" in p.passage for p in pairs if p.kind == "article")
    assert all(p.passage.startswith("Normans") for p in pairs if p.kind == "near")


def test_the_nearest_are_the_best_of_those_allowed() -> None:
    """Rows are those of all windows, best first, whatever may be found among them."""
    windows = np.eye(4, dtype=np.float32)
    questions = np.array([[0.1, 0.9, 0.5, 0.3]], dtype=np.float32)
    assert reading.nearest(questions, windows, 2, np.array([0, 2, 3])).tolist() == [[2, 3]]


def test_an_answer_is_a_whole_word() -> None:
    """`art` does not stand in `party`, and case does not matter."""
    (window,) = cut_windows("a", "A", "The party began. ART was sold.")
    assert [window.text[start:end] for start, end in reading.answering(window, ("art", ""))] == ["ART was sold."]


def test_punctuation_that_stands_apart_is_put_back(tmp_path: Path) -> None:
    """CLAPNQ's paragraphs come tokenised."""
    assert reading._detokenise("`` It does n't ring ( at night ) , '' he said .") == (
        '"It doesn\'t ring (at night)," he said.'
    )
