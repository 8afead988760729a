"""The law of citations, over both readers and whatever text they are given, and over any draft.

document.text[start:end] == quote for every passage and sentence, under the headings in force at start, on the pages in
force at start and at end - 1; every word of the document's body stands in exactly one passage.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from book_files import book_file
from hypothesis import given, settings
from hypothesis import strategies as st
from open_document_files import bullets, heading, open_document, paragraph, row
from read_corpus import read_corpus
from tiny_pdf import Line, pdf_file, tagged_pdf_file, text_content

from pincite.index.answer.evidence import quote_ranges
from pincite.index.citation.cite import cite
from pincite.index.citation.pages import page_at
from pincite.index.errors import ReadError
from pincite.index.types import BlockKind, Document, Page, PageRange, Passage
from pincite.ingestion.chunking.passages import split_passages
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part, Reader
from pincite.ingestion.reading.readers.epub.reader import read_epub
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.odt.reader import read_odt
from pincite.ingestion.reading.readers.pdf.read_pdf import read_pdf
from pincite.ingestion.reading.readers.webtext import read_webtext
from pincite.ingestion.report import RefusedError

READERS = pytest.mark.parametrize("reader", [read_markdown, read_webtext], ids=["markdown", "webtext"])

words = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=("Cs",)),
        st.sampled_from("aZ 0.,:;!?()'\"-*#_`[]<>&|\\\t\u00a0\u0301\u200d\u202e\U0001f9e0\U00020bb7"),
    ),
    max_size=60,
)
lines = st.one_of(
    words,
    words.map(lambda w: f"# {w}"),
    words.map(lambda w: f"#### {w}"),
    words.map(lambda w: f"- {w}"),
    words.map(lambda w: f"  3. {w}"),
    st.sampled_from(
        [
            "",
            "---",
            "***",
            "| a | b |\n|---|---|",
            "Contents",
            "The tide turns at noon.",
            "Things to bring:",
            "High water",
            "\x00",
        ]
    ),
)
texts = st.builds(
    lambda ls, end, repeat: end.join(ls * repeat),
    st.lists(lines, max_size=25),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.integers(1, 3),
)


def part(kind: BlockKind, text: str, level: int, marker: str, pages: list[tuple[int, int]]) -> Part:
    """Make a part in which the nth of `pages` begins at the word of its first number; its second is the page's."""
    text = text if kind == "code" else " ".join(text.split())
    starts = [0, *(at for at in range(1, len(text)) if text[at - 1].isspace() and not text[at].isspace())]
    chosen = {starts[word % len(starts)]: number for word, number in pages} if text.strip() else {}
    begins = {0: 1} | chosen if chosen else {}
    found = tuple(Page(at, number, f"{number:x}") for at, number in sorted(begins.items()))
    return Part(kind, text, level, marker, found)


parts = st.builds(
    part,
    st.sampled_from(get_args(BlockKind)),
    st.one_of(words, st.sampled_from(["Do not take it if you:", "a | b", "x = 1\n\n  y = 2", "One. Two? Three!"])),
    st.integers(0, 4),
    st.sampled_from(["-", "3.", "[1]"]),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 20)), max_size=4),
)


def passages_of(document: Document, size: int = 60) -> list[Passage]:
    return [p for section in document.sections for p in split_passages(document, section, size)]


def headings_in_force(document: Document, start: int) -> tuple[str, ...]:
    """Worked out from the blocks alone, not from the sections that citations use."""
    path: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind == "heading" and block.start <= start:
            path = [*(h for h in path if h[0] < block.level), (block.level, document.text[block.start : block.end])]
    return tuple(text for _, text in path if text)


def page_numbers(document: Document, start: int, end: int) -> list[int]:
    """Return the numbers of the pages of a range, worked out one offset after another."""
    in_force: list[int | None] = []
    for at in range(start, end):
        in_force.append(([None, *(p.number for p in document.pages if p.start <= at)])[-1])
    return sorted({number for number in in_force if number is not None})


