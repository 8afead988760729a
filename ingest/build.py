"""Ingestion on one screen: compare fingerprints, read, build, publish.

pipeline.py is imported only if something changed: an ingest of nothing new takes 0.2 seconds, and NumPy's import 0.1.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.index.answer.answerability import mismatch
from pincite.index.errors import CorpusError, Fault, PinciteError
from pincite.index.settings import Settings
from pincite.index.storage.manifest import read_manifest
from pincite.index.types import Document
from pincite.ingestion.encoder.model_files import ModelFiles, weights_sha256
from pincite.ingestion.live_index import LiveIndex
from pincite.ingestion.memory_limit import INDEX_MEGABYTES, require_memory
from pincite.ingestion.progress import ProgressFactory
from pincite.ingestion.publishing import fingerprint
from pincite.ingestion.publishing.document_names import gone_ids, read_names
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.reading.given import GivenDocument, find_documents
from pincite.ingestion.reading.source_document import SourceDocument
from pincite.ingestion.report import BuildReport, EmbedStats, FileNote, RefusedError, outcome_from_json

if TYPE_CHECKING:
    from pincite.ingestion.embedding.embed_texts import EmbedApart
    from pincite.ingestion.encoder.export import EmbeddingModel
    from pincite.ingestion.reading.read import Corpus

    LoadModel = Callable[[ModelFiles], EmbeddingModel]

SPOOL_FOLDER = "reading"  # folder below the staged bundle, gone before it is published


ConfirmGone = Callable[[Sequence[str]], bool]  # asked with the ids of live documents that an ingest would drop


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Documents that were given, before they are read."""

    fingerprint: fingerprint.CorpusFingerprint
    read: Callable[[Path, LiveIndex], Corpus]  # reads them with a spool; the live index has some of them
    left_out: tuple[FileNote, ...] = ()
    faults: tuple[Fault, ...] = ()  # known before anything is read
    skip_bad: bool = False
    confirm_gone: ConfirmGone | None = None


def build(
    given: Sequence[GivenDocument],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None = None,
    skip_bad: bool = False,
    confirm_gone: ConfirmGone | None = None,
    embed_apart: EmbedApart | None = None,
) -> BuildReport:
    """Make a bundle of the documents at paths and web addresses, and publish it below settings.index.

    load_model: loads the model that the encoder is exported from; by default sentence_transformer.Embedder. skip_bad:
    leave documents at fault out. confirm_gone: asked, before anything is embedded, whether documents of the live index
    may leave it. embed_apart: embeds in another place than this process (runners/). Raises RefusedError, which lists
    every document at fault, or another PinciteError when the model or the bundle is at fault, or the answer is no;
    nothing is published then.
    """
    started = time.perf_counter()
    found = find_documents(given, progress_for)
    if not found.files:
        raise RefusedError(found.faults, found.left_out)

    digests = [file_sha256(file) for file in found.files]

    def read_documents(spool: Path, live: LiveIndex) -> Corpus:
        from pincite.ingestion.reading.read import read_files

        unchanged = live.unchanged(found.files, digests)
        corpus = read_files(found.files, spool, live.names, unchanged, progress_for=progress_for)
        refuse_faults([*found.faults, *corpus.faults], found.left_out, corpus, skip_bad and bool(corpus.files))
        return replace(corpus, documents=live.with_others(corpus.unchanged, corpus.documents))

    corpus_fingerprint = fingerprint.CorpusFingerprint(
        [*file.fingerprint_fields, digest] for file, digest in zip(found.files, digests, strict=True)
    )
    inputs = _Inputs(
        corpus_fingerprint, read_documents, tuple(found.left_out), tuple(found.faults), skip_bad, confirm_gone
    )
    return _build_and_publish(inputs, settings, progress_for, load_model, started, embed_apart)


def build_from_documents(
    documents: Sequence[Document],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None = None,
) -> BuildReport:
    """Make a bundle of documents in memory, as build() does of files."""
    started = time.perf_counter()
    corpus_fingerprint = fingerprint.CorpusFingerprint(
        fingerprint.document_fingerprint(document) for document in documents
    )

    def read(spool: Path, live: LiveIndex) -> Corpus:
        from pincite.ingestion.chunking.passages import row_sort_key
        from pincite.ingestion.reading.read import Corpus

        return Corpus(sorted(documents, key=lambda d: row_sort_key(d.id)), corpus_fingerprint)

    return _build_and_publish(_Inputs(corpus_fingerprint, read), settings, progress_for, load_model, started)


