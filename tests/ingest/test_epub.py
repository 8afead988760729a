"""Books to parts: the files of the spine in order, under the levels of the book's contents."""

import pytest
from book_files import METADATA, book_file, entry, navigation, xhtml

from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.epub.reader import read_epub


def read(*bodies: str, **parts: object) -> Draft:
    return read_epub(book_file(*bodies, **parts), "a.epub")  # type: ignore[arg-type]


def outline(draft: Draft) -> list[tuple[str, str, int]]:
    return [(part.kind, part.text, part.level) for part in draft.parts]


def headings(draft: Draft) -> list[tuple[str, int]]:
    return [(part.text, part.level) for part in draft.parts if part.kind == "heading"]


def point(label: str, src: str, *inner: str) -> str:
    return f'<navPoint><navLabel><text>{label}</text></navLabel><content src="{src}"/>{"".join(inner)}</navPoint>'


def test_all_that_a_body_shows_is_text() -> None:
    """No main text is chosen: menus of links and asides are text of a book, as are all blocks of a page."""
    body = (
        "<h1>One</h1><p>Text &amp; a&nbsp;word</p><aside><p>Beside</p></aside><ul><li><a href='x'>Link</a></li></ul>"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table><pre>x = 1\n  y</pre>"
        "<blockquote><p>Said</p></blockquote><p hidden='hidden'>Not seen</p><footer>End</footer>"
    )
    draft = read(body)
    assert outline(draft) == [
        ("heading", "One", 1),
        ("paragraph", "Text & a word", 0),
        ("paragraph", "Beside", 0),
        ("item", "Link", 1),
        ("header", "A | B", 0),
        ("row", "1 | 2", 0),
        ("code", "x = 1\n  y", 0),
        ("quote", "Said", 0),
        ("paragraph", "End", 0),
    ]
    assert draft.notes == ("left out: words of hidden text (2)",)


def test_files_come_in_the_order_of_the_spine_and_others_are_no_text() -> None:
    """A file that the book keeps apart comes last, under no heading of the others."""
    spine = '<itemref idref="c2" linear="no"/><itemref idref="c3"/><itemref idref="c1"/><itemref idref="c3"/>'
    draft = read("<p>c1</p>", "<p>c2</p>", "<h1>H</h1><p>c3</p>", "<p>c4</p>", spine=spine)
    document = compose(draft, "a", "A")
    assert [(s.path, document.text[s.start : s.end].split()) for s in document.sections] == [
        (("H",), ["H", "c3", "c1"]),
        ((), ["c2"]),
    ]


@pytest.mark.parametrize("is_ncx", [False, True])
def test_chapters_stand_as_deep_as_the_contents_say(is_ncx: bool) -> None:
    """Files that all begin at the first level are parts and chapters by the contents; what they hold goes with them."""
    bodies = ("<h1>Part I</h1>", "<h1>Tides</h1><h2>Spring</h2>", "<h2>Neap</h2>", "<h1>Part II</h1>", "<h1>After</h1>")
    if is_ncx:
        inner = point("Tides", "text/c2.xhtml")
        draft = read(*bodies, ncx=point("Part I", "text/c1.xhtml", inner) + point("Part II", "text/c4.xhtml"))
    else:
        inner = entry("Tides", "text/c2.xhtml#top")
        outer = entry("Part I", "text/c1.xhtml", inner)
        draft = read(*bodies, contents=navigation(outer, entry("Part II", "text/c4.xhtml")))
    assert headings(draft) == [("Part I", 1), ("Tides", 2), ("Spring", 3), ("Neap", 3), ("Part II", 1), ("After", 1)]


def test_flat_contents_change_no_levels() -> None:
    """Levels that the files themselves give stay, where the contents have fewer."""
    draft = read("<h1>One</h1><h2>Two</h2>", "<h2>Three</h2>",
                 contents=navigation(entry("One", "text/c1.xhtml"), entry("Three", "text/c2.xhtml")))  # fmt: skip
    assert headings(draft) == [("One", 1), ("Two", 2), ("Three", 2)]


