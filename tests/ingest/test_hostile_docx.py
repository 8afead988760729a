"""Word documents made to do harm, or broken: refused with a reason, or inert, in bounded time and memory."""

import resource
import time
from pathlib import Path

import pytest
from word_files import LIST, WORD_TYPE, item, paragraph, row, run, table, word_file, zip_file

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.files import find_files
from pincite.ingestion.reading.read import read_files
from pincite.ingestion.reading.readers.docx.reader import read_docx
from pincite.ingestion.reading.readers.package import archive, xml_tree
from pincite.ingestion.reading.readers.package.refusals import WORD

MAX_SECONDS = 10
MAX_GROWTH_KILOBYTES = 300_000
DOCTYPE = '<!DOCTYPE w:document [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
_WORD_NAME = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def with_document(xml: str | bytes) -> bytes:
    return word_file("", members={"word/document.xml": xml if isinstance(xml, bytes) else xml.encode()})


def encrypted(data: bytes) -> bytes:
    """Set the flag of encryption on every member."""
    return data.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )


def damaged(data: bytes) -> bytes:
    at = data.index(b"word/document.xml") + 40
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 20]) + data[at + 20 :]


GOOD = word_file(paragraph("Text"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
FILES = {
    "empty": (b"", "not_it"),
    "text": (b"PKZIP is a program", "broken"),
    "a picture": (b"\x89PNG\r\n", "not_it"),
    "an old file": (OLE, "old_word"),
    "a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "a zip's password": (encrypted(GOOD), "password"),
    "cut off": (GOOD[:-30], "broken"),
    "damaged": (damaged(GOOD), "broken"),
    "another zip": (zip_file({"a.txt": "a"}), "not_it"),
    "a spreadsheet": (with_document("<workbook/>"), "not_it"),
    "macros": (
        word_file("", WORD_TYPE.replace("openxmlformats-officedocument.wordprocessingml", "ms-word.macroEnabled")),
        "macros",
    ),
    "no XML": (with_document("<w:document"), "broken"),
    "an unknown encoding": (with_document('<?xml version="1.0" encoding="x-none"?><a/>'), "broken"),
    "an entity": (with_document(f"{DOCTYPE}<w:document {_WORD_NAME}>&a;&f;</w:document>"), "doctype"),
    "an entity in UTF-16": (
        with_document(f"{DOCTYPE}<w:document {_WORD_NAME}>&a;&f;</w:document>".encode("utf-16")),
        "doctype",
    ),
    "an outside definition": (with_document('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'), "doctype"),
    "tables within tables": (word_file("<w:tbl><w:tr><w:tc>" * 20_000 + "</w:tc></w:tr></w:tbl>" * 20_000), "too_deep"),
    "many files": (zip_file({f"{number}": "" for number in range(archive.MAX_MEMBERS + 1)}), "too_many_parts"),
    "one name twice": (word_file("", members={"WORD/document.xml": f"<w:document {_WORD_NAME}/>".encode()}), "broken"),
    "a bomb": (word_file(run("a" * 40_000_000)), "too_large"),
    "a bomb of styles": (word_file("", styles="<w:style/>" * 1_500_000), "too_large"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_refused_with_a_reason(name: str) -> None:
    data, reason = FILES[name]
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ReadError) as caught:
        read_docx(data, "a.docx")
    expected = WORD.refusal("a.docx", reason)  # type: ignore[arg-type]
    assert caught.value.problem.startswith(expected.problem)
    assert (caught.value.remedy, caught.value.reason) == (expected.remedy, expected.reason)
    assert caught.value.place.startswith("a.docx")
    assert time.process_time() - began < MAX_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH_KILOBYTES


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 1000)
    with pytest.raises(ReadError, match="1,000 elements"):
        read_docx(word_file(paragraph("a") * 300), "a.docx")


def test_all_parts_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 100_000)
    with pytest.raises(ReadError, match="100,000 bytes"):
        read_docx(word_file(paragraph("a" * 60_000), footnotes=paragraph("a" * 60_000)), "a.docx")


def test_what_lies_outside_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links, pictures and parts elsewhere, and members with names that lead out, are as if they were not there."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was opened")

    outside = "".join(
        f'<Relationship Id="{kind}" Type="urn:x/{kind}" Target="{target}" TargetMode="External"/>'
        for kind, target in (("image", "file:///etc/passwd"), ("footnotes", "http://127.0.0.1:9/"), ("header", "/a"))
    )
    outside += '<Relationship Id="h" Type="urn:x/header" Target="header9.xml" TargetMode="External"/>'
    inside = '<Relationship Id="s" Type="urn:x/numbering" Target="../../../../etc/passwd"/>'
    data = word_file(
        paragraph("Text"),
        relationships=outside + inside,
        members={
            "../../x": b"x",
            "word/vbaProject.bin": b"x",
            "word/header9.xml": f"<w:hdr {_WORD_NAME}>{paragraph('Head')}</w:hdr>".encode(),
        },
    )
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("socket.socket", refuse)
    monkeypatch.setattr("os.open", refuse)
    draft = read_docx(data, "a.docx")
    assert ([part.text for part in draft.parts], draft.notes) == (["Text"], ())


