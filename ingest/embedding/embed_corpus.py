"""The vectors of a bundle: what the live bundle already holds is taken over, the rest is embedded.

Passages are taken WINDOW at a time: their texts and vectors are in memory, and then in the bundle's files alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text, sentence_texts
from pincite.index.models.encoder import Encoder
from pincite.index.retrieval import dense
from pincite.index.retrieval.late_interaction import QuantizedTokens, TokenWriter, quantize
from pincite.index.retrieval.sentence_vectors import SentenceWriter
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.npy import ArrayWriter
from pincite.ingestion.embedding.reuse import (
    PASSAGE_DIGESTS,
    SENTENCE_DIGESTS,
    PreviousVectors,
    TextGroup,
    Vectors,
    WindowTexts,
)
from pincite.ingestion.encoder.export import (
    PARITY_SAMPLE,
    EmbeddingModel,
    Exported,
    Exporter,
    ProgressFactory,
    copy_encoder,
    export_encoder,
    same_encoder,
)
from pincite.ingestion.encoder.packing import Encode, encode_all, passage_encoder
from pincite.ingestion.encoder.sentence_transformer import Progress
from pincite.ingestion.encoder.token_product import write_product

WINDOW_PASSAGES = 512  # passages whose texts and vectors are in memory at once


@dataclass(frozen=True, slots=True)
class EmbedStats:
    """Statistics of embedding. The same text twice in a window counts once."""

    encoder: Exported
    embedded: int
    reused: int


def embed_corpus(
    records: DocumentStore,
    embedder: Callable[[], EmbeddingModel],
    exporter: Exporter,
    folder: Path,
    previous: Bundle | None,
    keep_tokens: bool,
    say: ProgressFactory,
) -> EmbedStats:
    """Put the encoder into `folder`, then the vectors of every passage and sentence, row after row.

    The encoder is the previous bundle's, if it was exported from the same weights in the same way; otherwise it is
    exported and checked against PyTorch, which alone takes PyTorch's seconds. ONNX Runtime embeds: at vectors equal to
    1e-6 it is twice as fast. Raises ModelError when the two disagree.
    """
    exported = copy_encoder(previous, exporter, folder)
    if exported is None:
        exported = export_encoder(embedder(), exporter.precision, _sample(records), folder, say)
    encoder = Encoder(folder, bulk=True)
    encode = passage_encoder(encoder, folder, exported.precision)
    held = PreviousVectors(previous if previous and same_encoder(previous, folder) else None, keep_tokens)
    progress, done, embedded, reused = say("passages"), 0, 0, 0
    with _Files(folder, encoder.dimension, keep_tokens) as files:
        for window in _windows(records):
            passages = WindowTexts((text.whole for text in window), held.passages)
            sentences = WindowTexts((texts for text in window for texts in text.sentences), held.sentences)
            whole = [texts[0] for texts in passages.new()] if keep_tokens else []
            new = [*passages.new(), *sentences.new()]
            vectors, tokens = _embed(new, set(whole), encode, _share(progress, done, len(window), len(records)))
            files.add_passages(passages, passages.vectors(held.passage_vectors, vectors), held.tokens(passages, tokens))
            counts = [len(text.sentences) for text in window]
            files.add_sentences(sentences, sentences.vectors(held.sentence_vectors, vectors), counts)
            done += len(window)
            embedded += len(new)
            reused += len(passages.texts) + len(sentences.texts) - len(new)
            if not new:  # otherwise the last text stood for the whole window
                progress(done, len(records))
    return EmbedStats(exported, embedded, reused)


@dataclass(frozen=True, slots=True)
class _PassageTexts:
    """Texts of one passage that are embedded."""

    whole: TextGroup  # one
    sentences: list[TextGroup]  # of each sentence two


def _windows(records: DocumentStore) -> Iterator[list[_PassageTexts]]:
    """Yield the texts of all passages, WINDOW_PASSAGES at a time, and release each document when it is cut."""
    each = (_PassageTexts((passage_text(d, p),), [*sentence_texts(d, p)]) for d, p in records.in_order())
    while window := list(islice(each, WINDOW_PASSAGES)):
        yield window


def _sample(records: DocumentStore) -> list[str]:
    """Texts to check an encoder on: those of CHECKED passages at most, evenly spaced, and of their sentences."""
    whole: list[str] = []
    parts: list[str] = []
    for row in range(0, len(records), max(1, -(-len(records) // PARITY_SAMPLE))):
        passage = records.passage(row)
        document = records.document(passage.document)
        whole.append(passage_text(document, passage))
        parts += [text for pair in sentence_texts(document, passage) for text in pair]
    return [*whole, *parts]


def _share(progress: Progress, before: int, size: int, of: int) -> Progress:
    """Report progress on the texts of one window in passages: `before` are done, `size` are in it, `of` in all."""
    return lambda done, texts: progress(before + size * done // texts, of)


def _embed(
    new: Sequence[TextGroup], whole: Container[str], encode: Encode, progress: Progress
) -> tuple[dict[str, NDArray[np.float32]], dict[str, QuantizedTokens]]:
    """Embed texts that no bundle holds: the vector of each, and the token vectors of those in `whole`."""
    texts = list(dict.fromkeys(text for texts in new for text in texts))
    vectors: dict[str, NDArray[np.float32]] = {}
    tokens: dict[str, QuantizedTokens] = {}
    for done, (text, encoded) in enumerate(encode_all(texts, encode), start=1):
        vectors[text] = encoded.vector
        if text in whole:
            tokens[text] = quantize(encoded.tokens)
        progress(done, len(texts))
    return vectors, tokens


class _Files:
    """The files of vectors and digests, written together, as a context manager."""

    def __init__(self, folder: Path, dimension: int, keep_tokens: bool) -> None:
        self._open = ExitStack()
        enter = self._open.enter_context
        self._passages = enter(ArrayWriter(folder / dense.VECTORS_FILE, np.float32, (dimension,)))
        self._sentences = enter(SentenceWriter(folder, dimension))
        self._tokens = enter(TokenWriter(folder, dimension)) if keep_tokens else None
        if keep_tokens:
            write_product(folder, dimension)
        self._passage_digests = enter(ArrayWriter(folder / PASSAGE_DIGESTS, np.uint64, (2,)))
        self._sentence_digests = enter(ArrayWriter(folder / SENTENCE_DIGESTS, np.uint64, (2,)))

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def add_passages(self, batch: WindowTexts, vectors: Vectors, tokens: Iterable[QuantizedTokens]) -> None:
        """Write the passages of a window. vectors: (n, d). tokens: n, or none where they are not kept."""
        self._passages.append(vectors)
        self._passage_digests.append(batch.digests[batch.order])
        if self._tokens:
            for each in tokens:
                self._tokens.add(each)

    def add_sentences(self, batch: WindowTexts, vectors: Vectors, counts: Sequence[int]) -> None:
        """Write the sentences of a window. vectors: (m, d). counts: the sentences of each passage, m in all."""
        self._sentence_digests.append(batch.digests[batch.order])
        for each in np.split(vectors, np.cumsum(counts)[:-1]):
            self._sentences.add(each)
