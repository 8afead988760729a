"""PDF to a draft: by its tags where they hold its text, or else by its layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from pypdf import PdfReader, apply_configuration

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.notes import left_out_note, lost_note
from pincite.ingestion.reading.readers.hidden.hidden_words import hidden_words_note
from pincite.ingestion.reading.readers.pdf.decoration import decoration_notes, find_decoration
from pincite.ingestion.reading.readers.pdf.fonts import Typeface
from pincite.ingestion.reading.readers.pdf.glyphs import read_page
from pincite.ingestion.reading.readers.pdf.layout import read_layout
from pincite.ingestion.reading.readers.pdf.open_pdf import (
    FORMAT_ERRORS,
    MAX_STREAM_BYTES,
    naming_format_errors,
    open_pdf,
    read_language,
    read_page_labels,
    read_source,
    read_title,
)
from pincite.ingestion.reading.readers.pdf.page_text import Chunk, PageText
from pincite.ingestion.reading.readers.pdf.painting.layers import Layers
from pincite.ingestion.reading.readers.pdf.tags import read_tags
from pincite.ingestion.reading.readers.pdf.words import HyphenMender, join_chunks, take_pages

MAX_SECONDS = 25  # for the pages of one file
MAX_UNKNOWN = 0.1  # share of characters of which the file does not say what they are
MAX_RIGHT_TO_LEFT = 0.1  # share of letters of Hebrew, Arabic and the like
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_REPRINT_REMEDY = "give the document that it was made of, or print that to a new PDF file"
MIN_TAGGED = 0.9  # share of the characters that the tags must hold


def read_pdf(data: bytes, name: str) -> Draft:
    """Read one PDF file.

    Raises ReadError for a broken file, one with a password, one without a text layer, and for more pages, or pages
    harder to read, than the bounds allow.
    """
    limits: dict[str, Any] = {
        "zlib_maximum_output_length": MAX_STREAM_BYTES,
        "lzw_maximum_output_length": MAX_STREAM_BYTES,
        "run_length_maximum_output_length": MAX_STREAM_BYTES,
        "array_based_stream_maximum_output_length": MAX_STREAM_BYTES,
    }
    with naming_format_errors(name), apply_configuration(**limits):
        reader = open_pdf(data, name)
        pages, unreadable = _read_pages(reader, name)
        if not any(page.chunks for page in pages):
            raise _without_text(pages, name)
        _refuse_unreadable(pages, name)
        parts, notes = _read_parts(reader, pages)
        labels, label_notes = read_page_labels(reader)
        parts, title = _take_title(_finish(parts, labels), read_title(reader))
        page_notes = (*_page_notes(pages, unreadable), *notes, *label_notes)
        return Draft(tuple(parts), title, None, read_source(reader), page_notes, language=read_language(reader))


def _read_pages(reader: PdfReader, name: str) -> tuple[list[PageText], list[int]]:
    """Return what each page shows, and the numbers of those that cannot be read."""
    faces: dict[int, Typeface | None] = {}
    layers = Layers(reader)
    pages, unreadable = [], []
    end = monotonic() + MAX_SECONDS
    for number, page in enumerate(reader.pages):
        if monotonic() > end:
            problem = f"takes more than {MAX_SECONDS} seconds to read; page {number} was the last one"
            raise ReadError(name, problem, "split it into several documents, or print it to a new PDF file", "too_slow")
        try:
            pages.append(read_page(page, number, faces, layers))
        except FORMAT_ERRORS:
            pages.append(PageText())
            unreadable.append(number + 1)
    return pages, unreadable


def _without_text(pages: Sequence[PageText], name: str) -> ReadError:
    if any(page.unknown for page in pages):
        problem = "does not say which characters its fonts show"
        return ReadError(name, problem, _REPRINT_REMEDY, "encoding")
    if any(page.is_cut for page in pages):
        problem = "has more drawn on a page than is read"
        return ReadError(name, problem, _REPRINT_REMEDY, "too_complex")
    if any(page.hidden.count for page in pages):
        problem = "shows no text: its text layer is hidden, as below scanned pages"
    else:
        problem = "has no text layer: its pages are pictures, such as scans"
    return ReadError(name, problem, "recognise its text (OCR) and give that as Markdown or plain text", "no_text_layer")


def _refuse_unreadable(pages: Sequence[PageText], name: str) -> None:
    """Raise ReadError for text of which it is not known what it says: a quote of it could be wrong."""
    text = "".join(chunk.text for page in pages for chunk in page.chunks)
    if sum(page.unknown for page in pages) > MAX_UNKNOWN * len(text):
        problem = "does not say which characters its fonts show"
        raise ReadError(name, problem, _REPRINT_REMEDY, "encoding")
    if len(_RIGHT_TO_LEFT.findall(text)) > MAX_RIGHT_TO_LEFT * len(text):
        problem = "is written from right to left, of which a PDF file does not tell the order"
        raise ReadError(
            name, problem, "give the document that it was made of, as Markdown or plain text", "no_text_layer"
        )


def _read_parts(reader: PdfReader, pages: Sequence[PageText]) -> tuple[list[Part], list[str]]:
    """Return the parts by tags, if these hold the text, or by layout; and notes on what was left out."""
    decoration, texts = find_decoration(pages)
    notes = decoration_notes(texts)
    chunks = [chunk for page in pages for chunk in page.chunks]
    tagged = read_tags(reader, chunks)
    if tagged is not None and tagged.is_structured:
        rest = [c for c in chunks if (c.page, c.mark if c.mark is not None else -1) not in tagged.used]
        apart = [c for c in rest if id(c) not in decoration]
        if _length(apart) <= (1 - MIN_TAGGED) * _length(chunks):
            running = [text for text in texts if any(id(c) in decoration for c in rest)]
            return tagged.parts, decoration_notes(running) + _apart("text outside the structure of the file", apart)
    upright = [
        replace_chunks(page, [c for c in page.chunks if id(c) not in decoration and c.is_upright]) for page in pages
    ]
    turned = [c for c in chunks if not c.is_upright]
    return read_layout(upright), notes + _apart("turned text", turned)


def replace_chunks(page: PageText, chunks: list[Chunk]) -> PageText:
    """Return the page with other chunks."""
    return replace(page, chunks=chunks)


def _apart(what: str, chunks: Sequence[Chunk]) -> list[str]:
    return [left_out_note(what, texts=[join_chunks(chunks)])] if chunks else []


def _length(chunks: Sequence[Chunk]) -> int:
    return sum(len(chunk.text) for chunk in chunks)


def _finish(parts: Sequence[Part], labels: Sequence[str]) -> list[Part]:
    """Return the parts with hyphens settled, and with pages for the marks in their texts."""
    mender = HyphenMender(part.text for part in parts if part.kind != "code")
    finished = []
    for part in parts:
        text, pages = take_pages(part.text if part.kind == "code" else mender.mend(part.text), labels)
        finished.append(replace(part, text=text, pages=pages))
    return finished


def _take_title(parts: list[Part], stated: str | None) -> tuple[list[Part], str | None]:
    """Return the parts without the heading that is the title, and the title: that heading, or what the file states."""
    tops = [part for part in parts if part.kind == "heading" and part.level == 1]
    if len(tops) == 1 and parts[0] is tops[0] and not tops[0].text[:1].isdigit():
        return parts[1:], tops[0].text
    return parts, stated


def _page_notes(pages: Sequence[PageText], unreadable: Sequence[int]) -> Iterator[str]:
    empty = [n for n, page in enumerate(pages, 1) if not page.chunks and n not in unreadable]
    if empty:
        yield left_out_note(f"{_pages(empty)}, without text")
    if unreadable:
        yield lost_note(f"{_pages(unreadable)}, broken")
    if cut := [n for n, page in enumerate(pages, 1) if page.is_cut]:
        yield lost_note(f"text of {_pages(cut)}, on which too much is drawn")
    yield from hidden_words_note(sum(page.hidden.count for page in pages))
    if ligatures := sum(page.ligatures for page in pages):
        yield f"{ligatures:,} {'ligature was' if ligatures == 1 else 'ligatures were'} written as letters"
    if unknown := sum(page.unknown for page in pages):
        yield lost_note("characters of which the file does not say what they are", unknown)
    artifacts = {re.sub(r"\d+", "#", text := join_chunks(page.artifacts)): text for page in pages if page.artifacts}
    if artifacts:
        yield left_out_note("what the file calls decoration", texts=artifacts.values())


def _pages(numbers: Sequence[int]) -> str:
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
