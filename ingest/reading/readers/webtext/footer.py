"""The page's tail: what follows the last prose, once a sign shows that the text is over."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import TextBlock
from pincite.ingestion.reading.readers.webtext.lines import count_words, is_bare, is_lead_in, is_question
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line, is_lone_date, is_review_label
from pincite.ingestion.reading.readers.webtext.word_lists import BOILERPLATE_LINES, BYLINE_PREFIXES, PAGE_REFERENCES

_MAX_PROSE_WORDS = 40  # words of sentences that may still stand after the end sign; more is text
_MAX_PROSE_SHARE = 0.2  # or this share of the words before it, where the lines of a menu stand there too
_MIN_MENU_LINES = 3
_TRAILING_YEARS = re.compile(r" \d{4}(?:[-–]\d{4})?$")
_COPYRIGHT_OWNER = re.compile(
    r"(?:©|\([cC]\)|[Cc]opyright)(?: ?©| [Cc]opyright)?(?: \d{4}(?: ?[-–] ?\d{4})?)?,? ([^.,|©]{3,80})"
)


def find_footer(blocks: Sequence[TextBlock], head: frozenset[str]) -> int:
    """Return the first unit of the footer, or len(units). head: lines left out above the title, case-folded."""
    footer_start = _first_end_sign(blocks)
    return _back_over_bare(blocks, footer_start, head)


def _first_end_sign(blocks: Sequence[TextBlock]) -> int:
    """Find a review date, owner, writer or question about the page in the last part, with little prose after it."""
    before = sum(count_words(unit.text) for unit in blocks)
    footer_start, prose_words, bare_lines = len(blocks), 0, 0
    for i in range(len(blocks) - 1, -1, -1):
        block = blocks[i]
        if block.level or block.marker:
            break
        if _ends_article(block.text) or (
            bare_lines >= _MIN_MENU_LINES and prose_words < _MIN_MENU_LINES and is_lone_date(block.text)
        ):
            footer_start = i
            continue
        before -= count_words(block.text)
        bare_lines += is_bare(block.text)
        prose_words += 0 if is_bare(block.text) else count_words(block.text)
        if prose_words > (
            max(_MAX_PROSE_WORDS, _MAX_PROSE_SHARE * before) if bare_lines >= _MIN_MENU_LINES else _MAX_PROSE_WORDS
        ):
            break
    return footer_start


def _ends_article(text: str) -> bool:
    return is_date_line(text) or is_copyright_line(text) or is_byline(text) or _asks_about_page(text)


def is_byline(text: str) -> bool:
    """Return whether a line names the writer and nothing else."""
    start = next((len(word) for word in BYLINE_PREFIXES if text[:20].casefold().startswith(word)), 0)
    name = text[start:].split(",", 1)[0].split() if start and len(text) <= 80 and is_bare(text) else []
    return 1 < len(name) <= 6 and all(word[0].isupper() for word in name)


def _names_page(block: TextBlock) -> bool:
    """Return whether a short line is about the page itself, neither a heading nor a step of a list."""
    short = is_bare(block.text) and count_words(block.text) <= 6 and not block.level and not block.marker
    return short and any(name in block.text.casefold() for name in PAGE_REFERENCES)


def _asks_about_page(text: str) -> bool:
    return is_question(text) and len(text) <= 60 and any(name in text.casefold() for name in PAGE_REFERENCES)


def _back_over_bare(blocks: Sequence[TextBlock], footer_start: int, head: frozenset[str]) -> int:
    """Go back over the short lines before the tail: labels of the date, and runs in which something is furniture."""
    while footer_start > 0 and (
        is_review_label(blocks[footer_start - 1].text) or _names_page(blocks[footer_start - 1])
    ):
        footer_start -= 1
    start = footer_start
    while (
        start > 0 and is_bare(blocks[start - 1].text) and not blocks[start - 1].level and not blocks[start - 1].marker
    ):
        start -= 1
    if start == footer_start or (start > 0 and (is_lead_in(blocks[start - 1].text) or blocks[start - 1].level)):
        return footer_start
    run = [block.text for block in blocks[start:footer_start]]
    copyright_after = any(is_copyright_line(unit.text) for unit in blocks[footer_start:])
    return start if copyright_after or any(_is_footer_sign(text, head) for text in run) else footer_start


def _is_footer_sign(text: str, head: frozenset[str]) -> bool:
    return text.casefold() in head or text.casefold() in BOILERPLATE_LINES or is_phone_number(text)


def is_copyright_line(text: str) -> bool:
    """Return whether a line says who owns the page."""
    return len(text) <= 300 and (
        "©" in text or (text.casefold().startswith("copyright ") and any(c.isdigit() for c in text))
    )


def is_phone_number(text: str) -> bool:
    """Return whether a line is a telephone number and nothing else."""
    return len(text) < 30 and sum(c.isdigit() for c in text) >= 7 and not any(c.isalpha() for c in text)


def find_publisher(blocks: Sequence[TextBlock]) -> str | None:
    """Return the owner that a copyright line names; nothing else states a publisher."""
    for block in blocks:
        owner = _COPYRIGHT_OWNER.search(block.text[:300]) if is_copyright_line(block.text) else None
        if owner and owner[1][0].isupper():
            return _TRAILING_YEARS.sub("", owner[1].strip())
    return None
