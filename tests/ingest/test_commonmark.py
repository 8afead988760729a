"""Markdown within bounds: what is beyond them is plain text with a note, or refused with the remedy."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers import commonmark
from pincite.ingestion.reading.readers.markdown import read_markdown

AS_IT_IS = "1 blocks were taken as they are, markup and all: too long, too deep or without an end"


def read(text: str) -> Draft:
    return read_markdown(text.encode(), "notes.md")


@pytest.mark.parametrize(
    "text",
    [
        "".join("  " * n + f"- word{n}\n" for n in range(300)),
        "- " * 300 + "word299\n",
        ">" * 300 + " word299\n",
        "> - " * 150 + "word299\n",
        "".join(">" * n + f" word{n}\n\n" for n in range(300)),
    ],
)
def test_no_word_is_lost_to_depth(text: str) -> None:
    """Below the last level lines are taken as they are; markdown-it left them out without a word."""
    draft = read(text)
    words = " ".join(p.text for p in draft.parts).split()
    assert [w for w in words if w.startswith("word")] == [w for w in text.split() if w.startswith("word")]
    assert any(note.endswith("too long, too deep or without an end") for note in draft.notes)


def test_twelve_levels_are_a_list() -> None:
    """A list is read as one down to its twelfth level, and its words are not changed by being deep."""
    draft = read("".join("  " * n + f"- *word* {n}\n" for n in range(12)))
    assert [(p.text, p.level) for p in draft.parts] == [(f"word {n}", n + 1) for n in range(12)]
    assert draft.notes == ()


def test_a_long_block_is_text_as_it_stands() -> None:
    """Beyond 20,000 characters no markup is parsed, and a note says so where there may be some."""
    draft = read("*a* " * 6000)
    assert draft.parts[0].text == ("*a* " * 6000).strip()
    assert draft.notes == (AS_IT_IS,)
    assert read("word " * 6000).notes == ()


def test_html_without_an_end_is_text_as_it_stands() -> None:
    """Tags that nothing closes are words of the document, and a note says so."""
    draft = read("<div>\n" + "<!-- a" * 60 + "\n\nText.\n")
    assert draft.parts[0].text == "<!-- a" * 60
    assert draft.notes == (AS_IT_IS,)


@pytest.mark.parametrize("unit", ["[", "`a", "<", "*a_", "&", "\\", "![", "<b>"])
def test_markup_has_a_measure(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document with more signs of markup than can be read in time is refused before they are looked into."""
    monkeypatch.setattr(commonmark, "MAX_MARKUP", 1000)
    read("Text. " + f"a {unit} b\n\n" * (900 // 3))
    with pytest.raises(ReadError, match=r"notes\.md: holds more markup .* 1,000 signs at most\n  remedy: split it"):
        read(f"{unit * 10} a\n\n" * 110)


@pytest.mark.parametrize(
    "unit", ["# h\n\n", "a\n\n", "- a\n", "1. a\n", "|a|b|\n|-|-|\n|c|d|\n\n", "> a\n\n", "- " * 9 + "a\n"]
)
def test_blocks_have_a_number(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one with more blocks than memory is for, as soon as they are that many."""
    monkeypatch.setattr(commonmark, "MAX_TOKENS", 3000)
    with pytest.raises(
        ReadError, match=r"notes\.md: has too many headings, .*: some 1,000 at most\n  remedy: split it"
    ):
        read(unit * 1100)