def test_loops_and_wild_numbers_are_inert() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="L"/></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:abstractNum w:abstractNumId="3"><w:lvl w:ilvl="0"><w:start w:val="999999999"/>'
        '<w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1%9."/></w:lvl></w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="3"/></w:num>'
    )
    styles = (
        '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style>'
        '<w:style w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    body = "".join(
        paragraph("x", "A", f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
        for level in ("0", "8", "99", "-1", "zero")
        for number in ("1", "3", "77", "")
    )
    cell = '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr>'
    draft = read_docx(word_file(body + table(cell * 100), numbering=numbering, styles=styles), "a.docx")
    assert {part.text for part in draft.parts} == {"x"}


def test_markers_hold_nothing_invisible_and_have_an_end() -> None:
    text = "\u202e%1\u200b\n." + "x" * 1000
    numbering = LIST.replace('w:val="%1."', f'w:val="{text}"')
    reference = '<w:r><w:footnoteReference w:id="1" w:customMarkFollows="1"/><w:t>\u202e*</w:t></w:r>'
    notes = f'<w:footnote w:id="1">{paragraph("Note")}</w:footnote>'
    draft = read_docx(word_file(item("a") + paragraph(reference), numbering=numbering, footnotes=notes), "a.docx")
    markers = [part.marker for part in draft.parts if part.kind in ("item", "footnote")]
    assert markers == ["1 ." + "x" * (len(markers[0]) - 3), "[*]"]
    assert len(markers[0]) < 300


def test_merged_cells_do_not_multiply() -> None:
    def cell(properties: str, text: str) -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    wide, long = '<w:gridSpan w:val="63"/>', "x" * 50_000
    rows = row(cell("<w:vMerge w:val='restart'/>", long), "b") + row(cell("<w:vMerge/>", ""), "b") * 1000
    names = row(*(cell(wide, long),) * 5, properties="<w:tblHeader/>") * 20
    draft = read_docx(word_file(table(names + row("a", "b")) + table(rows)), "a.docx")
    assert sum(len(part.text) for part in draft.parts) < 100 * len(long) + 1001 * 400


def test_a_long_chain_of_styles_is_cut() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="S{n}"><w:basedOn w:val="S{n + 1}"/></w:style>' for n in range(4000)
    )
    began = time.process_time()
    read_docx(word_file(paragraph("x", "S0") * 4000, styles=styles), "a.docx")
    assert time.process_time() - began < MAX_SECONDS


def test_a_note_that_refers_to_itself_comes_once() -> None:
    reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    footnotes = f'<w:footnote w:id="1">{paragraph(run("Note") + reference)}</w:footnote>'
    draft = read_docx(word_file(paragraph(run("a") + reference + reference), footnotes=footnotes), "a.docx")
    assert [(part.kind, part.text) for part in draft.parts] == [("paragraph", "a[1]"), ("footnote", "Note")]


def test_every_cut_and_flip_is_read_or_refused() -> None:
    """A file that breaks anywhere gives a draft or a ReadError, and nothing else."""
    outcomes = set()
    for at in range(0, len(GOOD), 5):
        for data in (GOOD[:at], GOOD[:at] + bytes([GOOD[at] ^ 0x55]) + GOOD[at + 1 :]):
            try:
                outcomes.add(type(read_docx(data, "a.docx")))
            except ReadError:
                outcomes.add(ReadError)
    assert outcomes == {Draft, ReadError}


@pytest.mark.parametrize("tag", ["subscript", "superscript"])
def test_many_raised_figures_take_no_longer_each(tag: str) -> None:
    runs = (run("1", f'<w:vertAlign w:val="{tag}"/>') + run("a")) * 30_000
    began = time.process_time()
    assert len(read_docx(word_file(paragraph(runs)), "a.docx").parts[0].text) == 60_000
    assert time.process_time() - began < MAX_SECONDS


@pytest.mark.parametrize("suffix", [".docm", ".doc"])
def test_other_word_files_are_refused_by_name(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(GOOD)
    (tmp_path / "b.docx").write_bytes(GOOD)
    found = find_files([tmp_path])
    assert [file.name for file in found.files] == ["b.docx"]
    assert "save it as .docx" in found.left_out[0].text
    given = find_files([tmp_path / f"a{suffix}"])
    faults = read_files(given.files, tmp_path / "spool").faults
    assert "save it as .docx" in faults[0].remedy
