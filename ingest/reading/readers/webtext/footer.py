"""The page's tail: what follows the last prose, once a sign shows that the text is over."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import Unit
from pincite.ingestion.reading.readers.webtext.lines import count_words, is_bare, is_lead_in, is_question
from pincite.ingestion.reading.readers.webtext.review_date import dates_line, is_lone_date, labels_review
from pincite.ingestion.reading.readers.webtext.word_lists import BYLINES, FURNITURE, PAGE_ITSELF

_PROSE_AFTER = 40  # words of sentences that may still stand after the end sign; more is text
_SMALL_PRINT = 0.2  # or this share of the words before it, where the lines of a menu stand there too
_MENU = 3
_YEAR_AFTER = re.compile(r" \d{4}(?:[-–]\d{4})?$")
_OWNER = re.compile(r"(?:©|\([cC]\)|[Cc]opyright)(?: ?©| [Cc]opyright)?(?: \d{4}(?: ?[-–] ?\d{4})?)?,? ([^.,|©]{3,80})")


def find_tail(units: Sequence[Unit], head: frozenset[str]) -> int:
    """Return the first unit of the footer, or len(units). head: lines left out above the title, case-folded."""
    over = _first_sign(units)
    return _back_over_bare(units, over, head)


def _first_sign(units: Sequence[Unit]) -> int:
    """Find a review date, owner, writer or question about the page in the last part, with little prose after it."""
    before = sum(count_words(unit.text) for unit in units)
    over, prose, bare = len(units), 0, 0
    for i in range(len(units) - 1, -1, -1):
        unit = units[i]
        if unit.level or unit.marker:
            break
        if _ends_article(unit.text) or (bare >= _MENU and prose < _MENU and is_lone_date(unit.text)):
            over = i
            continue
        before -= count_words(unit.text)
        bare += is_bare(unit.text)
        prose += 0 if is_bare(unit.text) else count_words(unit.text)
        if prose > (max(_PROSE_AFTER, _SMALL_PRINT * before) if bare >= _MENU else _PROSE_AFTER):
            break
    return over


def _ends_article(text: str) -> bool:
    return dates_line(text) or is_copyright(text) or is_byline(text) or _asks_about_page(text)


def is_byline(text: str) -> bool:
    """Return whether a line names the writer and nothing else."""
    start = next((len(word) for word in BYLINES if text[:20].casefold().startswith(word)), 0)
    name = text[start:].split(",", 1)[0].split() if start and len(text) <= 80 and is_bare(text) else []
    return 1 < len(name) <= 6 and all(word[0].isupper() for word in name)


def _names_page(unit: Unit) -> bool:
    """Return whether a short line is about the page itself, neither a heading nor a step of a list."""
    short = is_bare(unit.text) and count_words(unit.text) <= 6 and not unit.level and not unit.marker
    return short and any(name in unit.text.casefold() for name in PAGE_ITSELF)


def _asks_about_page(text: str) -> bool:
    return is_question(text) and len(text) <= 60 and any(name in text.casefold() for name in PAGE_ITSELF)


def _back_over_bare(units: Sequence[Unit], over: int, head: frozenset[str]) -> int:
    """Go back over the short lines before the tail: labels of the date, and runs in which something is furniture."""
    while over > 0 and (labels_review(units[over - 1].text) or _names_page(units[over - 1])):
        over -= 1
    start = over
    while start > 0 and is_bare(units[start - 1].text) and not units[start - 1].level and not units[start - 1].marker:
        start -= 1
    if start == over or (start > 0 and (is_lead_in(units[start - 1].text) or units[start - 1].level)):
        return over
    run = [unit.text for unit in units[start:over]]
    copyright_after = any(is_copyright(unit.text) for unit in units[over:])
    return start if copyright_after or any(_is_sign(text, head) for text in run) else over


def _is_sign(text: str, head: frozenset[str]) -> bool:
    return text.casefold() in head or text.casefold() in FURNITURE or is_phone(text)


def is_copyright(text: str) -> bool:
    """Return whether a line says who owns the page."""
    return len(text) <= 300 and (
        "©" in text or (text.casefold().startswith("copyright ") and any(c.isdigit() for c in text))
    )


def is_phone(text: str) -> bool:
    """Return whether a line is a telephone number and nothing else."""
    return len(text) < 30 and sum(c.isdigit() for c in text) >= 7 and not any(c.isalpha() for c in text)


def find_publisher(units: Sequence[Unit]) -> str | None:
    """Return the owner that a copyright line names; nothing else states a publisher."""
    for unit in units:
        found = _OWNER.search(unit.text[:300]) if is_copyright(unit.text) else None
        if found and found[1][0].isupper():
            return _YEAR_AFTER.sub("", found[1].strip())
    return None
