"""Dates of ISO 8601 as the days that they cover: a year, a month or a day. Text comes in, ordinals of days go out."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_ISO_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def days_of(iso: str) -> tuple[int, int] | None:
    """Return the first and the last day of a year, month or day, as proleptic Gregorian ordinals; None for other text.

    >>> [date.fromordinal(day).isoformat() for day in days_of("2024-02")]
    ['2024-02-01', '2024-02-29']
    >>> days_of("2024-02-30")
    """
    match = _ISO_DATE.fullmatch(iso)
    if not match:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    last_month = month or 12
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    return first.toordinal(), last.toordinal()
