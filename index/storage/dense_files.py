"""Files of the dense index: their names, how they are written, and how they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss as typed_faiss

from pincite.index.retrieval.dense import DenseIndex, build_index
from pincite.index.storage.npy import map_array, open_rows
from pincite.index.system_errors import naming_file

faiss: Any = typed_faiss  # its own type hints leave out half of its names

FAISS_FILE = "passages.faiss"
VECTORS_FILE = "passages.npy"  # the vectors, next to PQ codes


def write_dense(folder: Path) -> str:
    """Index the vectors in VECTORS_FILE, (n, d) float32, unit rows. Returns the kind of index.

    The vectors are mapped from disk: memory holds what FAISS keeps of them. A flat index keeps every vector whole, so
    VECTORS_FILE is deleted next to one.
    """
    kind, index = build_index(map_array(folder / VECTORS_FILE))
    _write_index(index, folder / FAISS_FILE)
    if kind == "flat":
        (folder / VECTORS_FILE).unlink()
    return kind


def open_dense(folder: Path) -> DenseIndex:
    """Open the files that write_dense wrote."""
    index = faiss.read_index(str(folder / FAISS_FILE))
    is_pq = isinstance(index, faiss.IndexPreTransform)
    return DenseIndex(index, open_rows(folder / VECTORS_FILE) if is_pq else None)


def _write_index(index: Any, path: Path) -> None:
    """Write an index through a Python file: FAISS reports no error when it closes its own file on a full disk."""
    with naming_file(path), path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))
