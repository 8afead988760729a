"""The whole of ingestion on one screen: read, cut, embed, write, publish."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import index as index_package
import ingest as ingest_package
from index.bundle import CALIBRATION, Bundle
from index.dense import write_dense
from index.encoder import GRAPH, SHAPE, TOKENIZER, Encoder
from index.errors import BundleError
from index.evidence import write_sentences
from index.late import write_tokens
from index.lexical import write_lexical
from index.manifest import FORMAT, MANIFEST, file_sha256, seal
from index.records import write_records
from index.settings import Settings
from index.vocabulary import Document, Passage
from ingest.embed import Embedder, Progress, check_parity
from ingest.passages import split_passages
from ingest.publish import Publisher, live_bundle
from ingest.read import Corpus, read_corpus
from ingest.texts import passage_text, sentence_texts
from ingest.weights import ModelFiles, find_model

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
    began = time.perf_counter()
    corpus = read_corpus(paths)
    model = find_model(settings.model)
    inputs = _inputs(corpus, model, settings)
    with Publisher(Path(settings.index), settings.keep) as publisher:
        previous = _open_previous(Path(settings.index))
        if previous and previous.manifest["inputs"] == inputs:
            return _report(previous, corpus, False, 0, 0, began)
        passages = cut(corpus.documents, settings.passage_words)
        folder = publisher.stage()
        vectors = _embed(corpus.documents, passages, folder, embedder(model), previous, say)
        _write(folder, corpus.documents, passages, vectors)
        name = _seal(folder, corpus, passages, model, settings, inputs, vectors.least_cosine)
        Bundle(folder).close()  # a bundle that does not open is not published
        live = publisher.publish(folder, name)
        return _report(Bundle(live), corpus, True, vectors.embedded, vectors.reused, began)


def cut(documents: Sequence[Document], words: int) -> list[Passage]:
    """All passages, in the order of their ids: a passage's place here is its row in every file."""
    passages = [p for d in documents for s in d.sections for p in split_passages(d, s, words)]
    return sorted(passages, key=lambda p: p.id)


@dataclass(frozen=True, slots=True)
class _Vectors:
    passages: NDArray[np.float32]  # (n, d)
    tokens: list[NDArray[np.float32]]  # n arrays (t, d)
    sentences: NDArray[np.float32]  # (m, d), passage after passage
    least_cosine: float  # between PyTorch's and ONNX Runtime's vectors of the passages embedded now
    embedded: int
    reused: int


@dataclass(frozen=True, slots=True)
class _Known:
    """Vectors by a digest of the text they are of."""

    passages: dict[bytes, tuple[NDArray[np.float32], NDArray[np.float32]]]  # the whole (d,), its tokens (t, d)
    sentences: dict[bytes, NDArray[np.float32]]


def _embed(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    folder: Path,
    embedder: Embeds,
    previous: Bundle | None,
    say: Say,
) -> _Vectors:
    """Export the encoder, then embed what the previous bundle did not hold."""
    by_id = {d.id: d for d in documents}
    whole = [passage_text(by_id[p.document], p) for p in passages]
    parts = [pair for p in passages for pair in sentence_texts(by_id[p.document], p)]
    embedder.export(folder)
    known = _take_over(previous, folder)
    new = [text for text in dict.fromkeys(whole) if _key(text) not in known.passages]
    new_pairs = [pair for pair in dict.fromkeys(parts) if _key(*pair) not in known.sentences]
    least = _embed_passages(new, known, folder, embedder, say)
    _embed_sentences(new_pairs, known, embedder, say)
    found = [known.passages[_key(text)] for text in whole]
    embedded = len(new) + len(new_pairs)
    return _Vectors(
        np.stack([vector for vector, _ in found]),
        [tokens for _, tokens in found],
        np.stack([known.sentences[_key(*pair)] for pair in parts]),
        least,
        embedded,
        len(whole) + len(parts) - embedded,
    )


def _embed_passages(texts: Sequence[str], known: _Known, folder: Path, embedder: Embeds, say: Say) -> float:
    """Embed with PyTorch, take token vectors from ONNX Runtime, and check that the two agree on every passage."""
    if not texts:
        return 1.0
    vectors = embedder.embed(texts, say("passages"))
    encoder = Encoder(folder)
    least = 1.0
    for text, vector in zip(texts, vectors, strict=True):
        exported = encoder.encode_passage(text)
        least = min(least, check_parity(text, exported.vector, vector))
        known.passages[_key(text)] = vector, exported.tokens
    return least


