"""Hostile Word documents, OpenDocument texts and books: bombs, ways out of an archive, what other programs run."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from book_files import CONTAINER, book_file, entry, navigation
from open_document_files import open_document
from open_document_files import paragraph as odt_paragraph
from word_files import WORD_TYPE, paragraph, row, run, table, word_file, zip_file

NamedBytes = tuple[str, bytes]
_MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CUTS = (1, 4, 22, 30, 100, 400, 1000)  # bytes from either end


def package_files(canary: str, address: str, size: int) -> Iterator[NamedBytes]:
    """Yield the files. canary: a file that none may open; address: of a server that none may ask.

    size: how often a construct stands in a document, or within itself.
    """
    yield from _word_files(canary, address)
    yield from _large_word_files(size)
    yield from _open_documents(canary, address, size)
    yield from _books(canary, address, size)
    whole = {
        "docx": word_file(paragraph("The bell rings.")),
        "odt": open_document(odt_paragraph("The bell rings.")),
        "epub": book_file("<p>The bell rings.</p>"),
    }
    for suffix, data in whole.items():
        yield from _broken_archives(suffix, data, size)
        for other, named_wrongly in whole.items():
            if other != suffix:
                yield f"is-{other}.{suffix}", named_wrongly
        yield f"is-web-page.{suffix}", b"<html><body><p>The bell rings.</p></body></html>"
        yield f"is-{suffix}.html", data
        yield f"is-{suffix}.md", data


def _word_files(canary: str, address: str) -> Iterator[NamedBytes]:
    def fields(instruction: str) -> str:
        marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
        return f"{marks[0]}<w:r><w:instrText>{instruction}</w:instrText></w:r>{marks[1]}{run('Bell')}{marks[2]}"

    def leads(kind: str, target: str, mode: str = ' TargetMode="External"') -> str:
        return f'<Relationship Id="x{kind}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'

    bell = paragraph("The bell rings.")
    for name, instruction in {
        "dde": 'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"',
        "includes-text": f'INCLUDETEXT "{canary}"',
        "includes-picture": f'INCLUDEPICTURE "{address}"',
        "link": f'LINK Excel.Sheet.8 "{canary}" "R1C1" \\\\a',
    }.items():
        yield f"field-{name}.docx", word_file(paragraph(fields(instruction)))
        yield (
            f"simple-field-{name}.docx",
            word_file(paragraph(f"<w:fldSimple w:instr='{instruction}'>{run('Bell')}</w:fldSimple>")),
        )
    for kind in ("styles", "numbering", "footnotes", "comments", "header", "settings", "attachedTemplate", "oleObject"):
        for target in (address, f"file://{canary}"):
            scheme = target.partition(":")[0]
            yield f"outer-{kind}-{scheme}.docx", word_file(bell, relationships=leads(kind, target))
            yield f"inner-{kind}-{scheme}.docx", word_file(bell, relationships=leads(kind, target, ""))
    yield "leads-out.docx", word_file(bell, relationships=leads("styles", f"../../../../{canary}", ""))
    yield "leads-to-itself.docx", word_file(bell, relationships=leads("footnotes", "document.xml", ""))
    chunk = leads("aFChunk", "/word/inner.docx", "")
    inner = {"word/inner.docx": word_file(bell)}
    yield "holds-document.docx", word_file(bell + '<w:altChunk r:id="xaFChunk"/>', members=inner, relationships=chunk)
    ole = {"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000}
    drawn = paragraph('<w:r><w:object><x:OLEObject xmlns:x="urn:o" r:id="xoleObject"/></w:object></w:r>')
    yield "ole.docx", word_file(bell + drawn, members=ole)
    macros = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000}
    yield "macros-renamed.docx", word_file(bell, content_type=_MACRO_TYPE, members=macros)
    yield "macros-unsaid.docx", word_file(bell, members=macros)
    yield "other-type.docx", word_file(bell, content_type=WORD_TYPE.replace("document", "glossary"))


def _large_word_files(size: int) -> Iterator[NamedBytes]:
    bell = run("bell")
    around = {
        "boxes": ("<w:p><w:r><w:pict><w:txbxContent>", "</w:txbxContent></w:pict></w:r></w:p>"),
        "controls": ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        "insertions": ("<w:ins>", "</w:ins>"),
        "choices": ("<mc:AlternateContent><mc:Choice>", "</mc:Choice></mc:AlternateContent>"),
    }
    for name, (begin, end) in around.items():
        for depth in (40, size):
            yield f"nested-{name}-{depth}.docx", word_file(begin * depth + paragraph("deep") + end * depth)
    yield f"attribute-{size}.docx", word_file(paragraph(run("bell", f'<w:color w:val="{"F" * size}"/>')))
    yield (
        f"attributes-{size}.docx",
        word_file("<w:p " + " ".join(f'w:a{n}="1"' for n in range(size)) + f">{bell}</w:p>"),
    )
    yield f"cells-{size}.docx", word_file(table(row(*("a",) * 60) * (size // 60 + 1)))
    yield f"fields-{size}.docx", word_file(paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * size + bell))
    yield f"runs-{size}.docx", word_file(paragraph(run("bell ", '<w:color w:val="FFFFFF"/><w:sz w:val="2"/>') * size))
    styles = "".join(
        f'<w:style w:styleId="S{n}"><w:basedOn w:val="S{n + 1}"/><w:rPr/></w:style>' for n in range(min(size, 5000))
    )
    yield f"styles-{size}.docx", word_file("".join(paragraph("bell", f"S{n}") for n in range(size)), styles=styles)


def _open_documents(canary: str, address: str, size: int) -> Iterator[NamedBytes]:
    bell = odt_paragraph("The bell rings.")
    for target in (address, f"file://{canary}", f"../../{canary}"):
        scheme = target.partition(":")[0][:4].strip("./") or "up"
        source = f'<text:section><text:section-source xlink:href="{target}"/>{bell}</text:section>'
        yield f"section-{scheme}.odt", open_document(source)
        for kind in ("object", "image", "object-ole", "plugin", "applet", "floating-frame"):
            frame = f'<draw:frame><draw:{kind} xlink:href="{target}"/></draw:frame>'
            yield f"{kind}-{scheme}.odt", open_document(bell + odt_paragraph(frame))
    dde = '<text:dde-connection-decl office:dde-application="soffice" office:dde-topic="x" office:dde-item="y"/>'
    yield "dde.odt", open_document(f"<text:dde-connection-decls>{dde}</text:dde-connection-decls>{bell}")
    event = f'<office:event-listeners><script:event-listener xmlns:script="urn:s" xlink:href="{address}"/>'
    yield "event.odt", open_document(odt_paragraph(f"Bell{event}</office:event-listeners>"))
    yield "macro.odt", open_document(bell, members={"Basic/Standard/Module1.xml": "<script>Sub Main()</script>"})
    around = {
        "sections": ("<text:section>", "</text:section>"),
        "spans": ("<text:span>", "</text:span>"),
        "lists": ("<text:list><text:list-item>", "</text:list-item></text:list>"),
        "frames": ("<draw:frame><draw:text-box>", "</draw:text-box></draw:frame>"),
        "tables": (
            "<table:table><table:table-row><table:table-cell>",
            "</table:table-cell></table:table-row></table:table>",
        ),
    }
    for name, (begin, end) in around.items():
        for depth in (40, size):
            inner = begin * depth + ("deep" if name == "spans" else odt_paragraph("deep")) + end * depth
            yield f"nested-{name}-{depth}.odt", open_document(odt_paragraph(inner) if name == "spans" else inner)
    many = 999_999_999
    cell = f'<table:table-cell table:number-columns-repeated="{many}">{bell}</table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="{many}">{cell * 2}</table:table-row>'
    yield "repeated-cells.odt", open_document(f"<table:table>{rows}</table:table>")
    yield f"cells-{size}.odt", open_document(f"<table:table>{'<table:table-row>' + cell * 60 + '</table:table-row>'}"
                                             .replace(str(many), "1") * 1 + "</table:table>" + bell * size)  # fmt: skip
    yield "spaces.odt", open_document(odt_paragraph(f'a<text:s text:c="{many}"/>b') * 1000)
    yield f"attribute-{size}.odt", open_document(f'<text:p text:style-name="{"x" * size}">Bell</text:p>')


def _books(canary: str, address: str, size: int) -> Iterator[NamedBytes]:
    bell = "<p>The bell rings.</p>"
    for name, path in {"up": f"../../{canary}", "absolute": canary, "asks": address, "itself": "book.opf"}.items():
        item = f'<item id="out" href="{path}" media-type="application/xhtml+xml"/>'
        opf = (
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
            f'<manifest>{item}</manifest><spine><itemref idref="out"/></spine></package>'
        )
        yield f"leads-{name}.epub", book_file(bell, members={"OPS/book.opf": opf})
        container = CONTAINER.replace("OPS/book.opf", path)
        yield f"root-{name}.epub", book_file(bell, members={"META-INF/container.xml": container})
    active = f"<script>fetch('{address}')</script><img src='{address}'/><iframe src='{address}'></iframe>"
    yield "active.epub", book_file(bell + active)
    yield f"spine-{size}.epub", book_file(bell, spine='<itemref idref="c1"/>' * size)
    deep = ""
    for number in range(min(size, 400)):
        deep = entry(f"Part {number}", "text/c1.xhtml", *([deep] if deep else []))
    yield f"contents-{size}.epub", book_file(bell, contents=navigation(deep))
    points = "<navPoint><navLabel><text>a</text></navLabel>" * size + "</navPoint>" * size
    yield f"points-{size}.epub", book_file(bell, ncx=points)
    notes = "".join(f'<aside epub:type="footnote" id="n{n}"><a epub:type="noteref" href="#n{n + 1}">x</a></aside>'
                    for n in range(size))  # fmt: skip
    yield f"notes-{size}.epub", book_file(f'<p>a<a epub:type="noteref" href="#n0">1</a></p>{notes}')
    for name, unit in {"divs": "<div>", "attribute": "<p title='" + "x" * size + "'>", "cells": "<td>a</td>"}.items():
        yield f"{name}-{size}.epub", book_file(f"<table><tr>{unit * min(size, 100_000)}bell</tr></table>")
    yield f"files-{size}.epub", book_file(bell, members={f"OPS/x{n}": b"x" for n in range(min(size, 20_000))})


def _broken_archives(suffix: str, whole: bytes, size: int) -> Iterator[NamedBytes]:
    """Yield archives that are cut, or whose members lie over each other, lead out, or hold archives."""
    for cut in _CUTS:
        yield f"cut-{cut}.{suffix}", whole[:cut]
        yield f"cut-end-{cut}.{suffix}", whole[:-cut]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    within: bytes = b"0" * size
    for _ in range(6):
        within = zip_file({"inner.zip": within})
    yield f"zip-in-zip-{size}.{suffix}", zip_file({**members, "inner.zip": within})
    ways_out = ("../../../etc/passwd", "/etc/passwd", "C:\\windows\\x", "a/../../b", "..", "con", "x" * 5000)
    yield f"names.{suffix}", zip_file({**members, **dict.fromkeys(ways_out, b"x")})
    link = zipfile.ZipInfo(next(name for name in members if name.endswith("xml")))
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(link if name == link.filename else name, b"/etc/passwd" if name == link.filename else data)
    yield f"symlink.{suffix}", buffer.getvalue()
    yield f"overlapping-{size}.{suffix}", _overlapping(members, size)
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    yield f"checksum.{suffix}", bytes(flipped)


def _overlapping(members: dict[str, bytes], size: int) -> bytes:
    """Return an archive in which every part has the same packed bytes, which unpack to a thousand times as much."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    filler = b"<a>" + b" " * (1000 * size) + b"</a>"
    packed = packer.compress(filler) + packer.flush()
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, zlib.crc32(filler), len(packed), len(filler), 1, 0)
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 33, zlib.crc32(filler), len(packed), len(filler),
                    len(name), 0, 0, 0, 0, 0, 0) + name.encode()
        for name in members
    )  # fmt: skip
    data = local + b"x" + packed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), len(central), len(data), 0)
    return data + central + end
