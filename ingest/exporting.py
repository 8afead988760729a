"""The encoder of a bundle: exported from a model and checked, or taken over from the live bundle."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundle import Bundle
from index.encoder import FILES, GRAPH, Encoder
from index.errors import ModelError
from index.manifest import file_sha256
from ingest.embed import LEAST_INT8, Progress, check_parity
from ingest.graph import to_eight_bits

CHECKED = 100  # texts embedded in the other ways as well, to check the export
NEIGHBOURS = 10  # of each text of the sample among the others, that eight bits are held against

Say = Callable[[str], Progress]  # the name of a stage in, a callback for its progress out


class Embeds(Protocol):
    """What build needs of ingest.embed.Embedder."""

    def embed(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """Embed texts. Returns (n, d) float32, unit rows."""
        ...

    def export(self, folder: Path) -> None:
        """Write what index.encoder loads."""
        ...


@dataclass(frozen=True, slots=True)
class Exporter:
    """How an encoder is made of a model's weights."""

    numbers: str  # float32 or int8
    digest: str  # of the weights, the numbers, and the code and libraries that export


def same_encoder(previous: Bundle, folder: Path) -> bool:
    """Whether a bundle holds the very encoder that lies in `folder`."""
    held = previous.manifest["files"]
    return all(f in held and held[f]["sha256"] == file_sha256(folder / f) for f in FILES)


def copy_encoder(previous: Bundle | None, exporter: Exporter, folder: Path) -> dict[str, float] | None:
    """Take over an encoder that was exported in the same way, if there is one. Returns its parity."""
    if previous is None or previous.manifest["model"].get("exporter") != exporter.digest:
        return None
    for name in FILES:
        shutil.copyfile(previous.folder / name, folder / name)
    return dict(previous.manifest["made"]["parity"])


def export_encoder(
    embedder: Embeds, exporter: Exporter, texts: Sequence[str], folder: Path, say: Say
) -> dict[str, float]:
    """Export the encoder and check it on a sample of texts, evenly spaced. Returns its parity: 1 for no texts.

    Raises ModelError, quoting the text, when ONNX Runtime and PyTorch disagree, or eight bits lose too much.
    """
    embedder.export(folder)
    texts = list(dict.fromkeys(texts))
    sample = texts[:: max(1, -(-len(texts) // CHECKED))]
    exact = [Encoder(folder).encode_passage(text).vector for text in sample] if sample else []
    wanted = list(embedder.embed(sample, say("a sample with PyTorch, to compare"))) if sample else []
    cosines = [check_parity(*found) for found in zip(sample, exact, wanted, strict=True)]
    parity = {"least_cosine": round(min(cosines, default=1.0), 9)}
    if exporter.numbers == "int8":
        to_eight_bits(folder)
        parity |= _compare(sample, exact, Encoder(folder))
    return parity


def _compare(sample: Sequence[str], exact: Sequence[NDArray[np.float32]], encoder: Encoder) -> dict[str, float]:
    """How near an encoder in eight bits comes to the exact vectors: cosines, and the share of neighbours it keeps."""
    if not sample:
        return {"int8_least_cosine": 1.0, "int8_mean_cosine": 1.0, "int8_neighbours": 1.0}
    ours, theirs = np.stack([encoder.encode_passage(text).vector for text in sample]), np.stack(exact)
    cosines = (ours * theirs).sum(axis=1)
    if not cosines.min() >= LEAST_INT8:
        text = sample[int(cosines.argmin())]
        raise ModelError(
            GRAPH,
            f"eight bits give other vectors (cosine {cosines.min():.4f} < {LEAST_INT8}) for {text[:60]!r}",
            "set PINCITE_ENCODER=float32",
        )
    near = [[set(row[1 : NEIGHBOURS + 1].tolist()) for row in np.argsort(-(v @ v.T), axis=1)] for v in (ours, theirs)]
    kept = [len(a & b) / max(1, len(b)) for a, b in zip(*near, strict=True)]
    return {
        "int8_least_cosine": round(float(cosines.min()), 6),
        "int8_mean_cosine": round(float(cosines.mean()), 6),
        "int8_neighbours": round(float(np.mean(kept)), 4),
    }
