"""Twenty pages of twenty kinds, as a browser copies them, with a mark on each line for what it is.

The mark is the first character of a line in tests/data/webpages: t title, h heading, k kept in a paragraph, i kept as a
part of its own, - furniture that may go, ~ a line on the page (who, when) that may be anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.webtext import read_webtext

DATA = Path(__file__).parents[1] / "data" / "webpages"
NAMES = sorted(path.stem for path in DATA.glob("*.page"))
MARKER = re.compile(r"(?:[^\w\s(]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|o) (?=\w)")
EDIT = " [edit]"


@dataclass(frozen=True)
class MarkedPage:
    """One page: its lines, each with its mark."""

    lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The page as it was copied."""
        return "\n".join(text for _, text in self.lines)

    def marked(self, *marks: str) -> list[str]:
        """Return the lines with one of the marks, their white space folded."""
        return [" ".join(text.split()).removesuffix(EDIT) for mark, text in self.lines if mark in marks]


def load(name: str) -> MarkedPage:
    lines = (DATA / f"{name}.page").read_text(encoding="utf-8").split("\n")
    return MarkedPage(tuple((line[:1], line[2:]) for line in lines))


def read(page: MarkedPage) -> Draft:
    return read_webtext(page.text.encode(), "page.txt")


def sections(draft: Draft) -> list[tuple[str, str]]:
    """Return (heading, text) of every part that is no heading."""
    heading, pairs = "", []
    for part in draft.parts:
        if part.kind == "heading":
            heading = part.text
        else:
            pairs.append((heading, part.text))
    return pairs


@pytest.mark.parametrize("name", NAMES)
def test_the_title_is_the_headline(name: str) -> None:
    """The title of each page is the line that a person would take for its headline."""
    page = load(name)
    assert [read(page).title] == page.marked("t")


@pytest.mark.parametrize("name", NAMES)
def test_headings_are_those_of_the_page(name: str) -> None:
    """Every heading is found in its order, and no row, price or label becomes one."""
    page = load(name)
    headings = [part.text for part in read(page).parts if part.kind == "heading"]
    assert [heading for heading in headings if heading not in page.marked("~")] == page.marked("h")


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_the_text_is_lost(name: str) -> None:
    """Sentences stand in paragraphs, items and rows apart, each under its heading."""
    page = load(name)
    pairs, heading, missing = sections(read(page)), "", []
    loose = set(page.marked("~"))
    for mark, line in page.lines:
        text = " ".join(line.split()).removesuffix(EDIT)
        if mark == "h":
            heading = text
        bare = MARKER.sub("", text, count=1)
        found = [h for h, part in pairs if (mark == "k" and text in part) or (mark == "i" and part in (text, bare))]
        if mark in ("k", "i") and not any(h == heading or h in loose for h in found):
            missing.append(text)
    assert missing == []


def test_there_are_twenty_pages() -> None:
    """The table is whole."""
    assert len(NAMES) == 20
