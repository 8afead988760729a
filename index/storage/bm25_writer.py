"""Writer of the BM25 index: postings are spooled as texts come, then put in the order of terms.

In memory at once: the vocabulary, a number for each text, and CHUNK_POSTINGS postings.
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
from pincite.index.retrieval.bm25 import BM25_B, BM25_K1, idf
from pincite.index.storage.bm25_files import MAX_SCORES_FILE, ROWS_FILE, SCORES_FILE, STARTS_FILE, TERMS_FILE
from pincite.index.storage.npy import create_array, save_array
from pincite.index.system_errors import naming_file

CHUNK_POSTINGS = (
    1 << 18
)  # postings sorted at once; a posting is a term, a row and how often the one stands in the other
_POSTING_BYTES = 3 * 4  # bytes


@dataclass(slots=True)
class _CorpusStatistics:
    """Counts of terms and passages once all texts are spooled."""

    term_numbers: dict[str, int] = field(default_factory=dict)  # of terms, in the order in which they were met
    passage_lengths: array[int] = field(default_factory=lambda: array("i"))  # (n,): the terms in each text


def write_bm25(folder: Path, texts: Iterable[str]) -> None:
    """Build the index over `texts`, one a passage, and write it as plain files. The texts are read once."""
    with TemporaryFile(dir=folder) as spool:  # it has no name: whatever happens, none stays
        statistics = _spool_postings(texts, spool, folder)
        sorted_terms = sorted(statistics.term_numbers)
        term_positions = np.empty(len(sorted_terms), dtype=np.int64)
        term_positions[[statistics.term_numbers[term] for term in sorted_terms]] = np.arange(len(sorted_terms))
        frequencies = np.zeros(len(sorted_terms), dtype=np.int64)
        for term_numbers, _, _ in _spooled_chunks(spool, folder):
            frequencies += np.bincount(term_positions[term_numbers], minlength=len(sorted_terms))
        starts = np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int64)
        with naming_file(folder / TERMS_FILE):
            (folder / TERMS_FILE).write_text(json.dumps(sorted_terms, ensure_ascii=False), encoding="utf-8")
        save_array(folder / STARTS_FILE, starts)
        _write_posting_lists(
            folder, spool, term_positions, starts, np.asarray(statistics.passage_lengths, dtype=np.float64)
        )


def _spool_postings(texts: Iterable[str], spool: IO[bytes], folder: Path) -> _CorpusStatistics:
    """Write the postings of each text, text after text."""
    statistics = _CorpusStatistics()
    buffer = array("i")
    for row, text in enumerate(texts):
        counts = Counter(terms(text))
        statistics.passage_lengths.append(counts.total())
        for term, count in counts.items():
            buffer.extend((statistics.term_numbers.setdefault(term, len(statistics.term_numbers)), row, count))
        if len(buffer) >= 3 * CHUNK_POSTINGS:
            _flush(spool, buffer, folder)
            buffer = array("i")
    _flush(spool, buffer, folder)
    return statistics


def _flush(spool: IO[bytes], buffer: array[int], folder: Path) -> None:
    """Spool some postings. The spool has no name; its folder is named where that fails."""
    with naming_file(folder):
        spool.write(buffer.tobytes())
        spool.flush()


def _spooled_chunks(spool: IO[bytes], folder: Path) -> Iterator[NDArray[np.int32]]:
    """Yield the postings as spooled: term numbers, rows and counts, (3, m), m <= CHUNK_POSTINGS."""
    with naming_file(folder):
        spool.seek(0)
        data = spool.read(CHUNK_POSTINGS * _POSTING_BYTES)
    while data:
        yield np.frombuffer(data, dtype=np.int32).reshape(-1, 3).T
        with naming_file(folder):
            data = spool.read(CHUNK_POSTINGS * _POSTING_BYTES)


def _write_posting_lists(
    folder: Path,
    spool: IO[bytes],
    term_positions: NDArray[np.int64],
    starts: NDArray[np.int64],
    lengths: NDArray[np.float64],
) -> None:
    """Put every posting where it belongs: terms in order, the rows of a term ascending.

    term_positions: (t,), the place of each term number in the order. starts: (t + 1,), the first posting of each place.
    """
    idfs = np.array([idf(len(lengths), int(n)) for n in np.diff(starts)], dtype=np.float64)
    average_length = (lengths.mean() if len(lengths) else 1.0) or 1.0
    rows = create_array(folder / ROWS_FILE, np.int32, int(starts[-1]))
    weights = create_array(folder / SCORES_FILE, np.float32, int(starts[-1]))
    next_slots = starts[:-1].copy()
    for term_numbers, passage_rows, counts in _spooled_chunks(spool, folder):
        by_term = np.argsort(term_positions[term_numbers], kind="stable")
        positions, passage_rows, counts = term_positions[term_numbers][by_term], passage_rows[by_term], counts[by_term]
        group_starts = np.flatnonzero(np.diff(positions, prepend=-1))
        sizes = np.diff(group_starts, append=len(positions))
        slots = next_slots[positions] + np.arange(len(positions)) - np.repeat(group_starts, sizes)
        rows[slots] = passage_rows
        weights[slots] = (
            idfs[positions]
            * counts
            * (BM25_K1 + 1)
            / (counts + BM25_K1 * (1 - BM25_B + BM25_B * lengths[passage_rows] / average_length))
        )
        next_slots[positions[group_starts]] += sizes
    max_weights = np.maximum.reduceat(weights, starts[:-1]) if len(weights) else weights
    save_array(folder / MAX_SCORES_FILE, max_weights)
