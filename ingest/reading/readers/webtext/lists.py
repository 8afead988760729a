"""The ends of lists that a sentence introduced: items share a shape, and the first unit without it is text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import TextBlock
from pincite.ingestion.reading.readers.webtext.lines import (
    count_words,
    ends_sentence,
    has_sentence_inside,
    is_bare,
    is_heading_shaped,
    is_lead_in,
    is_question,
    is_title_case,
    starts_lowercase,
    topic_words,
)

_DEFINITION = re.compile(r"(?:[^\s.:!?]+ ){0,3}[^\s.:!?]+(?:[.:!?]| [–—-]) ")
_BRACKETED = re.compile(r"(?:[^\s()]+ ){1,3}\(")


def list_end(blocks: Sequence[TextBlock], start: int, topic: set[str]) -> int:
    """Return the unit after the last item of a list whose lead-in stands before `start`; `start` if there is none."""
    if start >= len(blocks) or blocks[start].level or blocks[start].marker:
        return start
    if is_bare(blocks[start].text) or blocks[start].in_lowercase_list or blocks[start].in_comma_list:
        return _end_before_headings(blocks, start, _end_of_bare(blocks, start), topic)
    return _end_of_similar(blocks, start)


def _end_of_bare(blocks: Sequence[TextBlock], start: int) -> int:
    """Items without closing punctuation; one that closes may stand among them when it is a piece of the list."""
    i = start
    while i < len(blocks) and not blocks[i].level and not blocks[i].marker and _is_item(blocks, i, start):
        i += 1
    return i


def _is_item(blocks: Sequence[TextBlock], i: int, start: int) -> bool:
    block = blocks[i]
    if is_lead_in(block.text) or (blocks[start].in_lowercase_list and not starts_lowercase(block.text)):
        return False
    if is_question(block.text):
        return is_question(blocks[start].text)
    if is_bare(block.text):
        return count_words(block.text) <= 60 and not is_question(blocks[start].text)
    return block.in_lowercase_list or block.in_comma_list or _is_explained(blocks, i)


def _is_explained(blocks: Sequence[TextBlock], i: int) -> bool:
    """Return whether a short item is a name with a sentence, by the bare items around it."""
    block = blocks[i]
    if not {"definition", "name"} <= _features(block) or count_words(block.text) > 40:
        return False
    if block.lines[1].text.startswith((". ", ": ")):  # no paragraph opens with a linked name and a stop
        return True
    after = blocks[i + 1] if i + 1 < len(blocks) else None
    return (
        after is not None
        and not after.level
        and is_bare(after.text)
        and not (after.blank_before and not block.blank_before)
    )


def _end_before_headings(blocks: Sequence[TextBlock], start: int, end: int, topic: set[str]) -> int:
    """Take back the last lines of a bare list that stand out from it as headings of the prose after them."""
    if end >= len(blocks):
        return end
    i = end
    while i - 1 > start and end - i < 2 and stands_out(blocks, i - 1, blocks[start : i - 1], topic):
        i -= 1
    return i


def stands_out(blocks: Sequence[TextBlock], i: int, items: Sequence[TextBlock], topic: set[str]) -> bool:
    """Return whether a line is unlike the items before it: set apart, a question, title case, or about the topic."""
    block = blocks[i]
    if not is_heading_shaped(block.text) or len(block.lines) > 1 or not items:
        return False
    if block.blank_before and len(items) > 1 and not any(u.blank_before for u in items[1:]):
        return True
    if is_question(block.text):
        return not any(is_question(u.text) for u in items)
    if starts_lowercase(items[-1].text):
        return True
    if is_title_case(block.text) and len(items) > 1:
        return not any(is_title_case(u.text) for u in items)
    if _is_taken_up(block, blocks[i + 1] if i + 1 < len(blocks) else None):
        return True
    names_topic = bool(topic_words(block.text) & topic) and count_words(block.text) > 1
    return names_topic and len(items) > 1 and not any(topic_words(u.text) & topic for u in items)


def _is_taken_up(block: TextBlock, after: TextBlock | None) -> bool:
    """Return whether the prose after a short line says all its words at once: "Symptoms of gout include:"."""
    words = topic_words(block.text)
    if after is None or not words or len(words) > 3 or is_bare(after.text):
        return False
    return words <= topic_words(" ".join(after.text[:200].split()[: 3 + len(words)]))


def _end_of_similar(blocks: Sequence[TextBlock], start: int) -> int:
    """Whole sentences as items: they go on while they share a feature of the first."""
    shared = _features(blocks[start])
    if not shared:
        return _end_of_sentences(blocks, start)
    i = start + 1
    while i < len(blocks) and _may_continue(blocks[i]) and shared & _features(blocks[i]):
        shared &= _features(blocks[i])
        i += 1
    return i


def _may_continue(block: TextBlock) -> bool:
    return not block.level and not block.marker and ends_sentence(block.text) and not is_question(block.text)


def _features(block: TextBlock) -> set[str]:
    """Return what makes a sentence look like an item: a linked name, a defined term, a bracket after it."""
    text, features = block.text[:400], set[str]()
    first = block.lines[0].text
    if len(block.lines) > 1 and 0 < count_words(first) <= 5 and len(first) > 2 and len(block.lines) <= 12:
        features.add("name")
    if _DEFINITION.match(text) and not starts_lowercase(text):
        features.add("definition")
    if _BRACKETED.match(text):
        features.add("bracket")
    return features


def _end_of_sentences(blocks: Sequence[TextBlock], start: int) -> int:
    """Plain sentences, one an item: short and single, two of them at least."""
    i = start
    while (
        i < len(blocks)
        and _may_continue(blocks[i])
        and _is_plain(blocks[i].text)
        and (i == start or not blocks[i].blank_before or blocks[start].blank_before)
    ):
        i += 1
    return i if i - start > 1 else start


def _is_plain(text: str) -> bool:
    return count_words(text) <= 25 and not has_sentence_inside(text)
