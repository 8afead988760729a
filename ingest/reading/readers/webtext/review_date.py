"""The date on which a page says it was last reviewed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pincite.ingestion.reading.readers.webtext.lines import Line, is_bare
from pincite.ingestion.reading.readers.webtext.word_lists import REVIEW

_MONTHS = (
    ("jan", "ene", "jän"),
    ("feb", "fév", "fev"),
    ("mar", "mär"),
    ("apr", "abr", "avr"),
    ("may", "mai"),
    ("jun", "juin"),
    ("jul", "juil"),
    ("aug", "ago", "aoû"),
    ("sep",),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez", "dic", "déc"),
)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.|er)? (?:de |of )?([^\W\d_]{3,10})\.?,? (?:de |del )?(\d{4})\b")
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_MONTH_YEAR = re.compile(r"\b([^\W\d_]{3,10})\.?,? (?:de |del )?(\d{4})\b")
_MONTH_WORDS = 8  # a month and a year may also date a study in a sentence; a line of review is shorter
_LONE = re.compile(r"[\w.,/ -]{6,24}")
_AHEAD = re.compile(r"\b(?:next|due|nächste|próxima)\b")
_REVIEW = re.compile("|".join(REVIEW), re.IGNORECASE)
_RANK = (
    ("review", "überprüf", "revis"),
    ("updated", "modified", "aktualis", "actualiz", "mis à jour", "edited"),
    ("published",),
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found in a line."""

    iso: str
    note: str | None  # how a doubtful date was read


def dates_line(text: str) -> bool:
    """Return whether a short line does nothing but date a review, update or publication."""
    return len(text) <= 140 and _has_review_word(text) and len(text.split()) <= 16 and find_date(text) is not None


def with_dates(lines: Sequence[Line]) -> list[Line]:
    """Join a date to the label it was broken off from: "Last updated on" over "03/14/2025"."""
    out: list[Line] = []
    for line in lines:
        label = out[-1].text if out else ""
        if (
            label
            and labels_review(label)
            and is_bare(label)
            and find_date(label) is None
            and _starts_with_date(line.text)
        ):
            out[-1] = replace(out[-1], text=f"{label} {line.text}")
        else:
            out.append(line)
    return out


def _starts_with_date(text: str) -> bool:
    return (
        len(text) <= 60
        and len(text.split()) <= 8
        and any(is_lone_date(" ".join(text.rstrip(".").split()[:n])) for n in (1, 2, 3))
    )


def labels_review(text: str) -> bool:
    """Return whether a line is a label about review, without a date."""
    return len(text) <= 60 and len(text.split()) <= 4 and _has_review_word(text)


def is_lone_date(text: str) -> bool:
    """Return whether a text is a date and nothing else but punctuation."""
    if not _LONE.fullmatch(text[:30]) or not text[-1].isdigit():
        return False
    return len(text.split()) <= 4 and sum(w.isalpha() for w in text.split()) <= 1 and find_date(text) is not None


def last_review(lines: Iterable[str]) -> Dated | None:
    """Return the date of the last review, else of the last update, else of publication."""
    dated = [(line.casefold(), find_date(line)) for line in lines]
    for words in _RANK:
        for line, found in reversed(dated):
            if found and any(w in line for w in words) and not _AHEAD.search(line):
                return found
    return None


def _has_review_word(text: str) -> bool:
    return _REVIEW.search(text) is not None


def find_date(text: str) -> Dated | None:
    """Return the first date in a short text, as ISO 8601."""
    if m := _ISO.search(text):
        return _dated(m[1], m[2], m[3])
    if m := _NUMERIC.search(text):
        return _numeric(int(m[1]), m[2], int(m[3]), m[4], m[0])
    if m := _DAY_FIRST.search(text):
        return _dated(m[3], _month(m[2]), m[1])
    if m := _MONTH_FIRST.search(text):
        return _dated(m[3], _month(m[1]), m[2])
    if len(text.split()) <= _MONTH_WORDS:
        return next((found for m in _MONTH_YEAR.finditer(text) if (found := _month_of(m[2], _month(m[1])))), None)
    return None


def _month_of(year: str, month: int) -> Dated | None:
    """Return a month without a day, as ISO 8601 writes it: 2025-05."""
    return Dated(f"{year}-{month:02}", None) if month else None


def _numeric(first: int, separator: str, second: int, year: str, written: str) -> Dated | None:
    """Read a numeric date: a part above twelve is the day, dots are day first, all else month first."""
    if first > 12 or (separator == "." and second <= 12):
        return _dated(year, second, first)
    found = _dated(year, first, second)
    if found is None or second > 12 or first == second:
        return found
    return Dated(found.iso, f"the date {written} was read month first, as {found.iso}; it could also be day first")


def _month(name: str) -> int:
    folded = name.casefold()
    return next((n for n, starts in enumerate(_MONTHS, 1) if folded.startswith(starts)), 0)


def _dated(year: str, month: str | int, day: str | int) -> Dated | None:
    try:
        return Dated(date(int(year), int(month), int(day)).isoformat(), None)
    except ValueError:
        return None
