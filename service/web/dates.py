"""Dates in the styles that pages and references use, and their age. ISO 8601 years, months and days come in."""

from __future__ import annotations

import re
from datetime import date

OLD_YEARS = 3
_MONTHS = "January February March April May June July August September October November December".split()


def in_words(iso: str) -> str:
    """Write 6 May 2025, May 2025 or 2025; text that is not a date is left as it is."""
    return " ".join(reversed(_parts(iso)))


def american(iso: str) -> str:
    """Write May 6, 2025."""
    year, *rest = _parts(iso)
    return f"{' '.join(rest)}, {year}" if len(rest) == 2 else " ".join([*rest, year])


def nlm(iso: str) -> str:
    """Write 2025 May 6."""
    year, *rest = _parts(iso)
    return " ".join([year, *(month[:3] for month in rest[:1]), *rest[1:]])


def is_old(reviewed: str | None, today: date) -> bool:
    """Return whether a review date is over OLD_YEARS back, read as its last day; an unknown date is not."""
    parsed = _parse(reviewed or "")
    if not parsed:
        return False
    year, month, day = (*parsed, *(12, 31)[len(parsed) - 1 :])
    return (year + OLD_YEARS, month, day) < (today.year, today.month, today.day)


def _parse(iso: str) -> tuple[int, ...] | None:
    """Parse year, month and day as far as they are there; None if the text is not a date."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", iso)
    if not match:
        return None
    numbers = tuple(int(digits) for digits in match.groups() if digits)
    try:
        date(*numbers, *(1, 1)[len(numbers) - 1 :])
    except ValueError:
        return None
    return numbers


def _parts(iso: str) -> list[str]:
    """Split a date into year, name of the month and day, as far as they are there; other text is one part."""
    parsed = _parse(iso)
    if not parsed:
        return [" ".join(iso.split())]
    return [iso[:4], *(_MONTHS[month - 1] for month in parsed[1:2]), *map(str, parsed[2:])]
