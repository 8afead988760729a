"""NumPy files written as their rows come, and read where they are needed: never in memory as a whole."""

from __future__ import annotations

import math
import os
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pincite.index.storage.plain_files import LARGE_FILE, truncated_error
from pincite.index.system_errors import naming_file

COPY_BYTES = 1 << 20  # bytes copied at a time from one file to another


class RowReader:
    """Rows of a large .npy file, read on demand: of a mapped file, the pages around each would stay resident."""

    def __init__(self, path: Path) -> None:
        """Open a file of two dimensions."""
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        self._dtype, self._data_offset = array.dtype, int(array.offset)
        self._row_count, self._row_length = array.shape
        self._path = path
        self._file = path.open("rb", buffering=0)
        finalize(self, self._file.close)

    def __getitem__(self, rows: NDArray[np.int64] | slice) -> NDArray[Any]:
        """Read some rows, in the order asked: (m, width).

        Raises StorageError where the file cannot be read, or ends before a row does; IndexError for no row of it.
        """
        row_numbers = range(rows.start, rows.stop) if isinstance(rows, slice) else rows.tolist()
        result = np.empty((len(row_numbers), self._row_length), dtype=self._dtype)
        row_bytes = self._row_length * self._dtype.itemsize
        if row_numbers and not 0 <= min(row_numbers) <= max(row_numbers) < self._row_count:
            raise IndexError(f"{self._path.name} has the rows 0 to {self._row_count - 1}")
        with naming_file(self._path):
            for row, buffer in zip(row_numbers, result, strict=True):
                if os.preadv(self._file.fileno(), [buffer.data], self._data_offset + row * row_bytes) != row_bytes:
                    raise truncated_error(self._path)
        return result


def open_rows(path: Path) -> NDArray[Any] | RowReader:
    """Open a .npy file to take rows from: mapped, or read row by row if it is large."""
    return RowReader(path) if path.stat().st_size > LARGE_FILE else map_array(path)


def map_array(path: Path) -> NDArray[Any]:
    """Map a .npy file as a plain array: slices of NumPy's memmap cost more than most uses of them."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array that is in memory as a .npy file."""
    with ArrayWriter(path, array.dtype, array.shape[1:]) as file:
        file.append(array)


def create_array(path: Path, dtype: DTypeLike, rows: int) -> NDArray[Any]:
    """Create an array on disk, mapped, and allocate its space at once: a full disk found later ends the process."""
    with naming_file(path):
        with ArrayWriter(path, dtype) as writer:
            data_offset = writer.reserve_rows(rows)
        if rows:
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), data_offset, rows * np.dtype(dtype).itemsize)
        array: NDArray[Any] = np.load(path, mmap_mode="r+", allow_pickle=False)
        return array


class ArrayWriter:
    """Writes one .npy file from its first row to its last, as a context manager. Its bytes are those of np.save."""

    def __init__(self, path: Path, dtype: DTypeLike, row_shape: tuple[int, ...] = ()) -> None:
        """Create the file. `row_shape` is the shape of one row: () for an array of numbers."""
        self._dtype = np.dtype(dtype)
        self._row_shape = row_shape
        self._row_count = 0
        self._path = path
        with naming_file(path):
            self._file = path.open("wb")
            self._write_header()

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with naming_file(self._path), self._file:
            if error is None:
                self._finish()

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows, (m, *row), of the file's own dtype or one that converts to it without loss."""
        if rows.shape[1:] != self._row_shape or not np.can_cast(rows.dtype, self._dtype, "safe"):
            raise ValueError(f"{self._file.name} takes {self._dtype} rows of shape {self._row_shape}, not {rows.dtype}")
        with naming_file(self._path):
            self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        self._row_count += len(rows)

    def append_from(self, source: Path, rows: range) -> None:
        """Add rows of another .npy file of the same dtype and row shape, byte for byte.

        Raises StorageError, naming that file, where it cannot be read or ends before the last of the rows.
        """
        with naming_file(source), source.open("rb", buffering=0) as file:
            array = np.load(source, mmap_mode="r", allow_pickle=False)
            if array.dtype != self._dtype or array.shape[1:] != self._row_shape or rows.stop > len(array):
                raise truncated_error(source)
            row_bytes = self._dtype.itemsize * math.prod(self._row_shape)
            file.seek(array.offset + rows.start * row_bytes)
            left = len(rows) * row_bytes
            buffer = memoryview(bytearray(COPY_BYTES))
            while left:
                size = file.readinto(buffer[:left])
                if not size:
                    raise truncated_error(source)
                with naming_file(self._path):
                    self._file.write(buffer[:size])
                left -= size
        self._row_count += len(rows)

    def reserve_rows(self, rows: int) -> int:
        """Set the number of rows in the header; the caller writes them. Returns the offset of the first, in bytes."""
        self._row_count = rows
        return self._file.tell()

    def close(self) -> None:
        """Write the number of rows into the header and close the file."""
        self.__exit__(None, None, None)

    def _finish(self) -> None:
        """Write the number of rows into the header, which has room for it."""
        end = self._file.tell()
        self._file.seek(0)
        self._write_header()
        self._file.seek(end)

    def _write_header(self) -> None:
        """Write a header whose length does not depend on the number of rows: NumPy leaves room for the largest."""
        shape = (self._row_count, *self._row_shape)
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)


class StartsWriter:
    """Writes where each passage's rows begin in another file: (n + 1,) int64, of which the first is 0."""

    def __init__(self, path: Path) -> None:
        self._file = ArrayWriter(path, np.int64)
        self._next_start = 0
        self.add(0)

    def add(self, count: int) -> None:
        """Add the next passage, which has so many rows."""
        self._next_start += count
        self._file.append(np.array([self._next_start], dtype=np.int64))

    def append_from(self, source: Path, passages: range) -> range:
        """Add passages of another such file. Returns the rows that they have there."""
        with naming_file(source):
            starts = np.load(source, mmap_mode="r", allow_pickle=False)[passages.start : passages.stop + 1]
        first, end = int(starts[0]), int(starts[-1])
        self._file.append(starts[1:] + (self._next_start - first))
        self._next_start += end - first
        return range(first, end)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
