"""The ends of lists that a sentence introduced: items share a shape, and the first unit without it is text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import Unit
from pincite.ingestion.reading.readers.webtext.lines import (
    content_words,
    count_words,
    has_sentence_inside,
    is_bare,
    is_closed,
    is_heading_shaped,
    is_lead_in,
    is_question,
    is_title_case,
    starts_low,
)

_DEFINES = re.compile(r"(?:[^\s.:!?]+ ){0,3}[^\s.:!?]+(?:[.:!?]| [–—-]) ")
_BRACKETED = re.compile(r"(?:[^\s()]+ ){1,3}\(")


def list_end(units: Sequence[Unit], start: int, topic: set[str]) -> int:
    """Return the unit after the last item of a list whose lead-in stands before `start`; `start` if there is none."""
    if start >= len(units) or units[start].level or units[start].marker:
        return start
    if units[start].paired:
        return next((i for i in range(start, len(units)) if not units[i].paired), len(units))
    if is_bare(units[start].text) or units[start].low_list or units[start].serial:
        return _without_headings(units, start, _end_of_bare(units, start), topic)
    return _end_of_alike(units, start)


def _end_of_bare(units: Sequence[Unit], start: int) -> int:
    """Items without closing punctuation; one that closes may stand among them when it is a piece of the list."""
    i = start
    while i < len(units) and not units[i].level and not units[i].marker and _is_item(units, i, start):
        i += 1
    return i


def _is_item(units: Sequence[Unit], i: int, start: int) -> bool:
    unit = units[i]
    if is_lead_in(unit.text) or (units[start].low_list and not starts_low(unit.text)):
        return False
    if is_question(unit.text):
        return is_question(units[start].text)
    if is_bare(unit.text):
        return count_words(unit.text) <= 60 and not is_question(units[start].text)
    return unit.low_list or unit.serial or _is_explained(units, i)


def _is_explained(units: Sequence[Unit], i: int) -> bool:
    """Return whether a short item is a name with a sentence, by the bare items around it."""
    unit = units[i]
    if not {"definition", "name"} <= _features(unit) or count_words(unit.text) > 40:
        return False
    if unit.lines[1].text.startswith((". ", ": ")):  # no paragraph opens with a linked name and a stop
        return True
    after = units[i + 1] if i + 1 < len(units) else None
    return after is not None and not after.level and is_bare(after.text) and not (after.gap and not unit.gap)


def _without_headings(units: Sequence[Unit], start: int, end: int, topic: set[str]) -> int:
    """Take back the last lines of a bare list that stand out from it as headings of the prose after them."""
    if end >= len(units):
        return end
    i = end
    while i - 1 > start and end - i < 2 and stands_out(units, i - 1, units[start : i - 1], topic):
        if i < end and _is_far_shorter(units[i - 1], units[start : i - 1]):
            break  # over another heading, shortness alone tells nothing
        i -= 1
    return i


def stands_out(units: Sequence[Unit], i: int, items: Sequence[Unit], topic: set[str]) -> bool:
    """Return whether a line is unlike the items before it: set apart, a question, title case, or about the topic."""
    unit = units[i]
    if not is_heading_shaped(unit.text) or len(unit.lines) > 1 or not items:
        return False
    if unit.gap and len(items) > 1 and not any(u.gap for u in items[1:]):
        return True
    if is_question(unit.text):
        return not any(is_question(u.text) for u in items)
    if starts_low(items[-1].text):
        return True
    if is_title_case(unit.text) and len(items) > 1:
        return not any(is_title_case(u.text) for u in items)
    if _is_far_shorter(unit, items) or _is_taken_up(unit, units[i + 1] if i + 1 < len(units) else None):
        return True
    names_topic = bool(content_words(unit.text) & topic) and count_words(unit.text) > 1
    return names_topic and len(items) > 1 and not any(content_words(u.text) & topic for u in items)


def _is_far_shorter(unit: Unit, items: Sequence[Unit]) -> bool:
    """Return whether a word or two stand under items that are mostly clauses."""
    lengths = sorted(count_words(u.text) for u in items)
    return count_words(unit.text) < 3 and len(items) > 2 and lengths[len(lengths) // 2] > 4


def _is_taken_up(unit: Unit, after: Unit | None) -> bool:
    """Return whether the prose after a short line says all its words at once: "Symptoms of gout include:"."""
    words = content_words(unit.text)
    if after is None or not words or len(words) > 3 or is_bare(after.text):
        return False
    return words <= content_words(" ".join(after.text[:200].split()[: 3 + len(words)]))


def _end_of_alike(units: Sequence[Unit], start: int) -> int:
    """Whole sentences as items: they go on while they share a feature of the first."""
    shared = _features(units[start])
    if not shared:
        return _end_of_sentences(units, start)
    i = start + 1
    while i < len(units) and _may_continue(units[i]) and shared & _features(units[i]):
        shared &= _features(units[i])
        i += 1
    return i


def _may_continue(unit: Unit) -> bool:
    return not unit.level and not unit.marker and is_closed(unit.text) and not is_question(unit.text)


def _features(unit: Unit) -> set[str]:
    """Return what makes a sentence look like an item: a linked name, a defined term, a bracket after it."""
    text, features = unit.text[:400], set[str]()
    first = unit.lines[0].text
    if len(unit.lines) > 1 and 0 < count_words(first) <= 5 and len(first) > 2 and len(unit.lines) <= 12:
        features.add("name")
    if _DEFINES.match(text) and not starts_low(text):
        features.add("definition")
    if _BRACKETED.match(text):
        features.add("bracket")
    return features


def _end_of_sentences(units: Sequence[Unit], start: int) -> int:
    """Plain sentences, one an item: short and single, two of them at least."""
    i = start
    while (
        i < len(units)
        and _may_continue(units[i])
        and _is_plain(units[i].text)
        and (i == start or not units[i].gap or units[start].gap)
    ):
        i += 1
    return i if i - start > 1 else start


def _is_plain(text: str) -> bool:
    return count_words(text) <= 25 and not has_sentence_inside(text)
