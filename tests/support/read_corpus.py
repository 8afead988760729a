"""Documents read as ingest reads them, all at once: tests have few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pincite.index.types import Document
from pincite.ingestion.reading.files import find_files
from pincite.ingestion.reading.read import read_files
from pincite.ingestion.report import RefusedError


class ReadDocuments(NamedTuple):
    """Documents, and the notes on them and on files that were left out."""

    documents: tuple[Document, ...]
    notes: list[str]


def read_corpus(paths: Sequence[Path]) -> ReadDocuments:
    """Read the documents below `paths`. Raises RefusedError as an ingest does."""
    found = find_files(paths)
    with TemporaryDirectory() as folder:
        read = read_files(found.files, Path(folder) / "spool")
        if faults := [*found.faults, *read.faults]:
            raise RefusedError(faults, found.left_out, read.notes)
        return ReadDocuments(tuple(read.documents), [str(note) for note in [*found.left_out, *read.notes]])
