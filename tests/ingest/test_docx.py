"""Word documents to parts: what is printed, in order, with its levels and marks."""

import pytest
from word_files import LIST, item, paragraph, row, run, table, word_file

from pincite.index.errors import ReadError
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.docx.reader import read_docx
from pincite.ingestion.reading.readers.package.list_numbers import format_number


def read(body: str, **parts: str) -> Draft:
    return read_docx(word_file(body, **parts), "a.docx")


def outline(draft: Draft) -> list[tuple[str, str, int]]:
    return [(part.kind, part.text, part.level) for part in draft.parts]


def items(draft: Draft) -> list[tuple[str, str, int]]:
    return [(part.marker, part.text, part.level) for part in draft.parts if part.kind == "item"]


def test_headings_are_told_by_name_by_outline_level_and_by_the_style_they_are_based_on() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="T2"><w:name w:val="Titre 2"/>'
        '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Circle"><w:name w:val="x"/><w:basedOn w:val="Circle"/></w:style>'
    )
    body = (
        paragraph("One", "berschrift1")
        + paragraph("Two", "T2")
        + paragraph("Own", "Own")
        + paragraph("Direct", properties='<w:outlineLvl w:val="2"/>')
        + paragraph("Not one", "Own", '<w:outlineLvl w:val="9"/>')
        + paragraph("Text", "Circle")
    )
    assert outline(read(body, styles=styles)) == [
        ("heading", "One", 1),
        ("heading", "Two", 2),
        ("heading", "Own", 1),
        ("heading", "Direct", 3),
        ("paragraph", "Not one", 0),
        ("paragraph", "Text", 0),
    ]


def test_a_title_is_the_paragraph_in_its_style_or_the_one_heading_that_opens_the_document() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    draft = read(paragraph("The", "T") + paragraph("title", "T") + paragraph("Text"), styles=styles)
    assert (draft.title, outline(draft)) == ("The title", [("paragraph", "Text", 0)])
    assert read(paragraph("One", "H1") + paragraph("Text")).title == "One"
    assert read(paragraph("One", "H1") + paragraph("Two", "H1") + paragraph("Text")).title is None


