"""The encoder of a bundle: exported from a model and checked, or taken over from the live bundle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.errors import ModelError
from pincite.index.models.encoder import ENCODER_CONFIG, ENCODER_FILES, ENCODER_GRAPH, Encoder
from pincite.index.storage.manifest import file_sha256
from pincite.index.system_errors import naming_file
from pincite.ingestion.encoder.calibration_texts import CALIBRATION_TEXTS
from pincite.ingestion.encoder.onnx_files import extract_token_embeddings
from pincite.ingestion.encoder.quantize import quantize_graph
from pincite.ingestion.encoder.sentence_transformer import Progress, check_parity

PARITY_SAMPLE = 100  # texts embedded in the other ways as well, to check the export
PARITY_NEIGHBOURS = 10  # of each text of the sample among the others, that rounded numbers are held against
MIN_INT8_COSINE = 0.995  # the least cosine of a vector in rounded numbers with the same in float32

ProgressFactory = Callable[[str], Progress]  # the name of a stage in, a callback for its progress out


class EmbeddingModel(Protocol):
    """Interface of the model that build() needs; sentence_transformer.Embedder has it."""

    def embed(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """Embed texts. Returns (n, d) float32, unit rows."""
        ...

    def export(self, folder: Path) -> None:
        """Write what pincite.index.models.encoder loads."""
        ...


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """How an encoder is made of a model's weights."""

    precision: str  # the setting: float32, int8 or auto
    digest: str  # of the weights, the setting, and the code and libraries that export


@dataclass(frozen=True, slots=True)
class ExportedEncoder:
    """An encoder that was made."""

    precision: str  # float32 or int8
    parity: dict[str, float]  # on the texts it was checked on: docs/decisions/0015-encoders.md


def same_encoder(previous: Bundle, folder: Path) -> bool:
    """Return whether a bundle holds the very encoder that is in `folder`."""
    files = previous.manifest["files"]
    return all(f in files and files[f]["sha256"] == file_sha256(folder / f) for f in ENCODER_FILES)


def copy_encoder(previous: Bundle | None, export_spec: ExportSpec, folder: Path) -> ExportedEncoder | None:
    """Take over an encoder that was exported in the same way, if there is one that can be read."""
    if previous is None or previous.manifest["model"].get("exporter") != export_spec.digest:
        return None
    try:
        for name in ENCODER_FILES:
            shutil.copyfile(previous.folder / name, folder / name)
        if not same_encoder(previous, folder):
            return None
    except OSError:  # of the one or of the other: what is exported in its place will tell
        return None
    return ExportedEncoder(previous.manifest["model"]["precision"], dict(previous.manifest["made"]["parity"]))


def export_encoder(
    model: EmbeddingModel, requested_precision: str, texts: Sequence[str], folder: Path, progress_for: ProgressFactory
) -> ExportedEncoder:
    """Export the encoder and check it on a sample of texts, evenly spaced.

    Its numbers are those asked for; of `auto`, eight bits where they come near enough to float32. Raises ModelError,
    quoting the text, when ONNX Runtime and PyTorch disagree, or the numbers asked for lose too much.
    """
    model.export(folder)
    texts = list(dict.fromkeys(texts))
    sample = texts[:: max(1, -(-len(texts) // PARITY_SAMPLE))]
    encoder = Encoder(folder)
    onnx_vectors = [encoder.encode_passage(text).vector for text in sample]
    torch_vectors = list(model.embed(sample, progress_for("a sample with PyTorch, to compare"))) if sample else []
    cosines = [check_parity(*vectors) for vectors in zip(sample, onnx_vectors, torch_vectors, strict=True)]
    exported = ExportedEncoder("float32", {"least_cosine": round(min(cosines, default=1.0), 9)})
    if requested_precision in ("int8", "auto"):
        try:
            quantize_graph(folder, [encoder.passage_feed(text) for text in CALIBRATION_TEXTS])
            exported = _measure_parity(exported, "int8", [*CALIBRATION_TEXTS, *sample], encoder, Encoder(folder))
        except ModelError:
            if requested_precision == "int8":
                raise
            model.export(folder)
    extract_token_embeddings(folder)
    _add_probe(folder)
    return exported


def _add_probe(folder: Path) -> None:
    """Have the encoder's file hold a text with its vector, by which Encoder knows a processor that rounds otherwise."""
    vector = Encoder(folder).encode_passage(CALIBRATION_TEXTS[0]).vector
    config = json.loads((folder / ENCODER_CONFIG).read_text(encoding="utf-8"))
    config["probe"] = {"text": CALIBRATION_TEXTS[0], "vector": [round(float(value), 6) for value in vector]}
    with naming_file(folder / ENCODER_CONFIG):
        (folder / ENCODER_CONFIG).write_text(json.dumps(config, sort_keys=True) + "\n", encoding="utf-8")


def _measure_parity(
    exported: ExportedEncoder, precision: str, texts: Sequence[str], reference: Encoder, encoder: Encoder
) -> ExportedEncoder:
    """Compare an encoder with the exact one: cosines, and the share of nearest neighbours that it keeps."""
    vectors, reference_vectors = (
        np.stack([e.encode_passage(text).vector for text in texts]) for e in (encoder, reference)
    )
    cosines = (vectors * reference_vectors).sum(axis=1)
    if not cosines.min() >= MIN_INT8_COSINE:
        text = texts[int(cosines.argmin())]
        raise ModelError(
            ENCODER_GRAPH,
            f"{precision} gives other vectors (cosine {cosines.min():.4f} < {MIN_INT8_COSINE}) for {text[:60]!r}",
            "set PINCITE_ENCODER_PRECISION=float32",
        )
    neighbours = [
        [set(row[1 : PARITY_NEIGHBOURS + 1].tolist()) for row in np.argsort(-(v @ v.T), axis=1)]
        for v in (vectors, reference_vectors)
    ]
    overlap = [len(a & b) / max(1, len(b)) for a, b in zip(*neighbours, strict=True)]
    parity = {
        f"{precision}_least_cosine": round(float(cosines.min()), 6),
        f"{precision}_mean_cosine": round(float(cosines.mean()), 6),
        f"{precision}_neighbours": round(float(np.mean(overlap)), 4),
    }
    return ExportedEncoder(precision, exported.parity | parity)
