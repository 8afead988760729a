"""Sentences as ranges. The segmenter is sentencex; its offsets and one kind of over-split are corrected here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sentencex import segment

from pincite.index.types import Range

# A longer run without a sentence end is no sentence (a table, a minified file): it is cut at white space, so
# that nothing is too long to embed or to quote.
MAX_SENTENCE_CHARACTERS = 2000
SEGMENTER_WINDOW = 20 * MAX_SENTENCE_CHARACTERS  # what the segmenter gets at once
MAX_WINDOW_STOPS = 4000  # in a window; dialogue has 2,700
MIN_SENTENCES_TO_MERGE = 8  # sentences of a block that may be of any length
MIN_MEAN_CHARACTERS = (
    6  # characters of a sentence, on average, where there are more: three million of them fit into memory
)
LONG_SENTENCE_CHARACTERS = (
    300  # characters; beyond them a stop before lower case ends a sentence rather than an abbreviation
)

# What the segmenter looks for the other end of, and what it takes for the end of a sentence but a full stop.
_QUOTES_AND_STOPS = re.compile("[!?'`«»‘’“”„‹›《「։؝؞؟۔܀-܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨-᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿․‼‽⁇⁈⁉⸮⸼⹓⹔。﹒﹖﹗！．？｡]")


def split_sentences(text: str, start: int = 0) -> list[Range]:
    """Yield the ranges of the sentences of one block of text, without the space around them, moved on by `start`."""
    ranges: list[Range] = []
    offset = 0
    for piece in _segment_text(text):
        stripped = piece.strip()
        if stripped:
            first = offset + piece.index(stripped[0])
            ranges.append((start + first, start + first + len(stripped)))
        offset += len(piece)
    return ranges


def _segment_text(text: str) -> list[str]:
    """Yield the whole text in order: sentences of the segmenter, joined before lower case, cut if endless."""
    joined: list[str] = []
    for window in _segmenter_windows(text):
        for piece in _merge_short(segment("en", window), len(window)):
            if joined and piece[:1].islower() and not _ends_sentence(joined[-1]):
                joined[-1] += piece
            else:
                joined.append(piece)
    if "".join(joined) != text:  # the segmenter promises this; every offset rests on it
        raise AssertionError("the sentence segmenter changed the text")
    return [piece for sentence in joined for piece in _cut_at_spaces(sentence, MAX_SENTENCE_CHARACTERS)]


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


def _merge_short(pieces: Iterable[str], length: int) -> list[str]:
    """Merge runs of pieces of a few characters each: they are no sentences."""
    sentences = list(pieces)
    if len(sentences) <= max(MIN_SENTENCES_TO_MERGE, length // MIN_MEAN_CHARACTERS):
        return sentences
    merged = [sentences[0]]
    for piece in sentences[1:]:
        if len(merged[-1]) < 3 * MIN_MEAN_CHARACTERS:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _ends_sentence(sentence: str) -> bool:
    """Return whether a sentence ends although the next goes on in lower case, as "0.5 mg. daily" does not.

    It does at the end of a line, at a stop that stands off from its word (text that was cut into tokens, and is often
    all lower case), and where it is long enough to be one.
    """
    return (
        sentence.endswith("\n")
        or sentence.rstrip().endswith((" .", " ?", " !"))
        or len(sentence) > LONG_SENTENCE_CHARACTERS
    )


def _cut_at_spaces(text: str, max_characters: int) -> list[str]:
    pieces = []
    offset = 0
    while len(text) - offset > max_characters:
        space = text.rfind(" ", offset + max_characters // 2, offset + max_characters)
        end = space + 1 if space > offset else offset + max_characters
        pieces.append(text[offset:end])
        offset = end
    return [*pieces, text[offset:]]
