"""Passages as they look when serving: `title > section path` on the first line, then whole sentences, about 60 words.

Plain text comes in; the rule is that of ingest/chunking/passages.py, without lists, which plain text has none of.
"""

from __future__ import annotations

from dataclasses import dataclass

from pincite.index.types import Range
from pincite.ingestion.chunking.sentences import split_sentences

MAX_WINDOW_WORDS = 60


@dataclass(frozen=True, slots=True)
class Window:
    """One passage of a training document."""

    document: str  # the paragraph or section it was cut from
    title: str
    text: str  # heading line and body
    sentences: tuple[Range, ...]  # whole sentences, as ranges of `text`

    @property
    def body(self) -> str:
        """The text without its heading line."""
        return self.text[self.sentences[0][0] :]


def cut_windows(
    document: str, title: str, text: str, path: tuple[str, ...] = (), words: int = MAX_WINDOW_WORDS
) -> list[Window]:
    """Cut a text into windows of `words` words at most; a longer sentence is a window of its own."""
    groups: list[list[str]] = []
    size = 0
    for sentence in sentences(text):
        length = len(sentence.split())
        if not groups or size + length > words:
            groups.append([])
            size = 0
        groups[-1].append(sentence)
        size += length
    head = " > ".join((title, *path))
    return [_window(document, title, head, group) for group in groups]


def sentences(text: str) -> list[str]:
    """Split a text into sentences, paragraph by paragraph, with white space folded."""
    split: list[str] = []
    for line in text.split("\n"):
        folded = " ".join(line.split())
        split += [folded[start:end] for start, end in split_sentences(folded)]
    return [s for s in split if any(c.isalnum() for c in s)]


def _window(document: str, title: str, head: str, group: list[str]) -> Window:
    at = len(head) + 1
    ranges = []
    for sentence in group:
        ranges.append((at, at + len(sentence)))
        at += len(sentence) + 1
    return Window(document, title, head + "\n" + " ".join(group), tuple(ranges))


def sentence_ranges(text: str) -> list[Range]:
    """Return the sentences of a window's text, without its heading line if it has one."""
    at = text.find("\n") + 1
    return split_sentences(text[at:], at)
