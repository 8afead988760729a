"""The dense arm beyond what is compared one by one: the kind of index, what it finds, and within scopes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pincite.index.errors import StorageError
from pincite.index.retrieval import dense
from pincite.index.retrieval.dense import DenseIndex
from pincite.index.storage.dense_files import FAISS_FILE, VECTORS_FILE, open_dense, write_dense

SIZE = 4000


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Unit vectors in clusters, as texts have them."""
    chance = np.random.default_rng(7)
    centres = chance.normal(size=(80, 64))
    found = centres[chance.integers(0, 80, SIZE)] + 0.7 * chance.normal(size=(SIZE, 64))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def write(folder: Path, vectors: NDArray[np.float32]) -> str:
    np.save(folder / VECTORS_FILE, vectors)
    return write_dense(folder)


@pytest.fixture
def large(tmp_path: Path, vectors: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch) -> DenseIndex:
    """An index of more passages than are compared one by one."""
    monkeypatch.setattr(dense, "EXACT_BELOW", SIZE - 1)
    assert write(tmp_path, vectors) == "codes"
    return open_dense(tmp_path)


def test_the_kind_goes_by_the_number(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    """Up to EXACT passages every vector is kept and compared as it is."""
    assert write(tmp_path, vectors) == "flat"
    assert not (tmp_path / VECTORS_FILE).exists()  # the index has them
    assert np.array_equal(open_dense(tmp_path).vectors(np.arange(SIZE)), vectors)


def test_codes_find_the_nearest(large: DenseIndex, vectors: NDArray[np.float32]) -> None:
    """PQ codes find 99% of the ten nearest, in order of their own cosines."""
    held = large.vectors(np.arange(SIZE))
    assert np.array_equal(held, vectors)  # codes are rounded; what is compared is not
    shares = []
    for query in vectors[::40]:
        rows, cosines = large.nearest(query, 10)
        assert (np.diff(cosines) <= 0).all()
        shares.append(len(set(rows.tolist()) & set(np.argsort(-vectors @ query)[:10].tolist())) / 10)
    assert np.mean(shares) >= 0.99


@pytest.mark.parametrize("size", [1, 7, 200, 2000])
def test_within_a_scope_all_are_compared(large: DenseIndex, vectors: NDArray[np.float32], size: int) -> None:
    """As many as were asked for are found, the nearest, and nothing out of the scope comes in."""
    within = np.sort(np.random.default_rng(size).permutation(SIZE)[:size])
    held = large.vectors(within)
    for query in vectors[::400]:
        rows, _ = large.nearest(query, 10, within)
        assert len(rows) == min(10, size)
        assert set(rows.tolist()) <= set(within.tolist())
        exact = np.sort(held @ query)[::-1][: len(rows)]
        assert np.allclose(np.sort(large.vectors(rows) @ query)[::-1], exact, atol=1e-5)


def test_the_same_vectors_give_the_same_bytes(
    tmp_path: Path, vectors: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes are learnt from the same vectors in the same order."""
    monkeypatch.setattr(dense, "EXACT_BELOW", 100)
    written = []
    for _ in range(2):
        write(tmp_path, vectors[:1000])
        written.append((tmp_path / FAISS_FILE).read_bytes())
    assert written[0] == written[1]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """FAISS itself closes a file that it could not write without a word; here it is an error that names the file."""
    (tmp_path / "passages.faiss").symlink_to("/dev/full")
    np.save(tmp_path / "passages.npy", np.eye(4, dtype=np.float32))
    with pytest.raises(StorageError, match=r"passages\.faiss: cannot be written: the disk is full"):
        write_dense(tmp_path)
