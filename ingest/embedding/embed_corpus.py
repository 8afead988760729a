"""Embedding of a corpus: vectors that the live bundle has are taken over, the rest are computed.

A window of WINDOW_PASSAGES passages is in memory at a time, with its texts and vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text, sentence_texts
from pincite.index.models.encoder import Encoder
from pincite.index.query.compatibility import compatible
from pincite.index.retrieval.late_interaction import QuantizedTokens, quantize
from pincite.index.storage.dense_files import VECTORS_FILE
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.npy import ArrayWriter
from pincite.index.storage.sentence_files import SentenceWriter
from pincite.index.storage.token_files import TokenWriter
from pincite.index.types import Document, Passage
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
    ExportedEncoder,
    ExportSpec,
    copy_encoder,
    export_encoder,
    same_encoder,
)
from pincite.ingestion.encoder.packing import EncodeBatch, encode_all, passage_encoder
from pincite.ingestion.encoder.token_product import write_token_product
from pincite.ingestion.memory_limit import EXPORT_MEGABYTES, require_memory
from pincite.ingestion.progress import Progress, ProgressFactory
from pincite.ingestion.report import EmbedStats

WINDOW_PASSAGES = 512  # passages whose texts and vectors are in memory at once


def embed_corpus(
    records: DocumentStore,
    load_model: Callable[[], EmbeddingModel],
    export_spec: ExportSpec,
    folder: Path,
    previous: Bundle | None,
    keep_tokens: bool,
    progress_for: ProgressFactory,
) -> tuple[ExportedEncoder, EmbedStats]:
    """Put the encoder into `folder`, then the vectors of every passage and sentence, row after row.

    The encoder is the previous bundle's, if it was exported from the same weights in the same way; otherwise it is
    exported and checked against PyTorch, whose import takes seconds. ONNX Runtime embeds: at vectors equal to
    1e-6 it is twice as fast. Raises ModelError when the two disagree.
    """
    exported = copy_encoder(previous, export_spec, folder)
    if exported is None:
        require_memory(EXPORT_MEGABYTES, "exporting the model with PyTorch")
        exported = _export(load_model(), export_spec.precision, _parity_sample(records), folder, progress_for)
    encoder = Encoder.open(folder, bulk=True)
    encode = passage_encoder(encoder, folder, exported.precision)
    previous_vectors = PreviousVectors(previous if previous and same_encoder(previous, folder) else None, keep_tokens)
    progress, done_passages, embedded, reused = progress_for("embedding passages"), 0, 0, 0
    with _VectorFiles(folder, encoder.dimension, keep_tokens) as files:
        for window in _windows(records):
            passages = WindowTexts((text.passage for text in window), previous_vectors.passage_digests)
            sentences = WindowTexts(
                (texts for text in window for texts in text.sentences), previous_vectors.sentence_digests
            )
            token_texts = [texts[0] for texts in passages.missing()] if keep_tokens else []
            missing = [*passages.missing(), *sentences.missing()]
            vectors, tokens = _embed_texts(
                missing, set(token_texts), encode, _window_progress(progress, done_passages, len(window), len(records))
            )
            files.add_passages(
                passages,
                passages.assemble(previous_vectors.passage_vectors, vectors),
                previous_vectors.token_vectors(passages, tokens),
            )
            sentence_counts = [len(text.sentences) for text in window]
            files.add_sentences(
                sentences, sentences.assemble(previous_vectors.sentence_vectors, vectors), sentence_counts
            )
            done_passages += len(window)
            embedded += len(missing)
            reused += len(passages.distinct) + len(sentences.distinct) - len(missing)
            if not missing:  # otherwise the last text stood for the whole window
                progress(done_passages, len(records))
    return exported, EmbedStats(embedded, reused)


def _export(
    model: EmbeddingModel, precision: str, texts: Sequence[str], folder: Path, progress_for: ProgressFactory
) -> ExportedEncoder:
    """Export the encoder into `folder`. The model and the graphs are out of memory before anything is embedded."""
    files, exported = export_encoder(model, precision, texts, progress_for)
    files.save(folder)
    return exported


@dataclass(frozen=True, slots=True)
class _PassageTexts:
    """Texts of one passage that are embedded."""

    passage: TextGroup  # one
    sentences: list[TextGroup]  # of each sentence two


def _windows(records: DocumentStore) -> Iterator[list[_PassageTexts]]:
    """Yield the texts of all passages, WINDOW_PASSAGES at a time, and release each document when it is cut."""
    texts = (_passage_texts(d, p) for d, p in records.passages_in_order())
    while window := list(islice(texts, WINDOW_PASSAGES)):
        yield window


def _passage_texts(document: Document, passage: Passage) -> _PassageTexts:
    sentences = [tuple(map(compatible, pair)) for pair in sentence_texts(document, passage)]
    return _PassageTexts((compatible(passage_text(document, passage)),), [*sentences])


def _parity_sample(records: DocumentStore) -> list[str]:
    """Return texts to check an encoder on: of PARITY_SAMPLE passages at most, evenly spaced, and of their sentences."""
    passages: list[str] = []
    sentences: list[str] = []
    for row in range(0, len(records), max(1, -(-len(records) // PARITY_SAMPLE))):
        passage = records.passage(row)
        document = records.document(passage.document)
        texts = _passage_texts(document, passage)
        passages += texts.passage
        sentences += [text for pair in texts.sentences for text in pair]
    return [*passages, *sentences]


def _window_progress(progress: Progress, done_before: int, window_size: int, total: int) -> Progress:
    """Report progress on one window's texts in passages: `done_before` are done, `window_size` in it, `total` all."""
    return lambda done, texts: progress(done_before + window_size * done // texts, total)


def _embed_texts(
    groups: Sequence[TextGroup], token_texts: Container[str], encode: EncodeBatch, progress: Progress
) -> tuple[dict[str, NDArray[np.float32]], dict[str, QuantizedTokens]]:
    """Embed the texts that are not taken over: the vector of each, and the token vectors of those in `token_texts`."""
    distinct = list(dict.fromkeys(text for texts in groups for text in texts))
    vectors: dict[str, NDArray[np.float32]] = {}
    tokens: dict[str, QuantizedTokens] = {}
    for done, (text, encoded) in enumerate(encode_all(distinct, encode), start=1):
        vectors[text] = encoded.vector
        if text in token_texts:
            tokens[text] = quantize(encoded.token_vectors)
        progress(done, len(distinct))
    return vectors, tokens


class _VectorFiles(ExitStack):
    """The files of vectors and digests, written together."""

    def __init__(self, folder: Path, dimension: int, keep_tokens: bool) -> None:
        super().__init__()
        enter = self.enter_context
        self._passages = enter(ArrayWriter(folder / VECTORS_FILE, np.float32, (dimension,)))
        self._sentences = enter(SentenceWriter(folder, dimension))
        self._tokens = enter(TokenWriter(folder, dimension)) if keep_tokens else None
        if keep_tokens:
            write_token_product(folder, dimension)
        self._passage_digests = enter(ArrayWriter(folder / PASSAGE_DIGESTS, np.uint64, (2,)))
        self._sentence_digests = enter(ArrayWriter(folder / SENTENCE_DIGESTS, np.uint64, (2,)))

    def add_passages(self, window: WindowTexts, vectors: Vectors, tokens: Iterable[QuantizedTokens]) -> None:
        """Write the passages of a window. vectors: (n, d). tokens: n, or none where they are not kept."""
        self._passages.append(vectors)
        self._passage_digests.append(window.digests[window.inverse])
        if self._tokens:
            for passage_tokens in tokens:
                self._tokens.add(passage_tokens)

    def add_sentences(self, window: WindowTexts, vectors: Vectors, counts: Sequence[int]) -> None:
        """Write the sentences of a window. vectors: (m, d). counts: the sentences of each passage, m in all."""
        self._sentence_digests.append(window.digests[window.inverse])
        for passage_vectors in np.split(vectors, np.cumsum(counts)[:-1]):
            self._sentences.add(passage_vectors)
