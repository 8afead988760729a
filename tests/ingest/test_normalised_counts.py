"""Counts of what was normalised: each note says how many characters a file held that its text does not."""

from collections.abc import Callable

import pytest
from book_files import book_file
from open_document_files import flat_open_document, open_document
from open_document_files import paragraph as odt_paragraph
from tiny_pdf import pdf_file
from word_files import paragraph, row, table, word_file

from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX

# a soft hyphen, a bidirectional override and its end, a zero-width space and a word joiner
HELD = "The so\u00adft \u202ebell\u202c r\u200bings at no\u2060on."
ESCAPED = "".join(c if c.isascii() else f"&#{ord(c)};" for c in HELD)
FILES: dict[str, Callable[[str], bytes]] = {
    ".md": lambda text: f"# Bells\n\n{text}\n".encode(),
    ".txt": lambda text: f"{text}\n".encode(),
    ".html": lambda text: f"<p>{text}</p>".encode(),
    ".docx": lambda text: word_file(paragraph(text)),
    ".odt": lambda text: open_document(odt_paragraph(text)),
    ".fodt": lambda text: flat_open_document(odt_paragraph(text)),
    ".epub": lambda text: book_file(f"<p>{text}</p>"),
}


@pytest.mark.parametrize(
    ("suffix", "text"), [(s, t) for s in FILES for t in (HELD, ESCAPED) if s != ".txt" or t == HELD]
)
def test_what_is_not_seen_is_counted_once_in_every_format(suffix: str, text: str) -> None:
    """Soft hyphens, overrides, zero-width characters and joiners go, and the note has their number."""
    draft = READERS_BY_SUFFIX[suffix](FILES[suffix](text), f"a{suffix}")
    assert draft.parts[-1].text == "The soft bell rings at noon."
    assert draft.notes == ("left out: invisible or control characters (5)",)


@pytest.mark.parametrize("half", ["&#xD800;", "&#xDFFF;"])
def test_half_a_character_leaves_a_mark_or_nothing(half: str) -> None:
    """An unpaired surrogate, which no file can hold, is in no text."""
    for suffix in (".md", ".html"):
        draft = READERS_BY_SUFFIX[suffix](FILES[suffix](f"The {half}bell"), f"a{suffix}")
        assert draft.parts[-1].text in ("The bell", "The \ufffdbell")


def test_what_is_in_a_cell_is_counted_as_often_as_it_is_there() -> None:
    """Each of two cells counts."""
    draft = READERS_BY_SUFFIX[".docx"](word_file(table(row(HELD, HELD), row("a", "b"))), "a.docx")
    assert draft.notes == ("left out: invisible or control characters (10)",)


def test_ligatures_of_a_page_are_counted_where_they_are_seen() -> None:
    """Two ligatures of the font are written as letters; one that is hidden, and a zero-width space, are not text."""
    encoding = "<< /BaseEncoding /WinAnsiEncoding /Differences [1 /ffi /fl /uni200B] >>"
    font = f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding {encoding} >>"
    content = "BT /A 12 Tf 60 700 Td (The o\\001ce \\002ag r\\003ings.) Tj 3 Tr (\\001) Tj ET"
    form = f"<< /Subtype /Form /Resources << /Font << /A {font} >> >> /Length {len(content)} >>"
    data = pdf_file(["/X Do"], extra=[f"{form}\nstream\n{content}\nendstream"], resources="/XObject << /X 7 0 R >>")
    draft = READERS_BY_SUFFIX[".pdf"](data, "a.pdf")
    assert [part.text for part in draft.parts] == ["The office flag rings."]
    assert draft.notes == (
        "left out: invisible or control characters (1)",
        "left out: words of hidden text (1)",
        "2 ligatures were written as letters",
    )
