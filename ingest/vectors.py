"""The vectors of a bundle: what the live bundle already holds is taken over, the rest is embedded and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundle import Bundle
from index.encoder import GRAPH, SHAPE, TOKENIZER, Encoder
from index.manifest import file_sha256
from index.vocabulary import Document, Passage
from ingest.embed import Progress, check_parity
from ingest.texts import passage_text, sentence_texts

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
class Vectors:
    """Everything that was embedded, in the order of the passages."""

    passages: NDArray[np.float32]  # (n, d)
    tokens: list[NDArray[np.float32]]  # n arrays (t, d)
    sentences: NDArray[np.float32]  # (m, d), passage after passage
    least_cosine: float  # between PyTorch's and ONNX Runtime's vectors of the passages embedded now
    embedded: int
    reused: int


def make_vectors(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    embedder: Embeds,
    folder: Path,
    previous: Bundle | None,
    say: Say,
) -> Vectors:
    """Export the encoder to `folder`, then embed what the previous bundle does not hold.

    Raises ModelError when PyTorch and ONNX Runtime disagree on a passage.
    """
    by_id = {d.id: d for d in documents}
    whole = [passage_text(by_id[p.document], p) for p in passages]
    parts = [pair for p in passages for pair in sentence_texts(by_id[p.document], p)]
    embedder.export(folder)
    known = _take_over(previous, folder)
    texts, pairs = dict.fromkeys(whole), dict.fromkeys(parts)  # the same text twice is embedded once
    new = [text for text in texts if _key(text) not in known.passages]
    new_pairs = [pair for pair in pairs if _key(*pair) not in known.sentences]
    least = _embed_passages(new, known, folder, embedder, say)
    _embed_sentences(new_pairs, known, embedder, say)
    found = [known.passages[_key(text)] for text in whole]
    embedded = len(new) + len(new_pairs)
    return Vectors(
        np.stack([vector for vector, _ in found]),
        [tokens for _, tokens in found],
        np.stack([known.sentences[_key(*pair)] for pair in parts]),
        least,
        embedded,
        len(texts) + len(pairs) - embedded,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """Vectors by a digest of the text they are of."""

    passages: dict[bytes, tuple[NDArray[np.float32], NDArray[np.float32]]]  # the whole (d,), its tokens (t, d)
    sentences: dict[bytes, NDArray[np.float32]]


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


def _key(*texts: str) -> bytes:
    return hashlib.sha256("\0".join(texts).encode("utf-8")).digest()
