"""The lexical arm's files: byte for byte those of a plain way to write them, however few postings fit into memory."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.index.query.analysis import terms
from pincite.index.retrieval.bm25 import BM25_B, BM25_K1
from pincite.index.storage import bm25_writer
from pincite.index.storage.bm25_files import (
    FORWARD_FILE,
    FORWARD_STARTS_FILE,
    MAX_SCORES_FILE,
    ROWS_FILE,
    SCORES_FILE,
    STARTS_FILE,
    TERMS_FILE,
)
from pincite.index.storage.bm25_writer import write_bm25

FILES = (MAX_SCORES_FILE, TERMS_FILE, STARTS_FILE, ROWS_FILE, SCORES_FILE, FORWARD_FILE, FORWARD_STARTS_FILE)
WORD = st.sampled_from(["tower", "Towers", "bell", "quay", "é", "筋萎縮", "don’t", "x1", "…", "zebra"])
TEXTS = st.lists(st.lists(WORD, max_size=12).map(" ".join), max_size=20)


def plainly(folder: Path, texts: Sequence[str]) -> None:
    """Compute all postings in memory, term after term, in float64."""
    found: dict[str, list[tuple[int, int]]] = {}
    lengths = np.array([len(terms(text)) for text in texts], dtype=np.float64)
    for row, text in enumerate(texts):
        for term, count in Counter(terms(text)).items():
            found.setdefault(term, []).append((row, count))
    average = (lengths.mean() if len(texts) else 1.0) or 1.0
    weights = [np.empty(0)]
    for term in sorted(found):
        rows, counts = np.asarray(found[term], dtype=np.int64).T
        idf = math.log(1 + (len(texts) - len(rows) + 0.5) / (len(rows) + 0.5))
        weights.append(
            idf * counts * (BM25_K1 + 1) / (counts + BM25_K1 * (1 - BM25_B + BM25_B * lengths[rows] / average))
        )
    (folder / TERMS_FILE).write_text(json.dumps(sorted(found), ensure_ascii=False), encoding="utf-8")
    np.save(folder / STARTS_FILE, np.cumsum([0, *(len(found[t]) for t in sorted(found))], dtype=np.int64))
    np.save(folder / ROWS_FILE, np.array([row for t in sorted(found) for row, _ in found[t]], dtype=np.int32))
    np.save(folder / SCORES_FILE, np.concatenate(weights).astype(np.float32))
    np.save(folder / MAX_SCORES_FILE, np.array([w.max() for w in weights[1:]], dtype=np.float32))
    order = {term: number for number, term in enumerate(sorted(found))}
    forward = [[(order[term], count) for term, count in Counter(terms(text)).items()] for text in texts]
    np.save(folder / FORWARD_FILE, np.array([pair for row in forward for pair in row], np.int32).reshape(-1, 2))
    np.save(folder / FORWARD_STARTS_FILE, np.cumsum([0, *map(len, forward)], dtype=np.int64))


@given(TEXTS, st.sampled_from([1, 2, 7, 1000]))
def test_the_files_are_those_of_the_plain_way(texts: list[str], chunk: int) -> None:
    """Terms in order, rows ascending in each, weights worked out in float64: the same bytes, and no other file."""
    with TemporaryDirectory() as ours, TemporaryDirectory() as theirs, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bm25_writer, "CHUNK_POSTINGS", chunk)
        write_bm25(Path(ours), iter(texts))
        plainly(Path(theirs), texts)
        assert {p.name for p in Path(ours).iterdir()} == set(FILES)
        for name in FILES:
            assert (Path(ours) / name).read_bytes() == (Path(theirs) / name).read_bytes(), name


@given(TEXTS, st.lists(st.booleans(), min_size=20, max_size=20), TEXTS, st.sampled_from([1, 2, 1000]))
def test_passages_taken_over_give_the_same_files(
    before: list[str], is_kept: list[bool], new: list[str], chunk: int
) -> None:
    """Rows of another bundle stand for their texts: without some of them, and with new texts between, byte for byte."""
    with TemporaryDirectory() as previous, TemporaryDirectory() as ours, TemporaryDirectory() as theirs:
        given = [(range(row, row + 1), text) for row, text in enumerate(before) if is_kept[row]]
        mixed = [part for pair in zip_longest(given, [(text, text) for text in new]) for part in pair if part]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bm25_writer, "CHUNK_POSTINGS", chunk)
            write_bm25(Path(previous), before)
            write_bm25(Path(ours), [part for part, _ in mixed], Path(previous))
        plainly(Path(theirs), [text for _, text in mixed])
        for name in FILES:
            assert (Path(ours) / name).read_bytes() == (Path(theirs) / name).read_bytes(), name


def test_no_spool_stays_when_texts_fail(tmp_path: Path) -> None:
    """The spool is deleted when reading the texts ends in an error."""

    def failing() -> object:
        yield "tower bell"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_bm25(tmp_path, failing())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
