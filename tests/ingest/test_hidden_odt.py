"""Hidden text of OpenDocument texts: what is printed is text, what nobody can read of it is counted and left out."""

import pytest
from open_document_files import open_document, paragraph

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.odt.reader import read_odt

WHITE, BLUE = 'fo:color="#ffffff"', 'fo:background-color="#1f4e79"'


def style(name: str, family: str = "text", attributes: str = "", **properties: str) -> str:
    made = "".join(f"<style:{kind.replace('_', '-')}-properties {text}/>" for kind, text in properties.items())
    return f'<style:style style:name="{name}" style:family="{family}" {attributes}>{made}</style:style>'


STYLES = (
    style("White", text=WHITE)
    + style("WhiteToo", attributes='style:parent-style-name="White"')
    + style("Auto", text=f'{WHITE} style:use-window-font-color="true"')
    + style("Outlined", text=f'{WHITE} style:text-outline="true"')
    + style("Blue", text=f'fo:color="#1f4e79" {BLUE}')
    + style("Tiny", text='fo:font-size="1pt"')
    + style("Least", text='fo:font-size="5%"')
    + style("Shown", text='text:display="true" fo:color="#000000" fo:font-size="10pt"')
    + style("Gone", "paragraph", text='text:display="none"')
    + style("White", "paragraph", text=WHITE)
    + style("Bar", "paragraph", text=WHITE, paragraph=BLUE)
    + style("BlueCell", "table-cell", table_cell=BLUE)
    + style("BlueRow", "table-row", table_row=BLUE)
    + style("BlueTable", "table", table=BLUE)
    + style("BlueSection", "section", section=BLUE)
)


def read(text: str, styles: str = STYLES) -> Draft:
    return read_odt(open_document(text, automatic=styles), "a.odt")


def texts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts]


def span(name: str, text: str) -> str:
    return f'<text:span text:style-name="{name}">{text}</text:span>'


def table(content: str, row: str = "", cell: str = "", attributes: str = "") -> str:
    return (
        f'<table:table {attributes}><table:table-row table:style-name="{row}"><table:table-cell '
        f'table:style-name="{cell}">{content}</table:table-cell></table:table-row></table:table>'
    )


@pytest.mark.parametrize(
    "hidden",
    [
        paragraph("two words", "Gone"),
        paragraph("two words", "White"),
        paragraph(span("White", "two words")),
        paragraph(span("White", "two wo") + span("WhiteToo", "rds")),
        paragraph(span("Blue", "two words")),
        paragraph(span("Blue", "two words"), "Bar"),
        paragraph(span("Tiny", "two<text:s/>words")),
        paragraph(span("Least", "two words")),
        paragraph(f"<text:note><text:note-body>{paragraph('two words')}</text:note-body></text:note>", "Gone"),
        paragraph(f"<draw:frame><draw:text-box>{paragraph('two words')}</draw:text-box></draw:frame>", "Gone"),
        paragraph('<text:hidden-text text:is-hidden="true" text:string-value="two words"/>'),
        f'<text:section text:display="none">{paragraph("two words")}</text:section>',
        table(paragraph("two words", "White")),
    ],
)
def test_what_nobody_can_read_is_counted_and_left_out(hidden: str) -> None:
    """Text that is hidden, has the colour of what is behind it, or is under 2 points, also by a style, is no text."""
    draft = read(paragraph("Seen.") + hidden)
    assert (texts(draft), draft.notes) == (["Seen."], ("left out: words of hidden text (2)",))


@pytest.mark.parametrize(
    "seen",
    [
        paragraph(span("Shown", "Text"), "Gone"),
        paragraph(span("Shown", "Text"), "White"),
        paragraph(span("Auto", "Text")),
        paragraph(span("Outlined", "Text")),
        paragraph(span("White", "Text"), "Bar"),
        paragraph(f"<draw:frame><draw:text-box>{paragraph('Text', 'White')}</draw:text-box></draw:frame>"),
        f'<text:section text:style-name="BlueSection">{paragraph("Text", "White")}</text:section>',
        table(paragraph("Text", "White"), cell="BlueCell"),
        table(paragraph("Text", "White"), row="BlueRow"),
        table(paragraph("Text", "White"), attributes='table:style-name="BlueTable"'),
        table(paragraph("Text", "White"), attributes='table:template-name="Any"'),
    ],
)
def test_light_text_on_a_dark_ground_is_text(seen: str) -> None:
    """Text that is shown stays, whatever its colour: on the ground of a paragraph, cell, row, table, section or box."""
    draft = read(seen)
    assert (texts(draft), draft.notes) == (["Text"], ())


@pytest.mark.parametrize(
    "ground",
    [
        '<style:page-layout><style:page-layout-properties fo:background-color="#000000"/></style:page-layout>',
        style("Picture", "graphic", graphic='style:run-through="background"'),
    ],
)
def test_white_text_over_a_picture_or_a_dark_page_is_text(ground: str) -> None:
    """The ground of pages, or a drawing behind the text, may be of any colour, so that no colour is hidden."""
    assert texts(read(paragraph("Title", "White"), STYLES + ground)) == ["Title"]
