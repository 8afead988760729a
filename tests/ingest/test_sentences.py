"""Sentences of hostile text: the segmenter gets little at once where its work would be long, and none is a sign."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pincite.ingestion.chunking import sentences
from pincite.ingestion.chunking.sentences import (
    MAX_SENTENCE_CHARACTERS,
    MIN_MEAN_CHARACTERS,
    SEGMENTER_WINDOW,
    split_sentences,
)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of what the segmenter is given."""
    lengths: list[int] = []
    real = sentences.segment

    def segment(language: str, text: str) -> Iterable[str]:
        lengths.append(len(text))
        return real(language, text)

    monkeypatch.setattr(sentences, "segment", segment)
    return lengths


@pytest.mark.parametrize("unit", ["“", "<!", "(?", "'", "` ", "«", "(。", "<؟"])
def test_quotes_and_stops_come_a_little_at_a_time(unit: str, given: list[int]) -> None:
    """The segmenter's work grows with their square, so many of them are cut to the length of a sentence at most."""
    split_sentences(unit * 50_000)
    assert max(given) <= MAX_SENTENCE_CHARACTERS


def test_ordinary_text_comes_whole(given: list[int]) -> None:
    """Text as people write it, quotes and questions included, is cut no further than before."""
    split_sentences("“Is it late?” she asked, and the tower's bell rang twice. " * 2000)
    assert max(given) > SEGMENTER_WINDOW - 100


@pytest.mark.parametrize("unit", ["<!", "A! ", "(a) ", "? B "])
def test_a_sign_is_no_sentence_where_there_are_thousands(unit: str) -> None:
    """A block of signs makes no more sentences than memory is for, and each character is in one."""
    text = unit * 20_000
    ranges = split_sentences(text)
    assert len(ranges) <= len(text) // MIN_MEAN_CHARACTERS + len(text) // MAX_SENTENCE_CHARACTERS + 1
    assert "".join(text[s:e] for s, e in ranges).replace(" ", "").replace("\n", "") == "".join(text.split())


def test_a_few_short_sentences_stay_apart() -> None:
    """If there are few, a sentence may be as short as it is."""
    assert len(split_sentences("Yes! No? Why? So. Go! Now! Oh. Ah!")) == 8
