"""Hidden text of Word documents: what Word prints is text, what nobody can read of it is counted and left out."""

import pytest
from word_files import paragraph, row, run, table, word_file

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.docx.reader import read_docx

WHITE = '<w:color w:val="FFFFFF"/>'
ON_BLUE = '<w:shd w:val="clear" w:color="auto" w:fill="1F4E79"/>'
STYLES = (
    '<w:style w:type="paragraph" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="GoneToo"><w:basedOn w:val="Gone"/><w:link w:val="GoneChar"/></w:style>'
    '<w:style w:type="character" w:styleId="GoneChar"><w:link w:val="GoneToo"/><w:rPr><w:vanish/></w:rPr></w:style>'
    f'<w:style w:type="character" w:styleId="White"><w:rPr>{WHITE}</w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Tiny"><w:rPr><w:sz w:val="2"/></w:rPr></w:style>'
    f'<w:style w:type="paragraph" w:styleId="Bar"><w:pPr>{ON_BLUE}</w:pPr><w:rPr>{WHITE}</w:rPr></w:style>'
    '<w:style w:type="table" w:styleId="Grid"><w:tblStylePr w:type="firstRow"><w:tcPr>'
    f"{ON_BLUE}</w:tcPr></w:tblStylePr></w:style>"
)


def read(body: str, **parts: str) -> Draft:
    return read_docx(word_file(body, styles=STYLES, **parts), "a.docx")


def texts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts]


def styled(style: str, text: str, properties: str = "") -> str:
    return run(text, f'<w:rStyle w:val="{style}"/>{properties}')


@pytest.mark.parametrize(
    "hidden",
    [
        paragraph(run("two words", "<w:vanish/>")),
        paragraph(run("two words", "<w:specVanish/>")),
        paragraph("two words", "Gone"),
        paragraph("two words", "GoneToo"),
        paragraph(styled("GoneChar", "two words")),
        paragraph(run("two words", WHITE)),
        paragraph(run("two words", '<w:color w:val="FEFEFE"/>')),
        paragraph(styled("White", "two words")),
        paragraph(run("two words", '<w:color w:val="1F4E79"/>' + ON_BLUE)),
        paragraph(run("two words", '<w:color w:val="1F4E79"/>'), "Bar"),
        paragraph(run("two words", '<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>')),
        paragraph(run("two words", '<w:color w:val="000000"/><w:shd w:val="solid" w:color="000000"/>')),
        paragraph(run("two words", '<w:sz w:val="3"/>')),
        paragraph(styled("Tiny", "two words")),
        paragraph(run("two wo", WHITE) + run("rds", "<w:vanish/>")),
        table(row("two", "words", properties="<w:hidden/>")),
    ],
)
def test_what_nobody_can_read_is_counted_and_left_out(hidden: str) -> None:
    """Text that is hidden, has the colour of what is behind it, or is under 2 points, also by a style, is no text."""
    draft = read(paragraph("Seen.") + hidden)
    assert (texts(draft), draft.notes) == (["Seen."], ("left out: words of hidden text (2)",))


@pytest.mark.parametrize(
    "seen",
    [
        paragraph(run("Text", "<w:webHidden/>")),  # hidden on the screen, and printed
        paragraph(styled("GoneChar", "Text"), "Gone"),  # one that hides within another that does
        paragraph(styled("GoneChar", "Text", '<w:vanish w:val="0"/>')),
        paragraph(styled("Tiny", "Text", '<w:sz w:val="24"/>')),
        paragraph(styled("White", "Text", '<w:color w:val="auto"/>')),
        paragraph(run("Text", WHITE + '<w:shd w:val="pct50" w:color="000000" w:fill="FFFFFF"/>')),
        paragraph(run("Text", WHITE + '<w:shd w:val="clear" w:themeFill="accent1"/>')),
        paragraph(run("Text", WHITE + "<w14:textOutline/>")),
        paragraph("Text", "Bar"),
        paragraph(run("Text", WHITE), properties=ON_BLUE),
        table(row(f"<w:tc><w:tcPr>{ON_BLUE}</w:tcPr>{paragraph(run('Text', WHITE))}</w:tc>")),
        table(row(f"<w:tc>{paragraph(run('Text', WHITE))}</w:tc>"), properties='<w:tblStyle w:val="Grid"/>'),
        table(row(f"<w:tc>{paragraph(run('Text', WHITE))}</w:tc>"), properties=ON_BLUE),
    ],
)
def test_light_text_on_a_dark_ground_is_text(seen: str) -> None:
    """Text that Word shows stays, whatever its colour: on shading, in cells, with an outline, printed alone."""
    draft = read(seen)
    assert (texts(draft), draft.notes) == (["Text"], ())


