"""Choice of a page's main text: the element that holds it, without what is furniture within it.

Where prose stands densest, on the subject that the page states, is the text; what stands next to it and is like it or
has headings of its own joins it. All else is left out and reported. What holds much of the prose of a page is never
taken for furniture, whatever it is called; a page without furniture is text as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pincite.ingestion.reading.readers.html_parts import BLOCKS, HEADINGS
from pincite.ingestion.reading.readers.webpage.furniture import (
    MAX_TAIL_LABEL_CHARACTERS,
    SURE_KINDS,
    furniture_kind,
    is_tail_label,
    stated_kind,
)
from pincite.ingestion.reading.readers.webpage.tree import Element
from pincite.ingestion.reading.readers.webpage.weight import Weight, own_prose, weigh

_MAX_FURNITURE_SHARE = 0.3  # of the prose of the page
_MAX_COMMENTS_SHARE = 0.8  # of the prose of the page
_MAX_UNSURE_PROSE = 60  # words, of what looks like furniture by a name that text may have too
_MIN_LINKS = 3  # of what is a list of links
_MIN_LINK_SHARE = 0.75  # of its words
_SHARE_BY_LEVEL = (
    1,
    0.59,
    0.42,
    0.32,
    0.26,
    0.22,
)  # of a block's prose, for the elements it stands in, innermost first
_CANDIDATES = 12
_TOPIC_CHARACTERS = 200_000  # characters of a candidate that are compared with the page's subject
_TOPIC_FLOOR = 0.1  # of its score, for a candidate without a word of the subject
_MIN_JOINING_PROSE = 20  # words
_MIN_JOINING_SHARE = 0.15  # of the prose that they join
_MAX_ARTICLE_GROWTH = 3  # times the prose found, that the `article` or `main` around it may have besides
_WORD = re.compile(r"\w{4,}")
_INNER_TAGS = frozenset("p li td th tr tbody thead ul ol blockquote table dl dd dt pre figure details".split())
_LIST_TAGS = frozenset("div ul ol section table dl".split())
_OUTER_TAGS = ("article", "main")

Weights = dict[int, Weight]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece of a page that is no part of its text."""

    kind: str
    text: str


def choose_main_text(body: Element, topic: str) -> tuple[Element, list[LeftOut]]:
    """Take what is no text out of a tree. Returns the element that holds the text, and all that was left out.

    topic: the page's title and description, as it states them; may be empty.
    """
    is_of_site = any(e.tag == "a" and e.get("href") for e in body.walk())
    kind_of = furniture_kind if is_of_site else stated_kind  # a page without a link is a document, whatever it names
    if not any(map(kind_of, body.walk())):
        return body, []
    left_out = _take_out_furniture(body, kind_of)
    weights = weigh(body)
    root = _find_root(body, weights, topic)
    left_out = [*_around(body, root), *left_out, *_take_out_tails(root, weights)]
    left_out += _take_out(root, lambda e: "lists of links" if _is_link_list(e, weights) else None)
    return root, left_out


def _take_out(root: Element, kind_of: Callable[[Element], str | None]) -> list[LeftOut]:
    """Take the elements out of a tree that are of a kind. Returns them in reading order."""
    left_out = []
    pending = [root]
    while pending:
        element = pending.pop()
        kept: list[Element | str] = []
        for child in element.children:
            kind = kind_of(child) if isinstance(child, Element) else None
            if kind is None:
                kept.append(child)
            elif isinstance(child, Element):
                left_out.append(LeftOut(kind, child.text()))
                kept.append(" ")
        element.children = kept
        pending += reversed([*element.elements])
    return [piece for piece in left_out if piece.text]


def _take_out_furniture(body: Element, looks_like: Callable[[Element], str | None]) -> list[LeftOut]:
    weights = weigh(body)
    total = weights[id(body)].prose

    def kind_of(element: Element) -> str | None:
        kind = looks_like(element)
        prose = weights[id(element)].prose
        if kind is None or prose > total * (_MAX_COMMENTS_SHARE if kind == "comments" else _MAX_FURNITURE_SHARE):
            return None
        if kind not in SURE_KINDS and (prose > _MAX_UNSURE_PROSE or weights[id(element)].quotes):
            return None
        return kind

    return _take_out(body, kind_of)


def _find_root(body: Element, weights: Weights, topic: str) -> Element:
    """Return the element that holds the text of a page."""
    named = [e for e in body.walk() if "articlebody" in e.get("itemprop").lower()]
    if len(named) == 1 and weights[id(named[0])].prose >= 0.4 * weights[id(body)].prose:
        return named[0]
    scores = _scores(body, weights)
    if not scores:
        return body
    ranked = sorted(scores, key=lambda e: -scores[e])[:_CANDIDATES]
    words = set(_WORD.findall(topic.casefold()))
    best = max(ranked, key=lambda e: scores[e] * (_TOPIC_FLOOR + _topic_share(e, words)))
    while best.tag in _INNER_TAGS and best.parent is not None:
        best = best.parent
    return _with_joining_text(best, weights)