def hold_pages(document: Document, start: int, end: int, page: PageRange | None) -> None:
    """Assert that a range has the pages in force in it."""
    numbers = page_numbers(document, start, end)
    labels = {p.number: p.label for p in document.pages}
    if page is None:
        assert numbers == []
        return
    assert (page.number, page.first, page.last) == (numbers[0], labels[numbers[0]], labels[numbers[-1]])
    by_label = {label: number for number, label in labels.items()}
    runs = [[by_label[label] for label in run.split("-")] for run in page.text.split(", ")]
    assert [number for run in runs for number in range(run[0], run[-1] + 1)] == numbers


def hold(draft: Draft, size: int = 60) -> None:
    """Assert the law for a whole document."""
    document = compose(draft, "x", "X")
    covered: list[tuple[int, int]] = []
    for passage in passages_of(document, size):
        marked = quote_ranges(document, passage.sentences)
        citation = cite(document, passage, marked)
        assert document.text[citation.start : citation.end] == citation.quote
        hold_pages(document, citation.start, citation.end, citation.page)
        for evidence in marked:
            hold_pages(document, evidence.start, evidence.end, evidence.page)
        assert all(document.text[e.start : e.end] == e.quote for e in marked)
        assert (
            citation.path
            == headings_in_force(document, citation.start)
            == headings_in_force(document, citation.end - 1)
        )
        assert passage.start == passage.sentences[0][0]
        assert passage.end == passage.sentences[-1][1]
        covered += passage.sentences
    assert all(end <= start for (_, end), (start, _) in pairwise(covered))
    inside = set().union(*(range(start, end) for start, end in covered))
    body = [at for b in document.blocks if b.kind != "heading" for at in range(b.start, b.end)]
    assert all(at in inside for at in body if not document.text[at].isspace())


@READERS
@settings(max_examples=300)
@given(text=texts, size=st.integers(20, 80))
def test_every_citation_is_exact_and_complete(reader: Reader, text: str, size: int) -> None:
    """Each quote is its range of the document, and no word of the body is left out or cited twice."""
    # an empty line first: text that opens with --- would be front matter
    hold(reader(f"\n{text}".encode(), "x"), size)


@settings(max_examples=300)
@given(given_parts=st.lists(parts, max_size=20), size=st.integers(20, 80))
def test_any_draft_gives_exact_citations(given_parts: list[Part], size: int) -> None:
    """Whatever blocks a reader makes, in whatever order; what governs a sentence stands before it."""
    draft = Draft(tuple(replace(p, level=max(1, p.level)) if p.kind in ("item", "heading") else p for p in given_parts))
    hold(draft, size)
    document = compose(draft, "x", "X")
    for passage in passages_of(document, size):
        for (start, _), lead_ins in zip(passage.sentences, passage.lead_ins, strict=True):
            assert all(document.text[slice(*lead_in)].strip() for lead_in in lead_ins)
            assert [*lead_ins, (start, start)] == sorted([*lead_ins, (start, start)])


