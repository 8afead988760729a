"""PDF files: what stands on their pages becomes parts, by tags or by layout, and what is not read is named."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from read_corpus import read_corpus
from tiny_pdf import Line, pdf_file, text_content

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.pdf import open_pdf, read_pdf

PROSE = [
    "The tablets are taken with water in the morning, and",
    "nobody should chew them or break them into smaller bits,",
    "since the coat around them keeps the stomach from harm and",
    "lets the drug out slowly over all the hours of a long day.",
]


def read(*pages: Sequence[Line] | str, **kwargs: str) -> Draft:
    """Read a file of pages of lines."""
    contents = [page if isinstance(page, str) else text_content(page) for page in pages]
    return read_pdf.read_pdf(pdf_file(contents, **kwargs), "a.pdf")


def prose(x: float = 60, y: float = 600, size: float = 10, texts: Sequence[str] = PROSE) -> list[Line]:
    return [(x, y - 12 * n, size, "F1", text) for n, text in enumerate(texts)]


def shapes(draft: Draft) -> list[tuple[str, int, str]]:
    return [(part.kind, part.level, part.text) for part in draft.parts]


def test_headings_are_told_by_size_and_weight() -> None:
    """The larger the higher; bold of the text's own size is the lowest; one at the top alone is the title."""
    draft = read(
        [(60, 700, 20, "F2", "The leaflet"), (60, 660, 14, "F2", "How to take it"), *prose(),
         (60, 520, 10, "F2", "In the morning"), *prose(y=500)]
    )  # fmt: skip
    text = " ".join(PROSE)
    assert draft.title == "The leaflet"
    assert shapes(draft) == [
        ("heading", 2, "How to take it"),
        ("paragraph", 0, text),
        ("heading", 3, "In the morning"),
        ("paragraph", 0, text),
    ]


def test_columns_are_read_one_after_the_other() -> None:
    """A page of two columns below a title is read as people read it."""
    left, right = (
        [f"Left {n} has a line of words." for n in range(6)],
        [f"Right {n} has a line of it." for n in range(6)],
    )
    draft = read(
        [
            (60, 700, 20, "F2", "A title over both of the columns here"),
            *prose(60, 600, texts=left),
            *prose(320, 600, texts=right),
        ]
    )
    assert [part.text for part in draft.parts] == [" ".join(left), " ".join(right)]


def test_items_have_their_markers_and_levels() -> None:
    """Bullets and numbers begin items; what stands further in is an item of one, and lines that go on are of it."""
    draft = read(
        [(60, 600, 10, "F1", "1. Open the box and look whether the seal that"),
         (72, 588, 10, "F1", "is on it was broken."),
         (80, 576, 10, "F1", "\\225 by hand"), (60, 564, 10, "F1", "2. Close it.")]
    )  # fmt: skip
    assert [(p.level, p.marker, p.text) for p in draft.parts] == [
        (1, "1.", "Open the box and look whether the seal that is on it was broken."),
        (2, "-", "by hand"),
        (1, "2.", "Close it."),
    ]


def test_rows_of_a_table_keep_their_cells() -> None:
    """Segments that stand below each other are cells; a bold first row has the column names."""
    rows = [("Medicine", "Dose", "F2"), ("Riluzole", "50 mg", "F1"), ("Edaravone", "60 mg", "F1")]
    lines = [(x, 600 - 15 * n, 10, row[2], row[k]) for n, row in enumerate(rows) for k, x in enumerate((60, 200))]
    assert shapes(read(lines)) == [
        ("header", 0, "Medicine | Dose"),
        ("row", 0, "Riluzole | 50 mg"),
        ("row", 0, "Edaravone | 60 mg"),
    ]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["a neurodegen-", "erative illness"], "a neurodegenerative illness"),
        (["it is life-", "threatening"], "it is life-threatening"),
        (["a gluon-", "bound state, and one gluon-bound more"], "a gluon-bound state, and one gluon-bound more"),
        (["pages 3-", "4 of it"], "pages 3-4 of it"),
        (["short-", "and long-term use"], "short- and long-term use"),
        (["a hard-to-", "reach place"], "a hard-to-reach place"),
        (["by self-adminis-", "tration"], "by self-administration"),
        (["the Guillain-", "Barré syndrome"], "the Guillain-Barré syndrome"),
    ],
)
def test_hyphens_at_the_ends_of_lines_are_mended(lines: list[str], text: str) -> None:
    """A hyphen that parts a word goes; one of the word stays. The document decides, then English words."""
    assert [part.text for part in read(prose(texts=lines)).parts] == [text]