def test_sections_in_the_file_of_their_chapter_stand_below_it() -> None:
    """DocBook's books write chapter and section as h1: an entry lowers its heading and what is below that one."""
    bodies = ("<h1>Chapter 1. Tides</h1><h3>Note</h3><h1>Spring</h1><h2>Causes</h2><h1>Neap</h1>", "<h1>Ebb</h1>")
    inner = (point("Spring", "text/c1.xhtml#s"), point("Ebb", "text/c2.xhtml"))
    draft = read(*bodies, ncx=point("1. Tides", "text/c1.xhtml", *inner))
    expected = [("Chapter 1. Tides", 1), ("Note", 3), ("Spring", 2), ("Causes", 3), ("Neap", 2), ("Ebb", 2)]
    assert headings(draft) == expected


def test_words_that_the_contents_name_are_a_heading_below_that_of_the_file() -> None:
    """A paragraph that an entry leads to is one though the file has others; the same words elsewhere are none."""
    body = '<h2>Tides</h2><p>Spring tide</p><p id="s">Spring tide</p><p>Text.</p><p id="n">Neap tide rises.</p>'
    entries = [entry(label, f"text/c1.xhtml#{label[:1].lower()}") for label in ("Spring tide", "Neap tide")]
    draft = read(body, contents=navigation(entry("Tides", "text/c1.xhtml"), *entries))
    assert outline(draft)[:3] == [
        ("heading", "Tides", 2),
        ("paragraph", "Spring tide", 0),
        ("heading", "Spring tide", 3),
    ]
    assert headings(draft) == [("Tides", 2), ("Spring tide", 3)]


def test_a_file_without_headings_has_those_that_the_contents_name() -> None:
    """The words that an entry leads to become a heading; where there are none such, the entry does."""
    contents = navigation(
        entry("1. Tides", "text/c1.xhtml", entry("Spring tide", "text/c1.xhtml#s")), entry("Ropes", "text/c2.xhtml")
    )
    first = '<p class="t">1 Tides</p><p>Text.</p><p><a id="s"></a>Spring Tide</p><p>More.</p>'
    draft = read(first, "<p>Of ropes.</p>", "<p>Still of ropes.</p>", contents=contents)
    assert outline(draft) == [
        ("heading", "1 Tides", 1),
        ("paragraph", "Text.", 0),
        ("heading", "Spring Tide", 2),
        ("paragraph", "More.", 0),
        ("heading", "Ropes", 1),
        ("paragraph", "Of ropes.", 0),
        ("paragraph", "Still of ropes.", 0),
    ]


NOTED = (
    '<h1>H</h1><p>Word<a epub:type="noteref" href="{0}#n1">1</a> and'
    '<sup><a role="doc-noteref" href="{0}#n2">*</a></sup>, once more<a epub:type="noteref" href="{0}#n1">1</a></p>'
    "<h1>I</h1><p>last</p>{1}"
)
NOTES = (
    '<aside epub:type="footnote" id="n1"><p><a href="c1.xhtml#r">1</a>. One.</p><p>More.</p></aside>'
    '<section epub:type="footnotes"><ol><li id="n2"><p>Two. <a role="doc-backlink" href="#r">back</a></p></li></ol>'
    "</section>"
)


@pytest.mark.parametrize("is_apart", [False, True])
def test_notes_stand_at_the_end_of_the_section_that_refers_to_them(is_apart: bool) -> None:
    """Notes of the same file and of another one: each once, without its mark and the link back."""
    bodies = (NOTED.format("c2.xhtml", ""), NOTES) if is_apart else (NOTED.format("", NOTES),)
    assert compose(read(*bodies), "a", "A").text == (
        "H\n\nWord[1] and[*], once more[1]\n\n[1] One. More.\n[*] Two.\n\nI\n\nlast"
    )


