"""The page's own headline, and with it where the page's head ends and its text begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    count_words,
    ends_sentence,
    is_bare,
    is_lead_in,
    is_prose_at,
    is_question,
    is_symbols_only,
    may_start_block,
    topic_words,
)
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line
from pincite.ingestion.reading.readers.webtext.word_lists import (
    BOILERPLATE_LINES,
    CONTENTS_LABELS,
    COOKIE_WORD,
    NAVIGATION_LINES,
)

_TITLE_SEARCH_LINES = 80  # lines within which a headline is looked for
_TITLE_SEPARATORS = (" - ", " | ", " – ", " — ", ": ", " · ", " :: ", " « ", " » ")


@dataclass(frozen=True, slots=True)
class PageTitle:
    """at: its line number, or -1. The lines before it are the page's head."""

    line_number: int = -1
    text: str | None = None


def find_title(lines: Sequence[Line], contents_lines: frozenset[int], levels: frozenset[int]) -> PageTitle:
    """Find the title: a line repeated just before the first prose, else the best line of the head, else the first."""
    prose_starts = [i for i in range(min(len(lines), _TITLE_SEARCH_LINES)) if is_prose_at(lines, i)][:4]
    near = [i for i in range(min(len(lines), _TITLE_SEARCH_LINES)) if i not in contents_lines and i not in levels]
    title_candidates = [i for i in near if _is_title_like(lines[i]) and not _continues_below(lines, i)]
    later_counts = _later_word_counts(lines)
    for prose in prose_starts:
        title_line = _repeated_title(lines, title_candidates, prose, first=prose == prose_starts[0])
        if title_line is not None and _occurs_in(lines[title_line].text, _text_word_counts(lines)):
            return PageTitle(title_line, lines[title_line].text)
    start = _text_start(lines, title_candidates, prose_starts, later_counts)
    head = [i for i in title_candidates if i < start]
    if not head:
        return PageTitle()
    title_line = _best_title_in_head(lines, head, start) if _is_page_head(lines, start) else 0
    return (
        PageTitle(title_line, lines[title_line].text)
        if title_line in head and not _is_one_of_many(lines, title_line, levels)
        else PageTitle()
    )


def labels_under_title(lines: Sequence[Line], title: PageTitle, dropped: set[int], contents: int) -> list[int]:
    """Find short labels that belong to neither title nor text: between the title and prose that names it,
    next to a date, or right before the contents list. contents: where that list starts, or -1."""
    if title.text is None:
        return []
    above = _labels_above_contents(lines, title, contents, dropped)
    dated = _labels_above_date(lines, title.line_number, dropped)
    return sorted({*above, *dated, *_labels_before_naming(lines, title, dropped)})


def _labels_above_contents(lines: Sequence[Line], title: PageTitle, contents: int, dropped: set[int]) -> list[int]:
    """Find writer, date and place: short lines between the page's first words and its contents list."""
    i = contents
    while i - 1 > title.line_number and _is_label_line(lines, i - 1):
        i -= 1
    if is_lead_in(lines[i - 1].text) and i - 1 > title.line_number:
        return []
    return [k for k in range(i, contents) if k not in dropped]


def _is_label_line(lines: Sequence[Line], i: int) -> bool:
    line = lines[i]
    if line.marker or count_words(line.text) > 12 or is_prose_at(lines, i):
        return is_date_line(line.text)
    return (is_bare(line.text) or count_words(line.text) < 3) and may_start_block(line.text)


def _labels_before_naming(lines: Sequence[Line], title: PageTitle, dropped: set[int]) -> list[int]:
    """Labels before prose that names the headline again. Under a bare title they must be a menu: three at least."""
    between: list[int] = []
    if title.text is None:
        return between
    for i in range(title.line_number + 1, min(len(lines), title.line_number + 20)):
        if i in dropped:
            continue
        if _opens_with(title.text.casefold(), lines[i : i + 4]):
            return between if title.line_number or len(between) > 2 else []
        if count_words(lines[i].text) > 5 or lines[i].marker or is_prose_at(lines, i):
            return []
        between.append(i)
    return []


def _labels_above_date(lines: Sequence[Line], title_line: int, dropped: set[int]) -> list[int]:
    """Find the writer: a line or two between the title and the date of the page."""
    for i in range(title_line + 1, min(len(lines), title_line + 4)):
        if is_date_line(lines[i].text):
            return [k for k in range(title_line + 1, i) if k not in dropped]
        if not is_bare(lines[i].text) or count_words(lines[i].text) > 8 or is_prose_at(lines, i) or lines[i].marker:
            return []
    return []


def _opens_with(title: str, lines: Sequence[Line]) -> bool:
    """Return whether the text names the title at once, after an article at most."""
    opening = " ".join(line.text[:200] for line in lines).casefold()
    at = opening.find(title, 0, len(title) + 16)
    return at >= 0 and opening != title and not topic_words(opening[:at])


def _is_title_like(line: Line) -> bool:
    if line.marker or count_words(line.text) > 20 or len(line.text) > 160 or is_date_line(line.text):
        return False
    return (
        is_bare(line.text)
        and may_start_block(line.text)
        and any(c.isalpha() for c in line.text)
        and line.text[-1] not in ",;"
    )


