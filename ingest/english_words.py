"""English words by frequency: the list in the package pyspellchecker. None of that package's code runs.

Some 160,000 words counted in film subtitles, misspellings taken out; MIT licence.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
from functools import cache
from pathlib import Path

from pincite.index.errors import ModelError

WORD_LIST_PACKAGE = "pyspellchecker"
WORD_LIST_FILE = "spellchecker/resources/en.json.gz"


def words_by_frequency() -> list[str]:
    """Return English words, most frequent first. Raises ModelError when the package with the list is not there."""
    counts = _read_counts()
    return sorted(counts, key=lambda word: (-counts[word], word))


@cache
def english_words() -> frozenset[str]:
    """Return the words alone, read once a process. Raises ModelError as words_by_frequency() does."""
    return frozenset(_read_counts())


def _read_counts() -> dict[str, int]:
    """Read how often each word was counted."""
    try:
        path = Path(str(importlib.metadata.distribution(WORD_LIST_PACKAGE).locate_file(WORD_LIST_FILE)))
        counts: dict[str, int] = json.loads(gzip.decompress(path.read_bytes()))
        return counts
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            WORD_LIST_PACKAGE,
            f"its list of English words cannot be read: {error}",
            "pip install '.[ingest]' in pincite's folder",
        ) from error
