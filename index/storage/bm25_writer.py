"""Writer of the BM25 index: postings are spooled as texts come, then put in the order of terms.

The postings of passages that an earlier bundle has come from its forward index. In memory at once: the vocabulary, a
number for each text, and CHUNK_POSTINGS postings, or those of CHUNK_PASSAGES passages.
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
from pincite.index.storage.bm25_files import (
    FORWARD_FILE,
    FORWARD_STARTS_FILE,
    MAX_SCORES_FILE,
    ROWS_FILE,
    SCORES_FILE,
    STARTS_FILE,
    TERMS_FILE,
)
from pincite.index.storage.npy import ArrayWriter, create_array, map_array, save_array
from pincite.index.system_errors import naming_file

CHUNK_POSTINGS = (
    1 << 18
)  # postings sorted at once; a posting is a term, a row and how often the one stands in the other
CHUNK_PASSAGES = 4096  # passages whose postings are taken over at once
_POSTING_BYTES = 3 * 4  # bytes


@dataclass(slots=True)
class _CorpusStatistics:
    """Counts of terms and passages once all texts are spooled."""

    term_numbers: dict[str, int] = field(default_factory=dict)  # of terms: the earlier bundle's, then as they were met
    passage_lengths: array[int] = field(default_factory=lambda: array("i"))  # (n,): the terms in each text
    passage_terms: array[int] = field(default_factory=lambda: array("i"))  # (n,): the distinct ones


def write_bm25(folder: Path, texts: Iterable[str | range], previous: Path | None = None) -> None:
    """Build the index over `texts`, one a passage, and write it as plain files. The texts are read once.

    A range stands for the passages with these rows in the bundle `previous`, whose terms are taken over.
    """
    with TemporaryFile(dir=folder) as spool:  # it has no name: whatever happens, none stays
        statistics = _spool_postings(texts, spool, folder, previous)
        frequencies = np.zeros(len(statistics.term_numbers), dtype=np.int64)  # by number
        for term_numbers, _, _ in _spooled_chunks(spool, folder):
            frequencies += np.bincount(term_numbers, minlength=len(frequencies))
        sorted_terms = sorted(term for term, number in statistics.term_numbers.items() if frequencies[number])
        sorted_numbers = [statistics.term_numbers[term] for term in sorted_terms]
        term_positions = np.full(len(frequencies), -1, dtype=np.int64)  # -1: a term that only removed passages had
        term_positions[sorted_numbers] = np.arange(len(sorted_terms))
        starts = np.concatenate([[0], np.cumsum(frequencies[sorted_numbers])]).astype(np.int64)
        with naming_file(folder / TERMS_FILE):
            (folder / TERMS_FILE).write_text(json.dumps(sorted_terms, ensure_ascii=False), encoding="utf-8")
        save_array(folder / STARTS_FILE, starts)
        forward_starts = np.concatenate([[0], np.cumsum(statistics.passage_terms, dtype=np.int64)])
        save_array(folder / FORWARD_STARTS_FILE, forward_starts.astype(np.int64))
        with ArrayWriter(folder / FORWARD_FILE, np.int32, (2,)) as forward:
            for term_numbers, _, counts in _spooled_chunks(spool, folder):
                forward.append(np.stack([term_positions[term_numbers].astype(np.int32), counts], axis=1))
        _write_posting_lists(
            folder, spool, term_positions, starts, np.asarray(statistics.passage_lengths, dtype=np.float64)
        )


def _spool_postings(
    texts: Iterable[str | range], spool: IO[bytes], folder: Path, previous: Path | None
) -> _CorpusStatistics:
    """Write the postings of each text, text after text."""
    statistics = _CorpusStatistics()
    if previous:
        terms_before = json.loads((previous / TERMS_FILE).read_text(encoding="utf-8"))
        statistics.term_numbers = {term: number for number, term in enumerate(terms_before)}
    buffer = array("i")
    for text in texts:
        if isinstance(text, range):
            assert previous is not None
            for rows in (text[at : at + CHUNK_PASSAGES] for at in range(0, len(text), CHUNK_PASSAGES)):
                buffer.frombytes(_previous_postings(previous, rows, statistics).tobytes())
                _flush(spool, buffer, folder)
        else:
            counts = Counter(terms(text))
            row = len(statistics.passage_lengths)
            statistics.passage_lengths.append(counts.total())
            statistics.passage_terms.append(len(counts))
            for term, count in counts.items():
                buffer.extend((statistics.term_numbers.setdefault(term, len(statistics.term_numbers)), row, count))
        if len(buffer) >= 3 * CHUNK_POSTINGS:
            _flush(spool, buffer, folder)
    _flush(spool, buffer, folder)
    return statistics


def _previous_postings(bundle: Path, rows: range, statistics: _CorpusStatistics) -> NDArray[np.int32]:
    """Return the postings of passages of another bundle as the next ones of this, and count them: (m, 3).

    Numbers of its terms are their places in its own order.
    """
    starts = map_array(bundle / FORWARD_STARTS_FILE)[rows.start : rows.stop + 1]
    forward = map_array(bundle / FORWARD_FILE)[starts[0] : starts[-1]]
    term_counts = np.diff(starts)
    first_row = len(statistics.passage_lengths)
    passages = np.repeat(np.arange(len(rows), dtype=np.int32), term_counts)
    lengths = np.bincount(passages, weights=forward[:, 1], minlength=len(rows))
    statistics.passage_lengths.frombytes(lengths.astype(np.int32).tobytes())
    statistics.passage_terms.frombytes(term_counts.astype(np.int32).tobytes())
    return np.stack([forward[:, 0], passages + np.int32(first_row), forward[:, 1]], axis=1)


def _flush(spool: IO[bytes], buffer: array[int], folder: Path) -> None:
    """Spool some postings, and empty the buffer. The spool has no name; its folder is named where that fails."""
    with naming_file(folder):
        spool.write(buffer.tobytes())
        spool.flush()
    del buffer[:]


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
