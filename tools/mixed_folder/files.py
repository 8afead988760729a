"""Files of the mixed folder: name and bytes of each, made from seeds."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from book_files import book_file
from open_document_files import heading, open_document
from open_document_files import paragraph as odt_paragraph
from tiny_pdf import pdf_file, text_content
from word_files import paragraph, word_file, zip_file

from tools.mixed_folder.packages import package_files
from tools.mixed_folder.pdf_files import pdf_files

NamedBytes = tuple[str, bytes]
QUESTIONS = {  # of the good documents: what one of them answers, by words of the sentence that answers
    "How many days of leave has everybody?": "27 days of leave",
    "When does the harbour bell ring?": "bell rings at high water",
    "How often does the horn sound in fog?": "horn sounds twice a minute",
    "Who keeps the key of the lighthouse?": "Ada Quill keeps the key",
    "When is the ferry painted?": "ferry is painted green every spring",
    "How deep is the dry dock?": "dry dock is nine metres deep",
}
_ENCODINGS = (
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "iso8859-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 iso8859-15 koi8-r koi8-u mac-roman cp437 cp850 cp866 big5 gbk "
    "gb18030 shift_jis euc-jp iso2022_jp euc-kr hz johab tis-620 kz1048 ptcp154 utf-7"
).split()
_ACTIVE = (
    "<script>new Image().src='{0}'</script>", "<img src='{0}' onerror='fetch(\"{0}\")'>",
    "<svg onload='fetch(\"{0}\")'>",
    "<a href='javascript:fetch(\"{0}\")'>bell</a>", "<iframe src='{0}'></iframe>", "<link rel=stylesheet href='{0}'>",
    "<math><mtext><img src='{0}'></mtext></math>", "<object data='{0}'></object>", "<style>@import '{0}';</style>",
    "<meta http-equiv=refresh content='0;url={0}'>", "<base href='{0}'><img src=x>",
    "<video src='{0}' autoplay></video>",
)  # fmt: skip


def good_files() -> Iterator[NamedBytes]:
    """Yield small documents, one a format, each of which answers one question of QUESTIONS."""
    yield "leave.md", b"# Leave\n\nEverybody has 27 days of leave a year.\n"
    yield "bell.html", b"<html><body><h1>The bell</h1><p>The harbour bell rings at high water.</p></body></html>"
    yield "fog.docx", word_file(paragraph("Fog", "Heading1") + paragraph("In fog the horn sounds twice a minute."))
    yield "key.odt", open_document(heading("The key") + odt_paragraph("Ada Quill keeps the key of the lighthouse."))
    yield "ferry.epub", book_file("<h1>The ferry</h1><p>The ferry is painted green every spring.</p>")
    yield "dock.pdf", pdf_file([text_content([(72.0, 700.0, 12.0, "F1", "The dry dock is nine metres deep.")])])


def hostile_files(canary: str, address: str, seed: int, sizes: int = 3) -> Iterator[NamedBytes]:
    """Yield files that try a reader. canary: a file that none may open. address: a server that none may ask.

    sizes: of how many sizes each kind of large file is, tenfold each.
    """
    yield from _pages(address, sizes)
    yield from _encoded_pages()
    yield from _packages(canary, address, sizes)
    for size in (10**n for n in range(3, 3 + sizes)):
        yield from _large_pages(size)
        yield from package_files(canary, address, size)
        yield from pdf_files(canary, address, size)
    yield from _pdfs(address, random.Random(seed), sizes)
    yield from _texts(sizes)


def _pages(address: str, sizes: int) -> Iterator[NamedBytes]:
    for number, markup in enumerate(_ACTIVE):
        active = markup.format(address)
        body = f"<h1>Bell {active}</h1><p>It rings.</p><ul><li>{active} rope</li></ul><p id='{number}'>{active}</p>"
        yield f"active-{number}.html", f"<title>{active}</title><body>{body}</body>".encode()
    for size in (10**n for n in range(3, 3 + sizes)):
        yield f"nested-{size}.html", b"<div>" * size + b"deep"
        yield f"attributes-{size}.html", b"<p " + b"".join(b"a%d=1 " % n for n in range(size)) + b">text</p>"
        yield f"unclosed-{size}.html", b"<p>text<!--" * size
        yield f"entities-{size}.html", b"<p>" + b"&amp;&#x41;&nosuch;" * size
        yield f"table-{size}.html", b"<table>" + b"<tr><td colspan=1000 rowspan=1000>a" * size
        yield f"headings-{size}.html", b"".join(b"<h%d>" % (n % 6 + 1) for n in range(size))


def _large_pages(size: int) -> Iterator[NamedBytes]:
    """Yield pages of one construct, as often as that or within itself."""
    deep = {
        "tables": "<table><tr><td>", "lists": "<ul><li>", "quotes": "<blockquote>", "spans": "<span>",
        "letters": "<b><i><u>", "links": "<a href=x>", "templates": "<template>", "drawings": "<svg><g>",
        "formulas": "<math><mrow>", "details": "<details><summary>", "hidden": "<p hidden>",
        "unseen": "<select><option>", "small": "<p style='font-size:0'>",
    }  # fmt: skip
    for name, tag in deep.items():
        yield f"deep-{name}-{size}.html", (tag * size + "The bell rings.").encode()
    yield f"cells-{size}.html", ("<table><tr>" + "<td>a" * size + "</table>").encode()
    yield f"rows-{size}.html", ("<table>" + "<tr><td>a<td>b" * size + "</table>").encode()
    yield f"value-{size}.html", f"<p title='{'x' * size}' style='{'color:red;' * size}'>The bell rings.".encode()
    yield f"colours-{size}.html", ("<p style='color:#fff;background:#fff'>bell" * size).encode()
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    yield f"bomb-{size}.html", f"<!DOCTYPE html [<!ENTITY e0 'x'>{entities}]><p>&e19; The bell rings.".encode()
    yield f"data-{size}.html", f"<img src='data:image/png;base64,{'A' * size}'><p>The bell rings.".encode()
    yield f"linked-data-{size}.html", f'<script type="application/ld+json">{"[" * size}</script><p>Bell.'.encode()


def _encoded_pages() -> Iterator[NamedBytes]:
    text = "<meta charset={}><p>The bell rings at noon, says the keeper.</p>"
    for name in _ENCODINGS:
        yield f"encoded-{name}.html", text.format(name).encode(name, "replace")
        yield f"broken-{name}.html", text.format(name).encode("ascii") + bytes(range(256))


def _packages(canary: str, address: str, sizes: int) -> Iterator[NamedBytes]:
    entity = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{canary}"><!ENTITY b "{"b" * 1000}">]>'
    inside = {"docx": "word/document.xml", "odt": "content.xml", "epub": "OEBPS/1.xhtml"}
    good = dict(good_files())
    for suffix, part in inside.items():
        whole = next(data for name, data in good.items() if name.endswith(suffix))
        yield f"entities.{suffix}", zip_file({part: f"{entity}<a>{'&b;' * 1000}&e;</a>"})
        yield f"outside.{suffix}", zip_file({f"../../{part}": "<a/>", f"/{part}": "<a/>", "../../etc/x": b"x"})
        yield f"empty.{suffix}", b""
        yield f"random.{suffix}", random.Random(suffix).randbytes(5000)
        yield f"cut.{suffix}", whole[: len(whole) // 2]
        yield f"more.{suffix}", whole + b"x" * 5000
        for size in (10 ** (6 + n) for n in range(min(sizes, 3))):
            yield f"unpacks-{size}.{suffix}", zip_file({part: b"<a>" + b" " * size + b"</a>"})
    for size in (10**n for n in range(2, 2 + sizes)):
        nested = "<w:tbl><w:tr><w:tc>" * size + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * size
        yield f"nested-{size}.docx", word_file(nested)
    linked = f'<w:r><w:pict><v:imagedata xmlns:v="urn:v" r:href="{address}"/></w:pict></w:r>'
    yield "linked.docx", word_file(paragraph(f"Bell {linked}"))
    yield "macros.docm", word_file(paragraph("Bell"))


def _pdfs(address: str, chance: random.Random, sizes: int) -> Iterator[NamedBytes]:
    page = text_content([(72.0, 700.0, 12.0, "F1", "The bell rings.")])
    whole = pdf_file([page])
    action = f"/OpenAction << /S /JavaScript /JS (app.launchURL\\('{address}'\\)) >>"
    launch = "/OpenAction << /S /Launch /F (/bin/sh) >>"
    yield "script.pdf", pdf_file([page], catalog=action)
    yield "launch.pdf", pdf_file([page], catalog=launch)
    yield "no-text.pdf", pdf_file([b"0 0 100 100 re f"])
    yield "empty.pdf", b""
    yield "cut.pdf", whole[: len(whole) // 2]
    yield "random.pdf", b"%PDF-1.7\n" + chance.randbytes(5000)
    for size in (10 ** (5 + n) for n in range(sizes)):
        packed = zlib.compress(zlib.compress(b" " * size))
        yield f"packed-{size}.pdf", whole.replace(b"stream\n", b"stream\n" + packed, 1)
        yield f"operators-{size}.pdf", pdf_file([b"BT " + b"(a) Tj " * (size // 10) + b" ET"])
    for number in range(12):
        flipped = bytearray(whole)
        for place in chance.sample(range(len(flipped)), 20):
            flipped[place] ^= 1 << chance.randrange(8)
        yield f"flipped-{number}.pdf", bytes(flipped)


def _texts(sizes: int) -> Iterator[NamedBytes]:
    yield "empty.md", b""
    yield "byte.md", b"\x00"
    yield "spaces.txt", b" \n\t" * 1000
    yield "headings.md", b"# A\n## B\n###### C\n" * 50
    yield "bidi.md", "# Bell\n\nThe \u202ebell\u202c r\u200bings \U000e0041\x1b[2J at noon.\n".encode()
    yield "front.md", b"---\n" + b"a: &a [*a]\n" * 100 + b"---\nText.\n"
    yield "-rf.md", b"The rope is long.\n"
    yield "\x1b[31mred\n.md", b"The rope is red.\n"
    yield "n" * 250 + ".md", b"The rope is named.\n"
    yield "latin.txt", "caf\xe9 ".encode("latin-1") * 50
    yield "program.exe", b"MZ"
    yield "old.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 500
    for size in (10**n for n in range(3, 3 + sizes)):
        yield f"quotes-{size}.md", b"> " * size + b"deep\n"
        yield f"brackets-{size}.md", b"[" * size + b"\n"
        yield f"ticks-{size}.md", b"".join(b"`" * (n % 50) + b"a" for n in range(size))
    yield "large.txt", b"word " * 4_100_000