def _embed_sentences(pairs: Sequence[tuple[str, str]], known: _Known, embedder: Embeds, say: Say) -> None:
    """A sentence's vector is the mean of its vectors in two contexts: its cosine is the mean of two cosines."""
    if pairs:
        halves = list(dict.fromkeys(text for pair in pairs for text in pair))
        half = dict(zip(halves, embedder.embed(halves, say("sentences")), strict=True))
        known.sentences.update({_key(a, b): (half[a] + half[b]) / 2 for a, b in pairs})


def _take_over(previous: Bundle | None, folder: Path) -> _Known:
    """Vectors of the previous bundle, if the very same encoder made them."""
    known = _Known({}, {})
    encoder = (GRAPH, TOKENIZER, SHAPE)
    if previous and all(previous.manifest["files"][f]["sha256"] == file_sha256(folder / f) for f in encoder):
        for row in range(len(previous)):
            passage = previous.records.passage(row)
            document = previous.document(passage.document)
            vector = previous.dense.vectors(np.array([row]))[0]
            known.passages[_key(passage_text(document, passage))] = vector, previous.tokens.vectors(row)
            pairs = sentence_texts(document, passage)
            vectors = previous.sentences.vectors(row)
            known.sentences.update({_key(*p): v for p, v in zip(pairs, vectors, strict=True)})
    return known


def _write(folder: Path, documents: Sequence[Document], passages: Sequence[Passage], vectors: _Vectors) -> None:
    by_id = {d.id: d for d in documents}
    write_records(folder, documents, passages)
    write_dense(folder, vectors.passages)
    write_tokens(folder, vectors.tokens)
    write_sentences(folder, vectors.sentences, np.array([len(p.sentences) for p in passages], dtype=np.int64))
    write_lexical(folder, [passage_text(by_id[p.document], p) for p in passages])
    shutil.copyfile(Path(index_package.__file__).parent / CALIBRATION, folder / CALIBRATION)


def _seal(
    folder: Path,
    corpus: Corpus,
    passages: Sequence[Passage],
    model: ModelFiles,
    settings: Settings,
    inputs: str,
    least: float,
) -> str:
    """Write the manifest over everything in the folder. Returns the index id."""
    shape = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "inputs": inputs,
        "model": {"name": model.name, "sha256": model.sha256, "dimension": shape["dimension"]},
        "settings": {"passage_words": settings.passage_words},
        "counts": {
            "documents": len(corpus.documents),
            "sections": sum(len(d.sections) for d in corpus.documents),
            "passages": len(passages),
            "sentences": sum(len(p.sentences) for p in passages),
        },
        "documents": {d.id: d.sha256 for d in corpus.documents},
        "files": {
            p.name: {"bytes": p.stat().st_size, "sha256": file_sha256(p)}
            for p in sorted(folder.iterdir())
            if p.is_file()
        },
        "made": {"at": datetime.now(UTC).isoformat(timespec="seconds"), "least_cosine": round(least, 9)},
    }
    data = seal(manifest)
    (folder / MANIFEST).write_bytes(data)
    return str(json.loads(data)["id"])


def _inputs(corpus: Corpus, model: ModelFiles, settings: Settings) -> str:
    """A digest of all that a bundle is made of: documents, weights, settings, and the code that makes it."""
    documents = [[d.id, d.title, d.sha256, asdict(d.source), [asdict(b) for b in d.blocks]] for d in corpus.documents]
    packages = (index_package, ingest_package)
    sources = sorted(p for package in packages for p in Path(str(package.__file__)).parent.rglob("*.py"))
    calibration = Path(index_package.__file__).parent / CALIBRATION
    code = [hashlib.sha256(p.read_bytes()).hexdigest() for p in [*sources, calibration]]
    body = [FORMAT, documents, model.sha256, settings.passage_words, code]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _open_previous(root: Path) -> Bundle | None:
    """The live bundle, or None where there is none or it is damaged: then everything is made anew."""
    folder = live_bundle(root)
    try:
        return Bundle(folder) if folder else None
    except BundleError:
        return None


def _report(bundle: Bundle, corpus: Corpus, changed: bool, embedded: int, reused: int, began: float) -> Report:
    counts = bundle.manifest["counts"]
    seconds = time.perf_counter() - began
    return Report(
        bundle.id,
        bundle.folder,
        changed,
        corpus.documents,
        counts["passages"],
        counts["sentences"],
        embedded,
        reused,
        seconds,
        corpus.notes,
    )


def _key(*texts: str) -> bytes:
    return hashlib.sha256("\0".join(texts).encode("utf-8")).digest()
