"""The vectors of a bundle: what the live bundle already holds is taken over, the rest is embedded and checked."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundle import Bundle
from index.encoder import FILES, GRAPH, Encoded, Encoder
from index.errors import ModelError
from index.late import Tokens, quantise
from index.manifest import file_sha256
from index.texts import passage_text, sentence_texts
from index.vocabulary import Document, Passage
from ingest.embed import LEAST_INT8, Progress, check_parity
from ingest.graph import to_eight_bits

CHECKED = 100  # texts embedded in the other ways as well, to check the export
NEIGHBOURS = 10  # of each text of the sample among the others, that eight bits are held against

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
class Exporter:
    """How an encoder is made of a model's weights."""

    numbers: str  # float32 or int8
    digest: str  # of the weights, the numbers, and the code and libraries that export


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
    parity = _copy_encoder(previous, exporter, folder)
    if parity is None:
        parity = _export(embedder(), exporter, [*whole, *(text for pair in parts for text in pair)], folder, say)
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
    if previous and previous.tokens and _same_encoder(previous, folder):
        for row in range(len(previous)):
            passage = previous.records.passage(row)
            document = previous.document(passage.document)
            vector = previous.dense.vectors(np.array([row]))[0]
            known.passages[_key(passage_text(document, passage))] = vector, previous.tokens.tokens(row)
            pairs = sentence_texts(document, passage)
            vectors = previous.sentences.vectors(row)
            known.sentences.update({_key(*p): v for p, v in zip(pairs, vectors, strict=True)})
    return known


def _same_encoder(previous: Bundle, folder: Path) -> bool:
    held = previous.manifest["files"]
    return all(f in held and held[f]["sha256"] == file_sha256(folder / f) for f in FILES)


def _copy_encoder(previous: Bundle | None, exporter: Exporter, folder: Path) -> dict[str, float] | None:
    """Take over an encoder that was exported in the same way, if there is one. Returns its parity."""
    if previous is None or previous.manifest["model"].get("exporter") != exporter.digest:
        return None
    for name in FILES:
        shutil.copyfile(previous.folder / name, folder / name)
    return dict(previous.manifest["made"]["parity"])


def _export(embedder: Embeds, exporter: Exporter, texts: Sequence[str], folder: Path, say: Say) -> dict[str, float]:
    """Export the encoder and check it on a sample of texts, evenly spaced. Returns its parity: 1 for no texts.

    Raises ModelError, quoting the text, when ONNX Runtime and PyTorch disagree, or eight bits lose too much.
    """
    embedder.export(folder)
    texts = list(dict.fromkeys(texts))
    sample = texts[:: max(1, -(-len(texts) // CHECKED))]
    exact = [Encoder(folder).encode_passage(text).vector for text in sample] if sample else []
    wanted = list(embedder.embed(sample, say("a sample with PyTorch, to compare"))) if sample else []
    cosines = [check_parity(*found) for found in zip(sample, exact, wanted, strict=True)]
    parity = {"least_cosine": round(min(cosines, default=1.0), 9)}
    if exporter.numbers == "int8":
        to_eight_bits(folder)
        parity |= _compare(sample, exact, Encoder(folder))
    return parity


def _compare(sample: Sequence[str], exact: Sequence[NDArray[np.float32]], encoder: Encoder) -> dict[str, float]:
    """How near an encoder in eight bits comes to the exact vectors: cosines, and the share of neighbours it keeps."""
    if not sample:
        return {"int8_least_cosine": 1.0, "int8_mean_cosine": 1.0, "int8_neighbours": 1.0}
    ours, theirs = np.stack([encoder.encode_passage(text).vector for text in sample]), np.stack(exact)
    cosines = (ours * theirs).sum(axis=1)
    if not cosines.min() >= LEAST_INT8:
        text = sample[int(cosines.argmin())]
        raise ModelError(
            GRAPH,
            f"eight bits give other vectors (cosine {cosines.min():.4f} < {LEAST_INT8}) for {text[:60]!r}",
            "set PINCITE_ENCODER=float32",
        )
    near = [[set(row[1 : NEIGHBOURS + 1].tolist()) for row in np.argsort(-(v @ v.T), axis=1)] for v in (ours, theirs)]
    kept = [len(a & b) / max(1, len(b)) for a, b in zip(*near, strict=True)]
    return {
        "int8_least_cosine": round(float(cosines.min()), 6),
        "int8_mean_cosine": round(float(cosines.mean()), 6),
        "int8_neighbours": round(float(np.mean(kept)), 4),
    }


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
