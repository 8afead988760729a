"""Writing the lexical arm: postings are spooled as texts come, then put in the order of terms. LexicalIndex reads them.

In memory at once: the vocabulary, a number for each text, and CHUNK postings.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.analysis import terms
from pincite.index.retrieval.bm25 import K1, MAX_SCORES_FILE, ROWS_FILE, SCORES_FILE, STARTS_FILE, TERMS_FILE, B, idf
from pincite.index.storage.npy import create_array, save_array
from pincite.index.system_errors import naming_file

CHUNK_POSTINGS = (
    1 << 18
)  # postings sorted at once; a posting is a term, a row and how often the one stands in the other
_POSTING = 3 * 4  # bytes


@dataclass(slots=True)
class _Counted:
    """Counts of terms and passages once all texts are spooled."""

    numbers: dict[str, int] = field(default_factory=dict)  # of terms, in the order in which they were met
    lengths: array[int] = field(default_factory=lambda: array("i"))  # (n,): the terms in each text


def write_bm25(folder: Path, texts: Iterable[str]) -> None:
    """Build the index over `texts`, one a passage, and write it as plain files. The texts are read once."""
    with TemporaryFile(dir=folder) as spool:  # it has no name: whatever happens, none stays
        counted = _spool(texts, spool, folder)
        order = sorted(counted.numbers)
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[[counted.numbers[term] for term in order]] = np.arange(len(order))
        frequencies = np.zeros(len(order), dtype=np.int64)
        for numbers, _, _ in _chunks(spool, folder):
            frequencies += np.bincount(ranks[numbers], minlength=len(order))
        starts = np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int64)
        with naming_file(folder / TERMS_FILE):
            (folder / TERMS_FILE).write_text(json.dumps(order, ensure_ascii=False), encoding="utf-8")
        save_array(folder / STARTS_FILE, starts)
        _place(folder, spool, ranks, starts, np.asarray(counted.lengths, dtype=np.float64))


def _spool(texts: Iterable[str], spool: IO[bytes], folder: Path) -> _Counted:
    """Write the postings of each text, text after text."""
    counted = _Counted()
    waiting = array("i")
    for row, text in enumerate(texts):
        counts = Counter(terms(text))
        counted.lengths.append(counts.total())
        for term, count in counts.items():
            waiting.extend((counted.numbers.setdefault(term, len(counted.numbers)), row, count))
        if len(waiting) >= 3 * CHUNK_POSTINGS:
            _add(spool, waiting, folder)
            waiting = array("i")
    _add(spool, waiting, folder)
    return counted


def _add(spool: IO[bytes], waiting: array[int], folder: Path) -> None:
    """Spool some postings. The spool has no name; its folder is named where that fails."""
    with naming_file(folder):
        spool.write(waiting.tobytes())
        spool.flush()


def _chunks(spool: IO[bytes], folder: Path) -> Iterator[NDArray[np.int32]]:
    """Yield the postings as spooled: term numbers, rows and counts, (3, m), m <= CHUNK_POSTINGS."""
    with naming_file(folder):
        spool.seek(0)
        data = spool.read(CHUNK_POSTINGS * _POSTING)
    while data:
        yield np.frombuffer(data, dtype=np.int32).reshape(-1, 3).T
        with naming_file(folder):
            data = spool.read(CHUNK_POSTINGS * _POSTING)


def _place(
    folder: Path, spool: IO[bytes], ranks: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.float64]
) -> None:
    """Put every posting where it belongs: terms in order, the rows of a term ascending.

    ranks: (t,), the place of each term number in the order. starts: (t + 1,), where each place's postings begin.
    """
    tells = np.array([idf(len(lengths), int(n)) for n in np.diff(starts)], dtype=np.float64)
    average = (lengths.mean() if len(lengths) else 1.0) or 1.0
    rows = create_array(folder / ROWS_FILE, np.int32, int(starts[-1]))
    weights = create_array(folder / SCORES_FILE, np.float32, int(starts[-1]))
    free = starts[:-1].copy()
    for numbers, held, counts in _chunks(spool, folder):
        by_term = np.argsort(ranks[numbers], kind="stable")
        at, held, counts = ranks[numbers][by_term], held[by_term], counts[by_term]
        first = np.flatnonzero(np.diff(at, prepend=-1))
        sizes = np.diff(first, append=len(at))
        places = free[at] + np.arange(len(at)) - np.repeat(first, sizes)
        rows[places] = held
        weights[places] = tells[at] * counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths[held] / average))
        free[at[first]] += sizes
    most = np.maximum.reduceat(weights, starts[:-1]) if len(weights) else weights
    save_array(folder / MAX_SCORES_FILE, most)
