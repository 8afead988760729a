"""The encoder of a bundle: exported from a model and checked, or taken over from the live bundle."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.errors import ModelError
from pincite.index.models.encoder import ENCODER_FILES, ENCODER_GRAPH, Encoder
from pincite.index.storage.manifest import file_sha256
from pincite.ingestion.encoder.calibration_texts import CALIBRATION_TEXTS
from pincite.ingestion.encoder.encoder_files import EncoderFiles
from pincite.ingestion.encoder.quantize import quantize_graph
from pincite.ingestion.encoder.sentence_transformer import check_parity
from pincite.ingestion.encoder.token_embeddings import extract_token_embeddings
from pincite.ingestion.progress import Progress, ProgressFactory

PARITY_SAMPLE = 100  # texts embedded by PyTorch and by ONNX Runtime, to check the export
PARITY_NEIGHBOURS = 10  # of each text of the sample among the others, by which int8 is compared with float32
MIN_INT8_COSINE = 0.995  # the least cosine of a text's int8 vector with its float32 vector


class EmbeddingModel(Protocol):
    """Interface of the model that build() needs; sentence_transformer.Embedder has it."""

    def embed(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """Embed texts. Returns (n, d) float32, unit rows."""
        ...

    def export(self) -> EncoderFiles:
        """Export the encoder in float32, its token embeddings in the graph."""
        ...


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """How an encoder is made of a model's weights."""

    precision: str  # the setting: float32, int8 or auto
    digest: str  # of the weights, the setting, and the code and libraries that export


@dataclass(frozen=True, slots=True)
class ExportedEncoder:
    """Precision of an exported encoder, and how near its vectors are to the model's."""

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
    model: EmbeddingModel, requested_precision: str, texts: Sequence[str], progress_for: ProgressFactory
) -> tuple[EncoderFiles, ExportedEncoder]:
    """Export the encoder and check it on a sample of texts, evenly spaced.

    Of precision `auto`, int8 is taken if its vectors are near enough to those of float32. Raises ModelError, quoting
    the text, when ONNX Runtime and PyTorch disagree, or the vectors of int8, asked for by name, are too far off.
    """
    texts = list(dict.fromkeys(texts))
    sample = texts[:: max(1, -(-len(texts) // PARITY_SAMPLE))]
    files, precision = model.export(), "float32"
    encoder = files.open()
    onnx_vectors = [encoder.encode_passage(text).vector for text in sample]
    torch_vectors = (
        list(model.embed(sample, progress_for("embedding a sample, to check the encoder"))) if sample else []
    )
    cosines = [check_parity(*vectors) for vectors in zip(sample, onnx_vectors, torch_vectors, strict=True)]
    parity = {"least_cosine": round(min(cosines, default=1.0), 9)}
    if requested_precision in ("int8", "auto"):
        feeds = [encoder.passage_feed(text) for text in CALIBRATION_TEXTS]
        int8_files = replace(files, graph=quantize_graph(files.graph, feeds))
        int8_encoder = int8_files.open()
        try:
            parity |= _measure_parity("int8", [*CALIBRATION_TEXTS, *sample], encoder, int8_encoder)
            files, encoder, precision = int8_files, int8_encoder, "int8"
        except ModelError:
            if requested_precision == "int8":
                raise
    graph, token_embeddings = extract_token_embeddings(files.graph)
    config = files.config | {"probe": _probe(encoder)}
    return EncoderFiles(graph, files.tokenizer, config, token_embeddings), ExportedEncoder(precision, parity)


def _probe(encoder: Encoder) -> dict[str, Any]:
    """Return a text with its vector, by which Encoder.open() detects a processor that rounds otherwise."""
    vector = encoder.encode_passage(CALIBRATION_TEXTS[0]).vector
    return {"text": CALIBRATION_TEXTS[0], "vector": [round(float(value), 6) for value in vector]}


def _measure_parity(precision: str, texts: Sequence[str], reference: Encoder, encoder: Encoder) -> dict[str, float]:
    """Compare an encoder with the float32 one: cosines, and the share of nearest neighbours that it keeps.

    Raises ModelError, quoting a text, when its cosine is below MIN_INT8_COSINE.
    """
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
    return {
        f"{precision}_least_cosine": round(float(cosines.min()), 6),
        f"{precision}_mean_cosine": round(float(cosines.mean()), 6),
        f"{precision}_neighbours": round(float(np.mean(overlap)), 4),
    }
