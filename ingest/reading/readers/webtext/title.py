"""The page's own headline, and with it where the page's head ends and its text begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pincite.ingestion.reading.readers.webtext.figures import is_figures_row, is_value
from pincite.ingestion.reading.readers.webtext.footer import is_byline
from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    count_words,
    ends_sentence,
    has_sentence_inside,
    is_bare,
    is_lead_in,
    is_prose_at,
    is_question,
    is_symbols_only,
    may_start_block,
    starts_lowercase,
    strip_edit_link,
    topic_words,
)
from pincite.ingestion.reading.readers.webtext.review_date import find_date, is_date_line
from pincite.ingestion.reading.readers.webtext.word_lists import (
    BANNER_WORDS,
    BOILERPLATE_LINES,
    CONTENTS_LABELS,
    MENU_LINES,
    NAVIGATION_LINES,
)

_TITLE_SEARCH_LINES = 600  # lines within which a headline is looked for
_MAX_PLAIN_LINES = 12  # a headline further down has a menu before it
_BANNER_LINES = 40  # lines within which the first labels of navigation stand
_MAX_TEXT_LINES = 2000  # lines whose words are counted
_MIN_SCORE = 2  # lines that use a word of a headline, counted for each of its words
_STEM_LETTERS = 5  # letters that "price" and "prices" share
_TITLE_SEPARATORS = (" - ", " | ", " – ", " — ", ": ", " · ", " :: ", " « ", " » ")


@dataclass(frozen=True, slots=True)
class PageTitle:
    """line_number: -1 if there is none. The lines before it are the page's head."""

    line_number: int = -1
    text: str | None = None


def find_title(lines: Sequence[Line], contents_lines: frozenset[int], levels: frozenset[int]) -> PageTitle:
    """Find the title among the short lines before the first text: one said again there, else the one that fits best.

    Without signs of a menu the first line is the title, unless the text uses its words never and another's often.
    """
    banner = _banner_end(lines)
    near = range(banner, min(len(lines), banner + _TITLE_SEARCH_LINES))
    text_start = next((i for i in near if _is_text_at(lines, i)), near.stop)
    menu_end = _menu_end(lines, range(banner, text_start))
    head = range(banner, min(text_start + 1, len(lines)))
    candidates = [i for i in head if i not in contents_lines and i not in levels and _is_title_like(lines, i)]
    if not candidates or len(lines) < 2:
        return PageTitle()
    text = range(text_start, min(len(lines), text_start + _MAX_TEXT_LINES))
    used = _stem_counts(lines[i] for i in text if _is_long_or_heads(lines, i))
    scores = {i: sum(min(used[stem], 3) for stem in _stems(lines[i].text)) for i in candidates}
    best = _repeated_title(lines, candidates, scores)
    if best is None:
        best = _best_candidate(lines, candidates, scores, menu_end)
    return PageTitle(best, lines[best].text)


def _best_candidate(lines: Sequence[Line], candidates: Sequence[int], scores: dict[int, int], menu_end: int) -> int:
    """Return the candidate whose words the text uses most, the last of equals; else the first one after the menu.

    A list or figures under a candidate that the text takes up are text, and so is what stands below them.
    """
    used = [i for i in candidates if i >= menu_end and 2 * scores[i] >= max(scores.values()) > 0]
    facts = range(used[0], candidates[-1]) if used else ()
    limit = next((i for i in facts if lines[i].marker or _is_figure(lines[i].text)), len(lines))
    best = max((i for i in candidates if i < limit), key=lambda i: (scores[i], i))
    first = next((i for i in candidates if i >= menu_end), candidates[-1])
    has_menu = menu_end > 0 or candidates[-1] > _MAX_PLAIN_LINES
    far_better = candidates.index(best) > 1 and scores[best] > 3 * scores[first]
    return best if scores[best] >= _MIN_SCORE and (has_menu or far_better) else first


def _is_long_or_heads(lines: Sequence[Line], i: int) -> bool:
    """Return whether a line is text, a piece of it, or a heading over it, rather than one of a menu."""
    text = lines[i].text
    return count_words(text) > 3 or starts_lowercase(text) or (i + 1 < len(lines) and is_prose_at(lines, i + 1))


def _is_text_at(lines: Sequence[Line], i: int) -> bool:
    """Return whether text begins here: a sentence, a lead-in or a row of cells."""
    text = lines[i].text
    whole = ends_sentence(text) and not is_question(text)
    if lines[i].is_row or (is_lead_in(text) and count_words(text) > 3):
        return True
    return is_prose_at(lines, i) and (whole or _goes_on(lines, i)) and not is_date_line(text)


