"""Choice of documents to search in: what the form offers, and what a results page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pincite.index.errors import PinciteError
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import request_state, service
from pincite.service.web.shelf.document_names import distinct_names

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

MIN_DOCUMENTS = 5  # with fewer, the form offers no choice; an address may narrow a search all the same
MAX_CHECKBOXES = 40  # with more documents, the form has boxes for the chosen ones alone and a link to the list
_MAX_ECHO = 200  # characters of an id that a problem repeats


@dataclass(frozen=True, slots=True)
class Choice:
    """A document that a search can be narrowed to."""

    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """Documents that the form offers, and how many there are in all."""

    offered: tuple[Choice, ...]
    total: int

    @property
    def chosen(self) -> int:
        """The number of chosen documents."""
        return sum(choice.chosen for choice in self.offered)


def choices(chosen: Sequence[str] = ()) -> Choices | None:
    """Return what the form offers on this page; None if there are few documents or no index is open."""
    searcher = request_state().searcher or service().source.current()
    if searcher is None or searcher.bundle.document_count < MIN_DOCUMENTS:
        return None
    bundle, known = searcher.bundle, frozenset(chosen)
    try:
        few = bundle.document_count <= MAX_CHECKBOXES
        names = distinct_names(bundle.titles(), bundle.document) if few else chosen_names(bundle, chosen)
    except PinciteError:  # an index that cannot be read: the page that says so has this form, too
        return None
    ordered = sorted(names.items(), key=lambda entry: (entry[1].casefold(), entry[0]))
    return Choices(tuple(Choice(name, shown, name in known) for name, shown in ordered), bundle.document_count)


def chosen_names(bundle: Bundle, chosen: Sequence[str]) -> dict[str, str]:
    """Return the names of the chosen documents by id, in the order chosen; unknown ids are left out."""
    if not chosen:
        return {}
    unknown = unknown_ids(bundle, chosen)
    titles = [(name, bundle.document(name).title) for name in chosen if name not in unknown]
    few = bundle.document_count <= MAX_CHECKBOXES
    names = distinct_names(bundle.titles() if few else titles, bundle.document, {name for name, _ in titles})
    return {name: names[name] for name, _ in titles}


def require_known(bundle: Bundle, chosen: Sequence[str]) -> None:
    """Raise Problem, naming them, if the index lacks some of the chosen documents."""
    unknown = unknown_ids(bundle, chosen)
    if not unknown:
        return
    said = ", ".join(f"“{name[:_MAX_ECHO]}”" for name in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    have = "No document has the id" if len(unknown) == 1 else "No documents have the ids"
    errors = [
        {"parameter": "documents", "detail": f"names no document of this index: {n[:_MAX_ECHO]}"} for n in unknown
    ]
    raise Problem("unknown-document", f"{have} {said}{more}; those there are stand at /documents.", errors[:20])


def unknown_ids(bundle: Bundle, chosen: Sequence[str]) -> list[str]:
    """Return the ids that the index lacks, in the order given."""
    return [name for name in chosen if not _has(bundle, name)]


def _has(bundle: Bundle, name: str) -> bool:
    try:
        bundle.document(name)
    except KeyError:
        return False
    return True
