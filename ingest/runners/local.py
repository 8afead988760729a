"""Runner in this process: one file after another, each on every processor."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from pincite.index.parallel import CPUS
from pincite.ingestion.runners.embed_file import FileEmbedder


def run_here(files: Sequence[Path], encoder_folder: Path, precision: str) -> Generator[Path, None, None]:
    """Embed files of texts, and yield each when its vectors are there."""
    embedder = FileEmbedder(encoder_folder, precision, CPUS)
    for texts in files:
        embedder.embed(texts)
        yield texts
