"""OpenDocument texts (.odt, .fodt) to a draft, with title, source and language of the properties."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.notes import counted_notes, quoted_note
from pincite.ingestion.reading.readers.hidden.hidden_words import hidden_words_note
from pincite.ingestion.reading.readers.odt.body import Body
from pincite.ingestion.reading.readers.odt.properties import read_properties
from pincite.ingestion.reading.readers.odt.styles import Styles
from pincite.ingestion.reading.readers.package.archive import Package
from pincite.ingestion.reading.readers.package.properties import main_language
from pincite.ingestion.reading.readers.package.refusals import FLAT_OPEN_DOCUMENT, OPEN_DOCUMENT
from pincite.ingestion.reading.readers.package.title import split_title
from pincite.ingestion.reading.readers.package.xml_tree import descend, parse_xml

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
_MEDIA_TYPES = (MEDIA_TYPE, f"{MEDIA_TYPE}-template", f"{MEDIA_TYPE}-web")


def read_odt(data: bytes, name: str) -> Draft:
    """Read one OpenDocument text. A title that opens it, or a single level-1 heading that does, is no section.

    Raises ReadError for what is no such text or is encrypted, and for what breaks a limit.
    """
    package = Package(data, name, OPEN_DOCUMENT)
    media_type = package.data("mimetype")
    if media_type is not None and media_type.decode("ascii", "replace").strip() not in _MEDIA_TYPES:
        raise OPEN_DOCUMENT.refusal(name, "not_it")
    manifest = package.part("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("manifest:encryption-data"), None) is not None:
        raise OPEN_DOCUMENT.refusal(name, "password")
    content = package.part("content.xml")
    text = descend(content, "office:body", "office:text")
    if content is None or text is None:
        raise OPEN_DOCUMENT.refusal(name, "not_it")

    def formula_of(embedded: Element) -> Element | None:
        folder = posixpath.normpath(posixpath.join("/", embedded.get("href", ""))).lstrip("/")
        return _formula(package.part(f"{folder}/content.xml")) if folder else _formula(embedded)

    meta = descend(package.part("meta.xml"), "office:meta")
    return _draft(name, content, text, package.part("styles.xml"), meta, formula_of)


def read_flat_odt(data: bytes, name: str) -> Draft:
    """Read one OpenDocument text that is a single XML file (.fodt), as read_odt does."""
    root = parse_xml([data], name, FLAT_OPEN_DOCUMENT)
    text = descend(root, "office:body", "office:text")
    if root.tag != "office:document" or text is None:
        raise FLAT_OPEN_DOCUMENT.refusal(name, "not_it")
    return _draft(name, root, text, root, root.find("office:meta"), _formula)


def _formula(root: Element | None) -> Element | None:
    """Return the formula that an object is, or holds in itself."""
    return root if root is not None and root.tag == "math:math" else descend(root, "math:math")


def _draft(
    name: str,
    content: Element,
    text: Element,
    styles_part: Element | None,
    meta: Element | None,
    formula_of: Callable[[Element], Element | None],
) -> Draft:
    """Make the draft. content, styles_part: the trees of the parts; of a flat file both are one."""
    styles = Styles(content, styles_part)
    body = Body(styles, formula_of)
    parts = body.parts(text)
    properties = read_properties(name, meta)
    title, parts = split_title(parts, body.titles)
    return Draft(
        tuple(parts),
        title or properties.title,
        properties.id,
        properties.source,
        (
            *properties.left_out,
            *hidden_words_note(body.hidden.count),
            *counted_notes(body.left_out),
            *quoted_note("headers and footers of pages", _margins(styles_part)),
            *quoted_note("comments", body.paragraphs.comments),
        ),
        language=properties.language or main_language(body.paragraphs.languages, styles.language),
        tags=properties.tags,
    )


def _margins(styles: Element | None) -> Iterator[str]:
    """Yield the text of each header and footer."""
    pages = descend(styles, "office:master-styles")
    for page in () if pages is None else pages.iter("style:master-page"):
        for margin in page:
            if margin.tag.startswith(("style:header", "style:footer")):
                yield " ".join(" ".join("".join(p.itertext()) for p in margin.iter("text:p")).split())
