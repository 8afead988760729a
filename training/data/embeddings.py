"""Vectors of questions and windows by the default encoder, cached on disk. Hard negatives are found with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.ingestion.encoder.model_files import find_model


def vectors(texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
    """Embed texts, or load their vectors from the folder `cache`. Returns (n, d) float32, unit rows."""
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    path = cache / f"vectors-{digest}.npy"
    if not path.is_file():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(find_model("default").folder), device="cpu")
        model.max_seq_length = 128
        encoded = model.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, encoded.astype(np.float32), allow_pickle=False)
    loaded: NDArray[np.float32] = np.load(path, allow_pickle=False)
    return loaded
