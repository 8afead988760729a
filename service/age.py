"""Whether a text is old: a reader should know that newer findings may say otherwise."""

from __future__ import annotations

import re
from datetime import date

OLD_YEARS = 3


def is_old(reviewed: str | None, today: date) -> bool:
    """Whether a review date (ISO 8601 date, month or year) is more than OLD_YEARS years back; no unknown date is."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", reviewed or "")
    if not found:
        return False
    year, month, day = int(found[1]), int(found[2] or 12), int(found[3] or 31)  # the latest that it may mean
    return (year + OLD_YEARS, month, day) < (today.year, today.month, today.day)
