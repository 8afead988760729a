"""Pipeline of a bundle: documents are cut and written, then indexed, then embedded, each as a stream, and sealed.

In memory at once, whatever the size of the corpus, is MAX_MEMORY, and what grows with it is this: the passage vectors
in FAISS (once), the vocabulary, ids, names and digests of documents, and 24 bytes for each passage and sentence of the
bundle before; earlier, 128 bytes for each passage while equal ones are looked for. A document has 20 MB at most
(MAX_DOCUMENT_BYTES of reading/files.py). Measured in decision 14.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pincite.index.answer.answerability import evidence_kind
from pincite.index.bundle import CALIBRATION_FILE, Bundle
from pincite.index.citation.embedded_text import passage_text
from pincite.index.errors import BundleError, StorageError
from pincite.index.models.cross_encoder import CROSS_ENCODER_GRAPH, CROSS_ENCODER_WEIGHTS
from pincite.index.models.encoder import ENCODER_CONFIG, TOKENIZER_FILE
from pincite.index.settings import Settings
from pincite.index.storage.bm25_writer import write_bm25
from pincite.index.storage.care_files import CARE_FILE, CARE_WEIGHTS, read_care
from pincite.index.storage.dense_files import write_dense
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.manifest import BUNDLE_FORMAT, file_sha256
from pincite.index.storage.word_files import read_corpus_words, write_corpus_words, write_word_frequencies
from pincite.index.system_errors import naming_file
from pincite.ingestion import encoder
from pincite.ingestion.embedding.embed_corpus import embed_corpus
from pincite.ingestion.embedding.embed_texts import EmbedApart
from pincite.ingestion.encoder.encoder_files import load_graph, save_graph
from pincite.ingestion.encoder.export import EmbeddingModel, ExportedEncoder, ExportSpec
from pincite.ingestion.encoder.model_files import PINNED_SHA256, ModelFiles, find_model
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.ingestion.english_words import words_by_frequency
from pincite.ingestion.progress import ProgressFactory
from pincite.ingestion.publishing import fingerprint
from pincite.ingestion.publishing.document_names import DocumentNames, moved_ids, read_names, write_names
from pincite.ingestion.reading.read import Corpus
from pincite.ingestion.records import Run, write_records
from pincite.ingestion.report import EmbedStats, FileNote, outcome_to_json
from pincite.ingestion.seal import seal_bundle

MAX_MEMORY = 400 << 20  # bytes, resident, with the default model; exporting it takes PyTorch, and 1,250 MB, before

CALIBRATION_DROPPED = (
    "the calibration to your own questions was fitted to another model, or with other token vectors, and is left out; "
    "run `pincite calibrate` again"
)
_EXPORT_LIBRARIES = ("onnx", "sentence-transformers", "torch", "transformers")  # what else an exported graph depends on


def build_bundle(
    folder: Path,
    corpus: Corpus,
    live: Path | None,
    root: Path,
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: Callable[[ModelFiles], EmbeddingModel] | None,
    embed_apart: EmbedApart | None = None,
) -> tuple[str, EmbedStats, list[FileNote]]:
    """Write a whole bundle into `folder`, taking over what it can from the live one below `root`.

    live: the folder of that one, if every byte of it is as this code would make it with these settings; documents of
    `corpus` may be as it stores them. embed_apart: embeds in another place than this process.
    Returns the index id, the statistics of embedding, and notes on what was not taken over and on ids that moved.
    """
    model = find_model(settings.model)
    export_spec = _export_spec(model, settings)
    written = write_records(folder, corpus.documents, settings.passage_words, live)
    with closing(DocumentStore(folder, cached_documents=1, cached_passages=1)) as records:
        write_bm25(folder, _texts(records, written.runs), live)
        _write_words(folder, records, written.runs, live)
        write_word_frequencies(folder, words_by_frequency())
        previous = _open_previous(root)
        load_chosen_model = partial(load_model or Embedder, model)
        embed = partial(
            embed_corpus,
            records,
            written.runs,
            load_chosen_model,
            export_spec,
            folder,
            keep_tokens=bool(settings.token_vectors),
            progress_for=progress_for,
            embed_apart=embed_apart,
        )
        try:
            exported, embed_stats = embed(previous=previous)
        except StorageError as error:
            if previous is None or Path(error.place).parent != previous.folder:
                raise
            previous.close()
            previous = None  # what can no longer be read is made again
            exported, embed_stats = embed(previous=None)
    bundle_fields = {
        "model": _model_fields(model, export_spec, exported, folder),
        "settings": fingerprint.bundle_settings(settings),
    }
    _add_care(folder, bundle_fields["model"])
    notes = _add_calibration(folder, previous, evidence_kind(bundle_fields))
    notes += moved_ids(read_names(root), DocumentNames(corpus.files, written.documents))
    write_names(folder, corpus.files)
    if previous:
        previous.close()
    del previous  # its passage vectors are in memory, and those of this bundle are to come
    manifest = {
        "format": BUNDLE_FORMAT,
        "dense": write_dense(folder),
        "inputs": fingerprint.build_fingerprint(corpus.fingerprint, model.sha256, settings),
        "code": fingerprint.code_digest(),
        **bundle_fields,
        "made": {"at": _now(), "parity": exported.parity, **outcome_to_json(corpus.notes, corpus.faults)},
        **written.to_json(),
    }
    return seal_bundle(folder, manifest), embed_stats, notes


def _texts(records: DocumentStore, runs: Sequence[Run]) -> Iterator[str | range]:
    """Yield the text of each new passage, and between them the rows in the live bundle of those taken over."""
    for run in runs:
        if run.previous is not None:
            yield run.previous
        else:
            yield from _row_texts(records, run.rows)


def _write_words(folder: Path, records: DocumentStore, runs: Sequence[Run], live: Path | None) -> None:
    """Write the words of the documents: the live bundle's, without those of passages that it has and this has not."""
    new = (text for run in runs if run.previous is None for text in _row_texts(records, run.rows))
    if live is None:
        write_corpus_words(folder, new)
        return
    with closing(DocumentStore(live, cached_documents=1, cached_passages=1)) as live_records:
        kept = [run.previous for run in runs if run.previous is not None]
        gaps = map(range, [0, *(rows.stop for rows in kept)], [*(rows.start for rows in kept), len(live_records)])
        removed = (text for rows in gaps for text in _row_texts(live_records, rows))
        write_corpus_words(folder, new, read_corpus_words(live), removed)


