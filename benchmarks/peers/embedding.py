"""Encoding alone, one engine in a warm process: `python embedding.py NAME FOLDER THREADS`.

Encodes the passages in FOLDER some times over, writes their vectors to the same folder, and prints passages a second as JSON.
pincite's is what `pincite ingest` does with its float32 encoder, on THREADS threads.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TIMES = 5


def pincite(folder: Path, threads: int) -> Callable[[list[str]], Any]:
    from pincite.index.models.encoder import Encoder
    from pincite.ingestion.encoder.packing import encode_all, passage_encoder

    bundle = Path(json.loads((folder / "bundles.json").read_text())["float32"])
    encode = passage_encoder(Encoder.open(bundle, bulk=True), bundle, "float32")

    def embed(texts: list[str]) -> Any:
        vectors = {text: encoded.vector for text, encoded in encode_all(texts, encode, threads)}
        return np.stack([vectors[text] for text in texts])

    return embed


def sentence_transformers(folder: Path, threads: int) -> Callable[[list[str]], Any]:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(json.loads((folder / "model.json").read_text()))
    return lambda texts: model.encode(texts, normalize_embeddings=True)


EMBEDDERS = {"pincite": pincite, "sentence-transformers": sentence_transformers}


def least_cosine(folder: Path) -> float:
    """Return the least cosine between the two vectors that two embedders left for each passage."""
    ours, theirs = (np.load(folder / f"vectors-{name}.npy").astype(np.float64) for name in EMBEDDERS)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float(((ours * theirs).sum(axis=1) / lengths).min())


def main(name: str, folder: Path, threads: int) -> None:
    texts = json.loads((folder / "passages.json").read_text())
    embed = EMBEDDERS[name](folder, threads)
    embed(texts)  # warm
    rates = []
    for _ in range(TIMES):
        began = time.perf_counter()
        vectors = embed(texts)
        rates.append(len(texts) / (time.perf_counter() - began))
    np.save(folder / f"vectors-{name}.npy", vectors)
    print(json.dumps({"passages a second": statistics.median(rates)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