def test_notes_that_only_links_tell_are_notes() -> None:
    """In EPUB 2 a mark and a paragraph that lead to each other are a reference and its note; contents are none."""
    body = (
        '<p><a id="t" href="#c">1</a></p><div id="c"><h1><a href="#t">Chapter</a></h1>'
        '<p>Word<sup><a id="r1" href="#n1">1</a></sup> see <a href="#end">2</a>.</p></div>'
        '<p id="end">The end of it.</p><p><a id="n1" href="#r1">1</a> A note of some length.</p>'
    )
    draft = read(body)
    assert [(part.kind, part.marker, part.text) for part in draft.parts] == [
        ("paragraph", "-", "1"),
        ("heading", "-", "Chapter"),
        ("paragraph", "-", "Word[1] see 2."),
        ("paragraph", "-", "The end of it."),
        ("footnote", "[1]", "A note of some length."),
    ]


def test_a_note_that_begins_in_an_element_keeps_its_spaces() -> None:
    """The mark of a note is looked for in its first words, not in the first that stand in no element."""
    note = '<aside id="n" epub:type="footnote"><p><a href="#r">1</a><code>ebb</code> is a word.</p></aside>'
    draft = read(f'<p>Word<a id="r" epub:type="noteref" href="#n">1</a></p>{note}')
    assert [part.text for part in draft.parts] == ["Word[1]", "ebb is a word."]


def test_a_note_whose_reference_is_not_shown_is_text_all_the_same() -> None:
    """A reference in contents that are left out, and one within its own note, lose no note."""
    contents = '<nav epub:type="toc"><a epub:type="noteref" href="#n">1</a></nav>'
    note = '<aside id="n">Note <a epub:type="noteref" href="#n">1</a></aside>'
    assert [part.text for part in read(f"<p>Text</p>{contents}{note}").parts] == ["Text", "Note 1"]
    hidden = '<p>Text</p><p hidden=""><a epub:type="noteref" href="#m">1</a></p><aside id="m">Note</aside>'
    assert [part.text for part in read(hidden).parts] == ["Text", "Note"]


def test_contents_covers_page_numbers_and_pictures_are_left_out_by_name() -> None:
    """The navigation document, pages of contents and covers are no chapters; words of a cover are in the notes."""
    spine = "".join(f'<itemref idref="{name}"/>' for name in ("svg", "c1", "nav", "c2", "c3"))
    draft = read(
        '<p>The Cover</p><img src="x.png"/>',
        '<div epub:type="cover">Inner cover</div><p>Text<span epub:type="pagebreak">12</span> on<img src="y.png"/></p>',
        "<p><a href='c2.xhtml'>Text</a></p>",
        spine=spine,
        contents=navigation(entry("Text", "text/c2.xhtml")),
        guide='<reference type="cover" href="text/c1.xhtml"/><reference type="toc" href="text/c3.xhtml"/>',
        members={"OPS/cover.svg": "<svg/>"},
    )
    assert [part.text for part in draft.parts] == ["Text", "Text on"]
    assert draft.notes == (
        "left out: lines of a table of contents (2)",
        "left out: page numbers (1)",
        "left out: pictures (2)",
        "left out: covers: “The Cover”; “Inner cover”",
        "left out: files that are no text: “OPS/cover.svg”",
    )


def test_a_page_of_contents_that_nothing_says_is_one() -> None:
    """Its lines are left out, with their headings and counted; what else it says stays, and so does an index."""
    tides = "".join(f"<li>{n}. <a href='c2.xhtml#t{n}'>Tide {n}</a></li>" for n in range(8))
    lines = f"<h1><a href='c2.xhtml'>Tides</a></h1><ul><li><a href='c3.xhtml'>Ropes</a><ol>{tides}</ol></li></ul>"
    index = "".join(f"<p>term {n}, <a href='c2.xhtml#t{n}'>Tide {n}</a></p>" for n in range(12))
    draft = read(f"<p>First edition</p>{lines}", "<h1>Tides</h1><p>Text</p>", index)
    assert outline(draft)[:4] == [
        ("paragraph", "First edition", 0),
        ("heading", "Tides", 1),
        ("paragraph", "Text", 0),
        ("paragraph", "term 0, Tide 0", 0),
    ]
    assert draft.notes == ("left out: lines of a table of contents (10)",)


