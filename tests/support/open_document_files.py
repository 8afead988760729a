"""OpenDocument texts made of parts written by hand, for tests of their reader."""

from __future__ import annotations

from word_files import zip_file

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing", "meta": "meta",
        "fo": "xsl-fo-compatible", "manifest": "manifest",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
LIST_STYLE = (
    '<text:list-style style:name="L">'
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>'
    '<text:list-level-style-number text:level="3" style:num-format="i" text:display-levels="3"/>'
    '</text:list-style><text:list-style style:name="B">'
    '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
)


def paragraph(content: str, style: str = "") -> str:
    """Make a paragraph."""
    return f'<text:p text:style-name="{style}">{content}</text:p>'


def heading(content: str, level: int = 1, attributes: str = "") -> str:
    """Make a heading."""
    return f'<text:h text:outline-level="{level}" {attributes}>{content}</text:h>'


def bullets(*items: str, style: str = "B", attributes: str = "") -> str:
    """Make a list of items, each of text or of blocks."""
    blocks = (item if item.startswith("<text") else paragraph(item) for item in items)
    made = "".join(f"<text:list-item>{block}</text:list-item>" for block in blocks)
    named = f'text:style-name="{style}"' if style else ""
    return f"<text:list {named} {attributes}>{made}</text:list>"


def row(*cells: str) -> str:
    """Make a row of cells: of texts, or of whole cells."""
    made = (c if c.startswith("<table:") else f"<table:table-cell>{paragraph(c)}</table:table-cell>" for c in cells)
    return f"<table:table-row>{''.join(made)}</table:table-row>"


def content_part(text: str, automatic: str = "") -> str:
    """Make the part that holds the text."""
    return (
        f"<office:document-content {NAMES}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{text}</office:text></office:body></office:document-content>"
    )


def open_document(
    text: str,
    automatic: str = LIST_STYLE,
    styles: str = "",
    master: str = "",
    meta: str = "",
    members: dict[str, str | bytes | None] | None = None,
) -> bytes:
    """Make a document: of its text, automatic and named styles, pages and properties.

    members: other files, or None for one to leave out.
    """
    files: dict[str, str | bytes | None] = {
        "mimetype": MEDIA_TYPE,
        "META-INF/manifest.xml": f"<manifest:manifest {NAMES}/>",
        "content.xml": content_part(text, automatic),
        "styles.xml": (
            f"<office:document-styles {NAMES}><office:styles>{styles}</office:styles>"
            f"<office:master-styles>{master}</office:master-styles></office:document-styles>"
        ),
        "meta.xml": f"<office:document-meta {NAMES}><office:meta>{meta}</office:meta></office:document-meta>",
        **(members or {}),
    }
    return zip_file({name: content for name, content in files.items() if content is not None})


def flat_open_document(text: str, automatic: str = LIST_STYLE) -> bytes:
    """Make a document that is one XML file."""
    return (
        f"<office:document {NAMES}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{text}</office:text></office:body></office:document>"
    ).encode()
