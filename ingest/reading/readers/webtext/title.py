"""The page's own headline, and with it where the page's head ends and its text begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    content_words,
    count_words,
    is_bare,
    is_closed,
    is_lead_in,
    is_prose_at,
    is_question,
    is_symbols,
    starts_fresh,
)
from pincite.ingestion.reading.readers.webtext.review_date import dates_line
from pincite.ingestion.reading.readers.webtext.word_lists import CONTENTS_LABELS, COOKIE, FURNITURE, NAVIGATION

_HEAD = 80  # lines within which a headline is looked for
_SEPARATORS = (" - ", " | ", " – ", " — ", ": ", " · ", " :: ", " « ", " » ")


@dataclass(frozen=True, slots=True)
class Headline:
    """at: its line number, or -1. The lines before it are the page's head."""

    at: int = -1
    text: str | None = None


def find_headline(lines: Sequence[Line], listed: frozenset[int], levels: frozenset[int]) -> Headline:
    """Find the title: a line repeated just before the first prose, else the best line of the head, else the first."""
    proses = [i for i in range(min(len(lines), _HEAD)) if is_prose_at(lines, i)][:4]
    near = [i for i in range(min(len(lines), _HEAD)) if i not in listed and i not in levels]
    free = [i for i in near if _is_title_like(lines[i]) and not _goes_on(lines, i)]
    later = _later_words(lines)
    for prose in proses:
        at = _said_again(lines, free, prose, first=prose == proses[0])
        if at is not None and _is_said(lines[at].text, _words_of_text(lines)):
            return Headline(at, lines[at].text)
    start = _after_banner(lines, free, proses, later)
    head = [i for i in free if i < start]
    if not head:
        return Headline()
    at = _best_of_head(lines, head, start) if _is_page_head(lines, start) else 0
    return Headline(at, lines[at].text) if at in head and not _is_one_of_many(lines, at, levels) else Headline()


def lines_under_headline(lines: Sequence[Line], headline: Headline, gone: set[int], contents: int) -> list[int]:
    """Find short labels that belong to neither title nor text: between the title and prose that names it,
    next to a date, or right before the contents list. contents: where that list starts, or -1."""
    if headline.text is None:
        return []
    above = _above_contents(lines, headline, contents, gone)
    dated = _above_date(lines, headline.at, gone)
    return sorted({*above, *dated, *_before_naming(lines, headline, gone)})


def _above_contents(lines: Sequence[Line], headline: Headline, contents: int, gone: set[int]) -> list[int]:
    """Find writer, date and place: short lines between the page's first words and its contents list."""
    i = contents
    while i - 1 > headline.at and _is_particular(lines, i - 1):
        i -= 1
    if is_lead_in(lines[i - 1].text) and i - 1 > headline.at:
        return []
    return [k for k in range(i, contents) if k not in gone]


def _is_particular(lines: Sequence[Line], i: int) -> bool:
    line = lines[i]
    if line.marker or count_words(line.text) > 12 or is_prose_at(lines, i):
        return dates_line(line.text)
    return (is_bare(line.text) or count_words(line.text) < 3) and starts_fresh(line.text)


def _before_naming(lines: Sequence[Line], headline: Headline, gone: set[int]) -> list[int]:
    """Labels before prose that names the headline again. Under a bare title they must be a menu: three at least."""
    between: list[int] = []
    if headline.text is None:
        return between
    for i in range(headline.at + 1, min(len(lines), headline.at + 20)):
        if i in gone:
            continue
        if _opens_with(headline.text.casefold(), lines[i : i + 4]):
            return between if headline.at or len(between) > 2 else []
        if count_words(lines[i].text) > 5 or lines[i].marker or is_prose_at(lines, i):
            return []
        between.append(i)
    return []


def _above_date(lines: Sequence[Line], at: int, gone: set[int]) -> list[int]:
    """Find the writer: a line or two between the title and the date of the page."""
    for i in range(at + 1, min(len(lines), at + 4)):
        if dates_line(lines[i].text):
            return [k for k in range(at + 1, i) if k not in gone]
        if not is_bare(lines[i].text) or count_words(lines[i].text) > 8 or is_prose_at(lines, i) or lines[i].marker:
            return []
    return []


def _opens_with(title: str, lines: Sequence[Line]) -> bool:
    """Return whether the text names the title at once, after an article at most."""
    opening = " ".join(line.text[:200] for line in lines).casefold()
    at = opening.find(title, 0, len(title) + 16)
    return at >= 0 and opening != title and not content_words(opening[:at])


