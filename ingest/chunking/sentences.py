"""Sentences as ranges. The segmenter is sentencex; offsets and bounds are kept here, its ends corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from sentencex import segment

from pincite.index.types import Range
from pincite.ingestion.chunking.sentence_ends import candidate_ends, is_sentence_end

# A longer run without a sentence end is no sentence (a table, a minified file): it is cut at white space, so
# that nothing is too long to embed or to quote.
MAX_SENTENCE_CHARACTERS = 2000
SEGMENTER_WINDOW = 20 * MAX_SENTENCE_CHARACTERS  # what the segmenter gets at once
MAX_WINDOW_STOPS = 4000  # in a window; dialogue has 2,700
MIN_SENTENCES_TO_MERGE = 8  # sentences of a block that may be of any length
MIN_MEAN_CHARACTERS = (
    6  # characters of a sentence, on average, where there are more: three million of them fit into memory
)

# What the segmenter looks for the other end of, and what it takes for the end of a sentence but a full stop.
_QUOTES_AND_STOPS = re.compile("[!?'`«»‘’“”„‹›《「։؝؞؟۔܀-܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨-᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿․‼‽⁇⁈⁉⸮⸼⹓⹔。﹒﹖﹗！．？｡]")

_NUMBER_OF_ITEM = re.compile(r"\s*\(?\d{1,3}\)\s+")


def split_sentences(text: str, start: int = 0) -> list[Range]:
    """Return the ranges of the sentences of one block of text, without the space around them, moved on by `start`."""
    ranges: list[Range] = []
    offset = 0
    for piece in _cut_text(text):
        stripped = piece.strip()
        if stripped:
            first = offset + piece.index(stripped[0])
            ranges.append((start + first, start + first + len(stripped)))
        offset += len(piece)
    return ranges


def _cut_text(text: str) -> Iterator[str]:
    """Yield the whole text in order: sentences, cut if endless."""
    start = 0
    for end in _segmenter_ends(text):
        if end == len(text) or is_sentence_end(text, start, end):
            yield from _cut_at_spaces(text[start:end], MAX_SENTENCE_CHARACTERS)
            start = end


def _segmenter_ends(text: str) -> Iterator[int]:
    """Yield where a sentence may end, ascending; the last is the end of the text."""
    offset = 0
    for window in _segmenter_windows(text):
        ends = list(accumulate(len(piece) for piece in _segment_items(window)))
        if not ends or ends[-1] != len(window):  # it drops some of 15,000 line ends in a row: every offset rests on it
            ends = [len(window)]
        yield from (offset + end for end in _drop_short(candidate_ends(window, ends), len(window)))
        offset += len(window)


def _segment_items(window: str) -> Iterator[str]:
    """Yield the segmenter's pieces; what stands behind a number such as "(1)" it leaves whole, and gets once more."""
    for piece in segment("en", window):
        number = _NUMBER_OF_ITEM.match(piece)
        if number:
            first, *others = segment("en", piece[number.end() :]) or [""]
            yield number[0] + first
            yield from others
        else:
            yield piece


def _segmenter_windows(text: str) -> Iterator[str]:
    """Yield pieces of text for the segmenter, shorter where quotes and stops are many: it takes their square."""
    for window in _cut_at_spaces(text, SEGMENTER_WINDOW):
        if (
            len(window) > MAX_SENTENCE_CHARACTERS
            and sum(1 for _ in _QUOTES_AND_STOPS.finditer(window)) > MAX_WINDOW_STOPS
        ):
            yield from _cut_at_spaces(window, MAX_SENTENCE_CHARACTERS)
        else:
            yield window


def _drop_short(ends: list[int], length: int) -> list[int]:
    """Drop ends where there are more than sentences could have: signs of a few characters each are none."""
    if len(ends) <= max(MIN_SENTENCES_TO_MERGE, length // MIN_MEAN_CHARACTERS):
        return ends
    kept = [0]
    for end in ends[:-1]:
        if end - kept[-1] >= 3 * MIN_MEAN_CHARACTERS:
            kept.append(end)
    return [*kept[1:], ends[-1]]


def _cut_at_spaces(text: str, max_characters: int) -> list[str]:
    pieces = []
    offset = 0
    while len(text) - offset > max_characters:
        space = text.rfind(" ", offset + max_characters // 2, offset + max_characters)
        end = space + 1 if space > offset else offset + max_characters
        pieces.append(text[offset:end])
        offset = end
    return [*pieces, text[offset:]]
