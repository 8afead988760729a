"""OpenDocument texts to parts: what is printed, in order, with its levels and marks."""

import pytest
from open_document_files import LIST_STYLE, bullets, flat_open_document, heading, open_document, paragraph, row

from pincite.index.errors import ReadError
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.odt.reader import read_flat_odt, read_odt


def read(text: str, **parts: str) -> Draft:
    return read_odt(open_document(text, **parts), "a.odt")  # type: ignore[arg-type]


def outline(draft: Draft) -> list[tuple[str, str, int]]:
    return [(part.kind, part.text, part.level) for part in draft.parts]


def items(draft: Draft) -> list[tuple[str, str, int]]:
    return [(part.marker, part.text, part.level) for part in draft.parts if part.kind == "item"]


def style(name: str, properties: str = "", family: str = "paragraph", attributes: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="{family}" {attributes}>'
        f"<style:text-properties {properties}/></style:style>"
    )


def test_headings_have_their_outline_level_and_the_number_that_is_printed() -> None:
    """A heading is in no list, in one, or marked as without a number; only the first two are numbered."""
    outline_style = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    )
    text = (
        heading("One")
        + heading("Inner", 2)
        + heading("Two", 1)
        + heading("Plain", 1, 'text:is-list-header="true"')
        + heading("Again", 1, 'text:restart-numbering="true" text:start-value="9"')
    )
    assert outline(read(text, styles=outline_style)) == [
        ("heading", "1. One", 1),
        ("heading", "1.1 Inner", 2),
        ("heading", "2. Two", 1),
        ("heading", "Plain", 1),
        ("heading", "9. Again", 1),
    ]
    assert outline(read(bullets(heading("In a list", 2), style="L")))[0] == ("heading", "1. In a list", 2)


def test_a_title_is_the_paragraph_in_its_style_or_the_one_heading_that_opens_the_document() -> None:
    """Both are the title of the document, and no section of it."""
    draft = read(paragraph("The", "Title") + paragraph("title", "Title") + paragraph("Text"), styles=style("Title"))
    assert (draft.title, outline(draft)) == ("The title", [("paragraph", "Text", 0)])
    assert read(heading("One") + paragraph("Text")).title == "One"
    assert read(heading("One") + heading("Two") + paragraph("Text")).title is None


def test_lists_have_the_numbers_and_letters_that_are_printed() -> None:
    """Lists within items begin again in each item; a list that continues another one goes on after other text."""
    inner = bullets("b", "c" + "", style="")
    text = (
        bullets(paragraph("a") + inner, paragraph("d") + bullets(paragraph("e") + bullets("f", style=""), style=""),
                style="L", attributes='xml:id="one"')
        + paragraph("Between")
        + bullets("g", style="L", attributes='text:continue-list="one"')
        + bullets("h", style="L")
        + bullets("i", style="L", attributes='text:continue-numbering="true"')
        + bullets("j", style="L").replace("<text:list-item>", '<text:list-item text:start-value="7">')
        + bullets("k")
    )  # fmt: skip
    assert items(read(text)) == [
        ("1.", "a", 1),
        ("a)", "b", 2),
        ("b)", "c", 2),
        ("2.", "d", 1),
        ("a)", "e", 2),
        ("2.a.i", "f", 3),
        ("3.", "g", 1),
        ("1.", "h", 1),
        ("2.", "i", 1),
        ("7.", "j", 1),
        ("-", "k", 1),
    ]


def test_what_stands_in_an_item_has_its_level() -> None:
    """Paragraphs after the first one of an item, and after a list within it, are part of it."""
    text = bullets(paragraph("a") + paragraph("more") + bullets("b") + paragraph("and more"), "c") + paragraph("out")
    assert outline(read(text)) == [
        ("item", "a", 1),
        ("paragraph", "more", 1),
        ("item", "b", 2),
        ("paragraph", "and more", 1),
        ("item", "c", 1),
        ("paragraph", "out", 0),
    ]


