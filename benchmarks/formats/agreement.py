"""Agreement of two readings of one article, word by word: section, passage and kind of part."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pincite.index.types import Document
from pincite.ingestion.chunking.passages import split_document

_WORD = re.compile(r"\w+")


class PlacedWord(NamedTuple):
    word: str
    path: tuple[str, ...]
    passage: str  # its anchor
    kind: str


def placed_words(document: Document, passage_words: int) -> Iterator[PlacedWord]:
    """Yield the words of a document in order; that of no passage has an empty anchor."""
    passages = iter(split_document(document, passage_words))
    passage = next(passages, None)
    sections, blocks = iter(document.sections), iter(document.blocks)
    section, block = next(sections), next(blocks)
    for match in _WORD.finditer(document.text):
        while match.start() >= section.end:
            section = next(sections)
        while match.start() >= block.end:
            block = next(blocks)
        while passage is not None and match.start() >= passage.end:
            passage = next(passages, None)
        is_within = passage is not None and passage.start <= match.start()
        yield PlacedWord(match[0], section.path, passage.anchor if is_within and passage else "", block.kind)


def agreement(expected: list[PlacedWord], found: list[PlacedWord]) -> Counter[str]:
    """Count the expected words: all, those found in order, and of these those in the same section, passage and kind."""
    counts = Counter({"words": len(expected), "words found": len(found)})
    matcher = difflib.SequenceMatcher(None, [w.word for w in expected], [w.word for w in found], autojunk=False)
    for operation, start, end, other, _ in matcher.get_opcodes():
        if operation != "equal":
            continue
        for one, two in zip(expected[start:end], found[other : other + end - start], strict=True):
            same_section = one.path == two.path
            counts["in order"] += 1
            counts["same section"] += same_section
            counts["same passage"] += same_section and one.passage == two.passage
            counts["same kind"] += one.kind == two.kind
    return counts
