"""The cross-encoder reads the head: it orders what it read, stops when a passage settles it, and lowers nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.index.bundle import Bundle
from pincite.index.models.cross_encoder import PairScore
from pincite.index.query.normalise import MAX_READ_CHARACTERS, split_query
from pincite.index.ranking import rerank
from pincite.index.retrieval.fusion import with_logits
from pincite.index.searcher import Searcher

QUESTION = "when does the tower ring the bell"


class Reader:
    """A cross-encoder whose logits are given: of each passage by its place among all rows."""

    def __init__(self, logit_of: Callable[[str], float]) -> None:
        self.logit_of = logit_of
        self.texts: list[str] = []

    def score(self, question: str, passage: str, sentences: list[tuple[int, int]]) -> PairScore:
        self.texts.append(passage)
        return PairScore(self.logit_of(passage), np.zeros(len(sentences), dtype=np.float32))


@pytest.fixture
def reading(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], float]], Reader]:
    def read_by(logit_of: Callable[[str], float]) -> Reader:
        reader = Reader(logit_of)
        monkeypatch.setattr(bundle, "cross_encoder", reader)
        return reader

    return read_by


def test_a_passage_that_answers_comes_first(
    bundle: Bundle, reading: Callable[[Callable[[str], float]], Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passages that were read are put into a new order, with their scores; the others keep theirs below."""
    monkeypatch.setattr(bundle, "cross_encoder", None)
    before = Searcher(bundle).search(QUESTION)
    wanted = bundle.passage_text(int(before.rows[2]))
    reading(lambda text: 9.0 if text == wanted else -9.0)
    monkeypatch.setattr(rerank, "SETTLED_LOGIT", 99.0)
    monkeypatch.setattr(rerank, "MAX_READ", 4)
    monkeypatch.setattr("pincite.index.retrieval.fusion.CROSS_ENCODER_SHARE", 0.9)
    after = Searcher(bundle).search(QUESTION)
    assert after.rows.tolist() == [before.rows[i] for i in (2, 0, 1, 3)] + before.rows[4:].tolist()
    assert after.scores["late"].tolist() == [
        before.scores["late"][i] for i in (2, 0, 1, 3, *range(4, len(before.rows)))
    ]
    assert after.scores["cross_encoder"].tolist() == [9.0, -9.0, -9.0, -9.0]
    assert [p.answer_logit for p in after.pair_scores] == [9.0, -9.0, -9.0, -9.0]
    assert (np.diff(after.score) <= 0).all()
    assert after.max_sim[0].tolist()[0] == before.max_sim[0].tolist()[2]


@pytest.mark.parametrize(("logits", "count"), [([5, 0, 0, 0, 0], 2), ([0, 0, 5, 0, 0], 4), ([0] * 5, 5)])
def test_it_stops_once_a_passage_settles_the_question(
    bundle: Bundle,
    reading: Callable[[Callable[[str], float]], Reader],
    monkeypatch: pytest.MonkeyPatch,
    logits: list[float],
    count: int,
) -> None:
    """It reads two at a time, whatever CPUs are idle, until one reaches SETTLED_LOGIT or MAX_READ are read."""
    monkeypatch.setattr(bundle, "cross_encoder", None)
    head = Searcher(bundle).search(QUESTION).rows[:5].tolist()
    by_text = dict(zip(map(bundle.passage_text, head), logits, strict=True))
    monkeypatch.setattr(rerank, "MAX_READ", 5)
    monkeypatch.setattr(rerank, "MIN_COVERAGE", 0.0)
    reader = reading(lambda text: by_text[text])
    ranked = Searcher(bundle).search(QUESTION)
    assert len(ranked.pair_scores) == len(reader.texts) == count
    assert ranked.best_logit == min(rerank.SETTLED_LOGIT, max(logits))


def test_a_question_that_nothing_covers_is_not_read_on(
    bundle: Bundle, reading: Callable[[Callable[[str], float]], Reader]
) -> None:
    """If no passage covers its words, the first two say enough."""
    reading(lambda text: -3.0)
    searcher = Searcher(bundle)
    read, unread = searcher.search(QUESTION), searcher.search("who sells violins in Peru")
    assert max(c.best_passage() for c in read.coverages) >= rerank.MIN_COVERAGE
    assert len(read.pair_scores) == min(rerank.MAX_READ, len(bundle))
    assert len(unread.pair_scores) == rerank.READ_TOGETHER


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.lists(st.floats(-20, 20), max_size=12))
def test_what_was_read_stays_above_what_was_not(scores: list[float], logits: list[float]) -> None:
    """No logit, however low, puts a passage that was read below one that was not."""
    falling = np.array(sorted(scores, reverse=True))
    read = np.array(logits[: len(falling)], dtype=np.float32)
    combined = with_logits(falling, read)
    assert ((combined >= 0) & (combined <= 1)).all()
    if 0 < len(read) < len(falling):
        assert combined[: len(read)].min() >= combined[len(read) :].max()


def test_a_story_is_read_whole_unless_it_is_long() -> None:
    """A long one gives way to its sentences that ask: the passage needs the room."""
    short = split_query("My cat has it. Is it paid?")
    assert short.read_text == short.text
    long = split_query("My cat has it and " + "lies in the sun " * (MAX_READ_CHARACTERS // 16) + ". Is it paid?")
    assert long.read_text == "Is it paid?"


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("What is C9orf72?", True),
        ("XJ-90", True),
        ("What does C9orf72 do in XJ-90?", True),
        ("Which price has XJ-90?", False),
        ("What is a bell?", False),
        ("what", False),
    ],
)
def test_names_alone(question: str, alone: bool) -> None:
    """A question for names alone has no other content word."""
    assert split_query(question).asks_for_names_alone is alone


def test_a_question_for_a_name_alone_is_classified_without_the_cross_encoder(
    bundle: Bundle, reading: Callable[[Callable[[str], float]], Reader]
) -> None:
    """A low logit says nothing of it, and much of another question."""
    reading(lambda text: -6.0)
    searcher = Searcher(bundle)
    named, plain = (
        split_query("what is the bell", is_english=lambda word, known=known: known) for known in (False, True)
    )
    assert (named.asks_for_names_alone, plain.asks_for_names_alone) == (True, False)
    assert searcher.answer(named).confidence > searcher.answer(plain).confidence
