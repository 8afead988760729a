"""Sentences as ranges. The segmenter is sentencex; its offsets and one kind of over-split are corrected here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sentencex import segment

from pincite.index.types import Range

# A longer run without a sentence end is no sentence (a table, a minified file): it is cut at white space, so
# that nothing is too long to embed or to quote.
LONGEST = 2000
WINDOW = 20 * LONGEST  # what the segmenter gets at once
MOST_STOPS = 4000  # in a window; dialogue has 2,700
MOST_SHORT = 8  # sentences of a block that may be of any length
SHORTEST = 6  # characters of a sentence, on average, where there are more: three million of them fit into memory
LONG = 300  # characters; beyond them a stop before lower case ends a sentence rather than an abbreviation

# What the segmenter looks for the other end of, and what it takes for the end of a sentence but a full stop.
_QUOTES_AND_STOPS = re.compile("[!?'`«»‘’“”„‹›《「։؝؞؟۔܀-܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨-᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿․‼‽⁇⁈⁉⸮⸼⹓⹔。﹒﹖﹗！．？｡]")


def split_sentences(text: str, start: int = 0) -> list[Range]:
    """Ranges of the sentences of one block of text, without the space around them, moved on by `start`."""
    ranges: list[Range] = []
    at = 0
    for piece in _pieces(text):
        stripped = piece.strip()
        if stripped:
            left = at + piece.index(stripped[0])
            ranges.append((start + left, start + left + len(stripped)))
        at += len(piece)
    return ranges


def _pieces(text: str) -> list[str]:
    """Yield the whole text in order: sentences of the segmenter, joined before lower case, cut if endless."""
    joined: list[str] = []
    for window in _windows(text):
        for piece in _merge(segment("en", window), len(window)):
            if joined and piece[:1].islower() and not _ended(joined[-1]):
                joined[-1] += piece
            else:
                joined.append(piece)
    if "".join(joined) != text:  # the segmenter promises this; every offset rests on it
        raise AssertionError("the sentence segmenter changed the text")
    return [piece for sentence in joined for piece in _cut(sentence, LONGEST)]


def _windows(text: str) -> Iterator[str]:
    """Yield pieces of text for the segmenter, shorter where quotes and stops are many: it takes their square."""
    for window in _cut(text, WINDOW):
        if len(window) > LONGEST and sum(1 for _ in _QUOTES_AND_STOPS.finditer(window)) > MOST_STOPS:
            yield from _cut(window, LONGEST)
        else:
            yield window


def _merge(pieces: Iterable[str], length: int) -> list[str]:
    """Pieces of a few characters each, and many of them, are no sentences: put together."""
    found = list(pieces)
    if len(found) <= max(MOST_SHORT, length // SHORTEST):
        return found
    merged = [found[0]]
    for piece in found[1:]:
        if len(merged[-1]) < 3 * SHORTEST:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _ended(sentence: str) -> bool:
    """Return whether a sentence ends although the next goes on in lower case, as "0.5 mg. daily" does not.

    It does at the end of a line, at a stop that stands off from its word (text that was cut into tokens, and is often
    all lower case), and where it is long enough to be one.
    """
    return sentence.endswith("\n") or sentence.rstrip().endswith((" .", " ?", " !")) or len(sentence) > LONG


def _cut(text: str, longest: int) -> list[str]:
    pieces = []
    at = 0
    while len(text) - at > longest:
        space = text.rfind(" ", at + longest // 2, at + longest)
        end = space + 1 if space > at else at + longest
        pieces.append(text[at:end])
        at = end
    return [*pieces, text[at:]]
