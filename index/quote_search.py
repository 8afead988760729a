"""Find where the documents hold a quote: word for word, or the nearest words and how they differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import section_at
from pincite.index.types import Document, Evidence, Range, Section

MIN_SIMILARITY = 0.75  # similarity from which the nearest words are given at all
MAX_WINDOWS = 12  # places that are searched for near words, the best of the lexical arm
MAX_PLACES = 20  # exact places given at most
WINDOW_MARGIN = 500  # code points beyond the quote's length that are searched on each side of a likely passage
MAX_NEAR_QUOTE = 2000  # code points of a quote that near words are looked for


@dataclass(frozen=True, slots=True)
class Difference:
    """A run of words in which a quote and the document differ; either may be empty."""

    quote: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a document: document.text[start:end] == text."""

    document: Document
    start: int
    end: int

    @property
    def section(self) -> Section:
        """The section that the first word stands in."""
        return section_at(self.document, self.start)

    @property
    def text(self) -> str:
        """The words, as they stand."""
        return self.document.text[self.start : self.end]

    @property
    def evidence(self) -> Evidence:
        """The words, to be marked."""
        return Evidence(self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Located:
    """Whether the documents hold a quote."""

    status: Literal["exact", "near", "absent"]
    places: tuple[Place, ...]  # of `exact`, all up to PLACES, in the order of documents; of `near`, the one nearest
    similarity: float  # in [0, 1]; 1 for `exact`
    differences: tuple[Difference, ...]


ABSENT = Located("absent", (), 0.0, ())


def locate(bundle: Bundle, quote: str, documents: Sequence[str] | None = None) -> Located:
    """Find a quote in all documents, or in some of them; white space around it does not count.

    `near` compares without regard to case, spacing and the shape of quotation marks and dashes, and names every
    difference in words, those too. Its similarity is that of the edits (Indel) between the compared forms.
    """
    wanted = unicodedata.normalize("NFC", quote.strip())
    if not wanted:
        return ABSENT
    names = bundle.records.documents_with(wanted)
    exact = tuple(islice(_exact(bundle, [n for n in names if documents is None or n in documents], wanted), MAX_PLACES))
    return Located("exact", exact, 1.0, ()) if exact else _near(bundle, wanted, documents)


def _exact(bundle: Bundle, names: Iterable[str], wanted: str) -> Iterator[Place]:
    for name in names:
        document = bundle.document(name)
        at = document.text.find(wanted)
        while at >= 0:
            yield Place(document, at, at + len(wanted))
            at = document.text.find(wanted, at + 1)


def _near(bundle: Bundle, wanted: str, documents: Sequence[str] | None) -> Located:
    if len(wanted) > MAX_NEAR_QUOTE:
        return ABSENT
    folded, _ = _fold(wanted)
    best: tuple[float, Place] | None = None
    for document, window in _likely(bundle, wanted, documents):
        text, offsets = _fold(document.text[window[0] : window[1]])
        found = fuzz.partial_ratio_alignment(folded, text)
        if not text or found is None or found.dest_start >= found.dest_end:
            continue
        start, end = offsets[found.dest_start], offsets[found.dest_end - 1] + 1
        place = _trim(wanted, _whole_words(document, window[0] + start, window[0] + end))
        similarity = Indel.normalized_similarity(folded, _fold(place.text)[0])
        if best is None or similarity > best[0]:
            best = similarity, place
    if best is None or best[0] < MIN_SIMILARITY:
        return ABSENT
    return Located("near", (best[1],), best[0], tuple(_differences(wanted, best[1].text)))


def _likely(bundle: Bundle, wanted: str, documents: Sequence[str] | None) -> Iterator[tuple[Document, Range]]:
    """Yield windows of text around the passages that share most with the quote, best first, without repeats."""
    scores = bundle.bm25.scores(wanted)
    rows = np.flatnonzero(scores > 0)
    if documents is not None:
        rows = np.intersect1d(rows, np.concatenate([bundle.rows_of(name) for name in documents]))
    order = rows[np.lexsort((rows, -scores[rows]))]
    reach = len(wanted) + WINDOW_MARGIN  # a document without headings is one section, and may be a book
    most = max(2, min(MAX_WINDOWS, MAX_WINDOWS * 400 // len(wanted)))  # a place costs by the quote's square
    seen: set[tuple[str, str, int]] = set()
    for row in order[: MAX_WINDOWS * 8]:
        passage = bundle.records.passage(int(row))
        key = passage.document, passage.section, passage.start // reach
        if key in seen:
            continue
        if len(seen) >= most:
            return
        seen.add(key)
        document = bundle.document(passage.document)
        window = max(0, passage.start - reach), min(len(document.text), passage.end + reach)
        yield document, window


def _whole_words(document: Document, start: int, end: int) -> Place:
    """Widen to whole words."""
    text = document.text
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Place(document, start, end)


def _trim(quote: str, place: Place) -> Place:
    """Drop the words at both ends that the quote does not have: an alignment is as long as the quote."""
    spans = [m.span() for m in re.finditer(r"\S+", place.text)]
    theirs = [_fold(place.text[s:e])[0] for s, e in spans]
    shared = [block for block in Indel.opcodes(_fold(quote)[0].split(), theirs) if block.tag == "equal"]
    if not shared:
        return place
    first, last = shared[0].dest_start, shared[-1].dest_end - 1
    before, after = shared[0].src_start, len(quote.split()) - shared[-1].src_end
    first, last = max(0, first - before), min(len(spans) - 1, last + after)  # words that were changed, one for one
    return Place(place.document, place.start + spans[first][0], place.start + spans[last][1])


def _differences(quote: str, text: str) -> Iterator[Difference]:
    """Yield the runs of words that differ, ignoring spacing."""
    ours, theirs = quote.split(), text.split()
    run: tuple[list[str], list[str]] = ([], [])
    for step in Indel.opcodes(ours, theirs):
        if step.tag == "equal":
            yield from _difference(*run)
            run = ([], [])
        else:
            run[0].extend(ours[step.src_start : step.src_end])
            run[1].extend(theirs[step.dest_start : step.dest_end])
    yield from _difference(*run)


def _difference(quote: Sequence[str], text: Sequence[str]) -> Iterator[Difference]:
    if quote or text:
        yield Difference(" ".join(quote), " ".join(text))


_SHAPES = str.maketrans(
    {**dict.fromkeys("‘’‚‛´`", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def _fold(text: str) -> tuple[str, list[int]]:
    """Fold a text for comparison, and return the offset that each folded character comes from."""
    shown: list[str] = []
    offsets: list[int] = []
    for match in re.finditer(r"\s+|\S", text):
        character = " " if match[0].isspace() else match[0].translate(_SHAPES).casefold()
        shown.append(character)
        offsets += [match.start()] * len(character)
    return "".join(shown), offsets
