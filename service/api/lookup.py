"""Look-up in the index by id; an unknown id is a Problem."""

from __future__ import annotations

from pincite.index.bundle import Bundle
from pincite.index.types import Document, Passage, Section
from pincite.service.guard.problems import Problem

_MAX_ECHO = 200  # characters of an id that a problem repeats


def document(bundle: Bundle, name: str) -> Document:
    """Return one document, by its id. Raises Problem."""
    try:
        return bundle.document(name)
    except KeyError:
        detail = f"No document has the id “{name[:_MAX_ECHO]}”. The list of documents is at /documents."
        raise Problem("unknown-document", detail) from None


def section(parent: Document, name: str) -> Section:
    """Return one section of a document, by its id. Raises Problem."""
    match = next((s for s in parent.sections if s.id == name), None)
    if match is None:
        raise _unknown("section", parent, name)
    return match


def passage(bundle: Bundle, parent: Document, name: str) -> Passage:
    """Return one passage of a document, by its anchor: section:position. Raises Problem."""
    passages = bundle.passages_of(parent.id, {name.rpartition(":")[0]})
    match = next((p for p in passages if p.anchor == name), None)
    if match is None:
        raise _unknown("passage", parent, name)
    return match


def _unknown(kind: str, parent: Document, name: str) -> Problem:
    return Problem(f"unknown-{kind}", f"The document “{parent.id}” has no {kind} “{name[:_MAX_ECHO]}”.")
