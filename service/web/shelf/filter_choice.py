"""Choice of a filter on metadata: what the form offers, and what a results page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pincite.index.errors import PinciteError
from pincite.index.metadata.columns import DocumentColumns, ValueField
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter, fold_name
from pincite.service.guard.state import request_state, service
from pincite.service.web import dates
from pincite.service.web.search_address import SearchAddress
from pincite.service.web.shelf.document_choice import MIN_DOCUMENTS
from pincite.service.web.shelf.language_names import language_name

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

MAX_VALUES = 12  # of a field, those of most documents; others are typed
_SINGULAR: dict[ValueField, str] = {"publishers": "publisher", "languages": "language", "tags": "tag"}


@dataclass(frozen=True, slots=True)
class ValueChoice:
    """A value that a search can be narrowed to."""

    value: str
    name: str
    documents: int  # that have it, whatever else is chosen
    chosen: bool


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field in which the documents differ."""

    field: ValueField
    name: str  # "publisher"
    values: tuple[ValueChoice, ...]
    more: int  # values that are not offered


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Fields, years and dates that the form offers."""

    fields: tuple[FieldChoice, ...]
    years: tuple[str, ...]  # newest first; none where the documents do not differ
    since: str
    until: str

    @property
    def chosen(self) -> int:
        """The number of chosen values and dates."""
        return sum(v.chosen for f in self.fields for v in f.values) + bool(self.since) + bool(self.until)

    @property
    def names(self) -> str:
        """The fields that are offered, in words: "publisher, tag or date"."""
        *first, last = [*(field.name for field in self.fields), *(["date"] if self.years else [])]
        return f"{', '.join(first)} or {last}" if first else last

    def years_with(self, given: str) -> tuple[str, ...]:
        """Return the years, and a date that is given and no year of them."""
        return self.years if not given or given in self.years else (given, *self.years)


class Chip(NamedTuple):
    """One value of the filter that was searched within, and the address of the search without it."""

    name: str
    url: str


def choices(wanted: MetadataFilter = EVERY_DOCUMENT) -> FilterChoices | None:
    """Return what the form offers on this page; None if no field parts the documents, they are few, or none is open."""
    searcher = request_state().searcher or service().source.current()
    try:
        if searcher is None or searcher.bundle.document_count < MIN_DOCUMENTS:
            return None
        return choices_of(searcher.bundle, wanted)
    except PinciteError:  # an index that cannot be read: the page that says so has this form, too
        return None


def choices_of(bundle: Bundle, wanted: MetadataFilter) -> FilterChoices | None:
    """Return what a form offers over the documents of a bundle; None if they differ in no field."""
    columns = bundle.metadata
    fields = tuple(
        _field(columns, field, getattr(wanted, field))
        for field in _SINGULAR
        if getattr(wanted, field) or any(v.documents < len(columns) for v in columns.values(field))
    )
    years = columns.years[::-1] if len(columns.years) > 1 or wanted.since or wanted.until else ()
    return FilterChoices(fields, years, wanted.since or "", wanted.until or "") if fields or years else None


def chips(search: SearchAddress) -> tuple[Chip, ...]:
    """Return each value of the filter of a search, with the search that goes without it."""
    wanted = search.metadata
    named = [
        *(("publishers", value, f"by {value}") for value in wanted.publishers),
        *(("languages", value, f"in {language_name(value)}") for value in wanted.languages),
        *(("tags", value, f"tagged {value}") for value in wanted.tags),
    ]
    made = [Chip(name, search.without_value(field, value).url()) for field, value, name in named]
    for field in ("since", "until"):
        if given := getattr(wanted, field):
            made.append(Chip(f"reviewed {field} {dates.in_words(given)}", search.without_value(field, given).url()))
    return tuple(made)


def _field(columns: DocumentColumns, field: ValueField, chosen: Sequence[str]) -> FieldChoice:
    """Return the values of a field to offer: the most frequent, and after them those that are chosen besides."""
    counts, wanted = columns.values(field), {fold_name(value): value for value in chosen}
    first = counts[:MAX_VALUES]
    offered = [*first, *(c for c in counts[MAX_VALUES:] if fold_name(c.value) in wanted)]
    values = [_value(field, c.value, c.documents, fold_name(c.value) in wanted) for c in offered]
    unknown = wanted.keys() - {fold_name(c.value) for c in offered}
    values += [_value(field, wanted[key], columns.count(field, wanted[key]), True) for key in sorted(unknown)]
    return FieldChoice(field, _SINGULAR[field], tuple(values), len(counts) - len(offered))


def _value(field: ValueField, value: str, documents: int, chosen: bool) -> ValueChoice:
    return ValueChoice(value, language_name(value) if field == "languages" else value, documents, chosen)
