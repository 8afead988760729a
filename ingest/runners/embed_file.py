"""The unit of work: a function from one Parquet file of texts to one of vectors."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pincite.index.models.encoder import ENCODER_FILES, Encoder
from pincite.index.storage.manifest import file_sha256
from pincite.ingestion.embedding.embed_texts import embed_texts
from pincite.ingestion.encoder.packing import passage_encoder
from pincite.ingestion.runners.parquet import new_parquet
from pincite.ingestion.runners.texts_file import TextsDigest, read_texts_file
from pincite.ingestion.runners.vectors_file import add_vectors, vectors_facts, vectors_path, vectors_schema


class FileEmbedder:
    """Encoder that is loaded once and embeds one file after another; what a file becomes depends on nothing else."""

    def __init__(self, encoder_folder: Path, precision: str, workers: int) -> None:
        """Load ENCODER_FILES of a folder. workers: processors that one file is embedded on."""
        self._encoder = Encoder.open(encoder_folder, bulk=True)
        self._encode = passage_encoder(self._encoder, encoder_folder, precision)
        self._sha256 = encoder_sha256(encoder_folder)
        self._workers = workers

    def embed(self, texts: Path) -> Path:
        """Embed a file of texts. Returns the file of vectors, which is there as a whole or not at all."""
        vectors, digest = vectors_path(texts), TextsDigest()
        with new_parquet(vectors, vectors_schema(self._encoder.dimension), "none") as file:
            for missing in read_texts_file(texts):
                add_vectors(file, missing, embed_texts(self._encode, missing, _silent, self._workers))
                digest.add(missing)
            file.state(vectors_facts(self._sha256, digest.hexdigest()))
        return vectors


def encoder_sha256(folder: Path) -> str:
    """Digest the files of an encoder."""
    return hashlib.sha256("".join(file_sha256(folder / name) for name in ENCODER_FILES).encode()).hexdigest()


def _silent(done: int, total: int) -> None:
    """Report nothing: a file is the step that is counted."""
