"""XML of a document as a tree, parsed under limits. Nothing is fetched, and no entity is defined.

Names have the usual prefix of their namespace, that of the standard's strict form too: "w:p". Attributes
are named without one: "val". What no reader asks for is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from pincite.ingestion.reading.readers.package.refusals import Format

MAX_ELEMENTS = 2_000_000  # of one part; a book of a thousand pages has some 800,000
MAX_DEPTH = 150  # elements within each other; a table in a table in a table has 20
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "urn:schemas-microsoft-com:vml": "v",
    **{
        f"urn:oasis:names:tc:opendocument:xmlns:{name}": prefix
        for name, prefix in {
            "container": "ocf",
            "drawing:1.0": "draw",
            "manifest:1.0": "manifest",
            "meta:1.0": "meta",
            "office:1.0": "office",
            "style:1.0": "style",
            "table:1.0": "table",
            "text:1.0": "text",
            "xsl-fo-compatible:1.0": "fo",
        }.items()
    },
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/1998/Math/MathML": "math",
    "http://www.w3.org/2001/04/xmlenc#": "enc",
    "http://www.idpf.org/2007/opf": "opf",
    "http://www.daisy.org/z3986/2005/ncx/": "ncx",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
}
_ATTRIBUTES = frozenset(
    # Word
    "abstractNumId ascii behindDoc char color ContentType customMarkFollows cx cy default fill fldCharType firstRow "
    "font h Id id ilvl name numId PartName relativeFrom style styleId Target TargetMode themeFill Type type val w "
    # OpenDocument
    "algorithm-name background-color c class condition continue-list continue-numbering country "
    "default-cell-style-name display display-levels family font-size "
    "font-weight href is-hidden is-list-header is-sub-table label language level list-id list-style-name "
    "mimetype note-class num-format num-letter-sync num-prefix num-suffix number-columns-repeated "
    "number-columns-spanned number-rows-spanned outline-level parent-style-name restart-numbering run-through "
    "start-value string-value style-name template-name text-outline text-position text-shadow "
    "use-window-font-color visibility "
    # EPUB
    "Algorithm event full-path idref linear media-type properties property refines role src toc".split()
)
_UNUSED = frozenset(
    f"w:{name}"
    for name in (
        "bCs bottom cantSplit contextualSpacing gridCol iCs ind jc keepLines keepNext kern lastRenderedPageBreak "
        "latentStyles left lsdException proofErr rFonts right rsid rsids spacing szCs tab tabs tblBorders "
        "tblCellMar tblInd tblW tcBorders tcW top u widowControl bookmarkStart bookmarkEnd"
    ).split()
    if name != "tab"  # a tabulator in text has the name of a tab stop
)


def parse_xml(chunks: Iterable[bytes], name: str, of: Format) -> Element:
    """Parse a part. Raises ReadError, which names the part, for what breaks the limits or is no XML."""
    handler = _Handler(name, of)
    try:
        for chunk in chunks:
            handler.parser.Parse(chunk, False)
        handler.parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # an unknown encoding is one of the latter two
        raise of.refusal(name, "broken", str(error)) from error
    return handler.builder.close()


def descend(element: Element | None, *names: str) -> Element | None:
    """Return the element that a path of names leads to, the first of each; None where there is none."""
    for name in names:
        element = None if element is None else element.find(name)
    return element


class _Handler:
    """Handlers of a parser that build a tree and count."""

    def __init__(self, name: str, of: Format) -> None:
        self.builder = TreeBuilder()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.builder.data
        self.parser.StartDoctypeDeclHandler = self._check_doctype
        self.parser.SkippedEntityHandler = self._entity
        self._name = name
        self._format = of
        self._names: dict[str, str] = {}  # by the parser's own, "address name"
        self._depth = 0
        self._count = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise self._format.refusal(self._name, "too_deep", f"more than {MAX_DEPTH} levels")
        if self._count > MAX_ELEMENTS:
            raise self._format.refusal(self._name, "too_large", f"more than {MAX_ELEMENTS:,} elements")
        name = self._short(tag)
        if name not in _UNUSED:
            self.builder.start(name, self._kept(attributes) if attributes else {})

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = self._short(tag)
        if name not in _UNUSED:
            self.builder.end(name)

    def _kept(self, attributes: dict[str, str]) -> dict[str, str]:
        short = ((self._short(name).rpartition(":"), value) for name, value in attributes.items())
        return {name: value for (prefix, _, name), value in short if name in _ATTRIBUTES and prefix != "x"}

    def _short(self, name: str) -> str:
        short = self._names.get(name)
        if short is None:
            address, _, local = name.rpartition(" ")
            prefix = _PREFIXES.get(address, "x") if address else ""
            short = f"{prefix}:{local}" if prefix else local
            if len(self._names) < 1000:  # a document that makes names up takes no memory by it
                self._names[name] = short
        return short

    def _check_doctype(self, _: str, __: str | None, ___: str | None, has_definitions: bool) -> None:
        """Refuse a document type. One that is only named is never fetched, and older programs name some."""
        if has_definitions or not self._format.has_doctypes:
            raise self._format.refusal(self._name, "doctype")

    def _entity(self, name: str, is_parameter: bool) -> None:
        """Take an entity that the document type would define as what it is in HTML, or as it is written."""
        if not is_parameter:
            self.builder.data(unescape(f"&{name};"))
