"""Dates as they are written, and whether one is long past. ISO 8601 years, months and days come in."""

from __future__ import annotations

import re
from datetime import date

OLD_YEARS = 3
_MONTHS = "January February March April May June July August September October November December".split()


def in_words(iso: str) -> str:
    """6 May 2025, May 2025 or 2025; what is no date stands as it is."""
    return " ".join(reversed(_parts(iso)))


def american(iso: str) -> str:
    """May 6, 2025."""
    year, *rest = _parts(iso)
    return f"{' '.join(rest)}, {year}" if len(rest) == 2 else " ".join([*rest, year])


def nlm(iso: str) -> str:
    """2025 May 6."""
    year, *rest = _parts(iso)
    return " ".join([year, *(month[:3] for month in rest[:1]), *rest[1:]])


def is_old(reviewed: str | None, today: date) -> bool:
    """Return whether a review date, at the latest it may mean, is over OLD_YEARS back; unknown dates are not."""
    found = _read(reviewed or "")
    if not found:
        return False
    year, month, day = (*found, *(12, 31)[len(found) - 1 :])
    return (year + OLD_YEARS, month, day) < (today.year, today.month, today.day)


def _read(iso: str) -> tuple[int, ...] | None:
    """Year, month and day as far as they are given; None for what is no date."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", iso)
    if not found:
        return None
    given = tuple(int(piece) for piece in found.groups() if piece)
    try:
        date(*given, *(1, 1)[len(given) - 1 :])
    except ValueError:
        return None
    return given


def _parts(iso: str) -> list[str]:
    """Year, name of the month and day, as far as they are given; what is no date as one part."""
    found = _read(iso)
    if not found:
        return [" ".join(iso.split())]
    return [iso[:4], *(_MONTHS[month - 1] for month in found[1:2]), *map(str, found[2:])]
