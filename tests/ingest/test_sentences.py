"""Sentences of ordinary text, by a table of cases, and of hostile text, where little is asked of the segmenter at once.

The group "unseen" of tests/data/sentences.jsonl was written by people who did not know the rules, in two sets: of the
first 60, 56 were right at the first try; of the other 100, written when those had been corrected, all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from pincite.ingestion.chunking import sentence_ends, sentences
from pincite.ingestion.chunking.sentences import (
    MAX_SENTENCE_CHARACTERS,
    MIN_MEAN_CHARACTERS,
    SEGMENTER_WINDOW,
    split_sentences,
)

TABLE = Path(__file__).parents[1] / "data" / "sentences.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
MIN_SHARE_OF_UNSEEN = 0.98


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize("case", [c for c in CASES if c["group"] == "known"], ids=lambda case: case["text"][:40])
def test_sentences_of_the_table(case: dict[str, list[str]]) -> None:
    """Abbreviations, hours, letters, labels, citations, quotes and brackets end a sentence where a reader says so."""
    assert split(str(case["text"])) == case["sentences"]


def test_sentences_of_unseen_cases() -> None:
    """At least 98% of the cases of somebody who did not know the rules are right."""
    unseen = [c for c in CASES if c["group"] == "unseen"]
    wrong = [c["text"] for c in unseen if split(c["text"]) != c["sentences"]]
    assert len(unseen) == 160
    assert len(wrong) <= (1 - MIN_SHARE_OF_UNSEEN) * len(unseen), wrong


@pytest.mark.parametrize(
    "expected",
    [
        ["Loaded by H2A.Z nucleosomes.", "Use =CEILING.MATH(2) in the cell."],  # a stop in a word
        ["Naps help. (12)", "They are short. [4,5]", "They are safe."],  # citations
        ["(1) Lift it.", "(2) Turn it.", "(3) Close it."],  # numbers of a list
        ["(1) The tenant may object.", "The owner answers.", "(2) Both are heard.", "A judge decides."],
        ["3) Lift the lid.", "Wait.", "4) Close it."],
        ["Rinse it twice.", "ii. Dry it.", "iii. Fit it."],
        ["Shake it.", "iPhone users scan the code.", "pH is tested."],
        ["The answer is no.", "Ships may land."],
        ["Model no. XK-4 fits.", "Lot no. B is old."],
        ["Boil it for 5 min.", "Serve it hot."],
        ["Use the 9 a.m. Oslo train.", "Dinner is at 7 p.m.", "Breakfast is at 8 a.m."],
        ["The pool opens at 6 a.m.", "Sunday is a day of rest."],
        ["Two went on and on…", "Nobody slept.", "I… I do not know."],
        ["The hut (alt. 1200 m, pop. 3) lies on Rte. 9.", "Ask the doc.", "Nurses came."],
        ["Lot no. 12, exp. 12/2026.", "It waited 3 yr.", "Most left."],
        ["Toma aprox. 5 mL al día.", "Bitte ca. 3 Liter inkl. Zucker.", "Danach rühren."],
        ["Siehe Abb. 3 und Nr. 7.", "Danach z. B. Die Katze."],
    ],
)
def test_ends_and_no_ends(expected: list[str]) -> None:
    """Each kind of end is tried with the kind that looks like it."""
    assert split(" ".join(expected)) == expected


def test_a_sentence_without_a_space_before_it() -> None:
    """A missing space hides no end between two words."""
    assert split("It lasts two weeks.The next begins.") == ["It lasts two weeks.", "The next begins."]


def test_line_ends_that_the_segmenter_drops() -> None:
    """The segmenter drops some of many line ends in a row; the offsets hold all the same."""
    text = "One." + "\n" * 39_000 + "Two."
    assert [text[s:e] for s, e in split_sentences(text) if text[s:e].strip()] == ["One.", "Two."]


def test_a_number_in_brackets_that_follows_no_stop_ends_nothing() -> None:
    """A citation is one behind a stop; elsewhere a number in brackets is part of its sentence."""
    assert split("Rates of (14) C2 and of C1 were low. They rose.") == [
        "Rates of (14) C2 and of C1 were low.",
        "They rose.",
    ]


@pytest.mark.parametrize("unit", ["A. ", "a. B. ", "A.\n"])
def test_stops_too_close_are_not_looked_at(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing looks for missed sentence ends where stops stand a few characters apart."""
    monkeypatch.setattr(sentence_ends, "_is_missed_end", lambda *_: pytest.fail("looked at"))
    split_sentences(unit * 20_000)


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
