"""Parquet files that are there as a whole or not at all, and what their footers say of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pincite.index.errors import StorageError
from pincite.index.system_errors import naming_file, printable_path

PART_SUFFIX = ".part"  # of a file that is being written


class RowGroupWriter:
    """Writer of one Parquet file, a row group at a time, with a footer of facts about it."""

    def __init__(self, path: Path, schema: pa.Schema, compression: str) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression=compression,
            use_dictionary=False,
            write_statistics=False,
            write_page_checksum=True,
        )

    def add(self, columns: Mapping[str, Any]) -> None:
        """Write a row group. columns: of one length, by the names of the schema."""
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(column, type=self._schema.field(name).type)
            for name, column in columns.items()
        ]
        table = pa.Table.from_arrays(arrays, schema=self._schema)
        self._writer.write_table(table, row_group_size=max(1, len(table)))

    def state(self, facts: Mapping[str, str]) -> None:
        """Add facts to the footer."""
        self._writer.add_key_value_metadata(dict(facts))

    def close(self) -> None:
        """Write the footer and close the file."""
        self._writer.close()


@contextmanager
def new_parquet(path: Path, schema: pa.Schema, compression: str) -> Iterator[RowGroupWriter]:
    """Write a Parquet file under another name, which says who writes it, and rename it when it is whole and synced."""
    part = path.with_name(f"{path.name}.{platform.node()}-{os.getpid()}{PART_SUFFIX}")
    try:
        with naming_file(path):
            writer = RowGroupWriter(part, schema, compression)
            try:
                yield writer
            finally:
                writer.close()
            descriptor = os.open(part, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


class RowGroupReader:
    """Reader of a Parquet file, a row group at a time."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises StorageError where it is damaged or cannot be read."""
        self._path = path
        with naming_file(path), _naming_damage(path):
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
        facts = self._file.metadata.metadata or {}
        self.facts = {name.decode(): value.decode("utf-8", "replace") for name, value in facts.items()}

    def __enter__(self) -> RowGroupReader:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the row groups. Raises StorageError where one is damaged or cannot be read."""
        for number in range(self._file.num_row_groups):
            with naming_file(self._path), _naming_damage(self._path):
                table = self._file.read_row_group(number, use_threads=False)
            yield table


@contextmanager
def _naming_damage(path: Path) -> Iterator[None]:
    """Delete a damaged file, which is made again by the next run, and say so."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(path, error) from error
    except (pa.ArrowException, EOFError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> StorageError:
    with suppress(OSError):
        path.unlink()
    reason = str(error).strip().splitlines()[0].rstrip(".")
    return StorageError(printable_path(path), f"is damaged and was deleted: {reason}", "run the command again")