def test_a_list_header_and_a_numbered_paragraph_are_read() -> None:
    """The one has no marker; the other one has that of its list."""
    header = "<text:list><text:list-header><text:p>Head</text:p></text:list-header></text:list>"
    numbered = (
        '<text:numbered-paragraph text:list-id="n" text:level="1" text:style-name="L"><text:p>{}</text:p>'
        "</text:numbered-paragraph>"
    )
    draft = read(header + numbered.format("a") + numbered.format("b"))
    assert [(part.kind, part.marker, part.text) for part in draft.parts] == [
        ("paragraph", "-", "Head"),
        ("item", "1.", "a"),
        ("item", "2.", "b"),
    ]


def test_tables_name_their_columns_and_repeat_cells_that_go_down() -> None:
    """Two header rows are one header; covered cells keep the others in their columns."""
    covered = "<table:covered-table-cell/>"
    wide = f'<table:table-cell table:number-columns-spanned="2">{paragraph("Dose")}</table:table-cell>'
    down = f'<table:table-cell table:number-rows-spanned="2">{paragraph("Adults")}</table:table-cell>'
    text = (
        f"<table:table><table:table-header-rows>{row('Who', wide, covered)}{row('', 'day', 'night')}"
        f"</table:table-header-rows>{row(down, '1', '2')}{row(covered, '3', '4')}{row('Children', '5', '6')}"
        "</table:table>"
    )
    assert outline(read(text)) == [
        ("header", "Who | Dose day | Dose night", 0),
        ("row", "Adults | 1 | 2", 0),
        ("row", "Adults | 3 | 4", 0),
        ("row", "Children | 5 | 6", 0),
    ]


def test_a_first_row_is_a_header_only_where_it_is_set_apart() -> None:
    """Bold text, or the style of column names, sets it apart from the second row; else it is a row."""
    bold = style("T", 'fo:font-weight="bold"', "text")
    span = "<text:span text:style-name='T'>{}</text:span>"
    strong = row(*(f"<table:table-cell>{paragraph(span.format(t))}</table:table-cell>" for t in "AB"))
    named = row(*(f"<table:table-cell>{paragraph(t, 'Table_20_Heading')}</table:table-cell>" for t in "AB"))
    kinds = {
        rows: [part.kind for part in read(f"<table:table>{rows}</table:table>", styles=style("Table_20_Heading"),
                                          automatic=bold).parts]
        for rows in (strong + row("1", "2"), named + row("1", "2"), row("A", "B") + row("1", "2"), strong + strong)
    }  # fmt: skip
    assert [*kinds.values()] == [["header", "row"], ["header", "row"], ["row", "row"], ["row", "row"]]


def test_a_table_that_frames_text_is_text_and_hidden_rows_are_none() -> None:
    """A table of one column, or with a heading, lays text out."""
    hidden = row("x", "y").replace("<table:table-row>", '<table:table-row table:visibility="collapse">')
    framed = row(f"<table:table-cell>{heading('Inside', 2)}{bullets('a')}</table:table-cell>", "beside")
    draft = read(f"<table:table>{framed}</table:table><table:table>{row('a', 'b')}{hidden}</table:table>")
    assert outline(draft) == [
        ("heading", "Inside", 2),
        ("item", "a", 1),
        ("paragraph", "beside", 0),
        ("row", "a | b", 0),
    ]
    assert draft.notes == ("left out: words of hidden text (2)",)


def test_notes_stand_at_the_end_of_the_section_that_refers_to_them() -> None:
    """Marks are those that are printed, a writer's own included; a note within a note follows it."""

    def note(mark: str, content: str, label: str = "") -> str:
        own = f'text:label="{label}"' if label else ""
        return (
            f'<text:note text:note-class="footnote"><text:note-citation {own}>{mark}</text:note-citation>'
            f"<text:note-body>{content}</text:note-body></text:note>"
        )

    inner = note("i", paragraph("Inner."))
    text = (
        heading("H")
        + paragraph(f"Word{note('1', paragraph('One.') + paragraph('More.'))} and{note('', paragraph('Own.'), '*')}")
        + heading("I")
        + paragraph(f"last{note('2', paragraph(f'Two{inner}.'))}")
    )
    assert compose(read(text), "a", "A").text == (
        "H\n\nWord[1] and[*]\n\n[1] One. More.\n[*] Own.\n\nI\n\nlast[2]\n\n[2] Two[i].\n[i] Inner."
    )


