"""Documents read as ingest reads them, all at once: tests have few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pincite.ingestion.reading.files import find_files
from pincite.ingestion.reading.read import Corpus, read_files


def read_corpus(paths: Sequence[Path]) -> Corpus:
    """Read the documents below `paths`, with all notes on what was left out."""
    files, left_out = find_files(paths)
    with TemporaryDirectory() as folder:
        read = read_files(files, Path(folder) / "spool")
        return replace(read, documents=tuple(read.documents), notes=left_out + read.notes)
