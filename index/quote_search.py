"""Search for a quote in the documents: word for word, or the nearest words and how they differ."""

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
from pincite.index.citation.pages import evidence_at
from pincite.index.types import Document, Evidence, Range, Section

MIN_SIMILARITY = 0.75  # similarity from which the nearest words are given at all
MAX_WINDOWS = 12  # places that are searched for near words, the best by BM25
MAX_PLACES = 20  # exact places given at most
WINDOW_MARGIN = 500  # code points beyond the quote's length that are searched on each side of a likely passage
MAX_NEAR_QUOTE = 2000  # code points of a quote that near words are looked for


@dataclass(frozen=True, slots=True)
class Difference:
    """A run of words in which a quote and the document differ; either may be empty."""

    quote: str
    text: str


@dataclass(frozen=True, slots=True)
class QuoteMatch:
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
        return evidence_at(self.document, self.start, self.end)


@dataclass(frozen=True, slots=True)
class QuoteSearchResult:
    """The result of looking for a quote in the documents."""

    status: Literal["exact", "near", "absent"]
    matches: tuple[
        QuoteMatch, ...
    ]  # of `exact`, all up to MAX_PLACES, in the order of documents; of `near`, the one nearest
    similarity: float  # in [0, 1]; 1 for `exact`
    differences: tuple[Difference, ...]


QUOTE_ABSENT = QuoteSearchResult("absent", (), 0.0, ())


def locate(bundle: Bundle, quote: str, document_ids: Sequence[str] | None = None) -> QuoteSearchResult:
    """Find a quote in all documents, or in some of them; white space around it does not count.

    `near` compares without regard to case, spacing and the shape of quotation marks and dashes, and names every
    difference in words, those too. Its similarity is that of the edits (Indel) between the compared forms.
    """
    normalised_quote = unicodedata.normalize("NFC", quote.strip())
    if not normalised_quote:
        return QUOTE_ABSENT
    holding_ids = bundle.records.documents_with(normalised_quote)
    exact = tuple(
        islice(
            _exact_matches(
                bundle, [n for n in holding_ids if document_ids is None or n in document_ids], normalised_quote
            ),
            MAX_PLACES,
        )
    )
    return (
        QuoteSearchResult("exact", exact, 1.0, ()) if exact else _nearest_match(bundle, normalised_quote, document_ids)
    )


def _exact_matches(bundle: Bundle, document_ids: Iterable[str], quote: str) -> Iterator[QuoteMatch]:
    for document_id in document_ids:
        document = bundle.document(document_id)
        position = document.text.find(quote)
        while position >= 0:
            yield QuoteMatch(document, position, position + len(quote))
            position = document.text.find(quote, position + 1)


def _nearest_match(bundle: Bundle, quote: str, document_ids: Sequence[str] | None) -> QuoteSearchResult:
    if len(quote) > MAX_NEAR_QUOTE:
        return QUOTE_ABSENT
    folded, _ = _fold_with_offsets(quote)
    best: tuple[float, QuoteMatch] | None = None
    for document, window in _search_windows(bundle, quote, document_ids):
        text, offsets = _fold_with_offsets(document.text[window[0] : window[1]])
        alignment = fuzz.partial_ratio_alignment(folded, text)
        if not text or alignment is None or alignment.dest_start >= alignment.dest_end:
            continue
        start, end = offsets[alignment.dest_start], offsets[alignment.dest_end - 1] + 1
        match = _trim_to_quote(quote, _widen_to_words(document, window[0] + start, window[0] + end))
        similarity = Indel.normalized_similarity(folded, _fold_with_offsets(match.text)[0])
        if best is None or similarity > best[0]:
            best = similarity, match
    if best is None or best[0] < MIN_SIMILARITY:
        return QUOTE_ABSENT
    return QuoteSearchResult("near", (best[1],), best[0], tuple(_differences(quote, best[1].text)))


def _search_windows(bundle: Bundle, quote: str, document_ids: Sequence[str] | None) -> Iterator[tuple[Document, Range]]:
    """Yield windows of text around the passages that share most with the quote, best first, without repeats."""
    within = None
    if document_ids is not None:
        within = np.unique(np.concatenate([np.empty(0, np.int64), *(bundle.rows_of(name) for name in document_ids)]))
    rows, _ = bundle.bm25.top_k(quote, MAX_WINDOWS * 8, within)
    margin = len(quote) + WINDOW_MARGIN  # a document without headings is one section, and may be a book
    max_windows = max(2, min(MAX_WINDOWS, MAX_WINDOWS * 400 // len(quote)))  # a place costs by the quote's square
    seen: set[tuple[str, str, int]] = set()
    for row in rows.tolist():
        passage = bundle.records.passage(row)
        key = passage.document, passage.section, passage.start // margin
        if key in seen:
            continue
        if len(seen) >= max_windows:
            return
        seen.add(key)
        document = bundle.document(passage.document)
        window = max(0, passage.start - margin), min(len(document.text), passage.end + margin)
        yield document, window


def _widen_to_words(document: Document, start: int, end: int) -> QuoteMatch:
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
    return QuoteMatch(document, start, end)


def _trim_to_quote(quote: str, match: QuoteMatch) -> QuoteMatch:
    """Drop the words at both ends that the quote does not have: an alignment is as long as the quote."""
    spans = [m.span() for m in re.finditer(r"\S+", match.text)]
    text_words = [_fold_with_offsets(match.text[s:e])[0] for s, e in spans]
    equal_blocks = [
        block for block in Indel.opcodes(_fold_with_offsets(quote)[0].split(), text_words) if block.tag == "equal"
    ]
    if not equal_blocks:
        return match
    first, last = equal_blocks[0].dest_start, equal_blocks[-1].dest_end - 1
    before, after = equal_blocks[0].src_start, len(quote.split()) - equal_blocks[-1].src_end
    first, last = max(0, first - before), min(len(spans) - 1, last + after)  # words that were changed, one for one
    return QuoteMatch(match.document, match.start + spans[first][0], match.start + spans[last][1])


def _differences(quote: str, text: str) -> Iterator[Difference]:
    """Yield the runs of words that differ, ignoring spacing."""
    quote_words, text_words = quote.split(), text.split()
    run: tuple[list[str], list[str]] = ([], [])
    for step in Indel.opcodes(quote_words, text_words):
        if step.tag == "equal":
            yield from _difference(*run)
            run = ([], [])
        else:
            run[0].extend(quote_words[step.src_start : step.src_end])
            run[1].extend(text_words[step.dest_start : step.dest_end])
    yield from _difference(*run)


def _difference(quote: Sequence[str], text: Sequence[str]) -> Iterator[Difference]:
    if quote or text:
        yield Difference(" ".join(quote), " ".join(text))


_PUNCTUATION_FOLDS = str.maketrans(
    {**dict.fromkeys("‘’‚‛´`", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def _fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Fold a text for comparison, and return the offset that each folded character comes from."""
    folded: list[str] = []
    offsets: list[int] = []
    for match in re.finditer(r"\s+|\S", text):
        character = " " if match[0].isspace() else match[0].translate(_PUNCTUATION_FOLDS).casefold()
        folded.append(character)
        offsets += [match.start()] * len(character)
    return "".join(folded), offsets
