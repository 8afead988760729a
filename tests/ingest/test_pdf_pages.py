"""Pages of PDF files: where each begins in a document's text, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tiny_pdf import Line, pdf_file, tagged_pdf_file, text_content

from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.pdf import open_pdf
from pincite.ingestion.reading.readers.pdf.read_pdf import read_pdf

BODY = "Nobody should chew the tablets."


def line(text: str, y: float = 600, x: float = 60, font: str = "F1") -> Line:
    return x, y, 10, font, text


def read(*pages: Sequence[Line], catalog: str = "", extra: Sequence[str] = ()) -> Document:
    """Read a file of pages of lines."""
    data = pdf_file([text_content(lines) for lines in pages], catalog=catalog, extra=extra)
    return compose(read_pdf(data, "a.pdf"), "a", "A")


def by_page(document: Document) -> list[tuple[str, str]]:
    """Return the label and the text of each page, as the document is cut by them."""
    ends = [*(page.start for page in document.pages[1:]), len(document.text)]
    return [(p.label, document.text[p.start : end].rstrip()) for p, end in zip(document.pages, ends, strict=True)]


def test_a_paragraph_over_two_pages_is_on_both() -> None:
    """The second page begins at its first word, within the paragraph."""
    document = read([line("take it with much")], [line("water and then rest")])
    assert document.text == "take it with much water and then rest"
    assert by_page(document) == [("1", "take it with much"), ("2", "water and then rest")]


@pytest.mark.parametrize(
    ("before", "after", "pages"),
    [
        ("a neurodegen-", "erative illness", ["a neurodegenerative", "illness"]),
        ("a life-", "threatening illness", ["a life-threatening", "illness"]),
        ("a neurodegen-", "erative", ["a neurodegenerative"]),
    ],
)
def test_a_word_over_two_pages_is_on_the_first(before: str, after: str, pages: list[str]) -> None:
    """Whether its hyphen goes or stays, the next page begins at the word after it."""
    assert [text for _, text in by_page(read([line(before)], [line(after)]))] == pages


def test_items_rows_and_code_begin_pages() -> None:
    """A page begins before the marker of an item; rows and lines of code are on the page where they stand."""
    rows = [("Riluzole", "50 mg"), ("Edaravone", "60 mg")]
    table = [line(text, 600 - 15 * n, 60 + 140 * k) for n, row in enumerate(rows) for k, text in enumerate(row)]
    code = [line("x = 1", font="F3"), line("y = 2", 588, font="F3")]
    document = read([line(BODY)], [line("\\225 by hand")], table, code)
    assert by_page(document) == [
        ("1", BODY),
        ("2", "- by hand"),
        ("3", "Riluzole | 50 mg\nEdaravone | 60 mg"),
        ("4", "x = 1\ny = 2"),
    ]


def test_a_page_without_text_is_counted() -> None:
    """A picture has its number, and begins nowhere in the text."""
    document = read([line(BODY)], [], [line(BODY)])
    assert [(page.number, page.label) for page in document.pages] == [(1, "1"), (3, "3")]


def test_pages_of_tags_may_come_again() -> None:
    """Text in the order of its tags goes back to a page that it left."""
    pages = [[line("one")], [line("two")], [line("three")]]
    data = tagged_pdf_file(pages, [("H2", [(0, 0)]), ("P", [(2, 0), (0, 1)]), ("P", [(1, 0)])])
    document = compose(read_pdf(data, "a.pdf"), "a", "A")
    assert by_page(document) == [("1", "one"), ("3", "three"), ("2", "two")]


def test_labels_are_those_of_the_file() -> None:
    """Roman figures, prefixes and other first numbers are as a viewer shows them; without a label, the number."""
    nums = "0 << /S /r /St 4 >> 2 << /S /D /P (A-) >> 3 << /S /D /St 12 >> 4 << >> 5 << /S /D >>"
    document = read(*[[line(BODY)]] * 6, catalog=f"/PageLabels << /Nums [{nums}] >>")
    assert [page.label for page in document.pages] == ["iv", "v", "A-1", "12", "5", "1"]
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        ("[]", None),
        ("<< /Nums 7 >>", None),
        ("<< /Nums [0 << /P (\\255) >>] >>", None),
        (f"<< /Nums [0 << /P ({'x' * 40}) >>] >>", None),
        ("<< /Nums [0 << /S /D /St /x >>] >>", None),
        ("<< /Nums [0 9 0 R] >>", None),
        ("<< /Kids [9 0 R] >>", None),
        ("<< /Nums [0 << /S [] >>] >>", "its page labels are broken; its pages were numbered from 1"),
        (f"<< /Nums [{'0 << >> ' * 2001}] >>", "its page labels are too many to read; its pages were numbered from 1"),
        (
            f"<< /Kids [{'9 0 R ' * 4001}] >>",
            "its page labels are too many to read; its pages were numbered from 1",
        ),
    ],
)
def test_labels_that_cannot_be_read_are_numbers(labels: str, note: str | None) -> None:
    """Labels that are broken, empty, invisible, too long or too many cost nothing but themselves."""
    data = pdf_file([text_content([line(BODY)])] * 2, catalog=f"/PageLabels {labels}", extra=["<< /Kids 8 >>"])
    draft = read_pdf(data, "a.pdf")
    assert [page.label for page in compose(draft, "a", "A").pages] == ["1", "2"]
    assert draft.notes == ((note,) if note else ())


def test_there_is_a_mark_for_each_page() -> None:
    """The private codes that mark pages within the reader are more than a file may have pages."""
    assert open_pdf.MAX_PAGES <= 0x1000


def test_what_a_draft_takes_out_moves_pages() -> None:
    """Characters that go before a page's first word move the page with it; a page without a word goes."""
    document = read(
        [line("take\\255 it with\\255 much")], [line("water and\\255 then")], [line("\\255\\255 rest of it")]
    )
    assert by_page(document) == [("1", "take it with much"), ("2", "water and then"), ("3", "rest of it")]
    (part,) = read_pdf(pdf_file([text_content([line("a b")])]), "a.pdf").parts
    pages = tuple(replace(part.pages[0], start=start, number=start + 1) for start in (0, 4, 6))
    (cleaned,) = Draft((Part("paragraph", "  \u200bu \u200b x", pages=pages),)).parts
    assert (cleaned.text, [(page.start, page.number) for page in cleaned.pages]) == ("u x", [(0, 1), (2, 7)])


def test_a_heading_too_long_to_be_one_keeps_its_pages() -> None:
    """It becomes a paragraph on the same pages."""
    (part,) = read_pdf(pdf_file([text_content([line("a b")])]), "a.pdf").parts
    (taken,) = Draft((Part("heading", "word " * 300, 1, pages=part.pages),)).parts
    assert (taken.kind, taken.level, taken.pages) == ("paragraph", 0, part.pages)


def test_the_title_takes_its_page_with_it() -> None:
    """The title is no part of the text: page 1 begins with what follows it."""
    document = read([(60, 700, 20, "F2", "The leaflet"), line(BODY)], [line(BODY)])
    assert by_page(document) == [("1", BODY), ("2", BODY)]
