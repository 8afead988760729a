"""PDF files of a few lines, written by hand: text at places, in the fonts that every viewer has."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

Line = tuple[float, float, float, str, str]  # x and y in points from the lower left corner, size, font, text
FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier"}


def text_content(lines: Sequence[Line]) -> str:
    """Return the operators that show lines of text."""
    return "\n".join(f"BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, size, font, text in lines)


def pdf_file(
    contents: Sequence[str | bytes],
    catalog: str = "",
    info: str = "",
    extra: Sequence[str] = (),
    resources: str = "",
    page_entries: str = "",
) -> bytes:
    """Return a PDF file of pages with these contents.

    resources: of each page besides its fonts; page_entries: of each page besides its size.
    Objects: 1 the catalog, 2 the pages, 3 the fonts, 4 the metadata, then two for each page, then those of `extra`.
    """
    pages = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(contents)))
    fonts = " ".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding >>"
        for name, base in FONTS.items()
    )
    objects: list[bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{pages}] /Count {len(contents)} >>".encode(),
        f"<< {fonts} >>".encode(),
        f"<< {info} >>".encode("latin-1"),
    ]
    for number, content in enumerate(contents):
        data = zlib.compress(content if isinstance(content, bytes) else content.encode("cp1252"))
        page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 600 800]"
        page += f" {page_entries} /Resources << /Font 3 0 R {resources} >>"
        objects.append(f"<< {page} /Contents {6 + 2 * number} 0 R >>".encode())
        head = f"<< /Length {len(data)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + data + b"\nendstream")
    return _with_table([*objects, *(text.encode("cp1252") for text in extra)])


def tagged_pdf_file(
    contents: Sequence[Sequence[Line]], elements: Sequence[tuple[str, Sequence[tuple[int, int]]]]
) -> bytes:
    """Return a tagged PDF file of pages with these lines.

    elements: the role of each structure element ("P", "H1", "LI", "TD") and the page and number of each of its lines,
    both from 0.
    """
    marked = [
        "\n".join(f"/P <</MCID {n}>> BDC {text_content([line])} EMC" for n, line in enumerate(lines))
        for lines in contents
    ]
    around = {"LI": "<</S /L /K {}>>", "TD": "<</S /Table /K <</S /TR /K {}>>>>"}
    kids = []
    for role, lines in elements:
        marks = " ".join(f"<</Type /MCR /Pg {5 + 2 * page} 0 R /MCID {mark}>>" for page, mark in lines)
        kids.append(around.get(role, "{}").format(f"<</S /{role} /K [{marks}]>>"))
    return pdf_file(marked, catalog=f"/StructTreeRoot << /K << /S /Document /K [{' '.join(kids)}] >> >>")


def _with_table(objects: Sequence[bytes]) -> bytes:
    data = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer << /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()
