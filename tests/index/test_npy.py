"""NumPy files written as their rows come: the bytes of np.save, whatever the pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pincite.index.errors import StorageError
from pincite.index.storage import npy
from pincite.index.storage.npy import ArrayWriter, RowReader, StartsWriter, create_array, save_array


@pytest.mark.parametrize("pieces", [[], [0], [1], [3, 0, 4], [1] * 2000], ids=len)
@pytest.mark.parametrize(("dtype", "row"), [(np.float32, (3,)), (np.int8, (2, 2)), (np.int64, ()), (np.uint64, (2,))])
def test_the_bytes_are_those_of_np_save(tmp_path: Path, pieces: list[int], dtype: type, row: tuple[int, ...]) -> None:
    """None, one or many pieces give the file that saving all of them at once gives, and it can be mapped."""
    whole = np.arange(sum(pieces) * int(np.prod(row, dtype=int))).astype(dtype).reshape(-1, *row)
    at = 0
    with ArrayWriter(tmp_path / "a.npy", dtype, row) as writer:
        for piece in pieces:
            writer.append(whole[at : at + piece])
            at += piece
    np.save(tmp_path / "b.npy", whole)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    assert np.array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), whole)


@pytest.mark.parametrize("rows", [np.zeros((1, 4), np.float32), np.zeros((1, 3), np.float64), np.zeros(3, np.float32)])
def test_rows_that_do_not_belong_are_refused(tmp_path: Path, rows: np.ndarray) -> None:
    """Another shape, or a dtype that would be rounded, is an error and not a damaged file."""
    with ArrayWriter(tmp_path / "a.npy", np.float32, (3,)) as writer, pytest.raises(ValueError, match="takes float32"):
        writer.append(rows)


def test_starts(tmp_path: Path) -> None:
    """StartsWriter records where each passage's rows begin, and where the last one's end."""
    writer = StartsWriter(tmp_path / "s.npy")
    for rows in (2, 0, 5):
        writer.add(rows)
    writer.close()
    assert np.load(tmp_path / "s.npy").tolist() == [0, 2, 2, 7]


def test_rows_of_a_large_file_are_those_of_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one by one, in any order, by numbers or as a run, they are what the mapped array gives."""
    values = np.arange(60, dtype=np.float32).reshape(20, 3)
    np.save(tmp_path / "a.npy", values)
    mapped = npy.open_rows(tmp_path / "a.npy")
    monkeypatch.setattr(npy, "LARGE_FILE", 10)
    read = npy.open_rows(tmp_path / "a.npy")
    assert isinstance(mapped, np.ndarray)
    assert isinstance(read, npy.RowReader)
    for wanted in (np.array([7, 0, 19, 7]), np.array([], dtype=np.int64), slice(3, 6), slice(4, 4)):
        assert np.array_equal(read[wanted], mapped[wanted])


def test_rows_of_another_file_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are copied, however few bytes at a time, stand between others as if they had been added."""
    monkeypatch.setattr(npy, "COPY_BYTES", 7)
    whole = np.arange(60, dtype=np.float32).reshape(20, 3)
    np.save(tmp_path / "a.npy", whole)
    with ArrayWriter(tmp_path / "b.npy", np.float32, (3,)) as writer:
        writer.append(whole[:2])
        writer.append_from(tmp_path / "a.npy", range(5, 9))
        writer.append_from(tmp_path / "a.npy", range(9, 9))
        writer.append(whole[:1])
    assert np.array_equal(np.load(tmp_path / "b.npy"), whole[[0, 1, 5, 6, 7, 8, 0]])


def test_rows_that_cannot_be_copied(tmp_path: Path) -> None:
    """Rows beyond the end, of another type or of a file that is gone are refused with the name of that file."""
    np.save(tmp_path / "a.npy", np.zeros((20, 3), dtype=np.float32))
    np.save(tmp_path / "b.npy", np.zeros((20, 3), dtype=np.int32))
    with ArrayWriter(tmp_path / "c.npy", np.float32, (3,)) as writer:
        for name, rows in (("a.npy", range(18, 21)), ("b.npy", range(2)), ("gone.npy", range(2))):
            with pytest.raises(StorageError, match=name):
                writer.append_from(tmp_path / name, rows)


def test_starts_of_another_file_are_copied(tmp_path: Path) -> None:
    """Passages keep their numbers of rows, which begin where those before them end; their rows there are returned."""
    for name, counts in (("a.npy", [2, 0, 3, 1]), ("b.npy", [5])):
        starts = StartsWriter(tmp_path / name)
        for count in counts:
            starts.add(count)
        if name == "b.npy":
            assert starts.append_from(tmp_path / "a.npy", range(1, 4)) == range(2, 6)
        starts.close()
    assert np.load(tmp_path / "b.npy").tolist() == [0, 5, 5, 8, 9]


def test_a_full_disk_is_told_with_the_name_of_the_file() -> None:
    """Whether it shows when rows are added or when the file is closed."""
    for rows in (1, 1_000_000):
        with pytest.raises(StorageError, match="/dev/full: cannot be written: the disk is full"):
            save_array(Path("/dev/full"), np.zeros(rows, dtype=np.float32))


def test_an_array_on_disk_has_its_room_before_it_is_mapped(tmp_path: Path) -> None:
    """Its blocks are taken at once, in a file of zeros as np.save makes it: a map of a full disk ends the process."""
    create_array(tmp_path / "ours.npy", np.int32, 50_000)
    np.save(tmp_path / "theirs.npy", np.zeros(50_000, dtype=np.int32))
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()
    assert (tmp_path / "ours.npy").stat().st_blocks * 512 >= 200_000
    assert len(create_array(tmp_path / "none.npy", np.int32, 0)) == 0


@pytest.mark.parametrize("cut", [1, 12, 700])
def test_a_file_cut_short_gives_an_error_and_no_numbers(tmp_path: Path, cut: int) -> None:
    """A row that the file no longer holds whole is refused with its name; the rows before it are read as before."""
    path = tmp_path / "a.npy"
    np.save(path, np.arange(600, dtype=np.float32).reshape(200, 3))
    rows = RowReader(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    with pytest.raises(StorageError, match=r"a\.npy: is shorter than it was when it was opened"):
        rows[np.array([0, 199])]
    assert rows[slice(0, 1)].tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("row", [-1, 20, 10**6])
def test_a_row_that_a_file_does_not_have(tmp_path: Path, row: int) -> None:
    """An index before the first row or beyond the last is an error."""
    np.save(tmp_path / "a.npy", np.zeros((20, 3), dtype=np.float32))
    with pytest.raises(IndexError):
        RowReader(tmp_path / "a.npy")[np.array([row])]
