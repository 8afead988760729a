"""Ingestion on one screen: compare fingerprints, read, build, publish.

pipeline.py is imported only if something changed: an ingest of nothing new takes 0.2 seconds, and NumPy's import 0.1.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
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
from pincite.ingestion.report import BuildReport, EmbedStats

if TYPE_CHECKING:
    from pincite.ingestion.encoder.export import EmbeddingModel, ProgressFactory
    from pincite.ingestion.reading.read import Corpus

SPOOL_FOLDER = "reading"  # folder below the staged bundle, gone before it is published


def build(
    paths: Sequence[Path],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> BuildReport:
    """Make a bundle of the documents at `paths` and publish it below settings.index.

    load_model: loads the model that the encoder is exported from; by default sentence_transformer.Embedder. Raises
    a PinciteError before anything is published when any document, the model or the bundle is at fault.
    """
    started = time.perf_counter()
    files, skip_notes = find_files(paths)

    def read_documents(spool: Path) -> Corpus:
        from pincite.ingestion.reading.read import read_files

        return read_files(files, spool)

    corpus_fingerprint = fingerprint.CorpusFingerprint([file.name, file.sha256()] for file in files)
    return _build_and_publish(
        corpus_fingerprint, read_documents, skip_notes, settings, progress_for, load_model, started
    )


def build_from_documents(
    documents: Sequence[Document],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> BuildReport:
    """Make a bundle of documents in memory, as build() does of files."""
    started = time.perf_counter()
    corpus_fingerprint = fingerprint.CorpusFingerprint(
        fingerprint.document_fingerprint(document) for document in documents
    )

    def read(spool: Path) -> Corpus:
        from pincite.ingestion.chunking.passages import row_sort_key
        from pincite.ingestion.reading.read import Corpus

        return Corpus(sorted(documents, key=lambda d: row_sort_key(d.id)), corpus_fingerprint, [])

    return _build_and_publish(corpus_fingerprint, read, [], settings, progress_for, load_model, started)


def _build_and_publish(
    corpus_fingerprint: fingerprint.CorpusFingerprint,
    read_documents: Callable[[Path], Corpus],
    skip_notes: list[str],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: Callable[[ModelFiles], EmbeddingModel] | None,
    started: float,
) -> BuildReport:
    root = Path(settings.index)
    input_fingerprint = fingerprint.build_fingerprint(corpus_fingerprint, weights_sha256(settings.model), settings)
    with Publisher(root, settings.keep_bundles) as publisher:
        folder = fingerprint.matching_live_bundle(root, input_fingerprint)
        texts, notes = EmbedStats(), list[str]()
        changed = folder is None
        if folder is None:
            from pincite.ingestion.pipeline import build_bundle

            folder = publisher.stage()
            index_id, texts, notes = build_bundle(
                folder, read_documents(folder / SPOOL_FOLDER), root, settings, progress_for, load_model
            )
            folder = publisher.publish(folder, index_id)
    manifest = read_manifest(folder)
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    if note := mismatch(calibration, manifest):
        notes.append(note)
    all_notes = (*skip_notes, *manifest["made"]["notes"], *notes)
    seconds = time.perf_counter() - started
    return BuildReport(manifest["id"], folder, changed, manifest["counts"], texts, seconds, all_notes)
