"""Characters that no document may hold, whatever its format: kept out where every draft is made."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.index.types import Document, Source
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.decode import strip_invisible
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS, MAX_LIST_DEPTH, Draft, Part
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.webtext import read_webtext

HIDDEN = "\u202e\u200b\x1b\x00\x07\u2066\u3164\ufff9\U000e0041\u200d\ufe0f\u00ad\u200e\u2028\n\x85"
hidden = st.sampled_from(HIDDEN)
escaped = st.tuples(hidden, st.sampled_from(["&#x{:x};", "&#{};"])).map(lambda pair: pair[1].format(ord(pair[0])))
pieces = st.lists(st.one_of(st.sampled_from(["a ", "é", "م", "❤", "x: ", "A tide. "]), escaped, hidden), max_size=9)
words = pieces.map("".join)
PLACES = ("{}", "# {}", "## {}", "- {}", "1. {}", "> {}", "[{}](x)", "![{}](x)", "`{}`", "<http://{}>", "*{}*",
          "<b title='{}'>{}</b>", "<div>{}</div>", "a|{}\n-|-\n{}|b", "```\n{}\n```", "&amp;{}")  # fmt: skip
blocks = st.lists(st.builds(lambda place, text: place.replace("{}", text), st.sampled_from(PLACES), words), max_size=6)
values = st.lists(st.one_of(st.sampled_from("aم "), st.sampled_from([*HIDDEN, "\ud800"])), max_size=6)
quoted = values.map(lambda v: '"v' + "".join(c if c.isalpha() or c == " " else f"\\U{ord(c):08x}" for c in v) + '"')
KEYS = ("title", "publisher", "based_on", "source_title", "licence", "note")


def strings(value: Any) -> list[str]:
    """Yield every string in a value, however deep."""
    if isinstance(value, str):
        return [value]
    return [s for v in value for s in strings(v)] if isinstance(value, tuple | list) else []


def hold(document: Document, draft: Draft) -> None:
    """Assert that nothing of a document is hidden or cannot be written, and that what is a line is one."""
    for text in strings(astuple(document)) + strings(draft.notes):
        assert strip_invisible(text) == (text, 0)
        text.encode()
    for line in (document.title, *strings(astuple(document.source)), *(s for x in document.sections for s in x.path)):
        assert line == " ".join(line.split())


@settings(max_examples=300)
@given(blocks, st.lists(quoted, min_size=len(KEYS), max_size=len(KEYS)))
def test_no_escape_of_markdown_brings_back_what_is_hidden(body: list[str], front: list[str]) -> None:
    """Entities, code, links, HTML and YAML escapes give no string of the document an invisible character."""
    head = "".join(f"{key}: {value}\n" for key, value in zip(KEYS, front, strict=True))
    draft = read_markdown(f"---\n{head}---\n{chr(10).join(body)}\n\nText.\n".encode("utf-8", "surrogatepass"), "x")
    hold(compose(draft, "x", draft.title or "x"), draft)


@settings(max_examples=200)
@given(st.lists(words, max_size=12))
def test_nor_does_text_that_was_copied(lines: list[str]) -> None:
    """Text from a web page has none either, in its body, its title or the notes on what was left out."""
    draft = read_webtext("\n".join(["Home", *lines, "Text is here."]).encode(), "x")
    hold(compose(draft, "x", draft.title or "x"), draft)


@given(st.text(HIDDEN + "ab \ud800"), st.text(HIDDEN + "ab \ud800"))
def test_nor_does_any_reader_to_come(text: str, title: str) -> None:
    """A draft takes them out of whatever it is given, and counts them; a part of which nothing is seen goes."""
    given_parts = (Part("heading", text, 1), Part("item", text, 3), Part("paragraph", text))
    draft = Draft(given_parts, title, title, Source(title, text), (text,))
    hold(compose(draft, "x", title), draft)
    assert all(part.text or part.kind == "heading" for part in draft.parts)
    assert draft.title != ""


def test_all_that_went_is_told_in_one_note() -> None:
    """Characters dropped from the bytes and those that escapes brought back are counted in one note."""
    draft = read_markdown(b'---\ntitle: "\\e[31mRed\\u202E"\n---\na\x00b &#x202e;c&#x200b; &#xE0041;\n', "x")
    assert (draft.title, draft.parts[0].text) == ("[31mRed", "ab c")
    assert draft.notes == ("left out: invisible or control characters (6)",)


def test_a_lone_surrogate_in_a_title_is_left_out() -> None:
    """YAML can write half a character, which no file can hold."""
    assert read_markdown(b'---\ntitle: "a\\ud800b"\n---\nText.\n', "x").title == "ab"


def test_lists_end_at_a_depth_that_pages_can_show() -> None:
    """An item below the last level stands at it, its words unchanged."""
    draft = Draft(tuple(Part("item", f"item {n}", n) for n in range(1, 600)))
    assert [p.level for p in draft.parts] == [min(n, MAX_LIST_DEPTH) for n in range(1, 600)]
    assert [p.text for p in draft.parts] == [f"item {n}" for n in range(1, 600)]


def test_a_heading_as_long_as_a_page_is_a_paragraph() -> None:
    """No heading is longer than ten lines, since each passage carries its headings; a note says so."""
    long = "x" * (MAX_HEADING_CHARACTERS + 1)
    draft = Draft((Part("heading", long, 1), Part("heading", long[1:], 1), Part("paragraph", "Text.")))
    assert [p.kind for p in draft.parts] == ["paragraph", "heading", "paragraph"]
    assert draft.notes == ("1 headings of over 1,000 characters were taken as paragraphs",)


def test_a_draft_that_is_copied_says_nothing_twice() -> None:
    """A copy of a draft is as clean, and has its note once."""
    draft = Draft((Part("paragraph", "a\u200bb"),), invisible_count=2)
    assert replace(draft, title="T").notes == draft.notes == ("left out: invisible or control characters (3)",)
