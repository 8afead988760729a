"""Sentences as ranges. The segmenter is sentencex; only its offsets and one kind of over-split are mended here."""

from __future__ import annotations

from sentencex import segment

from index.vocabulary import Range

# A longer run without a sentence end is no sentence (a table, a minified file): it is cut at white space, so
# that nothing is too long to embed or to quote.
LONGEST = 2000
LONG = 300  # characters; beyond them a stop before lower case ends a sentence rather than an abbreviation


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
    """The whole text in order: sentences as the segmenter finds them, joined before lower case, cut if endless."""
    joined: list[str] = []
    for window in _cut(text, 20 * LONGEST):  # keeps the segmenter's work linear on hostile input
        for piece in segment("en", window):
            if joined and piece[:1].islower() and not _ended(joined[-1]):
                joined[-1] += piece
            else:
                joined.append(piece)
    if "".join(joined) != text:  # the segmenter promises this; every offset rests on it
        raise AssertionError("the sentence segmenter changed the text")
    return [piece for sentence in joined for piece in _cut(sentence, LONGEST)]


def _ended(sentence: str) -> bool:
    """Whether a sentence ends although the next goes on in lower case, as "0.5 mg. daily" does not.

    It does at the end of a line, at a stop that stands off from its word (text that was cut into tokens, and is often
    all lower case), and where it is long enough to be one.
    """
    return sentence.endswith("\n") or sentence.rstrip().endswith((" .", " ?", " !")) or len(sentence) > LONG


def _cut(text: str, longest: int) -> list[str]:
    pieces = []
    while len(text) > longest:
        space = text.rfind(" ", longest // 2, longest)
        end = space + 1 if space > 0 else longest
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]