def test_what_is_not_printed_is_no_text() -> None:
    """Hidden spans, paragraphs and sections, deletions, prompts and old versions are left out and counted."""
    styles = style("V", 'text:display="none"', "text") + style("P", 'text:display="none"')
    styles += style("W", "", "text", 'style:parent-style-name="V"')
    text = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        + paragraph('seen <text:span text:style-name="V">hid<text:span text:style-name="W">den</text:span></text:span>')
        + paragraph("hidden", "P")
        + paragraph('<text:change-start text:change-id="c"/>new<text:change-end text:change-id="c"/>')
        + '<text:section text:display="none"><text:p>hidden</text:p></text:section>'
        + '<text:section text:display="condition" text:is-hidden="false"><text:p>shown</text:p></text:section>'
        + paragraph('<text:hidden-paragraph text:is-hidden="true"/>hidden')
        + paragraph('a<text:hidden-text text:is-hidden="true">hidden</text:hidden-text>')
        + paragraph("<text:placeholder>Name here</text:placeholder>b")
        + paragraph('<text:number>1.</text:number>c<text:script>x()</text:script>')
    )  # fmt: skip
    draft = read(text, styles=styles)
    assert [part.text for part in draft.parts] == ["seen", "new", "shown", "a", "b", "c"]
    assert draft.notes == (
        "left out: words of hidden text (5)",
        "left out: pieces of deleted text (1)",
        "left out: prompts of fields that are not filled in (1)",
    )


def test_spaces_breaks_links_and_raised_figures_are_text() -> None:
    """Spaces, tabulators and line breaks part words; soft hyphens and page breaks do not; code keeps its lines."""
    styles = style("S", 'style:text-position="super 58%"', "text") + style(
        "U", 'style:text-position="-33% 58%"', "text"
    )
    text = (
        paragraph('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d hy\u00adphen so<text:soft-page-break/>ft')
        + paragraph('<text:a xlink:href="http://a.example/">link</text:a> ')
        + paragraph('10<text:span text:style-name="S">9</text:span>')
        + paragraph('H<text:span text:style-name="U">2</text:span>O <text:ruby><text:ruby-base>漢</text:ruby-base>'
                    '<text:ruby-text>kan</text:ruby-text></text:ruby>')
        + paragraph("if x:", "Preformatted_20_Text")
        + paragraph('<text:s text:c="4"/>y()', "Preformatted_20_Text")
        + paragraph("Said", "Quotations")
    )  # fmt: skip
    names = style("Preformatted_20_Text") + style("Quotations")
    assert outline(read(text, styles=styles + names)) == [
        ("paragraph", "a b c d hyphen soft", 0),
        ("paragraph", "link", 0),
        ("paragraph", "10⁹", 0),
        ("paragraph", "H₂O 漢(kan)", 0),
        ("code", "if x:\n    y()", 0),
        ("quote", "Said", 0),
    ]


def test_frames_give_text_formulas_and_counts() -> None:
    """A text box follows its paragraph, a formula stands in it; pictures and charts are counted."""
    mathml = (
        '<math:math xmlns:math="http://www.w3.org/1998/Math/MathML"><math:semantics><math:mrow><math:mi>E</math:mi>'
        "<math:mo>=</math:mo><math:msup><math:mi>c</math:mi><math:mn>2</math:mn></math:msup></math:mrow>"
        "<math:annotation>unseen</math:annotation></math:semantics></math:math>"
    )
    text = paragraph(
        'It is <draw:frame><draw:object xlink:href="./Object 1"/><draw:image/></draw:frame>, so'
        f"<draw:frame><draw:text-box>{paragraph('Boxed')}</draw:text-box></draw:frame>"
        f"<draw:g><draw:custom-shape>{paragraph('Shaped')}</draw:custom-shape></draw:g>"
        "<draw:frame><draw:image/></draw:frame>"
        '<draw:frame><draw:object xlink:href="./Object 2"/><draw:image/></draw:frame>'
    )
    draft = read_odt(open_document(text, members={"Object 1/content.xml": mathml}), "a.odt")
    assert [part.text for part in draft.parts] == ["It is E=c², so", "Boxed", "Shaped"]
    assert draft.notes == ("left out: charts and diagrams (1)", "left out: pictures (1)")


