"""Look-up in the index by id; an unknown id is a Problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote as percent

from pincite.index.bundle import Bundle
from pincite.index.filters import UnknownError
from pincite.index.types import Document, Passage, Section
from pincite.service.guard.problems import Problem, wants_page

_MAX_ECHO = 200  # characters of an id that a problem repeats


def document(bundle: Bundle, name: str) -> Document:
    """Return one document, by its id. Raises Problem."""
    try:
        return bundle.document(name)
    except KeyError:
        detail = f"No document has the id “{name[:_MAX_ECHO]}”."
        raise Problem("unknown-document", _listed(detail, "/v1/documents")) from None


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
    detail = f"The document “{parent.id}” has no {kind} “{name[:_MAX_ECHO]}”."
    return Problem(f"unknown-{kind}", _listed(detail, f"/v1/documents/{percent(parent.id)}"))


def unknown(error: UnknownError, lists: Mapping[str, Sequence[str]], source: Mapping[str, str]) -> Problem:
    """Return the problem of a name in one of the lists that narrow an answer, which the index does not have.

    source: the parameter, or the JSON pointer, of the name.
    """
    name, kind = lists[error.field][error.place], error.field[:-1]
    document = percent(name.partition("#")[0][:_MAX_ECHO]) if kind == "section" and "#" in name else "ID"
    address = "/v1/documents" if kind == "document" else f"/v1/documents/{document}"
    written = "" if kind == "document" or "#" in name else " (a section is written document#section)"
    detail = f"“{name[:_MAX_ECHO]}” is no {kind} of this index{written}; GET {address} lists them"
    return Problem(f"unknown-{kind}", f"{detail}.", [{**source, "detail": detail}])


def _listed(detail: str, address: str) -> str:
    """Say to programs where what there is is listed; a page has a link."""
    return detail if wants_page() else f"{detail} GET {address} lists them."
