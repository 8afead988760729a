"""Weight of an element: how much of it is prose, and how much links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pincite.ingestion.reading.readers.html_parts import BLOCKS, HEADINGS
from pincite.ingestion.reading.readers.webpage.tree import Element

_MIN_PROSE_WORDS = 10  # of a block that counts as prose without the end of a sentence
_MIN_SENTENCE_WORDS = 4
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟", '."', ".”", "?”", "!”", ".)", ":")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(slots=True)
class Weight:
    """Words of an element and all within it."""

    words: int = 0
    link_words: int = 0
    prose: int = 0  # words outside of links, in blocks that hold sentences
    links: int = 0
    quotes: int = 0

    @property
    def link_share(self) -> float:
        """The part of the words that are links."""
        return self.link_words / self.words if self.words else 0.0


def weigh(root: Element) -> dict[int, Weight]:
    """Return the weight of each element, by its identity."""
    order = [*root.walk()]
    in_link: set[int] = set()
    for element in order:
        if element.tag == "a" or (element.parent is not None and id(element.parent) in in_link):
            in_link.add(id(element))
    weights: dict[int, Weight] = {}
    for element in reversed(order):
        words = sum(count_words(child) for child in element.children if isinstance(child, str))
        weight = weights[id(element)] = Weight(words, words if id(element) in in_link else 0)
        for child in element.elements:
            inner = weights[id(child)]
            weight.words += inner.words
            weight.link_words += inner.link_words
            weight.prose += inner.prose
            weight.links += inner.links
            weight.quotes += inner.quotes
        weight.links += element.tag == "a"
        weight.quotes += element.tag == "blockquote"
        if element.tag in BLOCKS:
            weight.prose += own_prose(element, weights)
    return weights


def count_words(text: str) -> int:
    """Return how many words a text has; two letters of a script without spaces count as one."""
    words = len(text.split())
    return words if text.isascii() else words + len(_UNSPACED.findall(text)) // 2


def own_prose(element: Element, weights: dict[int, Weight]) -> int:
    """Return the words of prose that stand right in a block, not in a block within it."""
    if element.tag in HEADINGS:
        return 0
    total = 0
    for run in _inline_runs(element):
        inner = [weights[id(child)] for child in run if isinstance(child, Element)]
        words = sum(count_words(child) for child in run if isinstance(child, str))
        words += sum(weight.words - weight.link_words for weight in inner)
        if words >= _MIN_PROSE_WORDS or (words >= _MIN_SENTENCE_WORDS and _end(run).endswith(_SENTENCE_ENDS)):
            total += words
    return total


def _inline_runs(element: Element) -> Iterator[list[Element | str]]:
    """Yield what stands between the blocks within an element."""
    run: list[Element | str] = []
    for child in element.children:
        if isinstance(child, Element) and child.tag in BLOCKS:
            if run:
                yield run
            run = []
        else:
            run.append(child)
    if run:
        yield run


def _end(nodes: list[Element | str]) -> str:
    """Return the last piece of text of some nodes, "" where their last element has none."""
    while nodes:
        filled = [node for node in nodes[-3:] if not isinstance(node, str) or node.strip()]
        if not filled:
            return ""
        if isinstance(filled[-1], str):
            return filled[-1].rstrip()
        nodes = filled[-1].children
    return ""
