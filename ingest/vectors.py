"""The vectors of a bundle: what the live bundle already holds is taken over, the rest is embedded and checked."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.bundle import Bundle
from index.encoder import Encoded, Encoder
from index.late import Tokens, quantise
from index.texts import passage_text, sentence_texts
from index.vocabulary import Document, Passage
from ingest.embed import Progress
from ingest.exporting import Embeds, Exporter, Say, copy_encoder, export_encoder, same_encoder


@dataclass(frozen=True, slots=True)
class Vectors:
    """Everything that was embedded, in the order of the passages."""

    passages: NDArray[np.float32]  # (n, d)
    tokens: list[Tokens]  # n
    sentences: NDArray[np.float32]  # (m, d), passage after passage
    parity: dict[str, float]  # of the encoder, on the texts it was checked on: docs/decisions/0012-speed.md
    embedded: int
    reused: int


def make_vectors(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    embedder: Callable[[], Embeds],
    exporter: Exporter,
    folder: Path,
    previous: Bundle | None,
    say: Say,
) -> Vectors:
    """Put the encoder into `folder`, then embed what the previous bundle does not hold.

    The encoder is the previous bundle's, if it was exported from the same weights in the same way; otherwise it is
    exported and checked against PyTorch, which alone takes PyTorch's seconds. ONNX Runtime embeds: at vectors equal to
    1e-6 it is twice as fast. Raises ModelError when the two disagree.
    """
    by_id = {d.id: d for d in documents}
    whole = [passage_text(by_id[p.document], p) for p in passages]
    parts = [pair for p in passages for pair in sentence_texts(by_id[p.document], p)]
    parity = copy_encoder(previous, exporter, folder)
    if parity is None:
        parity = export_encoder(embedder(), exporter, [*whole, *(text for pair in parts for text in pair)], folder, say)
    known = _take_over(previous, folder)
    texts, pairs = dict.fromkeys(whole), dict.fromkeys(parts)  # the same text twice is embedded once
    new = [text for text in texts if _key(text) not in known.passages]
    new_pairs = [pair for pair in pairs if _key(*pair) not in known.sentences]
    encoder = Encoder(folder)
    _embed_passages(new, known, encoder, say)
    _embed_sentences(new_pairs, known, encoder, say)
    found = [known.passages[_key(text)] for text in whole]
    embedded = len(new) + len(new_pairs)
    return Vectors(
        np.stack([vector for vector, _ in found]),
        [tokens for _, tokens in found],
        np.stack([known.sentences[_key(*pair)] for pair in parts]),
        parity,
        embedded,
        len(texts) + len(pairs) - embedded,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """Vectors by a digest of the text they are of."""

    passages: dict[bytes, tuple[NDArray[np.float32], Tokens]]  # the whole (d,), its tokens
    sentences: dict[bytes, NDArray[np.float32]]


def _take_over(previous: Bundle | None, folder: Path) -> _Known:
    """Vectors of the previous bundle, if the very same encoder made them."""
    known = _Known({}, {})
    if previous and previous.tokens and same_encoder(previous, folder):
        for row in range(len(previous)):
            passage = previous.records.passage(row)
            document = previous.document(passage.document)
            vector = previous.dense.vectors(np.array([row]))[0]
            known.passages[_key(passage_text(document, passage))] = vector, previous.tokens.tokens(row)
            pairs = sentence_texts(document, passage)
            vectors = previous.sentences.vectors(row)
            known.sentences.update({_key(*p): v for p, v in zip(pairs, vectors, strict=True)})
    return known


def _encode(texts: Sequence[str], encoder: Encoder, progress: Progress) -> Iterator[tuple[str, Encoded]]:
    """Encode texts one by one, each on one processor, as many at a time as there are."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[str, Future[Encoded]]] = deque()
        for done, text in enumerate(texts, start=1):
            waiting.append((text, pool.submit(encoder.encode_passage, text)))
            if len(waiting) > 4 * workers:  # what waits is bounded, however many texts there are
                first, encoded = waiting.popleft()
                yield first, encoded.result()
            progress(done, len(texts))
        for text, encoded in waiting:
            yield text, encoded.result()


def _embed_passages(texts: Sequence[str], known: _Known, encoder: Encoder, say: Say) -> None:
    if texts:
        for text, encoded in _encode(texts, encoder, say("passages")):
            known.passages[_key(text)] = encoded.vector, quantise(encoded.tokens)


def _embed_sentences(pairs: Sequence[tuple[str, str]], known: _Known, encoder: Encoder, say: Say) -> None:
    """A sentence's vector is the mean of its vectors in two contexts: its cosine is the mean of two cosines."""
    if pairs:
        halves = list(dict.fromkeys(text for pair in pairs for text in pair))
        half = {text: encoded.vector for text, encoded in _encode(halves, encoder, say("sentences"))}
        known.sentences.update({_key(a, b): (half[a] + half[b]) / np.float32(2) for a, b in pairs})


def _key(*texts: str) -> bytes:
    return hashlib.sha256("\0".join(texts).encode("utf-8")).digest()
