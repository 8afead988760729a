"""Each retriever, given three rows typed by hand, returns the scores that one can work out on paper."""

from __future__ import annotations

from typing import Any

import faiss as typed_faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from pincite.index.query.spelling import Speller
from pincite.index.query.word_frequency import WordFrequencies
from pincite.index.retrieval.bm25 import BM25Index, Postings
from pincite.index.retrieval.dense import DenseIndex
from pincite.index.retrieval.late_interaction import TokenIndex, quantize
from pincite.index.retrieval.sentence_vectors import SentenceIndex

faiss: Any = typed_faiss
EAST, NORTH, NORTH_EAST = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


def vectors(*rows: list[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


class Product:
    """Stand-in for the ONNX session that multiplies uint8 tokens, less their zero point, by int8 digits."""

    def run(self, _: None, feed: dict[str, NDArray[Any]]) -> list[NDArray[np.int32]]:
        return [(feed["tokens"].astype(np.int32) - 128) @ feed["digits"].astype(np.int32)]


def test_dense_finds_the_nearest_vectors() -> None:
    """The two nearest of three vectors come back with their cosines, best first; a scope leaves the others out."""
    stored = faiss.IndexFlatIP(2)
    stored.add(vectors(EAST, NORTH, NORTH_EAST))
    index = DenseIndex(stored)
    rows, cosines = index.nearest(vectors(NORTH)[0], 2)
    assert (rows.tolist(), cosines.tolist()) == ([1, 2], pytest.approx([1.0, 0.8]))
    assert index.nearest(vectors(NORTH)[0], 2, np.array([0, 2]))[0].tolist() == [2, 0]


def test_bm25_adds_up_the_scores_of_the_posting_lists() -> None:
    """A passage scores the sum of its terms' stored scores; a passage without any of them is not among the best."""
    postings = Postings(
        terms=["bell", "tide"],
        starts=np.array([0, 2, 3]),
        rows=np.array([0, 2, 2], dtype=np.int32),
        scores=np.array([0.5, 1.0, 2.0], dtype=np.float32),
        max_scores=np.array([1.0, 2.0], dtype=np.float32),
        passage_count=3,
    )
    index = BM25Index(postings)
    assert index.scores("bells and tides").tolist() == [0.5, 0.0, 3.0]
    assert index.scores_of("bell", np.array([2, 1])).tolist() == [1.0, 0.0]
    rows, scores = index.top_k("tide bell", 3)
    assert (rows.tolist(), scores.tolist()) == ([2, 0], [3.0, 0.5])


def test_sentences_score_a_passage_by_the_best_of_them() -> None:
    """Each passage scores the best cosine of its own sentences, of which the second passage has two."""
    index = SentenceIndex(vectors(EAST, NORTH, NORTH_EAST, EAST), np.array([0, 1, 3, 4]))
    assert index.best(vectors(NORTH), np.array([0, 1, 2])).tolist() == [[0.0, 1.0, 0.0]]
    assert index.scores(vectors(NORTH_EAST), 1)[0].tolist() == pytest.approx([0.8, 1.0])


def test_tokens_score_by_their_best_cosine() -> None:
    """The MaxSim of a query token is its greatest cosine with any token of a passage."""
    tokens = quantize(vectors(EAST, NORTH, NORTH_EAST, EAST))
    index = TokenIndex(tokens.values, tokens.scales, np.array([0, 1, 3, 4]), Product())
    max_sim = index.max_sim(vectors(NORTH, EAST), np.array([0, 1, 2]))
    assert max_sim.round(2).tolist() == pytest.approx(np.array([[0, 1], [1, 0.6], [0, 1]]), abs=0.01)


def test_a_word_list_ranks_and_corrects() -> None:
    """Three general words are ranked by their lines; a slip in a word of the documents becomes that word."""
    lines = b"the\nhereditary\nbell\n"
    words = WordFrequencies(lines, np.array([2, 1, 0], dtype=np.int32))
    assert ("bell" in words, "tide" in words, words.rarity("the")) == (True, False, 0.0)
    speller = Speller({"riluzole": 3}, words, lambda stem: False, lambda word: False)
    assert speller.correct("rilozole")[0] == "riluzole"
    assert speller.correct("heriditary")[0] == "hereditary"
