"""Words of hidden text: their count, and the note that says it, in one wording for all formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pincite.ingestion.reading.notes import left_out_note


@dataclass(slots=True)
class HiddenWords:
    """Count of the words that are hidden. A word may come in pieces."""

    count: int = 0
    _is_within_word: bool = False

    def add(self, text: str | None) -> None:
        """Count the words of a piece of hidden text, which may go on with the word that the last one ended in."""
        if text:
            goes_on = self._is_within_word and not text[0].isspace()
            self.count += len(text.split()) - goes_on
            self._is_within_word = not text[-1].isspace()

    def end_word(self) -> None:
        """End the last word: what comes next begins another."""
        self._is_within_word = False


def hidden_words_note(count: int) -> Iterator[str]:
    """Yield the note on hidden text, nothing where no word is hidden."""
    if count:
        yield left_out_note("words of hidden text", count)