def test_margins_comments_and_contents_are_left_out_by_name() -> None:
    """The words of headers, footers and comments are in the notes in full."""
    master = f"<style:master-page><style:header>{paragraph('Page head')}</style:header></style:master-page>"
    comment = f"<office:annotation><dc:creator>Ann</dc:creator>{paragraph('Why?')}</office:annotation>"
    contents, index, books = (
        f"<text:{name}><text:index-body>{paragraph(line)}</text:index-body></text:{name}>"
        for name, line in {
            "table-of-content": "One ... 3",
            "alphabetical-index": "rope 3",
            "bibliography": "[1] A book",
        }.items()
    )
    draft = read(contents + paragraph(f"Text{comment}") + index + books, master=master)
    assert [part.text for part in draft.parts] == ["Text", "[1] A book"]
    assert draft.notes == (
        "left out: lines of a table of contents (1)",
        "left out: lines of an index (1)",
        "left out: headers and footers of pages: “Page head”",
        "left out: comments: “Why?”",
    )


def test_title_source_and_language_are_those_of_the_properties() -> None:
    """The author is who made the document, not who changed it last; custom properties go before all."""
    draft = read(
        paragraph("Text"),
        meta="<dc:title>Name</dc:title><meta:initial-creator>Ann Author</meta:initial-creator>"
        "<dc:creator>Bob</dc:creator>"
        "<dc:language>de-DE</dc:language><dc:date>2024-05-06T07:08:09</dc:date>"
        '<meta:user-defined meta:name="Company">A Hospital</meta:user-defined>'
        '<meta:user-defined meta:name="Source_URL">https://a.example/</meta:user-defined>',
    )
    source = draft.source
    assert (draft.title, draft.language, source.publisher) == ("Name", "de-DE", "A Hospital")
    assert (source.note, source.url) == ("Author: Ann Author; Last changed: 2024-05-06", "https://a.example/")


@pytest.mark.parametrize(
    ("key", "value"), [("source_url", "javascript:alert(1)"), ("reviewed", "soon"), ("id", "../a")]
)
def test_a_property_that_cannot_be_understood_is_refused_by_name(key: str, value: str) -> None:
    """A custom property is held to the rules of front matter."""
    with pytest.raises(ReadError, match=f"a.odt, property {key}"):
        read(paragraph("Text"), meta=f'<meta:user-defined meta:name="{key}">{value}</meta:user-defined>')


def test_the_language_is_that_of_most_of_the_text() -> None:
    """Styles state it, that of the document for all text that no other one does."""
    styles = style("D", 'fo:language="de" fo:country="DE"', "text")
    french = '<style:text-properties fo:language="fr"/>'
    default = f'<style:default-style style:family="paragraph">{french}</style:default-style>'
    german = '<text:span text:style-name="D">Das ist ein Text.</text:span>'
    assert read(paragraph(german + " Yes"), styles=styles).language == "de-DE"
    assert read(paragraph(german + " No language is stated of this"), styles=styles).language is None
    assert read(paragraph("Un texte"), styles=styles + default).language == "fr"


def test_a_flat_file_is_read_as_a_package_is() -> None:
    """A document that is one XML file gives the same parts."""
    text = heading("One") + bullets("a", style="L") + paragraph("b")
    assert read_flat_odt(flat_open_document(text), "a.fodt").parts == read(text, automatic=LIST_STYLE).parts


def test_keywords_are_tags_unless_a_property_of_that_name_states_them() -> None:
    """Keywords of the properties are the tags; a property called tags goes before them."""
    keywords = "<meta:keyword>Tides</meta:keyword><meta:keyword>night work</meta:keyword>"
    own = '<meta:user-defined meta:name="tags">bells, harbour</meta:user-defined>'
    assert read(paragraph("Text"), meta=keywords).tags == ("Tides", "night work")
    assert read(paragraph("Text"), meta=keywords + own).tags == ("bells", "harbour")


def test_a_style_that_the_file_does_not_have_is_known_by_its_name() -> None:
    """Also where another is based on it; a name that says nothing is a plain paragraph."""
    based = style("P1", attributes='style:parent-style-name="Title"')
    for name, styles in (("Title", ""), ("P1", based)):
        draft = read(paragraph("One", name) + heading("Two") + paragraph("Text", "Unknown"), styles=styles)
        assert (draft.title, outline(draft)) == ("One", [("heading", "Two", 1), ("paragraph", "Text", 0)])
