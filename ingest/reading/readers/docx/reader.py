"""Word documents (.docx) to a draft, with title, source and language of the properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.notes import counted_notes, quoted_note
from pincite.ingestion.reading.readers.docx.body import Body
from pincite.ingestion.reading.readers.docx.note_marks import NoteMarks
from pincite.ingestion.reading.readers.docx.numbering import Numbering
from pincite.ingestion.reading.readers.docx.properties import read_properties
from pincite.ingestion.reading.readers.docx.styles import Styles, child_value
from pincite.ingestion.reading.readers.docx.visibility import Visibility
from pincite.ingestion.reading.readers.hidden.hidden_words import hidden_words_note
from pincite.ingestion.reading.readers.package.archive import Package
from pincite.ingestion.reading.readers.package.properties import main_language
from pincite.ingestion.reading.readers.package.refusals import WORD
from pincite.ingestion.reading.readers.package.title import split_title

_NOTE_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}


def read_docx(data: bytes, name: str) -> Draft:
    """Read one Word document. A title that opens it, or a single level-1 heading that does, is no section.

    Raises ReadError for what is no Word document, is encrypted or may hold macros, and for what breaks a limit.
    """
    package = Package(data, name, WORD)
    main = _main_part(package, name)
    root = package.part(main)
    if root is None or root.tag != "w:document":
        raise WORD.refusal(name, "not_it")
    related = package.related(main)
    styles = Styles(_first(package, related, "styles"))
    numbering = Numbering(_first(package, related, "numbering"), styles)
    notes = {kind: _first(package, related, f"{kind}s") for kind in _NOTE_FORMATS}
    formats = _note_formats(root, _first(package, related, "settings"))
    margins = {kind: _trees(package, related, kind) for kind in ("header", "footer", "comments")}
    visibility = Visibility(styles, root, (*margins["header"], *margins["footer"]))
    body = Body(root, styles, numbering, NoteMarks(notes, formats), visibility)
    parts = body.parts()
    of_package = package.related("")
    kinds = ("core-properties", "extended-properties", "custom-properties")
    properties = read_properties(name, *(_first(package, of_package, kind) for kind in kinds))
    title, parts = split_title(parts, body.titles)
    stated = properties.stated
    default = None if properties.is_of_script else styles.language
    return Draft(
        tuple(parts),
        title or stated.title,
        stated.id,
        stated.source,
        (
            *stated.left_out,
            *hidden_words_note(body.hidden.count),
            *counted_notes(body.left_out),
            *quoted_note("headers and footers of pages", map(_plain_text, (*margins["header"], *margins["footer"]))),
            *quoted_note("comments", map(_plain_text, margins["comments"])),
        ),
        language=stated.language or main_language(body.languages, default),
        tags=stated.tags,
    )


def _main_part(package: Package, name: str) -> str:
    """Return the name of the part that holds the text."""
    main = next(iter(package.related("").get("officeDocument", ())), None)
    if main is None:
        raise WORD.refusal(name, "not_it")
    types = package.part("[Content_Types].xml")
    for override in () if types is None else types:
        if (
            override.get("PartName", "").lstrip("/") == main
            and "macroenabled" in override.get("ContentType", "").lower()
        ):
            raise WORD.refusal(name, "macros")
    return main


def _first(package: Package, related: Mapping[str, Sequence[str]], kind: str) -> Element | None:
    return next((package.part(part) for part in related.get(kind, ())), None)


def _note_formats(root: Element, settings: Element | None) -> Mapping[str, str]:
    """Return how notes of each kind are numbered: as the document's last section says, or its settings."""
    sections = [*root.iter("w:sectPr")][-1:]
    places = [place for place in (*sections, settings) if place is not None]
    return {
        kind: next((f for place in places if (f := child_value(place, f"w:{kind}Pr", "w:numFmt"))), default)
        for kind, default in _NOTE_FORMATS.items()
    }


def _trees(package: Package, related: Mapping[str, Sequence[str]], kind: str) -> list[Element]:
    """Return the trees of all parts of a kind."""
    return [tree for part in related.get(kind, ()) if (tree := package.part(part)) is not None]


def _plain_text(tree: Element) -> str:
    paragraphs = ("".join(t.text or "" for t in p.iter("w:t")) for p in tree.iter("w:p"))
    return " ".join(" ".join(paragraphs).split())
