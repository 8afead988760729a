"""Package document of a book (OPF): its files in the order of reading, its contents, and what it says of itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.archive import Package
from pincite.ingestion.reading.readers.package.properties import Properties, state_properties
from pincite.ingestion.reading.readers.package.refusals import EPUB
from pincite.ingestion.reading.readers.package.xml_tree import descend

MEDIA_TYPE = "application/epub+zip"
_TEXT_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_FONT_ENCRYPTION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # fonts are no text


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the spine."""

    path: str  # in the archive
    is_text: bool  # of a type that is read
    is_linear: bool  # it is part of what is read from front to back
    is_cover: bool
    is_contents: bool  # the guide says so (EPUB 2), also of files that have other text, too


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """Statements of the package document."""

    chapters: tuple[Chapter, ...]
    navigation: str | None  # path of the navigation document (EPUB 3)
    ncx: str | None  # path of the NCX (EPUB 2)
    properties: Properties


def read_package_document(package: Package, name: str) -> PackageDocument:
    """Find and read the package document. Raises ReadError for what is no book, is encrypted, or names no text."""
    _check_kind(package, name)
    container = package.part("META-INF/container.xml")
    files = [] if container is None else [*container.iter("ocf:rootfile")]
    path = next((file.get("full-path", "") for file in files if file.get("full-path")), None)
    root = None if path is None else package.part(path)
    if path is None or root is None or root.tag != "opf:package":
        raise EPUB.refusal(name, "not_it")
    items = {item.get("id", ""): item for item in root.iter("opf:item")}
    spine = root.find("opf:spine")
    guide = {reference.get("type", "").lower(): reference.get("href", "") for reference in root.iter("opf:reference")}
    covers = {resolve(path, href)[0] for kind, href in guide.items() if kind == "cover"}
    navigation = next((resolve(path, i.get("href", ""))[0] for i in items.values() if _has(i, "nav")), None)
    contents = {resolve(path, href)[0] for kind, href in guide.items() if kind == "toc"}
    ncx = items.get("" if spine is None else spine.get("toc", ""))
    chapters: dict[str, Chapter] = {}
    for reference in [] if spine is None else spine.findall("opf:itemref"):
        item = items.get(reference.get("idref", ""))
        if item is not None:
            place = resolve(path, item.get("href", ""))[0]
            is_text = item.get("media-type", "").lower() in _TEXT_TYPES
            is_linear = reference.get("linear") != "no"
            chapters.setdefault(place, Chapter(place, is_text, is_linear, place in covers, place in contents))
    if not chapters:
        raise EPUB.refusal(name, "broken", "it names no files to read")
    return PackageDocument(
        tuple(chapters.values()),
        navigation,
        None if ncx is None else resolve(path, ncx.get("href", ""))[0],
        _properties(root.find("opf:metadata")),
    )


def resolve(base: str, href: str) -> tuple[str, str]:
    """Return the path in the archive that a link in a file leads to, and the id in that file, "" for none.

    A link that leads out of the archive gives a path that is in none.
    """
    path, _, fragment = href.partition("#")
    if not path:
        return base, unquote(fragment)
    joined = posixpath.normpath(posixpath.join("/", posixpath.dirname(base), unquote(path)))
    return joined.lstrip("/"), unquote(fragment)


def _check_kind(package: Package, name: str) -> None:
    media_type = package.data("mimetype")
    if media_type is not None and media_type.decode("utf-8-sig", "replace").strip() != MEDIA_TYPE:
        raise EPUB.refusal(name, "not_it")
    encryption = package.part("META-INF/encryption.xml")
    for encrypted in () if encryption is None else encryption.iter("enc:EncryptedData"):
        method = descend(encrypted, "enc:EncryptionMethod")
        if method is None or method.get("Algorithm") not in _FONT_ENCRYPTION:
            raise EPUB.refusal(name, "drm")


def _properties(metadata: Element | None) -> Properties:
    dates = {"Published": "", "Last changed": ""}
    for element in () if metadata is None else metadata.iter():
        if element.tag == "dc:date" and element.get("event", "publication") == "publication":
            dates["Published"] = dates["Published"] or _line(element)
        elif (element.tag == "dc:date" and element.get("event") == "modification") or (
            element.tag == "opf:meta" and element.get("property") == "dcterms:modified"
        ):
            dates["Last changed"] = _line(element)
    return state_properties(
        next(_values(metadata, "dc:title"), ""),
        next(_values(metadata, "dc:language"), ""),
        ", ".join(dict.fromkeys(_values(metadata, "dc:creator"))),
        next(_values(metadata, "dc:publisher"), None),
        dates,
        {},
    )


def _values(metadata: Element | None, tag: str) -> Iterator[str]:
    for element in () if metadata is None else metadata.iter(tag):
        if _line(element):
            yield _line(element)


def _line(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _has(item: Element, name: str) -> bool:
    return name in item.get("properties", "").split()