def refuse_faults(faults: Sequence[Fault], left_out: Sequence[FileNote], corpus: Corpus, may_skip: bool) -> None:
    """Raise RefusedError for documents at fault, unless they may be left out."""
    if faults and not may_skip:
        raise RefusedError(faults, left_out, corpus.notes, len(corpus.files))


def publish_corpus(
    publisher: Publisher,
    staging: Path,
    corpus: Corpus,
    live: LiveIndex,
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None,
    embed_apart: EmbedApart | None = None,
) -> tuple[Path, EmbedStats, list[FileNote]]:
    """Make a bundle of a corpus in a staged folder, and publish it.

    Returns its folder, the statistics of embedding, and notes on what was not taken over and on ids that moved.
    """
    from pincite.ingestion.pipeline import build_bundle

    root = Path(settings.index)
    index_id, texts, notes = build_bundle(
        staging, corpus, live.current_folder, root, settings, progress_for, load_model, embed_apart
    )
    return publisher.publish(staging, index_id), texts, notes


def calibration_notes(folder: Path) -> list[FileNote]:
    """Return a note where the calibration of a bundle was fitted to other evidence than the bundle has."""
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    note = mismatch(calibration, read_manifest(folder))
    return [FileNote(None, note)] if note else []


def _build_and_publish(
    inputs: _Inputs,
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None,
    started: float,
    embed_apart: EmbedApart | None = None,
) -> BuildReport:
    root = Path(settings.index)
    input_fingerprint = fingerprint.build_fingerprint(inputs.fingerprint, weights_sha256(settings.model), settings)
    with Publisher(root, settings.keep_bundles) as publisher:
        folder = _unchanged_bundle(root, input_fingerprint, inputs)
        texts, build_notes = EmbedStats(), list[FileNote]()
        before = read_names(root)
        changed = folder is None
        if folder is None:
            require_memory(INDEX_MEGABYTES, "making an index")
            live = LiveIndex.open_if_whole(settings)
            staging = publisher.stage()
            corpus = inputs.read(staging / SPOOL_FOLDER, live)
            _confirm_gone(gone_ids(before, corpus.digests), inputs.confirm_gone)
            folder, texts, build_notes = publish_corpus(
                publisher, staging, corpus, live, settings, progress_for, load_model, embed_apart
            )
    manifest = read_manifest(folder)
    notes, faults = outcome_from_json(manifest["made"])
    return BuildReport(
        id=manifest["id"],
        folder=folder,
        changed=changed,
        counts=manifest["counts"],
        texts=texts,
        seconds=time.perf_counter() - started,
        notes=(*notes, *build_notes, *calibration_notes(folder)),
        left_out=inputs.left_out,
        faults=(*inputs.faults, *faults),
        gone=gone_ids(before, manifest["documents"]),
    )


def _confirm_gone(gone: Sequence[str], confirm_gone: ConfirmGone | None) -> None:
    """Raise CorpusError if documents would leave the index and the answer to that is no."""
    if gone and confirm_gone and not confirm_gone(gone):
        raise CorpusError(
            "documents",
            f"{len(gone):,} would have left the index; nothing was published, and the index is as it was",
            "`pincite add` adds documents and keeps those that the index has; --yes publishes without asking",
        )


def _unchanged_bundle(root: Path, input_fingerprint: str, inputs: _Inputs) -> Path | None:
    """Return the live bundle if it was made of this input; None where documents at fault are to be refused."""
    if inputs.faults and not inputs.skip_bad:
        return None
    folder = fingerprint.matching_live_bundle(root, input_fingerprint)
    has_faults = folder is not None and read_manifest(folder)["made"]["faults"]
    return None if has_faults and not inputs.skip_bad else folder


def file_sha256(file: SourceDocument) -> str | None:
    """Return the SHA-256 of a file; None where it cannot be read, which reading it reports."""
    try:
        return file.sha256()
    except PinciteError:
        return None
