"""Filters on metadata in words, for page, terminal and language models."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pincite.index.metadata.metadata_filter import MetadataFilter


def described(wanted: MetadataFilter, fields: Collection[str]) -> str:
    """Describe what some fields of a filter ask of a document.

    >>> described(MetadataFilter(publishers=("NHS", "WHO"), since="2024"), ["publishers", "since"])
    'by “NHS” or “WHO”, reviewed since 2024'
    """
    phrases = {
        "publishers": f"by {_either(wanted.publishers)}",
        "languages": f"in the language {_either(wanted.languages)}",
        "tags": f"with the tag {_either(wanted.tags)}",
    }
    said = [phrase for field, phrase in phrases.items() if field in fields]
    dates = [f"{field} {getattr(wanted, field)}" for field in ("since", "until") if field in fields]
    return ", ".join([*said, *([f"reviewed {' and '.join(dates)}"] if dates else [])])


def reason(wanted: MetadataFilter, unmatched: Collection[str], chosen: bool = False) -> str:
    """Say which filter leaves no document to search. chosen: the search was limited to some documents besides.

    >>> reason(MetadataFilter(tags=("tides",)), ["tags"])
    'There is no document with the tag “tides”.'
    """
    return f"There is no document {described(wanted, unmatched)}{' among those chosen' if chosen else ''}."


def _either(values: Sequence[str]) -> str:
    return " or ".join(f"“{value}”" for value in values)
