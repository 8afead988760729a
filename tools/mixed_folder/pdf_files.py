"""Hostile PDF files: objects that hold themselves, bombs, and what a viewer would run, open or ask."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tiny_pdf import pdf_file, text_content

NamedBytes = tuple[str, bytes]
_PAGE = text_content([(72.0, 700.0, 12.0, "F1", "The bell rings.")])
_CUTS = (8, 20, 60, 200, 500)  # bytes from either end


def pdf_files(canary: str, address: str, size: int) -> Iterator[NamedBytes]:
    """Yield the files. canary: a file that none may open; address: of a server that none may ask.

    size: how often a construct stands in a file, or within itself.
    """
    yield from _active(canary, address)
    yield from _recursive(size)
    yield from _large(size)
    whole = pdf_file([_PAGE])
    for cut in _CUTS:
        yield f"cut-{cut}.pdf", whole[:cut]
        yield f"cut-end-{cut}.pdf", whole[:-cut]
    yield "cut-stream.pdf", whole[: whole.index(b"endstream") - 5]
    yield "twice.pdf", whole + whole
    yield "before.pdf", b"x" * 2000 + whole
    yield "is-web-page.pdf", b"<html><body><p>The bell rings.</p></body></html>"
    yield "is-pdf.docx", whole
    yield "is-pdf.html", whole


def _active(canary: str, address: str) -> Iterator[NamedBytes]:
    actions = {
        "javascript": f"<< /S /JavaScript /JS (app.launchURL\\('{address}'\\)) >>",
        "launch": f"<< /S /Launch /F ({canary}) >>",
        "uri": f"<< /S /URI /URI ({address}) >>",
        "remote": f"<< /S /GoToR /F ({canary}) /D [0 /Fit] >>",
        "embedded": "<< /S /GoToE /T << /R /C /N (x) >> >>",
        "submits": f"<< /S /SubmitForm /F << /FS /URL /F ({address}) >> >>",
        "imports": f"<< /S /ImportData /F ({canary}) >>",
    }
    for name, action in actions.items():
        yield f"opens-{name}.pdf", pdf_file([_PAGE], catalog=f"/OpenAction {action}")
        yield f"named-{name}.pdf", pdf_file([_PAGE], catalog=f"/Names << /JavaScript << /Names [(a) {action}] >> >>")
        link = f"/Annots [<< /Subtype /Link /Rect [0 0 600 800] /A {action} >>] /AA << /O {action} >>"
        yield f"linked-{name}.pdf", pdf_file([_PAGE], page_entries=link)
    file = f"<< /Type /Filespec /F ({canary}) /EF << /F 8 0 R >> >>"
    held = "<< /Type /EmbeddedFile /Length 9 >>\nstream\nMZ program\nendstream"
    names = "/Names << /EmbeddedFiles << /Names [(x) 7 0 R] >> >>"
    yield "embedded-file.pdf", pdf_file([_PAGE], catalog=names, extra=[file, held])
    outside = f"<< /Length 0 /F << /FS /URL /F ({address}) >> >>\nstream\n\nendstream"
    form = "/XObject << /X 7 0 R >>"
    yield "stream-elsewhere.pdf", pdf_file([_PAGE + " /X Do"], resources=form, extra=[outside])
    opi = f"<< /Subtype /Form /Ref << /F ({canary}) /Page 0 >> /Length {len(_PAGE)} >>\nstream\n{_PAGE}\nendstream"
    yield "form-elsewhere.pdf", pdf_file([_PAGE + " /X Do"], resources=form, extra=[opi])
    xfa = f"<xdp><script>fetch('{address}')</script></xdp>"
    stream = f"<< /Length {len(xfa)} >>\nstream\n{xfa}\nendstream"
    yield "xfa.pdf", pdf_file([_PAGE], catalog="/AcroForm << /XFA 7 0 R /Fields [] >>", extra=[stream])


def _recursive(size: int) -> Iterator[NamedBytes]:
    def form(content: str, resources: str) -> str:
        entries = f"/Subtype /Form /Resources << {resources} >> /Length {len(content)}"
        return f"<< {entries} >>\nstream\n{content}\nendstream"

    whole = pdf_file([_PAGE])
    yield "pages-in-themselves.pdf", whole.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")
    yield "parent-of-itself.pdf", whole.replace(b"/Parent 2 0 R", b"/Parent 5 0 R")
    yield "page-count.pdf", whole.replace(b"/Count 1", b"/Count 999999999")
    yield "contents-of-itself.pdf", whole.replace(b"/Contents 6 0 R", b"/Contents 5 0 R")
    yield "length-of-itself.pdf", whole.replace(b"/Length ", b"/Length 6 0 R %")
    yield "table-before-itself.pdf", whole.replace(b"trailer << ", b"trailer << /Prev 9 ")
    itself = form(f"{_PAGE} /X Do /X Do", "/XObject << /X 7 0 R >>")
    yield "form-in-itself.pdf", pdf_file([f"{_PAGE} /X Do"], resources="/XObject << /X 7 0 R >>", extra=[itself])
    fan_out = min(20, size // 500)  # to the eighth power
    laughs = [form("/X Do " * fan_out, f"/XObject << /X {8 + n} 0 R >>") for n in range(7)]
    laughs.append(form(_PAGE, "/Font 3 0 R"))
    yield (
        f"forms-of-forms-{size}.pdf",
        pdf_file(["/X Do " * fan_out], resources="/XObject << /X 7 0 R >>", extra=laughs),
    )
    loop = "<< /Kids [7 0 R 7 0 R] /K [7 0 R 7 0 R] /Nums [0 7 0 R] /Names [(a) 7 0 R] /First 7 0 R /Next 7 0 R >>"
    for key in ("/PageLabels", "/StructTreeRoot", "/Outlines", "/Names", "/OCProperties"):
        yield f"loop-{key[1:]}.pdf", pdf_file([_PAGE], catalog=f"{key} 7 0 R", extra=[loop])
    group = "<< /Type /OCMD /OCGs [7 0 R 7 0 R] >>"
    layers = "/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>"
    marked = f"/OC /L BDC {_PAGE} EMC"
    yield "layer-of-itself.pdf", pdf_file([marked], layers, extra=[group], resources="/Properties << /L 7 0 R >>")
    for name, begin, end in (("arrays", "[", "]"), ("dictionaries", "<< /A ", " >>"), ("strings", "(", ")")):
        yield f"nested-{name}-{size}.pdf", pdf_file([_PAGE], extra=[begin * size + "1" + end * size])
        yield f"used-{name}-{size}.pdf", pdf_file([_PAGE], f"/Lang {begin * size}1{end * size}")
    kids = [f"<< /S /Div /K {8 + n} 0 R >>" for n in range(min(size, 3000))]
    tree = "/StructTreeRoot << /K 7 0 R >>"
    yield f"deep-structure-{size}.pdf", pdf_file([_PAGE], catalog=tree, extra=[*kids, "<< /S /P /K 0 >>"])


def _large(size: int) -> Iterator[NamedBytes]:
    def drawn(content: str) -> bytes:
        return pdf_file([f"{_PAGE} {content}"])

    yield (
        f"filters-{size}.pdf",
        pdf_file([_PAGE]).replace(b"/Filter /FlateDecode", b"/Filter [" + b"/Fl " * size + b"]"),
    )
    yield f"saved-{size}.pdf", drawn("q " * size + _PAGE)
    yield f"marks-{size}.pdf", drawn("/P BMC " * size + _PAGE)
    yield (
        f"areas-{size}.pdf",
        drawn("1 g " + "".join(f"{n % 600} {n % 800} 9 9 re f " for n in range(size)) + _PAGE * 50),
    )
    yield f"points-{size}.pdf", drawn("0 0 m " + "9 9 l " * size + "f")
    yield f"clips-{size}.pdf", drawn("0 0 600 800 re W n " * size + _PAGE)
    yield f"colours-{size}.pdf", drawn("".join(f".{n} g (a) Tj " for n in range(size)))
    yield f"names-{size}.pdf", drawn(f"/{'x' * size} gs /{'y' * size} Do")
    yield f"picture-{size}.pdf", drawn("BI /W 9 /H 9 ID " + "x" * size)
    yield f"matrix-{size}.pdf", drawn(f"{'9' * min(size, 4000)} 0 0 1e400 0 0 cm {_PAGE}")
    ranges = "".join(
        f"1 beginbfrange <0000> <FFFF> <{n % 65536:04X}> endbfrange " for n in range(min(size // 100, 500))
    )
    cmap = zlib.compress(ranges.encode()).hex()
    stream = f"<< /Length {len(cmap)} /Filter [/ASCIIHexDecode /FlateDecode] >>\nstream\n{cmap}\nendstream"
    font = (
        "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /ToUnicode 8 0 R /DescendantFonts [<< >>] >>"
    )
    content = "BT /A 12 Tf 9 9 Td <00410042> Tj ET"
    form = f"<< /Subtype /Form /Resources << /Font << /A {font} >> >> /Length {len(content)} >>"
    extra = [f"{form}\nstream\n{content}\nendstream", stream]
    used = "/XObject << /X 7 0 R >>"
    yield f"characters-{size}.pdf", pdf_file([f"{_PAGE} /X Do"], resources=used, extra=extra)
