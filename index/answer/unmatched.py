"""Unmatched words of a query, for people: phrases in the order asked, without words that say nothing.

A query and its unmatched words come in, phrases go out, each word for word as in the query.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from pincite.index.query.names import Name
from pincite.index.types import Range

# who it is about, which no document need speak of; and words of greeting
KIN = frozenset(
    "mum mom mam mummy mommy mama mother dad daddy papa pop father parents husband hubby wife spouse partner boyfriend "
    "girlfriend fiance fiancee son daughter kid kids child children brother sister sibling gran granny grandma "
    "grandmother grandad granddad grandpa grandfather nan nana uncle aunt auntie aunty cousin nephew niece friend "
    "neighbour neighbor colleague boss".split()
)
GREETINGS = frozenset("hi hello hey hiya howdy greetings dear thanks thank thx please regards cheers bye".split())
_BEFORE_KIN = frozenset("my our your his her their a the mine".split())
# nouns that say little without the word before them, and words that say little without the number or letters after
_HEADS = frozenset(
    "cell cells therapy therapies treatment treatments disease diseases syndrome disorder diet diets oil test tests "
    "scan scans trial trials vaccine vaccines virus gene genes surgery injection injections supplement supplements "
    "transplant".split()
)
_CLASSIFIERS = frozenset("vitamin type stage grade phase hepatitis level class form model version room".split())
_SHORT_NAME = re.compile(r"[A-Z0-9][\w-]{0,4}")
_CONTRACTION = re.compile(r"\w+['’](?:ve|ll|re|d|m|t)", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_HYPHEN = re.compile(r"[\-\u2010-\u2015\u2212]")


def unmatched_phrases(
    text: str, unmatched: Collection[str], content_words: Sequence[Range], names: Sequence[Name]
) -> tuple[str, ...]:
    """Return the unmatched words of a query in the order asked, those of one name together, each once.

    Left out are contractions, greetings and the people whom it is about ("my mum"). content_words: ranges of the
    query's content words.

    >>> words = [(5, 9), (10, 14), (15, 22), (23, 27)]
    >>> unmatched_phrases("does stem cell therapy work", {"stem"}, words, ())
    ('stem cell therapy',)
    """
    spans = {*content_words, *(name.span for name in names)}
    wanted = sorted(s for s in spans if text[slice(*s)] in unmatched and not _is_left_out(text, s))
    of_names = {name.span for name in names}
    pieces = [(_completed(text, span), span in of_names) for span in wanted]
    phrases = (text[start:end] for start, end in _joined(text, pieces))
    first: dict[str, str] = {}
    for phrase in phrases:
        first.setdefault(phrase.casefold(), phrase)
    return tuple(first.values())


def _is_left_out(text: str, span: Range) -> bool:
    word = text[slice(*span)].lower()
    if _CONTRACTION.fullmatch(word) or word in GREETINGS:
        return True
    before = [_without_possessive(w) for w in _WORD.findall(text[: span[0]].lower())]
    return _without_possessive(word) in KIN and (not before or before[-1] in _BEFORE_KIN | KIN)


def _without_possessive(word: str) -> str:
    return re.sub(r"['’]s$", "", word)


def _completed(text: str, span: Range) -> Range:
    """Extend a word by the nouns after it that say little alone, and by the class before a number."""
    start, end = span
    while (following := _WORD.match(text, end + 1)) and text[end] == " " and following.group().lower() in _HEADS:
        end = following.end()
    before = re.search(r"(\w+) $", text[:start])
    is_classified = before and before[1].lower() in _CLASSIFIERS and _SHORT_NAME.fullmatch(text[start:end])
    return (before.start() if before and is_classified else start), end


def _joined(text: str, pieces: Sequence[tuple[Range, bool]]) -> Iterator[Range]:
    """Yield ranges in order, as one those that overlap, or with a hyphen or, of one kind, a space between them.

    pieces: each range, and whether it is of a name.
    """
    ranges: list[Range] = []
    was_name = False
    for (start, end), is_name in pieces:
        between = text[ranges[-1][1] : start] if ranges else "."
        if not between or _HYPHEN.fullmatch(between) or (between == " " and is_name == was_name):
            ranges[-1] = ranges[-1][0], max(end, ranges[-1][1])
        else:
            ranges.append((start, end))
        was_name = is_name
    yield from ranges