def test_text_in_a_file_that_the_guide_calls_contents_stays() -> None:
    """Sphinx calls the first file of a book so, which has an introduction, too; its list of chapters is left out."""
    first = "<h1>Manual</h1><p>{}</p><ul><li>1. <a href='c2.xhtml'>Tides</a></li></ul>"
    guide = '<reference type="toc" href="text/c1.xhtml"/>'
    introduction = "This manual is for all who sail by the tides, and for those who mend ropes."
    drafts = [read(first.format(text), "<h2>Tides</h2>", guide=guide) for text in (introduction, "Table of Contents")]
    assert [[part.text for part in draft.parts] for draft in drafts] == [["Manual", introduction, "Tides"], ["Tides"]]
    assert drafts[0].notes == drafts[1].notes == ("left out: lines of a table of contents (1)",)


def test_title_source_and_language_are_those_of_the_metadata() -> None:
    """The publisher, or else the authors; the days of publication and change are no day of review."""
    metadata = METADATA + (
        "<dc:creator>Ann Author</dc:creator><dc:creator>Bob</dc:creator><dc:publisher>A Press</dc:publisher>"
        '<dc:date>2019-05</dc:date><dc:date opf:event="modification">2020-01-02</dc:date>'
    )
    draft = read("<h1>the book</h1><p>Text</p>", metadata=metadata)
    assert (draft.title, draft.language, draft.source.publisher) == ("The Book", "en", "A Press")
    assert draft.source.note == "Author: Ann Author, Bob; Published: 2019-05; Last changed: 2020-01-02"
    assert (draft.source.reviewed, outline(draft)) == (None, [("paragraph", "Text", 0)])
    unnamed = read("<h1>Tides</h1><p>Text</p>", metadata="<dc:title>Untitled</dc:title><dc:creator>Ann</dc:creator>")
    assert (unnamed.title, unnamed.source.publisher) == ("Tides", "Ann")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('<p><a id="x"/>One <i/>two</p><div/><p>three</p>', "One two three"),
        ("<p>a <![CDATA[<b> & c]]> d</p>", "a <b> & c d"),
        ("<p>caf&eacute; &#233; &unheard; &lt;b&gt;</p>", "café é &unheard; <b>"),
        ("<p>a<br/>b<br />c</p>", "a b c"),
        ("<p>so\u00adft</p>", "soft"),
        ("<p title=\"a > b\">in</p><p title='<i/>'>side</p>", "in side"),
    ],
)
def test_xhtml_is_read_as_xml_writes_it(written: str, text: str) -> None:
    """Elements that close themselves, marked sections and references are what they are in XML."""
    assert " ".join(part.text for part in read(written).parts) == text


def test_a_head_that_closes_itself_and_prefixed_names_hide_no_text() -> None:
    """An HTML parser alone would take the whole body for a title, a script, or one unknown element."""
    closed = xhtml("<p>Text</p>", head="<title/><script src='a.js'/><style/>")
    prefixed = (
        '<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:body><h:h1>One</h:h1><h:p>Text</h:p></h:body></h:html>'
    )
    utf16 = xhtml("<p>Text</p>").replace("utf-8", "utf-16").encode("utf-16")
    for member in (closed, prefixed, utf16):
        draft = read("<p/>", members={"OPS/text/c1.xhtml": member})
        assert draft.parts[-1].text == "Text"


def test_links_and_names_are_resolved_as_addresses_are() -> None:
    """Names in the package document may be written with %20, and lead through other folders."""
    opf = '<item id="c1" href="../OPS/my%20text/c1.xhtml" media-type="application/xhtml+xml"/>'
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{opf}</manifest>'
        '<spine><itemref idref="c1"/></spine></package>'
    )
    data = book_file("", members={"OPS/my text/c1.xhtml": xhtml("<p>Text</p>"), "OPS/book.opf": package})
    assert [part.text for part in read_epub(data, "a.epub").parts] == ["Text"]
