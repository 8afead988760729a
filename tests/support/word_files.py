"""Word documents made of parts written by hand, for tests of their reader."""

from __future__ import annotations

import io
import zipfile

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_KINDS = {  # by the name of the part: where it lies and what leads to it
    "styles": ("word/styles.xml", "w:styles"),
    "numbering": ("word/numbering.xml", "w:numbering"),
    "footnotes": ("word/footnotes.xml", "w:footnotes"),
    "endnotes": ("word/endnotes.xml", "w:endnotes"),
    "comments": ("word/comments.xml", "w:comments"),
    "header": ("word/header1.xml", "w:hdr"),
    "footer": ("word/footer1.xml", "w:ftr"),
}
_PROPERTIES = {
    "core-properties": ("docProps/core.xml", "x:coreProperties"),
    "extended-properties": ("docProps/app.xml", "x:Properties"),
    "custom-properties": ("docProps/custom.xml", "x:Properties"),
}
_PROPERTY_NAMES = (
    'xmlns:x="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
)
HEADING_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/></w:style>' for n in range(1, 4)
)
LIST = (
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2.%3"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def run(text: str, properties: str = "") -> str:
    """Make a run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, style: str = "", properties: str = "") -> str:
    """Make a paragraph: of runs, or of plain text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{content if '<' in content else run(content)}</w:p>"


def item(content: str, level: int = 0, number: int = 1) -> str:
    """Make an item of a list."""
    numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(content, properties=numbering)


def table(*rows: str, properties: str = "") -> str:
    """Make a table of rows, each the cells of `row`."""
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    """Make a row of cells: of texts, or of whole cells."""
    made = (c if c.startswith("<w:tc>") else f"<w:tc>{paragraph(c)}</w:tc>" for c in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(made)}</w:tr>"


def word_file(
    body: str,
    content_type: str = WORD_TYPE,
    members: dict[str, bytes] | None = None,
    relationships: str = "",
    **parts: str,
) -> bytes:
    """Make a document of the content of its body and of other parts, named by their relationship, "_" for "-"."""
    parts = {"styles": HEADING_STYLES} | parts
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            f'<Types xmlns="urn:t"><Override PartName="/word/document.xml" ContentType="{content_type}"/></Types>'
        ),
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
    }
    leads = {"word": relationships, "": _leads("officeDocument", "word/document.xml")}
    for name, content in parts.items():
        kind = name.replace("_", "-")
        is_property = kind in _PROPERTIES
        path, tag = (_PROPERTIES if is_property else _KINDS)[kind]
        files[path] = f"<{tag} {_PROPERTY_NAMES if is_property else _W}>{content}</{tag}>"
        leads["" if is_property else "word"] += _leads(kind, f"/{path}")
    files["_rels/.rels"] = f'<Relationships xmlns="{_RELATIONSHIPS}">{leads[""]}</Relationships>'
    files["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{_RELATIONSHIPS}">{leads["word"]}</Relationships>'
    return zip_file(files | (members or {}))


def zip_file(files: dict[str, str | bytes]) -> bytes:
    """Make an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _leads(kind: str, target: str) -> str:
    return f'<Relationship Id="{kind}" Type="{_TYPE}/{kind}" Target="{target}"/>'