def _continues_below(lines: Sequence[Line], i: int) -> bool:
    """Return whether the next line needs this one as the start of its sentence."""
    return (
        i + 1 < len(lines)
        and not lines[i + 1].blank_before
        and not lines[i + 1].marker
        and not may_start_block(lines[i + 1].text)
    )


def _repeated_title(lines: Sequence[Line], title_candidates: Sequence[int], prose: int, first: bool) -> int | None:
    """Find the last line before the prose that repeats an earlier one, or opens the first line of all."""
    opening = lines[0].text.casefold()
    for line_number in reversed([i for i in title_candidates if 0 < i < prose]):
        key = lines[line_number].text.casefold()
        opens = any(opening.startswith(key + s) for s in _TITLE_SEPARATORS)
        earlier = any(line.text.casefold() == key for line in lines[:line_number])
        plain = first and all(count_words(line.text) <= 6 for line in lines[1:line_number])
        if (
            (opens or (earlier and (plain or opening == key)))
            and key not in BOILERPLATE_LINES
            and key not in CONTENTS_LABELS
        ):
            return line_number
    return None


def _text_word_counts(lines: Sequence[Line]) -> Counter[str]:
    """Count in how many lines long enough to be text each word stands, without labels."""
    return Counter(w for line in lines[:2000] if count_words(line.text) > 3 for w in topic_words(line.text))


def _later_word_counts(lines: Sequence[Line]) -> Counter[str]:
    """Count the same in the later half of the page, before what follows its last sentence."""
    end = max((i for i, line in enumerate(lines) if ends_sentence(line.text)), default=0) + 1
    return Counter(w for line in lines[end // 2 : end][:2000] for w in topic_words(line.text))


def _occurs_in(text: str, word_counts: Counter[str]) -> bool:
    return not (words := topic_words(text)) or any(word_counts[w] > 0 for w in words)


def _text_start(
    lines: Sequence[Line], title_candidates: Sequence[int], prose_starts: Sequence[int], later_counts: Counter[str]
) -> int:
    """Return where the page's own text begins: after a line whose words the later half takes up.

    A banner has a title and sentences too, but the page never comes back to them; and the first labels of every site
    ("Menu") stand between it and the page. Without such a sign the first prose counts.
    """
    first = _first_prose(lines, prose_starts, later_counts)
    previous_prose = 0
    for prose in [i for i in prose_starts if i >= first]:
        apart = previous_prose == 0 or any(li.text.casefold() in NAVIGATION_LINES for li in lines[first + 1 : prose])
        if apart and any(
            _recurs_later(lines[i].text, later_counts) for i in title_candidates if previous_prose <= i < prose
        ):
            return prose
        previous_prose = prose
    return first


def _recurs_later(text: str, later_counts: Counter[str]) -> bool:
    """Half of its longer words come back in the later half, one of them more than once."""
    words = [w for w in topic_words(text) if len(w) > 3 or len(topic_words(text)) == 1]
    return (
        bool(words)
        and 2 * sum(later_counts[w] > 0 for w in words) >= len(words)
        and any(later_counts[w] > 1 for w in words)
    )


def _first_prose(lines: Sequence[Line], prose_starts: Sequence[int], later_counts: Counter[str]) -> int:
    """Return where prose begins, after any cookie banner; a page about cookies comes back to them."""
    about = any(COOKIE_WORD in word for word in later_counts)
    for i in prose_starts:
        if COOKIE_WORD not in lines[i].text[:2000].casefold() or about:
            return i
    return min(len(lines), _TITLE_SEARCH_LINES)


def _is_page_head(lines: Sequence[Line], start: int) -> bool:
    """Signs that what stands before the text is a page's head: separators, labels of every site, a banner."""
    signs = [
        is_symbols_only(li.text) or li.text.casefold() in BOILERPLATE_LINES or is_prose_at(lines, i)
        for i, li in enumerate(lines[:start])
    ]
    return any(signs)


def _best_title_in_head(lines: Sequence[Line], head: Sequence[int], start: int) -> int:
    """Find the last line of the head of whose longer words the text uses half, and one more than once."""
    word_counts = Counter(w for line in lines[start : start + 400] for w in topic_words(line.text))
    usable = [i for i in head if lines[i].text.casefold() not in BOILERPLATE_LINES | CONTENTS_LABELS]
    for i in reversed(usable):
        words = topic_words(lines[i].text)
        if (
            words
            and 2 * sum(word_counts[w] > 0 for w in words) >= len(words)
            and any(word_counts[w] > 1 for w in words)
        ):
            return i
    return usable[0] if usable else -1


def _is_one_of_many(lines: Sequence[Line], title_line: int, levels: frozenset[int]) -> bool:
    """Return whether a line is a heading, not a title: one of a list of questions, or nothing after it."""
    if len(lines) < 2:
        return True
    others = sum(is_question(line.text) for line in lines[title_line + 1 :])
    return (is_question(lines[title_line].text) and others > 0 and is_prose_at(lines, title_line + 1)) or (
        ends_sentence(lines[title_line].text) and not is_question(lines[title_line].text)
    )