def test_running_lines_and_page_numbers_are_left_out_and_named() -> None:
    """Lines that come again at the edge of pages are no text, and a paragraph goes on over the page."""
    pages = [
        [(60, 780, 8, "F1", "Leaflet on tablets"), *prose(texts=["Take it with much", "water and then"][n:][:1]),
         (300, 20, 8, "F1", str(n + 1))]
        for n in range(2)
    ]  # fmt: skip
    draft = read(*pages)
    assert [part.text for part in draft.parts] == ["Take it with much water and then"]
    assert draft.notes == ("left out: running headers and footers: “Leaflet on tablets”", "left out: page numbers")


def test_raised_figures_stay_raised() -> None:
    """A power of ten is not run into its base."""
    draft = read("BT /F1 10 Tf 60 600 Td (about 10) Tj /F1 6 Tf 4 Ts (9) Tj /F1 10 Tf 0 Ts ( cells) Tj ET")
    assert [part.text for part in draft.parts] == ["about 10⁹ cells"]


def test_what_a_page_does_not_show_is_no_text() -> None:
    """Text without ink, off the page or too small to see is counted, not read; turned text is named in full."""
    hidden = "BT /F1 10 Tf 3 Tr 60 500 Td (Hidden) Tj ET BT 0 Tr /F1 10 Tf 900 500 Td (Far) Tj ET"
    hidden += " BT /F1 .1 Tf 60 9 Td (Small) Tj ET "
    turned = "BT /F1 10 Tf 0 1 -1 0 30 300 Tm (Turned) Tj ET"
    draft = read(text_content(prose()) + hidden + turned)
    assert [part.text for part in draft.parts] == [" ".join(PROSE)]
    assert draft.notes == ("left out: words of hidden text (3)", "left out: turned text: “Turned”")


def test_a_page_without_text_is_named() -> None:
    """A picture among pages of text is left out with a note."""
    assert read(prose(), "0 0 m 100 100 l S").notes == ("left out: page 2, without text",)


def test_tags_are_followed() -> None:
    """The structure that a file states gives its parts, whatever they look like; its decoration is left out."""
    words = ["Title", "Take it", "1.", "one", "Dose", "5 mg"]
    content = "".join(
        f"/P <</MCID {n}>> BDC BT /F1 10 Tf 60 {700 - 20 * n} Td ({word}) Tj ET EMC " for n, word in enumerate(words)
    )
    content += "/Artifact BMC BT /F1 8 Tf 60 20 Td (Page 1) Tj ET EMC"
    kids = (
        "<</S /H2 /Pg 5 0 R /K 0>> <</S /P /Pg 5 0 R /K 1>>"
        " <</S /L /Pg 5 0 R /K <</S /LI /K [<</S /Lbl /K 2>> <</S /LBody /K 3>>]>>>>"
        " <</S /Table /Pg 5 0 R /K [<</S /TR /K [<</S /TH /K 4>>]>> <</S /TR /K [<</S /TD /K 5>>]>>]>>"
    )
    draft = read(content, catalog=f"/Lang (en) /StructTreeRoot << /K << /S /Document /K [{kids}] >> >>")
    assert [(p.kind, p.level, p.marker, p.text) for p in draft.parts] == [
        ("heading", 2, "-", "Title"),
        ("paragraph", 0, "-", "Take it"),
        ("item", 1, "1.", "one"),
        ("header", 0, "-", "Dose"),
        ("row", 0, "-", "5 mg"),
    ]
    assert draft.language == "en"
    assert draft.notes == ("left out: what the file calls decoration: “Page 1”",)


