"""Files of words: the words of the documents with their counts, and general English words by frequency."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from pincite.index.query.spelling import lower_words
from pincite.index.query.word_frequency import WordFrequencies
from pincite.index.storage.npy import save_array
from pincite.index.system_errors import naming_file

CORPUS_WORDS_FILE = "words.json"
GENERAL_WORDS_FILE = "general-words.txt"
GENERAL_ORDER_FILE = "general-order.npy"


def write_corpus_words(
    folder: Path, texts: Iterable[str], counted: Mapping[str, int] | None = None, removed: Iterable[str] = ()
) -> None:
    """Write the words of the documents, with how often each occurs.

    counted: words of texts that are counted already, which the texts `removed` are taken from.
    """
    counts = Counter(counted)
    counts.subtract(word for text in removed for word in lower_words(text))
    counts.update(word for text in texts for word in lower_words(text))
    counts = +counts  # those that occur
    with naming_file(folder / CORPUS_WORDS_FILE):
        (folder / CORPUS_WORDS_FILE).write_text(
            json.dumps(dict(sorted(counts.items())), ensure_ascii=False), encoding="utf-8"
        )


def read_corpus_words(folder: Path) -> dict[str, int]:
    """Read the words of the documents, with how often each occurs."""
    counts: dict[str, int] = json.loads((folder / CORPUS_WORDS_FILE).read_text(encoding="utf-8"))
    return counts


def write_word_frequencies(folder: Path, words: Sequence[str]) -> None:
    """Write general words, the most frequent first, and their ranks in the order of their bytes."""
    lines = [word.encode() for word in words]
    with naming_file(folder / GENERAL_WORDS_FILE):
        (folder / GENERAL_WORDS_FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    order = sorted(range(len(lines)), key=lines.__getitem__)
    save_array(folder / GENERAL_ORDER_FILE, np.array(order, dtype=np.int32))


def open_word_frequencies(folder: Path) -> WordFrequencies:
    """Open the files that write_word_frequencies wrote."""
    lines = (folder / GENERAL_WORDS_FILE).read_bytes()
    return WordFrequencies(lines, np.load(folder / GENERAL_ORDER_FILE, allow_pickle=False))
