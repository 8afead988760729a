"""The whole of ingestion on one screen: read, cut, embed, write, publish."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import index as index_package
import ingest as ingest_package
from index.bundle import CALIBRATION, Bundle
from index.dense import write_dense
from index.encoder import SHAPE, TOKENIZER
from index.errors import BundleError
from index.evidence import write_sentences
from index.judge import GRAPH as JUDGE
from index.late import write_tokens
from index.lexical import write_lexical
from index.manifest import FORMAT, MANIFEST, check_files, describe, file_sha256, find_bundle, read_manifest, seal
from index.records import write_records
from index.searcher import Searcher
from index.settings import Settings
from index.spelling import write_words
from index.texts import passage_text
from index.vocabulary import Document, Passage
from index.words import write_general
from ingest.embed import Embedder
from ingest.exporting import Embeds, Exporter, Say
from ingest.passages import split_passages
from ingest.publish import Publisher
from ingest.read import Corpus, read_corpus
from ingest.suggestions import suggestions, write_suggestions
from ingest.vectors import Vectors, make_vectors
from ingest.weights import PINNED, ModelFiles, find_model
from ingest.words import general_words

_PACKAGE = Path(index_package.__file__).parent
_EXPORTING = ("onnx", "sentence-transformers", "torch", "transformers")  # what else an exported graph depends on


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    id: str  # the index id of the live bundle
    folder: Path
    changed: bool  # False: the live bundle was already made of this very input
    documents: tuple[Document, ...]
    passages: int
    sentences: int
    embedded: int  # texts embedded now
    reused: int  # texts whose vectors were taken over
    seconds: float
    notes: tuple[str, ...]


def build(
    paths: Sequence[Path], settings: Settings, say: Say, embedder: Callable[[ModelFiles], Embeds] = Embedder
) -> Report:
    """Make a bundle of the documents at `paths` and publish it below settings.index.

    Raises a PinciteError before anything is published when any document, the model or the bundle is at fault.
    """
    return build_corpus(read_corpus(paths), settings, say, embedder)


def build_corpus(
    corpus: Corpus, settings: Settings, say: Say, embedder: Callable[[ModelFiles], Embeds] = Embedder
) -> Report:
    """Make a bundle of documents in memory, as build() does of files."""
    began = time.perf_counter()
    model = find_model(settings.model)
    inputs = _inputs(corpus, model, settings)
    with Publisher(Path(settings.index), settings.keep) as publisher:
        live = _live(Path(settings.index), inputs)
        if live:
            return _report(live, corpus, False, 0, 0, began)
        previous = _open_previous(Path(settings.index))
        passages = cut(corpus.documents, settings.passage_words)
        folder = publisher.stage()
        exporter = _exporter(model, settings)
        vectors = make_vectors(corpus.documents, passages, partial(embedder, model), exporter, folder, previous, say)
        dense = _write(folder, corpus.documents, passages, vectors, bool(settings.token_vectors))
        _add_judgement(folder, previous)
        finish = partial(
            _seal, folder, corpus, passages, _model(model, exporter), settings, inputs, vectors.parity, dense
        )
        finish()
        with closing(Bundle(folder)) as bundle:  # a bundle that does not open is not published
            write_suggestions(folder, suggestions(Searcher(bundle), corpus.documents))
        name = finish()
        published = publisher.publish(folder, name)
        return _report(published, corpus, True, vectors.embedded, vectors.reused, began)


def cut(documents: Sequence[Document], words: int) -> list[Passage]:
    """All passages, in the order of their ids: a passage's place here is its row in every file."""
    passages = [p for d in documents for s in d.sections for p in split_passages(d, s, words)]
    return sorted(passages, key=lambda p: p.id)


def _write(
    folder: Path, documents: Sequence[Document], passages: Sequence[Passage], vectors: Vectors, keep_tokens: bool
) -> str:
    """Write everything but the encoder and the judgement. Returns the kind of the dense index."""
    by_id = {d.id: d for d in documents}
    write_records(folder, documents, passages)
    dense = write_dense(folder, vectors.passages)
    if keep_tokens:
        write_tokens(folder, vectors.tokens)
    write_sentences(folder, vectors.sentences, np.array([len(p.sentences) for p in passages], dtype=np.int64))
    texts = [passage_text(by_id[p.document], p) for p in passages]
    write_lexical(folder, texts)
    write_words(folder, texts)
    write_general(folder, general_words())
    return dense


