"""Look-up by name in the index; a name that it does not hold is a Problem."""

from __future__ import annotations

from pincite.index.bundle import Bundle
from pincite.index.types import Document, Passage, Section
from pincite.service.guard.problems import Problem

_SHOWN = 200  # characters of a name that a problem repeats


def document(bundle: Bundle, name: str) -> Document:
    """Return one document, by its id. Raises Problem."""
    try:
        return bundle.document(name)
    except KeyError:
        detail = f"No document has the id “{name[:_SHOWN]}”. The list of documents is at /documents."
        raise Problem("unknown-document", detail) from None


def section(found: Document, name: str) -> Section:
    """Return one section of a document, by its id. Raises Problem."""
    part = next((s for s in found.sections if s.id == name), None)
    if part is None:
        raise _unknown("section", found, name)
    return part


def passage(bundle: Bundle, found: Document, name: str) -> Passage:
    """Return one passage of a document, by its anchor: section:position. Raises Problem."""
    near = bundle.passages_of(found.id, {name.rpartition(":")[0]})
    one = next((p for p in near if p.anchor == name), None)
    if one is None:
        raise _unknown("passage", found, name)
    return one


def _unknown(kind: str, found: Document, name: str) -> Problem:
    return Problem(f"unknown-{kind}", f"The document “{found.id}” has no {kind} “{name[:_SHOWN]}”.")
