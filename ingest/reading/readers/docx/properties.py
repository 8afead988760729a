"""Properties of a Word document: title, author, dates, language, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.properties import (
    Properties,
    custom_values,
    state_properties,
    text_of,
)

_SCRIPT_NAME = "python-docx"  # leaves its own name and language in what it makes


@dataclass(frozen=True, slots=True)
class WordProperties:
    """Properties, and what they say of the program that made the document."""

    stated: Properties
    is_of_script: bool  # made by python-docx from its own template


def read_properties(
    name: str, core: Element | None, extended: Element | None, custom: Element | None
) -> WordProperties:
    """Read the three parts that hold properties, each None where there is none.

    name: of the file. Raises ReadError for a custom property whose value cannot be understood.
    """
    author = text_of(core, "dc:creator")
    is_of_script = _SCRIPT_NAME in (author, *text_of(core, "dc:description").split())
    properties = [] if custom is None else custom.findall("x:property")
    own = {p.get("name", "").lower(): "".join(p.itertext()).strip() for p in properties}
    stated = state_properties(
        text_of(core, "dc:title"),
        text_of(core, "dc:language"),
        author,
        text_of(extended, "x:Company") or None,
        {} if is_of_script else {"Last changed": text_of(core, "dcterms:modified")},
        custom_values(own, name),
        "" if is_of_script else text_of(core, "x:keywords"),  # which Word's own form calls tags
        name,
    )
    return WordProperties(stated, is_of_script)