def test_lists_have_the_numbers_and_letters_that_word_shows() -> None:
    body = (
        item("a")
        + item("b", 1)
        + item("c", 1)
        + item("d", 2)
        + paragraph("Between")
        + item("e")
        + item("f", 1)
        + item("g", 0, 2)
    )
    numbering = LIST + (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    assert items(read(body, numbering=numbering)) == [
        ("1.", "a", 1),
        ("a)", "b", 2),
        ("b)", "c", 2),
        ("1.b.i", "d", 3),
        ("2.", "e", 1),
        ("a)", "f", 2),
        ("7.", "g", 1),
    ]


@pytest.mark.parametrize(
    ("number", "number_format", "shown"),
    [(28, "lowerLetter", "bb"), (1994, "upperRoman", "MCMXCIV"), (3, "decimalZero", "03"), (4, "unheardOf", "4")],
)
def test_numbers_are_written_as_word_does(number: int, number_format: str, shown: str) -> None:
    assert format_number(number, number_format) == shown


def test_a_numbered_heading_has_its_number_and_a_list_that_begins_deep_begins_at_the_first_level() -> None:
    numbering = LIST.replace('<w:lvlText w:val="%1."/>', '<w:lvlText w:val="%1."/><w:pStyle w:val="H1"/>')
    styles = (
        '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    body = paragraph("First", "H1") + paragraph("Second", "H1") + item("a", 1) + item("b", 2) + item("c", 1)
    draft = read(body, numbering=numbering, styles=styles)
    assert outline(draft)[:2] == [("heading", "1. First", 1), ("heading", "2. Second", 1)]
    assert items(draft) == [("a)", "a", 1), ("2.a.i", "b", 2), ("b)", "c", 1)]


def test_tables_name_their_columns_and_repeat_cells_that_go_down() -> None:
    merged = '<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>' + paragraph("Adults") + "</w:tc>"
    lower = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
    wide = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("Dose") + "</w:tc>"
    body = table(
        row("Who", wide, properties="<w:tblHeader/>"),
        row("", "day", "night", properties="<w:tblHeader/>"),
        row(merged, "1", "2"),
        row(lower, "3", f"<w:tc>{item('4')}</w:tc>"),
    )
    assert outline(read(body, numbering=LIST)) == [
        ("header", "Who | Dose day | Dose night", 0),
        ("row", "Adults | 1 | 2", 0),
        ("row", "Adults | 3 | 1. 4", 0),
    ]


def test_a_first_row_is_a_header_only_where_it_is_set_apart() -> None:
    bold = table(row(*(f"<w:tc>{paragraph(run(t, '<w:b/>'))}</w:tc>" for t in "AB")), row("1", "2"))
    plain = table(row("A", "B"), row("1", "2"))
    all_bold = table(*[row(*(f"<w:tc>{paragraph(run(t, '<w:b/>'))}</w:tc>" for t in "AB"))] * 2)
    assert [part.kind for part in read(bold + plain).parts] == ["header", "row", "row", "row"]
    assert [part.kind for part in read(all_bold).parts] == ["row", "row"]


def test_a_table_that_frames_text_is_text() -> None:
    framed = table(row(f"<w:tc>{paragraph('Inside', 'H2')}{item('a')}{table(row('x', 'y'), row('z', 'w'))}</w:tc>"))
    assert outline(read(framed, numbering=LIST)) == [
        ("heading", "Inside", 2),
        ("item", "a", 1),
        ("row", "x | y", 0),
        ("row", "z | w", 0),
    ]


def test_notes_stand_at_the_end_of_the_section_that_refers_to_them() -> None:
    def reference(kind: str, number: int, own: str = "") -> str:
        mark = f"<w:t>{own}</w:t>" if own else ""
        custom = ' w:customMarkFollows="1"' if own else ""
        return f'<w:r><w:{kind}Reference w:id="{number}"{custom}/>{mark}</w:r>'

    body = (
        paragraph("H", "H1")
        + paragraph(run("Word") + reference("footnote", 5) + run(" and") + reference("endnote", 2))
        + paragraph(run("own") + reference("footnote", 6, "*"))
        + paragraph("I", "H1")
        + paragraph(run("last") + reference("footnote", 4))
    )
    footnotes = (
        '<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="4">{paragraph("Four.")}</w:footnote>'
        f'<w:footnote w:id="5">{paragraph("Five.")}{paragraph("More.")}</w:footnote>'
        f'<w:footnote w:id="6">{paragraph("Six.")}</w:footnote>'
    )
    draft = read(body, footnotes=footnotes, endnotes=f'<w:endnote w:id="2">{paragraph("End.")}</w:endnote>')
    assert compose(draft, "a", "A").text == (
        "H\n\nWord[1] and[i]\n\nown[*]\n\n[1] Five. More.\n[i] End.\n[*] Six.\n\nI\n\nlast[2]\n\n[2] Four."
    )


def test_what_is_not_printed_is_no_text() -> None:
    styles = '<w:style w:type="character" w:styleId="V"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = (
        paragraph(run("seen ") + run("hidden", "<w:vanish/>") + run("styled", '<w:rStyle w:val="V"/>') + run("too"))
        + paragraph(f"<w:del>{run('gone')}</w:del><w:ins>{run('new')}</w:ins><w:moveFrom>{run('old')}</w:moveFrom>")
        + paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>'
                    + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("today")
                    + '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
        + paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("never ends"))
        + "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("joined ") + "</w:p>" + paragraph("up")
        + table(row("<w:tc><w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("last") + "</w:p></w:tc>"))
    )  # fmt: skip
    draft = read(body, styles=styles)
    assert [part.text for part in draft.parts] == ["seen too", "new", "today", "never ends", "joined up", "last"]
    assert draft.notes == ("left out: words of hidden text (1)", "left out: pieces of deleted text (2)")


def test_links_text_boxes_raised_figures_and_equations_are_text() -> None:
    box = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><a:x><wps:txbx><w:txbxContent>"
        f"{paragraph('Boxed')}</w:txbxContent></wps:txbx></a:x></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{paragraph('Boxed')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    squared = "<m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    body = paragraph(
        f'<w:hyperlink r:id="x">{run("a link")}</w:hyperlink>{run(" 10")}'
        + run("-", '<w:vertAlign w:val="superscript"/>')
        + run("9", '<w:vertAlign w:val="superscript"/>')
        + run(" and ")
        + f"<m:oMath>{squared}</m:oMath>"
        + box
    )
    assert [part.text for part in read(body).parts] == ["a link 10⁻⁹ and r²", "Boxed"]


def test_margins_comments_pictures_and_contents_are_left_out_by_name() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="toc 1"/></w:style>'
    body = paragraph("One ... 3", "C") + paragraph(run("Text") + "<w:r><w:drawing><a:blip/></w:drawing></w:r>")
    draft = read(
        body, styles=styles, header=paragraph("Page head"), comments=f"<w:comment>{paragraph('Why?')}</w:comment>"
    )
    assert [part.text for part in draft.parts] == ["Text"]
    assert draft.notes == (
        "left out: lines of a table of contents (1)",
        "left out: pictures (1)",
        "left out: headers and footers of pages: “Page head”",
        "left out: comments: “Why?”",
    )


def test_quotations_code_and_boxes_to_tick_are_told_by_style_and_sign() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Q"><w:name w:val="Quote"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="K"><w:name w:val="Source Code"/></w:style>'
    )
    body = paragraph("Said", "Q") + paragraph("if x:", "K") + paragraph("    y()", "K") + paragraph("☒ Tea")
    assert outline(read(body, styles=styles)) == [
        ("quote", "Said", 0),
        ("code", "if x:\n    y()", 0),
        ("item", "☒ Tea", 1),
    ]


def test_title_source_and_language_are_those_of_the_properties() -> None:
    draft = read(
        paragraph("Text"),
        core_properties="<dc:title>Name</dc:title><dc:creator>Ann Author</dc:creator><dc:language>de-DE</dc:language>"
        "<dcterms:modified>2024-05-06T07:08:09Z</dcterms:modified>",
        extended_properties="<x:Company>A Hospital</x:Company>",
        custom_properties='<x:property name="Source_URL"><x:lpwstr>https://a.example/</x:lpwstr></x:property>'
        '<x:property name="reviewed"><x:lpwstr>2023</x:lpwstr></x:property>',
    )
    source = draft.source
    assert (draft.title, draft.language, source.publisher) == ("Name", "de-DE", "A Hospital")
    assert (source.note, source.url) == ("Author: Ann Author; Last changed: 2024-05-06", "https://a.example/")
    assert source.reviewed == "2023"


def test_tags_are_the_property_of_that_name_or_else_the_keywords() -> None:
    """Keywords have semicolons or commas between them; too many are left out with a note, and the document is read."""
    core, tags = (
        "<x:keywords>Tides; night work, tides</x:keywords>",
        '<x:property name="Tags"><x:lpwstr>{}</x:lpwstr></x:property>',
    )
    assert read(paragraph("Text"), core_properties=core).tags == ("Tides", "night work")
    assert read(paragraph("Text"), core_properties=core, custom_properties=tags.format("Quay")).tags == ("Quay",)
    many = ", ".join(f"k{n}" for n in range(51))
    draft = read(paragraph("Text"), core_properties=f"<x:keywords>{many}</x:keywords>")
    assert draft.tags == ()
    assert draft.notes == ("left out: the keywords of its properties: has 51 tags; 50 at most",)
    with pytest.raises(ReadError, match=r"a\.docx, property tags: has 51 tags"):
        read(paragraph("Text"), custom_properties=tags.format(many))


@pytest.mark.parametrize(
    ("key", "value"), [("source_url", "javascript:alert(1)"), ("reviewed", "soon"), ("id", "../a")]
)
def test_a_property_that_cannot_be_understood_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(ReadError, match=f"a.docx, property {key}"):
        read(paragraph("Text"), custom_properties=f'<x:property name="{key}"><x:lpwstr>{value}</x:lpwstr></x:property>')


def test_the_language_is_that_of_most_of_the_text() -> None:
    german = run("Das ist ein Text. ", '<w:lang w:val="de-DE"/>')
    assert read(paragraph(german + run("Yes"))).language == "de-DE"
    assert read(paragraph(run("No language is stated") + german)).language is None
