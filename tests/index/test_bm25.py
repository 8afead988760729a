"""BM25: right against another implementation, and the same whatever order words come in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.index.query.analysis import content_words, terms
from pincite.index.retrieval import bm25 as lexical_module
from pincite.index.retrieval.bm25 import BM25Index
from pincite.index.storage.bm25_files import open_bm25
from pincite.index.storage.bm25_writer import write_bm25

TEXTS = [
    "The tower rings a bell at high water.",
    "Twice a month the spring tide floods the lower quay, and the tower rings twice.",
    "At low water the ladder ends above the boats.",
    "Days that are not taken by March are lost; five days may be carried over.",
]


@pytest.fixture
def lexical(tmp_path: Path) -> BM25Index:
    write_bm25(tmp_path, TEXTS)
    return open_bm25(tmp_path, len(TEXTS))


@pytest.mark.parametrize(
    "query", ["tower rings", "high water at the quay", "days carried over", "spring tides", "boat"]
)
def test_scores_are_those_of_bm25s(lexical: BM25Index, query: str) -> None:
    """Scores equal those of bm25s with the same k1, b, idf and words."""
    oracle = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    oracle.index([terms(text) for text in TEXTS], show_progress=False)
    # bm25s leaves out the constant factor k1 + 1
    expected = oracle.get_scores(sorted(set(terms(query)))) * 2.2
    assert np.allclose(lexical.scores(query), expected, atol=1e-5)


def test_a_word_counts_once_and_order_does_not_matter(lexical: BM25Index) -> None:
    """Repeating or reordering the words of a query changes no score, to the last bit."""
    once = lexical.scores("tower water ladder")
    assert (lexical.scores("ladder ladder water tower water") == once).all()


def test_no_shared_word_scores_nothing(lexical: BM25Index) -> None:
    """A query that shares no word with any passage scores 0 everywhere."""
    assert not lexical.scores("zeppelin ???").any()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tides, TIDE; tide's", ["tide", "tide", "tide"]),
        ("C9orf72 5,000 U.S.", ["c9orf72", "5", "000", "u", "s"]),
        ("Müdigkeit ﬁve 肌肉", ["müdigkeit", "five", "肌", "肉", "肌肉"]),
        ("don’t can't", ["don't", "can't"]),
        ("!?", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    """Words are lower-cased, put in compatibility form and stemmed; a script without spaces goes by characters."""
    assert terms(text) == expected


def test_content_words_leave_grammar_out() -> None:
    """The content words of a question are those that say what it is about."""
    text = "How long don't people live with it?"
    assert [text[start:end] for start, end in content_words(text)] == ["long", "people", "live"]


def test_an_index_knows_its_terms(lexical: BM25Index) -> None:
    """A term that any passage holds is known; another is not."""
    assert (lexical.has_term("bell"), lexical.has_term("zeppelin")) == (True, False)


def test_an_index_of_one_empty_text(tmp_path: Path) -> None:
    """A passage without a word can be indexed and is never found."""
    write_bm25(tmp_path, ["..."])
    assert open_bm25(tmp_path, 1).scores("anything").tolist() == [0.0]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from([0, lexical_module.EXHAUSTIVE_BELOW]),
)
def test_the_best_are_those_of_all_scores(seed: int, k: int, words: int, small: int) -> None:
    """Whatever is left unlooked at, the best k are those that adding up every score gives, ties by row."""
    chance = np.random.default_rng(seed)
    names = [f"w{n}x" for n in range(30)]
    chances = 1 / np.arange(1, 31)
    drawn = [chance.choice(names, size=chance.integers(1, 9), p=chances / chances.sum()) for _ in range(300)]
    with TemporaryDirectory() as folder:
        write_bm25(Path(folder), [" ".join(text) for text in drawn])
        lexical = open_bm25(Path(folder), len(drawn))
        query = " ".join(chance.choice(names, size=words))
        scores = lexical.scores(query)
        wanted = [row for row in np.lexsort((np.arange(300), -scores)).tolist() if scores[row] > 0][:k]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lexical_module, "EXHAUSTIVE_BELOW", small)
            found, found_scores = lexical.top_k(query, k)
        assert (found.tolist(), found_scores.tolist()) == (wanted, scores[wanted].tolist())
        rows = chance.permutation(300)[:5]
        assert lexical.scores_of(query, rows).tolist() == scores[rows].tolist()


def test_the_words_of_every_passage_are_not_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a rare word that enough passages have, what every passage has decides nothing: it is looked up for those."""
    write_bm25(tmp_path, [f"common{' lantern' if n % 100 == 0 else ''}" for n in range(5000)])
    lexical = open_bm25(tmp_path, 5000)
    assert lexical.top_k("common", 3)[0].tolist() == [1, 2, 3]  # the shorter ones first
    monkeypatch.setattr(BM25Index, "scores", lambda *_: pytest.fail("every passage was scored"))
    assert lexical.top_k("common lantern", 3)[0].tolist() == [0, 100, 200]


def test_terms_of_no_passage_have_no_best(lexical: BM25Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor has a query without words."""
    assert not len(lexical.top_k("zeppelin", 5)[0])
    assert not len(lexical.top_k("???", 5)[0])
    monkeypatch.setattr(lexical_module, "EXHAUSTIVE_BELOW", 0)
    assert not len(lexical.top_k("zeppelin", 5)[0])