@READERS
@settings(max_examples=200)
@given(data=st.binary(max_size=200))
def test_bytes_are_text_or_a_named_error(reader: Reader, data: bytes) -> None:
    """Bytes that are not UTF-8 are refused with the file and the byte; all others are read."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        with pytest.raises(ReadError, match=f"page.txt, byte {error.start}: not UTF-8: 0x{data[error.start]:02x}"):
            reader(data, "page.txt")
    else:
        hold(reader(data, "page.txt"))


@READERS
def test_a_byte_order_mark_is_no_text(reader: Reader) -> None:
    """A byte order mark is left out, and bytes after it are still counted from the start of the file."""
    assert reader(b"\xef\xbb\xbfThe tide turns.", "x").parts[0].text == "The tide turns."
    with pytest.raises(ReadError, match="x, byte 5"):
        reader(b"\xef\xbb\xbfab\xff", "x")


@READERS
def test_astral_characters_count_as_one(reader: Reader) -> None:
    """Offsets count code points: a character outside the basic plane is one, wherever it stands."""
    draft = reader("A 🧠 𠮷 sentence. Then one more.".encode(), "x")
    document = compose(draft, "x", "X")
    (passage,) = passages_of(document)
    assert document.text[slice(*passage.sentences[1])] == "Then one more."
    assert passage.sentences[1][0] == len("A 🧠 𠮷 sentence. ")


@READERS
@pytest.mark.parametrize("unit", ["word ", "Sentence one. ", "x", "(a. ", "[", "- a "])
def test_five_megabytes_on_one_line(reader: Reader, unit: str) -> None:
    """A single line of 5 MB is cut into passages that can be quoted, within seconds."""
    draft = reader((unit * (5_000_000 // len(unit))).encode(), "x")
    document = compose(draft, "x", "X")
    found = passages_of(document)
    assert max(p.end - p.start for p in found) <= 6000
    assert sum(e - s for p in found for s, e in p.sentences) >= 0.7 * len(document.text)


@READERS
def test_thousands_of_equal_headings(reader: Reader) -> None:
    """A document of very many short sections with one name is cut within seconds, each with an id of its own."""
    document = compose(reader(b"## A\n\nText is here.\n\n" * 20_000, "x"), "x", "X")
    assert len({p.id for p in passages_of(document)}) == len(passages_of(document))
    assert len({s.id for s in document.sections}) == len(document.sections)


def test_the_same_text_twice_is_two_passages() -> None:
    """A passage is where it stands: equal text in two sections gives two passages with two paths."""
    document = compose(read_markdown(b"## A\n\nThe same.\n\n## B\n\nThe same.\n", "x"), "x", "X")
    first, second = passages_of(document)
    assert (first.id, second.id) == ("x#a:1", "x#b:1")
    assert [cite(document, p, ()).path for p in (first, second)] == [("A",), ("B",)]


def test_headings_that_skip_levels_keep_their_order() -> None:
    """A heading is below the nearest one above it that is of a lower level, however many levels are skipped."""
    document = compose(read_markdown(b"# A\n\n#### B\n\nb.\n\n## C\n\nc.\n\n# D\n\nd.\n", "x"), "x", "X")
    assert [s.path for s in document.sections] == [("A",), ("A", "B"), ("A", "C"), ("D",)]


def test_one_bad_file_leaves_nothing_half_indexed(tmp_path: Path) -> None:
    """One unreadable document among good ones refuses them all."""
    (tmp_path / "good.md").write_text("## A\n\nFine.\n")
    (tmp_path / "zbad.txt").write_bytes(b"fine \xff")
    with pytest.raises(RefusedError, match=r"zbad\.txt, byte 5"):
        read_corpus([tmp_path])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([60.0, 80.0, 320.0]),
            st.integers(30, 780).map(float),
            st.sampled_from([10.0, 16.0]),
            st.sampled_from(["F1", "F2", "F3"]),
            st.text("aZ 0.,:;!?-*•", min_size=1, max_size=40),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_law_holds_for_pdf_files(lines: list[Line]) -> None:
    """Whatever lines stand on a page, a citation is true to the character."""
    try:
        draft = read_pdf(pdf_file([text_content(lines)]), "x.pdf")
    except ReadError:
        return
    hold(draft)


page_words = st.lists(
    st.tuples(
        st.integers(1, 7), st.sampled_from([60.0, 320.0]), st.sampled_from([10.0, 10.0, 16.0]),
        st.sampled_from(["F1", "F1", "F2", "F3"]), st.booleans(),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


def lines_of(page: int, drawn: list[tuple[int, float, float, str, bool]]) -> list[Line]:
    """Lines whose words are made of the letter of their page alone, and may end in a hyphen."""
    letter = "abcdefgh"[page]
    return [
        (x, 700 - 14 * n, size, font, " ".join([letter * 2, letter * count]) + ("-" if hyphen else ""))
        for n, (count, x, size, font, hyphen) in enumerate(drawn)
    ]


def hold_words(draft: Draft) -> None:
    """Assert that each word stands on the page whose letter it begins with."""
    document = compose(draft, "x", "X")
    assert all(page.start == 0 or document.text[page.start - 1].isspace() for page in document.pages)
    for match in re.finditer(r"\w\S*", document.text):
        page = page_at(document, match.start())
        assert page is not None
        assert "abcdefgh"[page.number - 1] == match[0][0], (document.text, document.pages)


@given(st.lists(page_words, min_size=1, max_size=5))
def test_each_word_of_a_pdf_file_is_on_its_page(drawn: list[list[tuple[int, float, float, str, bool]]]) -> None:
    """Whatever is joined over the end of a page, each word is on the page where it was drawn, or begun."""
    pages = [lines_of(number, lines) for number, lines in enumerate(drawn)]
    draft = read_pdf(pdf_file([text_content(lines) for lines in pages]), "x.pdf")
    hold(draft)
    hold_words(draft)


@given(st.lists(page_words, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_each_word_of_a_tagged_pdf_file_is_on_its_page(
    drawn: list[list[tuple[int, float, float, str, bool]]], chance: Random
) -> None:
    """Tags may take lines in any order, back and forth between pages, and many into one element."""
    pages = [lines_of(number, lines) for number, lines in enumerate(drawn)]
    order = [(number, line) for number, lines in enumerate(pages) for line in range(len(lines))]
    chance.shuffle(order)
    elements = []
    while order:
        count = chance.randint(1, 4)
        elements.append((chance.choice(["P", "H1", "LI", "TD"]), order[:count]))
        del order[:count]
    draft = read_pdf(tagged_pdf_file(pages, [*elements, ("H2", [])]), "x.pdf")
    hold(draft)
    hold_words(draft)


escaped = words.map(lambda w: html.escape("".join(c for c in w if c.isprintable() or c == "\t")))
noted = "{}<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            escaped.map(paragraph),
            st.builds(heading, escaped, st.integers(1, 6)),
            st.builds(lambda w, v: bullets(w or "a", paragraph(v) + bullets(v or "b")), escaped, escaped),
            st.builds(lambda w, v: f"<table:table>{row(w, v)}{row(v, w)}</table:table>", escaped, escaped),
            st.builds(lambda w, v: paragraph(noted.format(w, paragraph(v))), escaped, escaped),
        ),
        max_size=15,
    ),
    st.integers(20, 80),
)
def test_the_law_holds_for_open_document_texts(blocks: list[str], size: int) -> None:
    """Whatever a text holds, a citation is true to the character."""
    hold(read_odt(open_document("".join(blocks)), "x.odt"), size)


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            escaped.map("<p>{}</p>".format),
            st.builds("<h{}>{}</h{}>".format, st.integers(1, 6), escaped, st.integers(1, 6)),
            st.builds("<ol><li>{}<ul><li>{}</li></ul></li></ol>".format, escaped, escaped),
            st.builds("<table><tr><th>{}</th><th>{}</th></tr><tr><td>{}</td></tr></table>".format, *[escaped] * 3),
            st.builds('<p>{}<a epub:type="noteref" href="#n">{}</a></p><aside id="n">{}</aside>'.format,
                      escaped, escaped, escaped),
        ),
        min_size=1,
        max_size=15,
    ),
    st.integers(20, 80),
)  # fmt: skip
def test_the_law_holds_for_books(blocks: list[str], size: int) -> None:
    """Whatever the chapters of a book hold, a citation is true to the character."""
    hold(read_epub(book_file("".join(blocks[::2]), "".join(blocks[1::2])), "x.epub"), size)
