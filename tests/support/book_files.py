"""Books in EPUB form made of files written by hand, for tests of their reader."""

from __future__ import annotations

from word_files import zip_file

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
METADATA = "<dc:title>The Book</dc:title><dc:language>en</dc:language>"
_NAMES = (
    'xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:opf="http://www.idpf.org/2007/opf"'
)


def xhtml(body: str, body_attributes: str = "", head: str = "<title>unseen</title>") -> str:
    """Make a file of a book of the content of its body."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{head}</head><body {body_attributes}>{body}</body></html>'
    )


def navigation(*entries: str) -> str:
    """Make a navigation document of the items of its list."""
    return xhtml(f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(entries)}</ol></nav>')


def entry(label: str, href: str, *inner: str) -> str:
    """Make an item of a navigation document."""
    below = f"<ol>{''.join(inner)}</ol>" if inner else ""
    return f'<li><a href="{href}">{label}</a>{below}</li>'


def book_file(
    *bodies: str,
    contents: str = "",
    ncx: str = "",
    metadata: str = METADATA,
    members: dict[str, str | bytes | None] | None = None,
    spine: str = "",
    guide: str = "",
) -> bytes:
    """Make a book of the bodies of its files, c1.xhtml, c2.xhtml, ...

    contents: the navigation document, ncx: the points of an NCX; members: other files, or None for one to leave out;
    spine: instead of all files in order.
    """
    names = [f"c{number + 1}" for number in range(len(bodies))]
    items = "".join(f'<item id="{n}" href="text/{n}.xhtml" media-type="application/xhtml+xml"/>' for n in names)
    items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>' if contents else ""
    items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' if ncx else ""
    items += '<item id="svg" href="cover.svg" media-type="image/svg+xml"/>'
    spine = spine or "".join(f'<itemref idref="{name}"/>' for name in names)
    files: dict[str, str | bytes | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": (
            f'<package {_NAMES} version="3.0"><metadata>{metadata}</metadata><manifest>{items}</manifest>'
            f'<spine toc="ncx">{spine}</spine><guide>{guide}</guide></package>'
        ),
        **{f"OPS/text/{name}.xhtml": xhtml(body) for name, body in zip(names, bodies, strict=True)},
    }
    if contents:
        files["OPS/nav.xhtml"] = contents
    if ncx:
        files["OPS/toc.ncx"] = (
            '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://127.0.0.1:9/ncx.dtd">'
            f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{ncx}</navMap></ncx>'
        )
    files |= members or {}
    return zip_file({name: content for name, content in files.items() if content is not None})
