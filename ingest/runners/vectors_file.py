"""Parquet files of vectors, row for row and row group for row group those of a file of texts.

The footer says which encoder made the vectors, and of which texts: by these a finished file is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pincite.index.errors import StorageError
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.ingestion.embedding.embed_texts import EmbeddedTexts, MissingTexts
from pincite.ingestion.progress import Progress
from pincite.ingestion.runners.parquet import RowGroupReader, RowGroupWriter
from pincite.ingestion.runners.texts_file import text_digests

VECTORS_PATTERN = "vectors-*.parquet"
FORMAT = "1"


def vectors_path(texts: Path) -> Path:
    """Return where the vectors of a file of texts are."""
    return texts.with_name(texts.name.replace("texts-", "vectors-"))


def vectors_schema(dimension: int) -> pa.Schema:
    """Return the columns of a file: each text's digest and vector, and, where they are wanted, its token vectors.

    token_values: t rows of `dimension` uint8, as QuantizedTokens has them; token_scales: t float32.
    """
    return pa.schema(
        [
            ("digest", pa.binary(16)),
            ("vector", pa.list_(pa.float32(), dimension)),
            ("token_values", pa.large_binary()),
            ("token_scales", pa.list_(pa.float32())),
        ]
    )


def vectors_facts(encoder_sha256: str, texts_sha256: str) -> dict[str, str]:
    """Return the footer of a finished file."""
    return {"pincite.format": FORMAT, "pincite.encoder": encoder_sha256, "pincite.texts": texts_sha256}


def is_finished(path: Path, encoder_sha256: str, texts_sha256: str) -> bool:
    """Return whether a file holds the vectors of these texts, made by this encoder."""
    try:
        with RowGroupReader(path) as file:
            return vectors_facts(encoder_sha256, texts_sha256).items() <= file.facts.items()
    except StorageError:  # not there, or damaged: it is made
        return False


def add_vectors(file: RowGroupWriter, missing: MissingTexts, embedded: EmbeddedTexts) -> None:
    """Write the vectors of a window, row for row those of its texts."""
    vectors = np.stack([embedded.vectors[text] for text in missing.texts])
    tokens = [embedded.tokens.get(text) for text in missing.texts]
    file.add(
        {
            "digest": text_digests(missing),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1]),
            "token_values": [t and t.values.tobytes() for t in tokens],
            "token_scales": [t and t.scales for t in tokens],
        }
    )


class StoredVectors:
    """Vectors of one window after another, read from files in the order in which their texts were written."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Read from files of vectors."""
        self._groups = _row_groups(files)

    def __call__(self, missing: MissingTexts, progress: Progress) -> EmbeddedTexts:
        """Return the vectors of the next window. Raises StorageError where the files hold those of other texts."""
        embedded = EmbeddedTexts()
        if not missing.texts:
            return embedded
        path, table = next(self._groups, (None, None))
        if table is None or table["digest"].to_pylist() != text_digests(missing):
            raise StorageError(
                str(path or "files of vectors"), "does not hold the vectors of these texts", "run the command again"
            )
        vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(len(table), -1)
        embedded.vectors.update(zip(missing.texts, vectors, strict=True))
        values, scales = table["token_values"], table["token_scales"]
        for row, text in enumerate(missing.texts):
            if text in missing.token_texts:
                row_scales = scales[row].values.to_numpy()
                row_values = np.frombuffer(values[row].as_buffer(), dtype=np.uint8).reshape(len(row_scales), -1)
                embedded.tokens[text] = QuantizedTokens(row_values, row_scales)
        progress(len(missing.texts), len(missing.texts))
        return embedded


def _row_groups(files: Sequence[Path]) -> Iterator[tuple[Path, pa.Table]]:
    for path in files:
        with RowGroupReader(path) as groups:
            for table in groups:
                yield path, table