@pytest.mark.parametrize(
    "parts",
    [
        {"body": paragraph('<w:r><w:drawing><wp:anchor behindDoc="1"/></w:drawing></w:r>')},
        {"header": paragraph("<w:r><w:pict><v:shape/></w:pict></w:r>")},
    ],
)
def test_white_text_over_a_picture_is_text(parts: dict[str, str]) -> None:
    """A drawing behind the text of pages may be of any colour, so that no colour is hidden."""
    assert texts(read(parts.pop("body", "") + paragraph(run("Title", WHITE)), **parts)) == ["Title"]


def test_a_picture_or_box_that_hangs_on_hidden_text_is_shown() -> None:
    """Colour and size hide letters, not what hangs on them; a hidden run hides its box as well."""
    box = f"<w:drawing><a:x><w:txbxContent>{paragraph(run('Boxed words', WHITE))}</w:txbxContent></a:x></w:drawing>"
    draft = read(paragraph(f"<w:r><w:rPr>{WHITE}</w:rPr>{box}</w:r>") + paragraph("Text"))
    assert texts(draft) == ["Boxed words", "Text"]
    draft = read(paragraph(f"<w:r><w:rPr><w:vanish/></w:rPr>{box}</w:r>") + paragraph("Text"))
    assert (texts(draft), draft.notes) == (["Text"], ("left out: words of hidden text (2)",))


def anchored(origin: str, offset: int) -> str:
    place = f'<wp:positionH relativeFrom="{origin}"><wp:posOffset>{offset}</wp:posOffset></wp:positionH>'
    box = f"<w:txbxContent>{paragraph('Boxed words')}</w:txbxContent>"
    return f'<w:drawing><wp:anchor>{place}<wp:extent cx="1270000" cy="12700"/><a:x>{box}</a:x></wp:anchor></w:drawing>'


@pytest.mark.parametrize(
    ("box", "is_shown"),
    [
        (anchored("page", 0), True),
        (anchored("page", -1_260_000), True),
        (anchored("page", -1_270_000), False),
        (anchored("column", -1_270_000), True),
        (anchored("column", -612 * 12_700 - 1_270_000), False),
        (anchored("page", 612 * 12_700), False),
        ("<w:pict><v:shape style='margin-left:-99in;width:100pt'><w:txbxContent>"
         f"{paragraph('Boxed words')}</w:txbxContent></v:shape></w:pict>", False),
        ("<w:pict><v:shape style='margin-left:9pt;width:100pt'><w:txbxContent>"
         f"{paragraph('Boxed words')}</w:txbxContent></v:shape></w:pict>", True),
    ],
)  # fmt: skip
def test_a_text_box_off_the_page_is_no_text(box: str, is_shown: bool) -> None:
    """A box is text as long as a part of it may be on the page."""
    draft = read(paragraph(f"<w:r>{box}</w:r>") + paragraph("Text"))
    assert texts(draft) == (["Boxed words", "Text"] if is_shown else ["Text"])
    assert draft.notes == (() if is_shown else ("left out: words of hidden text (2)",))


def test_deletions_are_counted() -> None:
    """Text that tracked changes have deleted or moved away is no text, and each piece is counted."""
    gone = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom>"
    draft = read(paragraph(gone + run("Text")))
    assert (texts(draft), draft.notes) == (["Text"], ("left out: pieces of deleted text (2)",))