def _add_judgement(folder: Path, previous: Bundle | None) -> None:
    """Put the trained judge and the calibration in: the previous bundle's own, if somebody made it one."""
    own = previous is not None and not previous.calibration.get("default", True)
    shutil.copyfile((previous.folder if previous and own else _PACKAGE) / CALIBRATION, folder / CALIBRATION)
    if file_sha256(folder / TOKENIZER) == PINNED[TOKENIZER]:  # the judge reads the default model's tokens alone
        shutil.copyfile(_PACKAGE / JUDGE, folder / JUDGE)


def _seal(
    folder: Path,
    corpus: Corpus,
    passages: Sequence[Passage],
    model: dict[str, str],
    settings: Settings,
    inputs: str,
    parity: dict[str, float],
    dense: str,
) -> str:
    """Write the manifest over everything in the folder. Returns the index id."""
    shape = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "inputs": inputs,
        "model": {**model, "dimension": shape["dimension"]},
        "dense": dense,
        "settings": _settings(settings),
        "counts": {
            "documents": len(corpus.documents),
            "sections": sum(len(d.sections) for d in corpus.documents),
            "passages": len(passages),
            "sentences": sum(len(p.sentences) for p in passages),
        },
        "documents": {d.id: d.sha256 for d in corpus.documents},
        "files": {p.name: describe(p) for p in sorted(folder.iterdir()) if p.is_file() and p.name != MANIFEST},
        "made": {"at": datetime.now(UTC).isoformat(timespec="seconds"), "parity": parity},
    }
    data = seal(manifest)
    (folder / MANIFEST).write_bytes(data)
    return str(json.loads(data)["id"])


def _inputs(corpus: Corpus, model: ModelFiles, settings: Settings) -> str:
    """A digest of all that a bundle is made of: documents, weights, settings, and the code that makes it."""
    documents = [[d.id, d.title, d.sha256, asdict(d.source), [asdict(b) for b in d.blocks]] for d in corpus.documents]
    packages = (index_package, ingest_package)
    sources = sorted(p for package in packages for p in Path(str(package.__file__)).parent.rglob("*.py"))
    code = [file_sha256(p) for p in [*sources, _PACKAGE / CALIBRATION, _PACKAGE / JUDGE]]
    body = [FORMAT, documents, model.sha256, _settings(settings), code]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _settings(settings: Settings) -> dict[str, int | str]:
    """The settings that a bundle depends on."""
    return {
        "encoder": settings.encoder,
        "passage_words": settings.passage_words,
        "token_vectors": settings.token_vectors,
    }


def _exporter(model: ModelFiles, settings: Settings) -> Exporter:
    """What tells whether an encoder that is there already is the one that would be exported now."""
    code = [file_sha256(Path(__file__).with_name(name)) for name in ("embed.py", "graph.py")]
    libraries = [importlib.metadata.version(name) for name in _EXPORTING]
    body = json.dumps([model.sha256, settings.encoder, code, libraries])
    return Exporter(settings.encoder, hashlib.sha256(body.encode()).hexdigest())


def _model(model: ModelFiles, exporter: Exporter) -> dict[str, str]:
    """What the manifest says of the encoder."""
    return {"name": model.name, "sha256": model.sha256, "numbers": exporter.numbers, "exporter": exporter.digest}


def _live(root: Path, inputs: object) -> Path | None:
    """The folder of the live bundle if it was made of these very inputs and every byte of it is as it was."""
    try:
        folder = find_bundle(root)
        manifest = read_manifest(folder)
        if manifest["inputs"] != inputs:
            return None
        check_files(folder, manifest)
    except BundleError:
        return None
    return folder


def _open_previous(root: Path) -> Bundle | None:
    """The live bundle, or None where there is none or it is damaged: then everything is made anew."""
    try:
        return Bundle(root)
    except BundleError:
        return None


def _report(folder: Path, corpus: Corpus, changed: bool, embedded: int, reused: int, began: float) -> Report:
    manifest = read_manifest(folder)
    counts = manifest["counts"]
    return Report(
        manifest["id"],
        folder,
        changed,
        corpus.documents,
        counts["passages"],
        counts["sentences"],
        embedded,
        reused,
        time.perf_counter() - began,
        corpus.notes,
    )
