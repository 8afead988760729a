"""Embedding of a corpus: vectors that the live bundle has are taken over, the rest are computed.

Vectors of documents that are as they were are copied, file to file. Of other passages a window of WINDOW_PASSAGES is in
memory at a time, with its texts and vectors; a text that the live bundle has is looked up by its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
from pincite.ingestion.embedding.embed_texts import EmbedApart, EmbeddedTexts, MissingTexts, embed_texts
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
from pincite.ingestion.encoder.packing import passage_encoder
from pincite.ingestion.encoder.token_product import write_token_product
from pincite.ingestion.memory_limit import EXPORT_MEGABYTES, require_memory
from pincite.ingestion.progress import Progress, ProgressFactory
from pincite.ingestion.records import Run
from pincite.ingestion.report import EmbedStats

WINDOW_PASSAGES = 512  # passages whose texts and vectors are in memory at once

Digests = NDArray[np.uint64]


def embed_corpus(
    records: DocumentStore,
    runs: Sequence[Run],
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
    1e-6 it is twice as fast. runs: the passages of `records`, and which of them the previous bundle has. embed_apart:
    embeds the texts of all windows before the first vector is written; without it, each window is embedded in this
    process when it is written. Raises ModelError when the two disagree.
    """
    exported = copy_encoder(previous, export_spec, folder)
    if exported is None:
        require_memory(EXPORT_MEGABYTES, "exporting the model with PyTorch")
        exported = _export(load_model(), export_spec.precision, _parity_sample(records), folder, progress_for)
    encoder = Encoder.open(folder, bulk=True)
    previous = previous if previous and same_encoder(previous, folder) else None
    runs = runs if previous else [Run(range(len(records)), None)]
    look_up = partial(_look_up, previous=PreviousVectors(previous, keep_tokens), keep_tokens=keep_tokens)
    progress = progress_for("embedding passages")
    if embed_apart:
        missing = (look_up(window).missing for window in _windows(records, runs))
        embed_window = embed_apart(folder, exported.precision, missing, progress)
        progress = _silent  # the vectors are there, and only read
    else:
        embed_window = partial(embed_texts, passage_encoder(encoder, folder, exported.precision))
    done_passages, embedded, reused = 0, 0, 0
    with _VectorFiles(folder, encoder.dimension, keep_tokens) as files:
        for window in _windows(records, runs):
            found = look_up(window)
            size = sum(len(part) if isinstance(part, range) else 1 for part in window)
            window_progress = _window_progress(progress, done_passages, size, len(records))
            new = found.vectors(embed_window(found.missing, window_progress))
            for part in window:
                if previous and isinstance(part, range):
                    reused += files.copy(previous, part)
                else:
                    files.add(next(new))
            done_passages += size
            embedded += found.missing_count
            reused += found.count - found.missing_count
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


def _windows(records: DocumentStore, runs: Sequence[Run]) -> Iterator[list[_PassageTexts | range]]:
    """Yield the texts of new passages, WINDOW_PASSAGES at a time, and between them the rows of those taken over."""
    window: list[_PassageTexts | range] = []
    new_count = 0
    for run in runs:
        if run.previous is not None:
            window.append(run.previous)
            continue
        for row in run.rows:
            passage = records.passage(row)
            window.append(_passage_texts(records.document(passage.document), passage))
            new_count += 1
            if new_count % WINDOW_PASSAGES == 0:
                yield window
                window = []
    if window:
        yield window


@dataclass(frozen=True, slots=True)
class _PassageVectors:
    """Vectors of one passage and of its s sentences, and the digests that they are found by."""

    passage: Vectors  # (1, d)
    passage_digest: Digests  # (1, 2)
    tokens: QuantizedTokens | None  # None where they are not kept
    sentences: Vectors  # (s, d)
    sentence_digests: Digests  # (s, 2)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """New texts of one window, and which of them the previous bundle has no vectors of."""

    texts: Sequence[_PassageTexts]
    previous: PreviousVectors
    passages: WindowTexts
    sentences: WindowTexts
    missing: MissingTexts
    missing_count: int  # distinct passages and sentences without a vector

    @property
    def count(self) -> int:
        """The number of distinct passages and sentences."""
        return len(self.passages.distinct) + len(self.sentences.distinct)

    def vectors(self, new: EmbeddedTexts) -> Iterator[_PassageVectors]:
        """Return the vectors of each passage, which the previous bundle has or are new."""
        if not self.texts:
            return iter(())
        n, splits = len(self.texts), np.cumsum([len(text.sentences) for text in self.texts])[:-1]
        passages, sentences = self.passages, self.sentences
        return map(
            _PassageVectors,
            np.split(passages.assemble(self.previous.passage_vectors, new.vectors), n),
            np.split(passages.digests[passages.inverse], n),
            self.previous.token_vectors(passages, new.tokens),
            np.split(sentences.assemble(self.previous.sentence_vectors, new.vectors), splits),
            np.split(sentences.digests[sentences.inverse], splits),
        )


def _look_up(window: Sequence[_PassageTexts | range], previous: PreviousVectors, keep_tokens: bool) -> _Lookup:
    """Look the new texts of a window up in the previous bundle."""
    texts = [part for part in window if isinstance(part, _PassageTexts)]
    passages = WindowTexts((text.passage for text in texts), previous.passage_digests)
    sentences = WindowTexts((group for text in texts for group in text.sentences), previous.sentence_digests)
    missing_passages = passages.missing()
    groups = [*missing_passages, *sentences.missing()]
    token_texts = [group[0] for group in missing_passages] if keep_tokens else []
    missing = MissingTexts.of(len(texts), groups, token_texts)
    return _Lookup(texts, previous, passages, sentences, missing, len(groups))


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

    def add(self, vectors: _PassageVectors) -> None:
        """Write the vectors of the next passage."""
        self._passages.append(vectors.passage)
        self._passage_digests.append(vectors.passage_digest)
        self._sentences.add(vectors.sentences)
        self._sentence_digests.append(vectors.sentence_digests)
        if self._tokens and vectors.tokens:
            self._tokens.add(vectors.tokens)

    def copy(self, bundle: Bundle, rows: range) -> int:
        """Write the vectors of passages of another bundle as the next ones. Returns their number and the sentences'."""
        for start in range(rows.start, rows.stop, WINDOW_PASSAGES):
            self._passages.append(bundle.vectors(np.arange(start, min(start + WINDOW_PASSAGES, rows.stop))))
        self._passage_digests.append_from(bundle.folder / PASSAGE_DIGESTS, rows)
        sentence_rows = self._sentences.append_from(bundle.folder, rows)
        self._sentence_digests.append_from(bundle.folder / SENTENCE_DIGESTS, sentence_rows)
        if self._tokens:
            self._tokens.append_from(bundle.folder, rows)
        return len(rows) + len(sentence_rows)
