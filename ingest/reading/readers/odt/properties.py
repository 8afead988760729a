"""Properties of an OpenDocument text: title, author, dates, language, and where it comes from."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.properties import Properties, custom_values, state_properties, text_of


def read_properties(name: str, meta: Element | None) -> Properties:
    """Read the properties of a document. meta: the element that holds them, None where there is none.

    name: of the file. Raises ReadError for a custom property whose value cannot be understood.
    """
    custom = [] if meta is None else meta.findall("meta:user-defined")
    own = {e.get("name", "").lower(): " ".join("".join(e.itertext()).split()) for e in custom}
    return state_properties(
        text_of(meta, "dc:title"),
        text_of(meta, "dc:language"),
        text_of(meta, "meta:initial-creator"),  # dc:creator is who changed it last
        own.get("company") or text_of(meta, "dc:publisher") or None,
        {"Last changed": text_of(meta, "dc:date")},
        custom_values(own, name),
        "" if meta is None else ",".join(e.text or "" for e in meta.findall("meta:keyword")),
        name,
    )
