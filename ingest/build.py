"""The whole of ingestion on one screen: look whether there is anything new, read, make, publish.

What makes a bundle is imported once there is something new: of 0.2 seconds, an import of NumPy alone is a half.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.index.answer.answerability import mismatch
from pincite.index.settings import Settings
from pincite.index.storage.manifest import read_manifest
from pincite.index.types import Document
from pincite.ingestion.encoder.model_files import ModelFiles, weights_sha256
from pincite.ingestion.publishing import fingerprint
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.reading.files import find_files

if TYPE_CHECKING:
    from pincite.ingestion.encoder.export import EmbeddingModel, ProgressFactory
    from pincite.ingestion.reading.read import Corpus

SPOOL_FOLDER = "reading"  # folder below the staged bundle, gone before it is published


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Report of an ingest."""

    id: str  # the index id of the live bundle
    folder: Path
    changed: bool  # False: the live bundle was already made of this very input
    counts: dict[str, int]  # documents, sections, passages, sentences
    embedded: int  # texts embedded now
    reused: int  # texts whose vectors were taken over
    seconds: float
    notes: tuple[str, ...]


def build(
    paths: Sequence[Path],
    settings: Settings,
    say: ProgressFactory,
    embedder: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> BuildReport:
    """Make a bundle of the documents at `paths` and publish it below settings.index.

    embedder: makes the model that the encoder is exported from; Embedder of sentence_transformer.py where it is left
    out. Raises a PinciteError before anything is published when any document, the model or the bundle is at fault.
    """
    began = time.perf_counter()
    files, left_out = find_files(paths)

    def read(spool: Path) -> Corpus:
        from pincite.ingestion.reading.read import read_files

        return read_files(files, spool)

    contents = fingerprint.CorpusFingerprint([file.name, file.sha256()] for file in files)
    return _build(contents, read, left_out, settings, say, embedder, began)


def build_corpus(
    documents: Sequence[Document],
    settings: Settings,
    say: ProgressFactory,
    embedder: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> BuildReport:
    """Make a bundle of documents in memory, as build() does of files."""
    began = time.perf_counter()
    contents = fingerprint.CorpusFingerprint(fingerprint.document_fingerprint(document) for document in documents)

    def read(spool: Path) -> Corpus:
        from pincite.ingestion.chunking.passages import row_order
        from pincite.ingestion.reading.read import Corpus

        return Corpus(sorted(documents, key=lambda d: row_order(d.id)), contents, [])

    return _build(contents, read, [], settings, say, embedder, began)


def _build(
    contents: fingerprint.CorpusFingerprint,
    read: Callable[[Path], Corpus],
    left_out: list[str],
    settings: Settings,
    say: ProgressFactory,
    embedder: Callable[[ModelFiles], EmbeddingModel] | None,
    began: float,
) -> BuildReport:
    root = Path(settings.index)
    made_of = fingerprint.build_fingerprint(contents, weights_sha256(settings.model), settings)
    with Publisher(root, settings.keep_bundles) as publisher:
        folder = fingerprint.live_bundle(root, made_of)
        embedded = reused = 0
        notes: list[str] = []
        changed = folder is None
        if folder is None:
            from pincite.ingestion.pipeline import build_bundle

            folder = publisher.stage()
            made = build_bundle(folder, read(folder / SPOOL_FOLDER), root, settings, say, embedder)
            folder = publisher.publish(folder, made.id)
            embedded, reused, notes = made.embedded, made.reused, made.notes
    manifest = read_manifest(folder)
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    if wrong := mismatch(calibration, manifest):
        notes.append(wrong)
    told = (*left_out, *manifest["made"]["notes"], *notes)
    seconds = time.perf_counter() - began
    return BuildReport(manifest["id"], folder, changed, manifest["counts"], embedded, reused, seconds, told)
