"""Books and OpenDocument texts made to do harm, or broken: refused with a reason, or inert, in bounded time."""

import contextlib
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from book_files import book_file, entry, navigation, xhtml
from open_document_files import NAMES, bullets, content_part, heading, open_document, paragraph, row
from word_files import zip_file

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.files import find_files
from pincite.ingestion.reading.read import READERS_BY_SUFFIX, read_files
from pincite.ingestion.reading.readers.epub import reader as epub_reader
from pincite.ingestion.reading.readers.epub.reader import read_epub
from pincite.ingestion.reading.readers.odt.reader import read_flat_odt, read_odt
from pincite.ingestion.reading.readers.package import archive, xml_tree
from pincite.ingestion.reading.readers.package.refusals import EPUB, FLAT_OPEN_DOCUMENT, OPEN_DOCUMENT

MAX_SECONDS = 10
MAX_GROWTH_KILOBYTES = 300_000
ENTITIES = '[<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]'
FORMATS = {"epub": EPUB, "odt": OPEN_DOCUMENT, "fodt": FLAT_OPEN_DOCUMENT}
READERS = {"epub": read_epub, "odt": read_odt, "fodt": read_flat_odt}
GOOD_BOOK = book_file("<h1>One</h1><p>Text</p>")
GOOD_TEXT = open_document(heading("One") + paragraph("Text"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
XML_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"


def encryption(algorithm: str) -> str:
    return (
        f'<encryption xmlns:e="{XML_ENCRYPTION}"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{algorithm}"/></e:EncryptedData></encryption>'
    )


def chapter(content: str | bytes) -> bytes:
    return book_file("", members={"OPS/text/c1.xhtml": content})


def content(xml: str | bytes) -> bytes:
    return open_document("", members={"content.xml": xml})


def encrypted(data: bytes) -> bytes:
    """Set the flag of encryption on every member."""
    return data.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )


DRM = encryption(f"{XML_ENCRYPTION}aes128-cbc")
KEY = f"<manifest:manifest {NAMES}><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
KEY += "</manifest:manifest>"
DEEP = "<text:list><text:list-item>" * 20_000 + "</text:list-item></text:list>" * 20_000
SHEET = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
DOCTYPE = f"<!DOCTYPE office:document-content {ENTITIES}>"
FILES: dict[str, tuple[str, bytes, str]] = {
    "an empty book": ("epub", b"", "not_it"),
    "a book that is text": ("epub", b"PKZIP is a program", "broken"),
    "a book that is an old Word file": ("epub", OLE, "old_word"),
    "a book that is another zip": ("epub", zip_file({"a.txt": "a"}), "not_it"),
    "a book of another type": ("epub", book_file("", members={"mimetype": "application/zip"}), "not_it"),
    "a book that is a text": ("epub", GOOD_TEXT, "not_it"),
    "a book without a container": ("epub", book_file("", members={"META-INF/container.xml": None}), "not_it"),
    "a book without a package document": ("epub", book_file("", members={"OPS/book.opf": None}), "not_it"),
    "a book without its chapters": ("epub", book_file("a", members={"OPS/text/c1.xhtml": None}), "broken"),
    "a book of nothing": ("epub", book_file(), "broken"),
    "a protected book": ("epub", book_file("a", members={"META-INF/encryption.xml": DRM}), "drm"),
    "a book's password": ("epub", encrypted(GOOD_BOOK), "password"),
    "a book cut off": ("epub", GOOD_BOOK[:-30], "broken"),
    "a package document that is no XML": ("epub", book_file("", members={"OPS/book.opf": "<package"}), "broken"),
    "entities of a package document": (
        "epub",
        book_file("", members={"OPS/book.opf": f"<!DOCTYPE package {ENTITIES}><package>&b;&f;</package>"}),
        "doctype",
    ),
    "entities of a chapter": ("epub", chapter(f"<!DOCTYPE html {ENTITIES}>{xhtml('&b;&f;')}"), "doctype"),
    "entities of a chapter in UTF-16": (
        "epub",
        chapter(f"<!DOCTYPE html {ENTITIES}>{xhtml('&b;&f;')}".encode("utf-16")),
        "doctype",
    ),
    "a bomb of a chapter": ("epub", book_file("<p>" + "a" * 40_000_000), "too_large"),
    "contents within contents": ("epub", book_file("a", ncx="<navPoint>" * 20_000), "too_deep"),
    "an empty text": ("odt", b"", "not_it"),
    "a text that is text": ("odt", b"PKZIP is a program", "broken"),
    "a text that is an old Word file": ("odt", OLE, "old_word"),
    "a text that is another zip": ("odt", zip_file({"a.txt": "a"}), "not_it"),
    "a text that is a book": ("odt", GOOD_BOOK, "not_it"),
    "a spreadsheet": ("odt", open_document("", members=dict(SHEET)), "not_it"),
    "a text without content": ("odt", open_document("", members={"content.xml": None}), "not_it"),
    "content of another kind": ("odt", content(f"<office:document-styles {NAMES}/>"), "not_it"),
    "a text's own password": ("odt", open_document("", members={"META-INF/manifest.xml": KEY}), "password"),
    "a text's password": ("odt", encrypted(GOOD_TEXT), "password"),
    "a text cut off": ("odt", GOOD_TEXT[:-30], "broken"),
    "content that is no XML": ("odt", content("<office:document-content"), "broken"),
    "entities of a text": ("odt", content(DOCTYPE + content_part(paragraph("&b;&f;"))), "doctype"),
    "entities in UTF-16": ("odt", content((DOCTYPE + content_part("&b;&f;")).encode("utf-16")), "doctype"),
    "lists within lists": ("odt", open_document(DEEP), "too_deep"),
    "a bomb of a text": ("odt", open_document(paragraph("a" * 40_000_000)), "too_large"),
    "a bomb of styles": ("odt", open_document("", styles="<style:style/>" * 1_500_000), "too_large"),
    "a flat file of another kind": ("fodt", b"<a/>", "not_it"),
    "a flat file that is no XML": ("fodt", b"PK", "broken"),
    "entities of a flat file": ("fodt", f"<!DOCTYPE a {ENTITIES}><a>&b;</a>".encode(), "doctype"),
    "a flat file within itself": ("fodt", b"<a>" * 20_000, "too_deep"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_refused_with_a_reason(name: str) -> None:
    """The error has the file, what is wrong with a document of its format, and what to do; it comes in bounded time."""
    suffix, data, reason = FILES[name]
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ReadError) as caught:
        READERS[suffix](data, f"a.{suffix}")
    expected = FORMATS[suffix].refusal("a", reason)  # type: ignore[arg-type]
    assert caught.value.problem.startswith(expected.problem)
    assert caught.value.remedy == expected.remedy
    assert caught.value.place.startswith(f"a.{suffix}")
    assert time.process_time() - began < MAX_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH_KILOBYTES


def test_a_chapter_within_itself_is_refused() -> None:
    """A file of a book has the bounds of a web page, and the error names it."""
    with pytest.raises(ReadError, match=r"a\.epub, OPS/text/c1\.xhtml: has more than 5,000 elements within each other"):
        read_epub(book_file("<div>" * 20_000 + "a"), "a.epub")


def test_encrypted_fonts_are_no_protection() -> None:
    """Fonts that are made unusable outside of the book are no reason to refuse its text."""
    fonts = encryption("http://www.idpf.org/2008/embedding")
    assert read_epub(book_file("<p>a</p>", members={"META-INF/encryption.xml": fonts}), "a").parts


def test_a_document_type_that_is_only_named_is_never_fetched() -> None:
    """Older books and texts name one; what it would define is as it is in HTML, or as it is written."""
    doctype = '<!DOCTYPE {} PUBLIC "-//A//EN" "http://127.0.0.1:9/a.dtd">'
    body = xhtml("<p>caf&eacute; &own;</p>")
    draft = read_epub(chapter(doctype.format("html") + body), "a.epub")
    assert draft.parts[0].text == "café &own;"
    text = doctype.format("office:document-content") + content_part(paragraph("caf&eacute; &own;"))
    assert read_odt(content(text), "a.odt").parts[0].text == "café &own;"


def test_what_all_files_of_a_book_hold_together_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes and tags are counted over all files, elements of XML over each."""
    many = book_file(*["<p>" + "a" * 60_000 + "</p>"] * 3)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 150_000)
    with pytest.raises(ReadError, match="150,000 bytes"):
        read_epub(many, "a.epub")
    monkeypatch.undo()
    monkeypatch.setattr(epub_reader, "MAX_TAGS", 1000)
    with pytest.raises(ReadError, match="1,000 tags"):
        read_epub(book_file(*["<p>a</p>" * 200] * 3), "a.epub")
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 1000)
    with pytest.raises(ReadError, match="1,000 elements"):
        read_odt(open_document(paragraph("a") * 1001), "a.odt")


def test_what_lies_outside_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that lead out, and members with names that do, are as if they were not there, and are named."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    outside = "".join(
        f'<item id="o{number}" href="{href}" media-type="application/xhtml+xml"/>'
        for number, href in enumerate(("../../../../etc/passwd", "http://127.0.0.1:9/", "file:///etc/passwd", "/a"))
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        f'<item id="c1" href="text/c1.xhtml" media-type="application/xhtml+xml"/>{outside}</manifest><spine>'
        '<itemref idref="c1"/><itemref idref="o0"/><itemref idref="o1"/><itemref idref="o2"/><itemref idref="o3"/>'
        '<itemref idref="none"/></spine></package>'
    )
    linked = '<p>Text<a epub:type="noteref" href="../../../../etc/passwd#a">1</a></p><iframe src="file:///etc/passwd"/>'
    book = book_file(linked, members={"OPS/book.opf": package, "../../x": b"x"})
    frame = '<draw:frame><draw:object xlink:href="{}"/></draw:frame>'
    text = open_document(
        paragraph("Text" + frame.format("../../../etc") + frame.format("http://127.0.0.1:9/") + frame.format("/"))
        + '<text:section><text:section-source xlink:href="file:///etc/passwd"/></text:section>',
        members={"../../x": b"x", "Basic/script-lc.xml": "<x"},
    )
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("socket.socket", refuse)
    monkeypatch.setattr("os.open", refuse)
    draft = read_epub(book, "a.epub")
    assert [part.text for part in draft.parts] == ["Text1"]
    assert "files that the book names and does not hold: “etc/passwd”" in draft.notes[-1]
    draft = read_odt(text, "a.odt")
    assert ([part.text for part in draft.parts], draft.notes) == (["Text"], ("left out: charts and diagrams (3)",))


def test_loops_and_wild_numbers_are_inert() -> None:
    """Styles based on each other, lists that continue themselves, and numbers without end change nothing."""
    styles = "".join(
        f'<style:style style:name="{name}" style:family="paragraph" style:parent-style-name="{parent}"/>'
        for name, parent in ("AB", "BA")
    )
    lists = '<text:list-style style:name="L">' + "".join(
        f'<text:list-level-style-number text:level="{level}" style:num-format="i" text:start-value="999999999"'
        ' text:display-levels="999999999"/>'
        for level in ("0", "1", "2", "-1", "99999999999", "x")
    )
    body = (
        paragraph("x", "A")
        + bullets("x", style="L", attributes='xml:id="l" text:continue-list="l" text:continue-numbering="true"') * 2
        + "".join(heading("x", level) for level in (0, 99, 999))  # type: ignore[arg-type]
        + paragraph('x<text:s text:c="999999999"/>')
        + "<text:numbered-paragraph><text:p>x</text:p></text:numbered-paragraph><text:numbered-paragraph/>"
    )
    wide = '<table:table-cell table:number-columns-spanned="999999999" table:number-rows-spanned="999999999"/>'
    repeated = f'<table:table-cell table:number-columns-repeated="999999999">{paragraph("x")}</table:table-cell>'
    table = f"<table:table>{row(wide, repeated, 'x') * 100}</table:table>"
    draft = read_odt(open_document(body + table, automatic=styles + lists + "</text:list-style>"), "a.odt")
    assert {part.text.strip(" |") for part in draft.parts} == {"x", "x | x"}
    assert sum(len(part.text) for part in draft.parts) < 100_000


def test_markers_hold_nothing_invisible_and_have_an_end() -> None:
    """Signs before and after a number are short and seen."""
    lists = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        f'style:num-prefix="\u202e(" style:num-suffix="\u200b)&#10;{"x" * 1000}"/></text:list-style>'
    )
    (part,) = read_odt(open_document(bullets("a", style="L"), automatic=lists), "a.odt").parts
    assert part.marker.startswith("(1) x")
    assert len(part.marker) < 300


def test_merged_cells_do_not_multiply() -> None:
    """A long cell that goes down over many rows is repeated in short."""
    long = "x" * 50_000
    down = f'<table:table-cell table:number-rows-spanned="2000">{paragraph(long)}</table:table-cell>'
    rows = row(down, "b") + row("<table:covered-table-cell/>", "b") * 1000
    draft = read_odt(open_document(f"<table:table>{rows}</table:table>"), "a.odt")
    assert sum(len(part.text) for part in draft.parts) < 2 * len(long) + 1001 * 400


def many_notes() -> bytes:
    """Make a book with a note before each reference, and each an end of a link to the other."""
    notes = "".join(f'<li id="n{i}"><a href="#r{i}">1</a> Note of some words</li>' for i in range(12_000))
    words = "".join(f'word<a id="r{i}" href="#n{i}">1</a> ' for i in range(12_000))
    return book_file(f"<ol>{notes}</ol><p>{words}</p>")


def one_note() -> bytes:
    """Make a book whose references all lead to places of one paragraph."""
    places = "".join(f'<b id="n{i}"/>x ' for i in range(20_000))
    words = "".join(f'word<a id="r{i}" href="#n{i}">1</a> ' for i in range(20_000))
    return book_file(f"<p>{words}</p><p>{places}</p>")


def many_entries() -> bytes:
    """Make a book without a heading whose contents lead to each of its paragraphs."""
    lines = "".join(entry("x y", f"text/c1.xhtml#p{i}") for i in range(15_000))
    return book_file("".join(f'<p><b id="p{i}"/>x y</p>' for i in range(15_000)), contents=navigation(lines))


def deep_links() -> bytes:
    """Make a book of links that stand deep within elements that are no blocks."""
    links = "".join(f'word<a id="r{i}" href="#n{i}">1</a> ' for i in range(12_000))
    return book_file("<p>" + "<span>" * 4_000 + links + "</span>" * 4_000 + "</p>")


def page_breaks() -> bytes:
    """Make a book of page numbers within each other."""
    return book_file('<span epub:type="pagebreak">' * 4_000 + "<b>1</b>" * 50_000)


def unclosed(opening: str) -> Callable[[], bytes]:
    """Return what makes a book of a chapter of nothing but openings."""
    return lambda: chapter(opening * (2_000_000 // len(opening)))


SLOW: dict[str, Callable[[], bytes]] = {
    "notes": many_notes,
    "one note": one_note,
    "entries": many_entries,
    "deep links": deep_links,
    "page breaks": page_breaks,
    **{f"{opening!r}": unclosed(opening) for opening in ('<a "', "<a '\" ", "<![CDATA[", "<!DOCTYPE ", "<a b", "]]>")},
}


@pytest.mark.parametrize("name", SLOW)
def test_work_grows_with_the_length_of_a_book(name: str) -> None:
    """Whatever its links lead to and its tags leave open, a book is read or refused in seconds."""
    data = SLOW[name]()
    began = time.process_time()
    with contextlib.suppress(ReadError):
        read_epub(data, "a.epub")
    assert time.process_time() - began < MAX_SECONDS


@pytest.mark.parametrize("suffix", ["epub", "odt"])
def test_every_cut_and_flip_is_read_or_refused(suffix: str) -> None:
    """A file that breaks anywhere gives a draft or a ReadError, and nothing else."""
    good = {"epub": GOOD_BOOK, "odt": GOOD_TEXT}[suffix]
    outcomes = set()
    for at in range(0, len(good), 5):
        for data in (good[:at], good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]):
            try:
                outcomes.add(type(READERS[suffix](data, f"a.{suffix}")))
            except ReadError:
                outcomes.add(ReadError)
    assert outcomes == {Draft, ReadError}


@pytest.mark.parametrize(
    ("suffix", "remedy"),
    [(".ott", ".odt"), (".odm", ".odt"), (".mobi", ".epub"), (".azw3", ".epub"), (".rtf", ".docx")],
)
def test_neighbouring_formats_are_refused_by_name(tmp_path: Path, suffix: str, remedy: str) -> None:
    """A file of another format is left out, or at fault, with the format to make of it."""
    (tmp_path / f"a{suffix}").write_bytes(GOOD_TEXT)
    (tmp_path / "b.odt").write_bytes(GOOD_TEXT)
    (tmp_path / "c.epub").write_bytes(GOOD_BOOK)
    found = find_files([tmp_path])
    assert [file.name for file in found.files] == ["b.odt", "c.epub"]
    assert f" {remedy}" in found.left_out[0].text
    given = find_files([tmp_path / f"a{suffix}"])
    assert f" {remedy}" in read_files(given.files, tmp_path / "spool").faults[0].remedy
    assert suffix not in READERS_BY_SUFFIX