def _scores(body: Element, weights: Weights) -> dict[Element, float]:
    """Return how densely prose stands in each element, and how little of it is links; more is better."""
    scores: dict[Element, float] = {}
    for element in body.walk():
        prose = own_prose(element, weights) if element.tag in BLOCKS else 0
        ancestor: Element | None = element
        if element.tag in ("p", "li", "pre", "blockquote", "td", "dd", "dt"):
            ancestor = element.parent or element
        for share in _SHARE_BY_LEVEL if prose else ():
            if ancestor is not None:
                scores[ancestor] = scores.get(ancestor, 0.0) + prose * share
                ancestor = ancestor.parent
    return {e: score * (1 - weights[id(e)].link_share) for e, score in scores.items()}


def _topic_share(element: Element, topic_words: set[str]) -> float:
    if not topic_words:
        return 1.0
    found: set[str] = set()
    left = _TOPIC_CHARACTERS
    for text in element.strings():
        found |= topic_words.intersection(_WORD.findall(text[:left].casefold()))
        left -= len(text)
        if left <= 0:
            break
    return len(found) / len(topic_words)


def _with_joining_text(best: Element, weights: Weights) -> Element:
    """Return the element around the prose found that holds what belongs to it; an `article` is never left."""
    path = best
    while path.tag != "article" and path.parent is not None:
        ancestor = path.parent
        own = weights[id(best)].prose
        if ancestor.tag in _OUTER_TAGS:
            if own < weights[id(ancestor)].prose <= (1 + _MAX_ARTICLE_GROWTH) * own:
                best = ancestor
        else:
            joining = (e for e in ancestor.elements if e is not path and _joins(e, path, weights))
            if sum(weights[id(e)].prose for e in joining) >= max(1, _MIN_JOINING_SHARE * own):
                best = ancestor
        path = ancestor
    return best


def _joins(element: Element, path: Element, weights: Weights) -> bool:
    """Return whether an element next to the text is text: prose that is named alike, or has a heading without links."""
    weight = weights[id(element)]
    if element.tag == "article" or weight.prose < _MIN_JOINING_PROSE or weight.link_share >= 0.3:
        return False
    is_alike = element.tag == path.tag and element.get("class") == path.get("class")
    return (
        is_alike
        or element.tag in _INNER_TAGS
        or any(e.tag in HEADINGS and e.tag != "h1" and not weights[id(e)].link_words for e in element.walk())
    )


def _around(body: Element, root: Element) -> list[LeftOut]:
    """Return what stands around the text, in reading order."""
    before: list[LeftOut] = []
    after: list[LeftOut] = []
    path = root
    while path is not body and path.parent is not None:
        siblings = path.parent.children
        place = next(i for i, child in enumerate(siblings) if child is path)
        before = _pieces(siblings[:place]) + before
        after += _pieces(siblings[place + 1 :])
        path = path.parent
    return before + after


def _pieces(nodes: list[Element | str]) -> list[LeftOut]:
    texts = (node.text() if isinstance(node, Element) else " ".join(node.split()) for node in nodes)
    return [LeftOut("what stands around the text", text) for text in texts if text]


def _take_out_tails(root: Element, weights: Weights) -> list[LeftOut]:
    """Take out what stands below headings such as "Related articles", up to the next other heading in their box."""
    tail_ids: set[int] = set()
    limit = _MAX_FURNITURE_SHARE * weights[id(root)].prose
    for box in root.walk():
        for tail in _tails(box):
            if sum(weights[id(e)].prose for e in tail) <= limit:
                tail_ids |= {id(e) for e in tail}
    return _take_out(root, lambda e: "links to other pages" if id(e) in tail_ids else None)


def _tails(box: Element) -> Iterator[list[Element]]:
    """Yield each run of elements right within a box that such a heading opens."""
    tail: list[Element] = []
    for element in box.elements:
        if element.tag in HEADINGS:
            if is_tail_label(element.beginning(MAX_TAIL_LABEL_CHARACTERS)):
                tail.append(element)
            elif tail:
                yield tail
                tail = []
        elif tail:
            tail.append(element)
    if tail:
        yield tail


def _is_link_list(element: Element, weights: Weights) -> bool:
    weight = weights[id(element)]
    if element.tag not in _LIST_TAGS or not weight.words or weight.prose or weight.link_share < _MIN_LINK_SHARE:
        return False
    return weight.links >= _MIN_LINKS
