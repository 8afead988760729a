"""Filter on the metadata of documents, and how its values are compared. Names come in; nothing of an index is seen."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from pincite.index.errors import FilterError
from pincite.index.metadata.dates import days_of

# A basic language range of RFC 4647, section 2.1: subtags with hyphens, or any language at all.
_LANGUAGE_RANGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|\*")
LANGUAGE_REMEDY = "write a tag of BCP 47, such as en or en-GB, or * for any"
DATE_REMEDY = "write a year, month or day: 2025, 2025-05 or 2025-05-06"


@dataclass(frozen=True, slots=True)
class MetadataFilter:
    """Filter that keeps the documents whose metadata meets every field that is given; of several values one is enough.

    publishers: of the words, whatever the case. languages: ranges of RFC 4647, by basic filtering: "en" keeps en-GB.
    tags: whatever the case. since, until: ISO 8601 years, months or days. A review date that is a year or a month is
    all of its days, and a document is kept if one of them is in the range; one without a review date is not.
    """

    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        """Check languages and dates. Raises FilterError, which names the field."""
        for language in self.languages:
            if not is_language_range(language):
                raise FilterError("languages", f"{language[:80]!r} is not a language tag", LANGUAGE_REMEDY)
        for field, iso in (("since", self.since), ("until", self.until)):
            if iso is not None and days_of(iso) is None:
                raise FilterError(field, f"{iso[:80]!r} is not a date", DATE_REMEDY)
        if ends_before(self.since, self.until):
            raise FilterError("until", f"{self.until!r} is before {self.since!r}", "give the earlier date as since")

    def __bool__(self) -> bool:
        """Return whether any field is given."""
        return self != EVERY_DOCUMENT

    def without(self, field: str, value: str) -> MetadataFilter:
        """Return the filter without one value of a field."""
        given = getattr(self, field)
        changed: dict[str, Any] = {field: tuple(v for v in given if v != value) if isinstance(given, tuple) else None}
        return replace(self, **changed)

    @property
    def days(self) -> tuple[int, int]:
        """The first and last day of review that are kept, as ordinals."""
        first = days_of(self.since) if self.since else None
        last = days_of(self.until) if self.until else None
        return first[0] if first else 1, last[1] if last else _LAST_DAY


def is_language_range(text: str) -> bool:
    """Return whether a text is a basic language range of RFC 4647."""
    return _LANGUAGE_RANGE.fullmatch(text) is not None


def ends_before(since: str | None, until: str | None) -> bool:
    """Return whether the last day of `until` is before the first of `since`; False for what is not a date."""
    first, last = days_of(since or ""), days_of(until or "")
    return bool(first and last and last[1] < first[0])


def in_range(tag: str, language_range: str) -> bool:
    """Return whether a language tag is in a range, by the basic filtering of RFC 4647, section 3.3.1.

    >>> in_range("en-GB", "EN"), in_range("en", "en-GB"), in_range("eng", "en"), in_range("de", "*")
    (True, False, False, True)
    """
    return language_range == "*" or f"{tag}-".lower().startswith(f"{language_range}-".lower())


def fold_name(name: str) -> str:
    """Return a name as it is compared: without case, forms of compatibility and runs of white space.

    >>> fold_name("  Harbour  WORKS")
    'harbour works'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


_LAST_DAY = 3_652_059  # 9999-12-31
EVERY_DOCUMENT = MetadataFilter()
