"""The page's footer: what follows the last text, once a sign shows that the page is over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pincite.ingestion.reading.readers.webtext.blocks import TextBlock
from pincite.ingestion.reading.readers.webtext.lines import count_words, is_bare, is_lead_in
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line, is_review_label
from pincite.ingestion.reading.readers.webtext.word_lists import BOILERPLATE_LINES, BYLINE_PREFIXES

_MIN_MENU_LINES = 2
_MAX_PROSE_SHARE = 0.05  # sentences that may stand between the first sign and a menu, of the words before the sign
_TRAILING_YEARS = re.compile(r" \d{4}(?:[-–]\d{4})?$")
_COPYRIGHT_OWNER = re.compile(
    r"(?:©|\([cC]\)|[Cc]opyright\b)(?: ?©| [Cc]opyright\b)?(?: \d{4}(?: ?[-–] ?\d{4})?)?,? "
    r"([^\W\d_a-zß-ÿ][^.,|©]{2,80})"
)


def find_footer(blocks: Sequence[TextBlock], head: frozenset[str], max_words: int) -> int:
    """Return the first block of the footer, or len(blocks).

    head: lines left out above the title, case-folded. max_words: how many words may go at the most.

    Dates, owners and writers are signs where bare lines follow to the end. Before a menu
    there may be sentences, too, a few for a long text. A sign with prose right under it is a heading, unless it is a
    date; and what has a row, a marked item or a known heading after it is text.
    """
    words = [count_words(block.text) for block in blocks]
    before, prose_words, menu_lines, start = sum(words), 0, 0, len(blocks)
    for i in range(len(blocks) - 1, -1, -1):
        block = blocks[i]
        before -= words[i]
        if block.level or block.marker or is_lead_in(block.text) or (block.is_row and not is_date_line(block.text)):
            break
        if _ends_article(block.text):
            heads_prose = (
                i + 1 < len(blocks) and not is_bare(blocks[i + 1].text) and not _ends_article(blocks[i + 1].text)
            )
            if heads_prose and not is_date_line(block.text):
                break
            if prose_words <= _MAX_PROSE_SHARE * before:
                start = i
        elif is_bare(block.text):
            menu_lines += prose_words == 0
        else:
            prose_words += words[i]
            if menu_lines < _MIN_MENU_LINES or prose_words > _MAX_PROSE_SHARE * before:
                break
    start = _back_over_labels(blocks, start, head)
    return start if sum(words[start:]) <= max_words else len(blocks)


def _ends_article(text: str) -> bool:
    return is_date_line(text) or is_copyright_line(text) or is_byline(text)


def is_byline(text: str) -> bool:
    """Return whether a line names the writer and nothing else."""
    start = next((len(word) for word in BYLINE_PREFIXES if text[:20].casefold().startswith(word)), 0)
    name = text[start:].split(",", 1)[0].split() if start and len(text) <= 80 and is_bare(text) else []
    return 1 < len(name) <= 6 and all(word[0].isupper() for word in name)


def _back_over_labels(blocks: Sequence[TextBlock], start: int, head: frozenset[str]) -> int:
    """Go back over labels of a date, and over short lines before the footer of which one also stood in the head."""
    while 0 < start < len(blocks) and is_review_label(blocks[start - 1].text):
        start -= 1
    run = start
    while run > 0 and is_bare(blocks[run - 1].text) and not blocks[run - 1].level and not blocks[run - 1].marker:
        run -= 1
    introduced = run > 0 and (is_lead_in(blocks[run - 1].text) or blocks[run - 1].level)
    known = any(block.text.casefold() in head | BOILERPLATE_LINES for block in blocks[run:start])
    return run if known and not introduced else start


def is_copyright_line(text: str) -> bool:
    """Return whether a line says who owns the page, and is no sentence on anything else."""
    return len(text) <= 300 and _COPYRIGHT_OWNER.match(text) is not None


def find_publisher(texts: Iterable[str]) -> str | None:
    """Return the owner that a copyright line names; nothing else states a publisher."""
    for text in texts:
        owner = _COPYRIGHT_OWNER.match(text[:300])
        if owner:
            return _TRAILING_YEARS.sub("", owner[1].strip())
    return None