def test_tags_that_hold_little_of_the_text_are_not_followed() -> None:
    """A file that tags its heading alone loses no paragraph."""
    content = "/H1 <</MCID 0>> BDC BT /F1 20 Tf 60 700 Td (Title) Tj ET EMC " + text_content(prose())
    draft = read(content, catalog="/StructTreeRoot << /K << /S /H1 /Pg 5 0 R /K 0 >> >>")
    assert (draft.title, [p.text for p in draft.parts]) == ("Title", [" ".join(PROSE)])


def test_title_and_day_come_from_the_metadata() -> None:
    """A title that names a file is none; the day is a note, since a file's day is not that of a review."""
    assert read(prose(), info="/Title (On tablets) /ModDate (D:20240501)").title == "On tablets"
    draft = read(
        prose(), info="/Title (Microsoft Word - x.docx) /CreationDate (D:20240230) /ModDate (D:20240501120000Z)"
    )
    assert (draft.title, draft.source.note, draft.source.reviewed) == (None, "PDF file of 2024-05-01", None)


def test_scripts_links_and_attachments_do_nothing() -> None:
    """Scripts that a viewer would run are neither run nor read."""
    draft = read(
        prose(),
        catalog="/OpenAction << /S /JavaScript /JS (app.alert\\('x'\\)) >> /AA << /WC << /S /Launch /F (x) >> >>",
    )
    assert [part.text for part in draft.parts] == [" ".join(PROSE)]


def _with_password() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_file([text_content(prose())]))))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is a broken PDF file, or holds none"),
        (b"<html>not one</html>", "is a broken PDF file, or holds none"),
        (pdf_file(["0 0 m 9 9 l S"]), "has no text layer"),
        (pdf_file(["BT /F1 10 Tf 3 Tr 60 500 Td (Hidden) Tj ET"]), "its text layer is hidden"),
        (pdf_file([b" " * 200_000_000]), "is a broken PDF file|has no text layer"),
        (pdf_file(["BT ET"]).replace(b"/FlateDecode", b"/Fl         "), "is a broken PDF file|has no text layer"),
        (_with_password(), "is protected by a password"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, message: str) -> None:
    """Each refusal says what is wrong with the file and what to do."""
    with pytest.raises(ReadError, match=message) as caught:
        read_pdf.read_pdf(data, "a.pdf")
    assert (caught.value.place, bool(caught.value.remedy)) == ("a.pdf", True)


def test_more_pages_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal has both numbers."""
    monkeypatch.setattr(open_pdf, "MAX_PAGES", 1)
    with pytest.raises(ReadError, match="has 2 pages; 1 at most"):
        read(prose(), prose())


def test_text_that_nobody_can_decode_is_refused() -> None:
    """A font that does not say which characters it shows would give wrong quotes."""
    below = "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X >>"
    font = f"/F9 << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{below}] >>"
    data = pdf_file(["BT /F9 10 Tf 60 600 Td <0041004200430044> Tj ET"]).replace(b"<< /F1", f"<< {font} /F1".encode())
    with pytest.raises(ReadError, match="does not say which characters its fonts show"):
        read_pdf.read_pdf(data, "a.pdf")


def test_a_cut_file_is_read_or_refused() -> None:
    """Wherever a file ends, nothing but a ReadError comes of it."""
    data = pdf_file([text_content(prose())])
    for end in range(0, len(data), 97):
        try:
            read_pdf.read_pdf(data[:end], "a.pdf")
        except ReadError:
            continue


def test_a_folder_with_pdf_files_becomes_documents(tmp_path: Path) -> None:
    """The ending tells the reader, and a citation's range holds the words of the page."""
    (tmp_path / "a.pdf").write_bytes(pdf_file([text_content(prose())]))
    (document,) = read_corpus([tmp_path]).documents
    assert " ".join(PROSE) in document.text
