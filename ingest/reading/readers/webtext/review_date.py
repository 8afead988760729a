"""The date on which a page says it was last reviewed, in a line that is about the page and says nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pincite.ingestion.reading.readers.webtext.lines import Line, is_bare
from pincite.ingestion.reading.readers.webtext.word_lists import BYLINE_PREFIXES, PAGE_DATE_WORDS, REVIEW_WORDS

_MONTH_PREFIXES = (
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
_MAX_MONTH_YEAR_WORDS = 8  # a month and a year may also date a study in a sentence; a line of review is shorter
_DATE_CHARACTERS = re.compile(r"[\w.,/ -]{6,24}")
_FUTURE_WORDS = re.compile(r"\b(?:next|due|nächste|próxima)\b")
_DATES = (_ISO, _NUMERIC, _DAY_FIRST, _MONTH_FIRST, _MONTH_YEAR)
_BY_NAME = re.compile(rf"\b(?i:{'|'.join(BYLINE_PREFIXES)})(?:[A-ZÀ-Þ][\w.’'-]*,? ?){{1,6}}")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}(?: ?[ap]\.?m\b\.?)?")
_WORD = re.compile(r"[^\W\d_]+")
_REVIEW_PATTERN = re.compile(rf"\b(?:{'|'.join(REVIEW_WORDS)})\b", re.IGNORECASE)
_DATE_PREFERENCE = (
    ("review", "überprüf", "revis"),
    ("updated", "modified", "aktualis", "actualiz", "mis à jour", "edited"),
    ("published",),
)


@dataclass(frozen=True, slots=True)
class ReviewDate:
    """A date found in a line."""

    iso: str
    note: str | None  # how a doubtful date was read


def is_date_line(text: str) -> bool:
    """Return whether a line does nothing but date a review, update or publication of the page.

    Words on anything else, such as a subject of their own ("The guideline was revised on ..."), make it text.
    """
    if len(text) > 140 or not _has_review_word(text) or find_date(text) is None:
        return False
    rest = _CLOCK.sub(" ", without_dates(text))
    return all(
        w.casefold() in PAGE_DATE_WORDS for w in _WORD.findall(_REVIEW_PATTERN.sub(" ", _BY_NAME.sub(" ", rest)))
    )


def without_dates(text: str) -> str:
    """Return the text without any date in it."""
    for pattern in _DATES:
        text = pattern.sub(lambda m: " " if find_date(m[0]) else m[0], text)
    return text


def join_date_labels(lines: Sequence[Line]) -> list[Line]:
    """Join a date to the label it was broken off from: "Last updated on" over "03/14/2025"."""
    joined: list[Line] = []
    for line in lines:
        label = joined[-1].text if joined else ""
        if (
            label
            and is_review_label(label)
            and is_bare(label)
            and find_date(label) is None
            and _starts_with_date(line.text)
        ):
            joined[-1] = replace(joined[-1], text=f"{label} {line.text}")
        else:
            joined.append(line)
    return joined


def _starts_with_date(text: str) -> bool:
    return (
        len(text) <= 60
        and len(text.split()) <= 8
        and any(is_lone_date(" ".join(text.rstrip(".").split()[:n])) for n in (1, 2, 3))
    )


def is_review_label(text: str) -> bool:
    """Return whether a line is a label about review, without a date."""
    words = _WORD.findall(_REVIEW_PATTERN.sub(" ", text)) if len(text) <= 60 else ["long"]
    return _has_review_word(text) and all(word.casefold() in PAGE_DATE_WORDS for word in words)


def is_lone_date(text: str) -> bool:
    """Return whether a text is a date and nothing else but punctuation."""
    if not _DATE_CHARACTERS.fullmatch(text[:30]) or not text[-1].isdigit():
        return False
    return len(text.split()) <= 4 and sum(w.isalpha() for w in text.split()) <= 1 and find_date(text) is not None


def last_review_date(lines: Iterable[str], today: date) -> ReviewDate | None:
    """Return the date of the last review, else of the last update, else of publication; none after `today`."""
    dates = [(line.casefold(), find_date(line)) for line in lines]
    for words in _DATE_PREFERENCE:
        for line, review_date in reversed(dates):
            past = review_date is not None and review_date.iso <= today.isoformat()
            if past and any(w in line for w in words) and not _FUTURE_WORDS.search(line):
                return review_date
    return None


def _has_review_word(text: str) -> bool:
    return _REVIEW_PATTERN.search(text) is not None


def find_date(text: str) -> ReviewDate | None:
    """Return the first date in a short text, as ISO 8601."""
    if m := _ISO.search(text):
        return _calendar_date(m[1], m[2], m[3])
    if m := _NUMERIC.search(text):
        return _numeric_date(int(m[1]), m[2], int(m[3]), m[4], m[0])
    if m := _DAY_FIRST.search(text):
        return _calendar_date(m[3], _month_number(m[2]), m[1])
    if m := _MONTH_FIRST.search(text):
        return _calendar_date(m[3], _month_number(m[1]), m[2])
    if len(text.split()) <= _MAX_MONTH_YEAR_WORDS:
        return next(
            (
                date_in_month
                for m in _MONTH_YEAR.finditer(text)
                if (date_in_month := _year_month(m[2], _month_number(m[1])))
            ),
            None,
        )
    return None


def _year_month(year: str, month: int) -> ReviewDate | None:
    """Return a month without a day, as ISO 8601 writes it: 2025-05."""
    return ReviewDate(f"{year}-{month:02}", None) if month else None


def _numeric_date(first: int, separator: str, second: int, year: str, written: str) -> ReviewDate | None:
    """Read a numeric date: a part above twelve is the day, dots are day first, all else month first."""
    if first > 12 or (separator == "." and second <= 12):
        return _calendar_date(year, second, first)
    month_first = _calendar_date(year, first, second)
    if month_first is None or second > 12 or first == second:
        return month_first
    return ReviewDate(
        month_first.iso, f"the date {written} was read month first, as {month_first.iso}; it could also be day first"
    )


def _month_number(name: str) -> int:
    folded = name.casefold()
    return next((n for n, starts in enumerate(_MONTH_PREFIXES, 1) if folded.startswith(starts)), 0)


def _calendar_date(year: str, month: str | int, day: str | int) -> ReviewDate | None:
    try:
        return ReviewDate(date(int(year), int(month), int(day)).isoformat(), None)
    except ValueError:
        return None