def _row_texts(records: DocumentStore, rows: range) -> Iterator[str]:
    """Yield the texts of some passages as they are embedded and indexed."""
    passages = map(records.passage, rows)
    return (passage_text(records.document(passage.document), passage) for passage in passages)


def _add_calibration(folder: Path, previous: Bundle | None, evidence: dict[str, Any]) -> list[FileNote]:
    """Add the cross-encoder and the calibration: the previous bundle's own, if it was fitted to such evidence.

    Returns a note where it was fitted to other evidence, and is left out.
    """
    default_calibration = fingerprint.CALIBRATIONS / (
        CALIBRATION_FILE if evidence["token_vectors"] else fingerprint.CALIBRATION_WITHOUT_TOKENS
    )
    is_custom = previous is not None and not previous.calibration.get("default", True)
    is_compatible = (
        previous is not None and previous.calibration.get("of", evidence_kind(previous.manifest)) == evidence
    )
    with naming_file(folder / CALIBRATION_FILE):
        shutil.copyfile(
            previous.folder / CALIBRATION_FILE if previous and is_custom and is_compatible else default_calibration,
            folder / CALIBRATION_FILE,
        )
    if evidence["cross_encoder"]:
        save_graph(
            load_graph(fingerprint.MODELS, CROSS_ENCODER_GRAPH), folder, CROSS_ENCODER_GRAPH, CROSS_ENCODER_WEIGHTS
        )
    return [FileNote(None, CALIBRATION_DROPPED)] if is_custom and not is_compatible else []


def _add_care(folder: Path, model: Mapping[str, Any]) -> None:
    """Add the classifier of emergencies and distress, if it is of this encoder. model: the manifest's entry."""
    care = read_care(fingerprint.CARE)
    if (care["model"], care["dimension"]) != (model["sha256"], model["dimension"]):
        return
    for name in (CARE_FILE, CARE_WEIGHTS):
        with naming_file(folder / name):
            shutil.copyfile(fingerprint.CARE / name, folder / name)


def _export_spec(model: ModelFiles, settings: Settings) -> ExportSpec:
    """Return the setting and digest that tell whether an existing encoder is the one that would be exported now."""
    code = [file_sha256(path) for path in sorted(Path(encoder.__file__).parent.glob("*.py"))]
    libraries = [importlib.metadata.version(name) for name in _EXPORT_LIBRARIES]
    body = json.dumps([model.sha256, settings.encoder_precision, code, libraries])
    return ExportSpec(settings.encoder_precision, hashlib.sha256(body.encode()).hexdigest())


def _model_fields(
    model: ModelFiles, export_spec: ExportSpec, exported: ExportedEncoder, folder: Path
) -> dict[str, Any]:
    """Return the manifest's entry for the encoder, and the cross-encoder that goes with it."""
    config = json.loads((folder / ENCODER_CONFIG).read_text(encoding="utf-8"))
    # the cross-encoder reads only the default model's tokens
    is_readable = file_sha256(folder / TOKENIZER_FILE) == PINNED_SHA256[TOKENIZER_FILE]
    return {
        "name": model.name,
        "sha256": model.sha256,
        "precision": exported.precision,
        "exporter": export_spec.digest,
        "dimension": config["dimension"],
        "cross_encoder": file_sha256(fingerprint.MODELS / CROSS_ENCODER_GRAPH) if is_readable else None,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _open_previous(root: Path) -> Bundle | None:
    """Open the live bundle; None if there is none, or it is damaged or unreadable, so that nothing is reused."""
    try:
        return Bundle(root, cross_encoder=False)
    except (BundleError, StorageError):
        return None