def _is_title_like(line: Line) -> bool:
    if line.marker or count_words(line.text) > 20 or len(line.text) > 160 or dates_line(line.text):
        return False
    return (
        is_bare(line.text)
        and starts_fresh(line.text)
        and any(c.isalpha() for c in line.text)
        and line.text[-1] not in ",;"
    )


def _goes_on(lines: Sequence[Line], i: int) -> bool:
    """Return whether the next line needs this one as the start of its sentence."""
    return (
        i + 1 < len(lines) and not lines[i + 1].gap and not lines[i + 1].marker and not starts_fresh(lines[i + 1].text)
    )


def _said_again(lines: Sequence[Line], free: Sequence[int], prose: int, first: bool) -> int | None:
    """Find the last line before the prose that repeats an earlier one, or opens the first line of all."""
    opening = lines[0].text.casefold()
    for at in reversed([i for i in free if 0 < i < prose]):
        key = lines[at].text.casefold()
        opens = any(opening.startswith(key + s) for s in _SEPARATORS)
        earlier = any(line.text.casefold() == key for line in lines[:at])
        plain = first and all(count_words(line.text) <= 6 for line in lines[1:at])
        if (opens or (earlier and (plain or opening == key))) and key not in FURNITURE and key not in CONTENTS_LABELS:
            return at
    return None


def _words_of_text(lines: Sequence[Line]) -> Counter[str]:
    """Count in how many lines long enough to be text each word stands, without labels."""
    return Counter(w for line in lines[:2000] if count_words(line.text) > 3 for w in content_words(line.text))


def _later_words(lines: Sequence[Line]) -> Counter[str]:
    """Count the same in the later half of the page, before what follows its last sentence."""
    end = max((i for i, line in enumerate(lines) if is_closed(line.text)), default=0) + 1
    return Counter(w for line in lines[end // 2 : end][:2000] for w in content_words(line.text))


def _is_said(text: str, said: Counter[str]) -> bool:
    return not (words := content_words(text)) or any(said[w] > 0 for w in words)


def _after_banner(lines: Sequence[Line], free: Sequence[int], proses: Sequence[int], later: Counter[str]) -> int:
    """Return where the page's own text begins: after a line whose words the later half takes up.

    A banner has a title and sentences too, but the page never comes back to them; and the first labels of every site
    ("Menu") stand between it and the page. Without such a sign the first prose counts.
    """
    first = _first_text(lines, proses, later)
    before = 0
    for prose in [i for i in proses if i >= first]:
        apart = before == 0 or any(li.text.casefold() in NAVIGATION for li in lines[first + 1 : prose])
        if apart and any(_returns(lines[i].text, later) for i in free if before <= i < prose):
            return prose
        before = prose
    return first


def _returns(text: str, later: Counter[str]) -> bool:
    """Half of its longer words come back in the later half, one of them more than once."""
    words = [w for w in content_words(text) if len(w) > 3 or len(content_words(text)) == 1]
    return bool(words) and 2 * sum(later[w] > 0 for w in words) >= len(words) and any(later[w] > 1 for w in words)


def _first_text(lines: Sequence[Line], proses: Sequence[int], later: Counter[str]) -> int:
    """Return where prose begins, after any cookie banner; a page about cookies comes back to them."""
    about = any(COOKIE in word for word in later)
    for i in proses:
        if COOKIE not in lines[i].text[:2000].casefold() or about:
            return i
    return min(len(lines), _HEAD)


def _is_page_head(lines: Sequence[Line], start: int) -> bool:
    """Signs that what stands before the text is a page's head: separators, labels of every site, a banner."""
    signs = [
        is_symbols(li.text) or li.text.casefold() in FURNITURE or is_prose_at(lines, i)
        for i, li in enumerate(lines[:start])
    ]
    return any(signs)


def _best_of_head(lines: Sequence[Line], head: Sequence[int], start: int) -> int:
    """Find the last line of the head of whose longer words the text uses half, and one more than once."""
    said = Counter(w for line in lines[start : start + 400] for w in content_words(line.text))
    usable = [i for i in head if lines[i].text.casefold() not in FURNITURE | CONTENTS_LABELS]
    for i in reversed(usable):
        words = content_words(lines[i].text)
        if words and 2 * sum(said[w] > 0 for w in words) >= len(words) and any(said[w] > 1 for w in words):
            return i
    return usable[0] if usable else -1


def _is_one_of_many(lines: Sequence[Line], at: int, levels: frozenset[int]) -> bool:
    """Return whether a line is a heading, not a title: one of a list of questions, or nothing after it."""
    if len(lines) < 2:
        return True
    others = sum(is_question(line.text) for line in lines[at + 1 :])
    return (is_question(lines[at].text) and others > 0 and is_prose_at(lines, at + 1)) or (
        is_closed(lines[at].text) and not is_question(lines[at].text)
    )
