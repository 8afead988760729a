"""Embedding of a corpus: vectors that the live bundle has are taken over, the rest are computed.

A window of WINDOW_PASSAGES passages is in memory at a time, with its texts and vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text, sentence_texts
from pincite.index.models.encoder import Encoder
from pincite.index.query.compatibility import compatible
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.storage.dense_files import VECTORS_FILE
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.npy import ArrayWriter
from pincite.index.storage.sentence_files import SentenceWriter
from pincite.index.storage.token_files import TokenWriter
from pincite.index.types import Document, Passage
from pincite.ingestion.embedding.embed_texts import EmbedApart, MissingTexts, embed_texts
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
    ProgressFactory,
    copy_encoder,
    export_encoder,
    same_encoder,
)
from pincite.ingestion.encoder.packing import passage_encoder
from pincite.ingestion.encoder.sentence_transformer import Progress
from pincite.ingestion.encoder.token_product import write_token_product
from pincite.ingestion.memory_limit import EXPORT_MEGABYTES, require_memory
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
    embed_apart: EmbedApart | None = None,
) -> tuple[ExportedEncoder, EmbedStats]:
    """Put the encoder into `folder`, then the vectors of every passage and sentence, row after row.

    The encoder is the previous bundle's, if it was exported from the same weights in the same way; otherwise it is
    exported and checked against PyTorch, whose import takes seconds. ONNX Runtime embeds: at vectors equal to
    1e-6 it is twice as fast. embed_apart: embeds the texts of all windows before the first vector is written; without
    it, each window is embedded in this process when it is written. Raises ModelError when the two disagree.
    """
    exported = copy_encoder(previous, export_spec, folder)
    if exported is None:
        require_memory(EXPORT_MEGABYTES, "exporting the model with PyTorch")
        exported = _export(load_model(), export_spec.precision, _parity_sample(records), folder, progress_for)
    encoder = Encoder.open(folder, bulk=True)
    previous_vectors = PreviousVectors(previous if previous and same_encoder(previous, folder) else None, keep_tokens)
    progress = progress_for("passages")
    if embed_apart:
        missing = (_lookup(window, previous_vectors, keep_tokens).missing for window in _windows(records))
        embed_window = embed_apart(folder, exported.precision, missing, progress)
        progress = _silent  # the vectors are there, and only read
    else:
        encode = passage_encoder(encoder, folder, exported.precision)
        embed_window = partial(embed_texts, encode)
    done_passages, embedded, reused = 0, 0, 0
    with _VectorFiles(folder, encoder.dimension, keep_tokens) as files:
        for window in _windows(records):
            found = _lookup(window, previous_vectors, keep_tokens)
            passages, sentences = found.passages, found.sentences
            new = embed_window(found.missing, _window_progress(progress, done_passages, len(window), len(records)))
            files.add_passages(
                passages,
                passages.assemble(previous_vectors.passage_vectors, new.vectors),
                previous_vectors.token_vectors(passages, new.tokens),
            )
            sentence_counts = [len(text.sentences) for text in window]
            files.add_sentences(
                sentences, sentences.assemble(previous_vectors.sentence_vectors, new.vectors), sentence_counts
            )
            done_passages += len(window)
            embedded += found.missing_count
            reused += len(passages.distinct) + len(sentences.distinct) - found.missing_count
            if not found.missing_count:  # otherwise the last text stood for the whole window
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


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Texts of one window, and which of them the previous bundle has no vectors of."""

    passages: WindowTexts
    sentences: WindowTexts
    missing: MissingTexts
    missing_count: int  # passages and sentences without a vector


def _lookup(window: Sequence[_PassageTexts], previous: PreviousVectors, keep_tokens: bool) -> _Lookup:
    """Look the texts of a window up in the previous bundle."""
    passages = WindowTexts((text.passage for text in window), previous.passage_digests)
    sentences = WindowTexts((texts for text in window for texts in text.sentences), previous.sentence_digests)
    missing_passages = passages.missing()
    groups = [*missing_passages, *sentences.missing()]
    token_texts = [texts[0] for texts in missing_passages] if keep_tokens else []
    return _Lookup(passages, sentences, MissingTexts.of(len(window), groups, token_texts), len(groups))


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


def _silent(done: int, total: int) -> None:
    """Report nothing."""


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