def _is_figure(text: str) -> bool:
    """Return whether a line is an hour, a price or the like; a number alone may count entries of a contents list."""
    return (is_value(text) and len(text) > 3 and not is_symbols_only(text)) or is_figures_row(text)


def _goes_on(lines: Sequence[Line], i: int) -> bool:
    """Return whether the next line needs this one as the start of its sentence."""
    after = lines[i + 1] if i + 1 < len(lines) else None
    free = after is None or after.blank_before or after.marker or may_start_block(after.text) or is_byline(after.text)
    return not free


def _has_sentences(text: str) -> bool:
    return has_sentence_inside(text) and not text.endswith("?")


def _banner_end(lines: Sequence[Line]) -> int:
    """Return the line after a banner and its buttons; 0 if there is none.

    A banner is what stands before the first labels of navigation, or speaks of cookies on a page that does not.
    """
    near = range(min(len(lines), _BANNER_LINES))
    menu = next((i for i in near if all(line.text.casefold() in NAVIGATION_LINES for line in lines[i : i + 2])), 0)
    text = [i for i in range(len(lines)) if is_prose_at(lines, i)]
    named = [i for i in text if _names_banner(lines[i].text)]
    spoken = next((i for i in reversed(text[:4]) if i in named), -1) if len(named) <= 3 else -1
    end = max(menu, spoken + 1 if text[:1] == named[:1] else 0)
    while 0 < end < len(lines) and _is_button(lines[end].text):
        end += 1
    before = sum(count_words(lines[i].text) for i in text if i < end)
    return end if 0 < 2 * before < sum(count_words(lines[i].text) for i in text if i >= end) else 0


def _names_banner(text: str) -> bool:
    return any(word in text[:2000].casefold() for word in BANNER_WORDS)


def _is_button(text: str) -> bool:
    return count_words(text) <= 4 and (_names_banner(text) or text.casefold() in BOILERPLATE_LINES)


def _is_title_like(lines: Sequence[Line], i: int) -> bool:
    """Return whether a line may be a headline: short, with words of its own, and not the start of a sentence."""
    line = lines[i]
    after = lines[i + 1] if i + 1 < len(lines) else None
    if line.marker or line.is_row or count_words(line.text) > 25 or len(line.text) > 200 or _goes_on(lines, i):
        return False
    names_value = i > 0 and after is not None and is_value(after.text)
    known = (
        names_value
        or line.text.casefold() in BOILERPLATE_LINES | CONTENTS_LABELS | MENU_LINES
        or is_date_line(line.text)
    )
    figures = is_value(line.text) or (i > 0 and (is_figures_row(line.text) or find_date(line.text) is not None))
    whole = (not _has_sentences(line.text) and is_bare(line.text)) or line.text.endswith("?")
    return (
        whole
        and line.text[-1] not in ",;"
        and may_start_block(line.text)
        and bool(topic_words(line.text))
        and not known
        and not figures
    )


def _menu_end(lines: Sequence[Line], head: range) -> int:
    """Return the line after the last sign of a menu, 0 for none: a banner, a separator, a label of every site."""
    labels = BOILERPLATE_LINES | MENU_LINES
    signs = [i for i in head if is_symbols_only(lines[i].text) or lines[i].text.casefold() in labels]
    return max(signs, default=head.start - 1) + 1


def _stems(text: str) -> set[str]:
    return {word.rstrip("s")[:_STEM_LETTERS] for word in topic_words(strip_edit_link(text))}


def _stem_counts(lines: Iterable[Line]) -> Counter[str]:
    """Count in how many lines each word stands, words that begin alike as one."""
    return Counter(stem for line in lines for stem in _stems(line.text))


def _repeated_title(lines: Sequence[Line], candidates: Sequence[int], scores: dict[int, int]) -> int | None:
    """Find the last candidate that repeats an earlier line, or opens the first line of all, and that the text uses."""
    opening = lines[0].text.casefold()
    least = max(scores.values()) / 2
    seen: set[str] = set()
    repeated = None
    for i in range(candidates[-1] + 1):
        key = lines[i].text.casefold()
        if (
            i in scores
            and scores[i] >= max(least, 1)
            and (key in seen or (i > 0 and opening.startswith(tuple(key + s for s in _TITLE_SEPARATORS))))
        ):
            repeated = i
        seen.add(key)
    return repeated


def labels_under_title(lines: Sequence[Line], title: PageTitle, dropped: set[int]) -> list[int]:
    """Find short labels that belong to neither title nor text: before prose that names the title, or above a date."""
    if title.text is None:
        return []
    dated = _labels_above_date(lines, title.line_number, dropped)
    return sorted({*dated, *_labels_before_naming(lines, title, dropped)})


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
        if count_words(lines[i].text) > 5 or lines[i].marker or is_prose_at(lines, i) or _is_figure(lines[i].text):
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
