"""An open bundle: everything a search needs, checked before any of it is used."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.citation.embedded_text import passage_text
from pincite.index.errors import BundleError, PinciteError
from pincite.index.metadata.columns import DocumentColumns
from pincite.index.models.cross_encoder import CROSS_ENCODER_GRAPH, CrossEncoder
from pincite.index.models.encoder import Encoder
from pincite.index.models.onnx_session import load_session
from pincite.index.query.spelling import Speller
from pincite.index.storage.bm25_files import open_bm25
from pincite.index.storage.care_files import CARE_FILE, open_care, read_care
from pincite.index.storage.copy_files import open_copies
from pincite.index.storage.dense_files import open_dense
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.manifest import MANIFEST_FILE, STANDS_FOR, check_files, find_bundle, read_manifest
from pincite.index.storage.plain_files import REBUILD_REMEDY, OpenFiles
from pincite.index.storage.sentence_files import open_sentences
from pincite.index.storage.token_files import PRODUCT_FILE, TOKENS_FILE, open_tokens
from pincite.index.storage.word_files import open_word_frequencies, read_corpus_words
from pincite.index.store.passage_parts import PassageParts
from pincite.index.system_errors import naming_file, to_storage_error
from pincite.index.types import Document, Passage, Suggestion

CALIBRATION_FILE = "calibration.json"
SUGGESTIONS_FILE = "questions.json"


OpenParts = Callable[[Path, Mapping[str, Any]], PassageParts]


def local_parts(folder: Path, manifest: Mapping[str, Any]) -> PassageParts:
    """Open the passages that lie in a bundle's own files. Raises BundleError for a bundle that has none."""
    if STANDS_FOR in manifest:
        problem = "is the companion of a store, and has no passages"
        raise BundleError(str(folder), problem, "set PINCITE_STORE_URL to the address of the store")
    dense = open_dense(folder)
    return PassageParts(
        DocumentStore(folder),
        dense,
        open_bm25(folder, len(dense)),
        open_copies(folder),
        open_sentences(folder),
        open_tokens(folder, load_session(folder / PRODUCT_FILE)) if TOKENS_FILE in manifest["files"] else None,
    )


class Bundle:
    """An open bundle, read-only. Threads may share it."""

    def __init__(self, index: Path, cross_encoder: bool = True, open_parts: OpenParts | None = None) -> None:
        """Open the bundle that `index` stands for (a root that ingest publishes to, or one bundle's folder).

        `cross_encoder` opens the cross-encoder, too. open_parts: opens the passages of a folder by its manifest; by
        default local_parts. Every file is compared with the manifest first; of files over LARGE_FILE bytes, only the
        two ends. Raises BundleError or StorageError, naming the file and the remedy.
        """
        self.folder = find_bundle(index)
        self.manifest = read_manifest(self.folder)
        check_files(self.folder, self.manifest, full=False)
        try:
            self._open(cross_encoder, open_parts or local_parts)
        except PinciteError:
            raise
        except (OSError, sqlite3.Error, MemoryError) as error:
            _require_openable(self.folder)
            raise to_storage_error(error, self.folder) from error
        except Exception as error:  # whole files that do not load: made by another version, or out of memory
            _require_openable(self.folder)
            raise BundleError(str(self.folder), f"cannot be opened: {error}", REBUILD_REMEDY) from error

    def _open(self, cross_encoder: bool, open_parts: OpenParts) -> None:
        """Open what the manifest lists. Third-party loaders raise what they like."""
        folder, files = self.folder, self.manifest["files"]
        self._files = OpenFiles(folder / name for name in files)
        self.encoder = Encoder.open(folder)
        parts = open_parts(folder, self.manifest)
        self.records, self.dense, self.bm25 = parts.records, parts.dense, parts.bm25
        self.copies, self.sentences, self.tokens = parts.copies, parts.sentences, parts.tokens
        self._check_parts = parts.check
        self.word_frequencies = open_word_frequencies(folder)
        self.speller = Speller(
            read_corpus_words(folder), self.word_frequencies, self.bm25.has_term, self.encoder.is_token
        )
        with_cross_encoder = cross_encoder and CROSS_ENCODER_GRAPH in files
        self.cross_encoder = CrossEncoder(folder) if with_cross_encoder else None
        with_care = CARE_FILE in files
        self.care = open_care(folder, self.encoder.dimension) if with_care else None
        self.care_facts = read_care(folder) if with_care else None
        self.suggestions = _read_suggestions(folder / SUGGESTIONS_FILE) if SUGGESTIONS_FILE in files else ()
        self.calibration: dict[str, Any] = json.loads((folder / CALIBRATION_FILE).read_text(encoding="utf-8"))

    def check_lengths(self) -> None:
        """Raise PinciteError where what was read may not be what was opened: a file cut short, a store changed."""
        self._files.check()
        self._check_parts()

    @property
    def id(self) -> str:
        """The index id: the same for the same documents, model and settings, wherever its passages lie."""
        return str(self.manifest.get(STANDS_FOR) or self.manifest["id"])

    def __len__(self) -> int:
        return len(self.dense)

    @property
    def document_count(self) -> int:
        """The number of documents."""
        return self.records.document_count

    def review_dates(self) -> list[str]:
        """Return the review date of each document that has one, in no order."""
        return self.records.review_dates()

    @cached_property
    def metadata(self) -> DocumentColumns:
        """The metadata of all documents, read when first asked for."""
        return DocumentColumns(self.records.metadata())

    def titles(self, limit: int = -1, after: str = "", among: Collection[str] | None = None) -> list[tuple[str, str]]:
        """Return (id, title) of the documents that come after an id, in the order of ids; `limit` of them, or all.

        among: ids of the documents to choose from; None for all.
        """
        return self.records.titles(limit, after, among)

    def document(self, document_id: str) -> Document:
        """Return one document. Raises KeyError when the bundle does not hold it."""
        return self.records.document(document_id)

    def rows_of(self, document_id: str, sections: Collection[str] | None = None) -> NDArray[np.int64]:
        """Return the rows of a document's passages, or of some of its sections', in text order: (m,) int64."""
        return np.array(self.records.rows_of(document_id, sections), dtype=np.int64)

    def languages(self, documents: Collection[str]) -> dict[str, str]:
        """Return the language tag of each of some documents that state one, by id."""
        return self.records.languages(documents)

    def passages_of(self, document_id: str, sections: Collection[str] | None = None) -> list[Passage]:
        """Return the passages of a document, or of some of its sections, in the order of its text."""
        return self.records.passages_of(document_id, sections)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some passages: (m, d) float32, unit rows."""
        return self.dense.vectors(rows)

    def lexical_scores(self, text: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some passages by BM25 for one text: (m,) float32."""
        return self.bm25.scores_of(text, rows)

    def has_terms(self, words: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of some passages holds all of some terms: (m,) bool."""
        return self.bm25.has_terms(words, rows)

    def section_numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return a number for the section of each of some passages, equal where the section is: (m,) int32."""
        return self.records.section_numbers(rows)

    def passage(self, row: int) -> Passage:
        """Return the passage of a row."""
        return self.records.passage(row)

    def passage_text(self, row: int) -> str:
        """Return the text of a row's passage as it is embedded and indexed, with its headings."""
        passage = self.records.passage(row)
        return passage_text(self.document(passage.document), passage)

    def close(self) -> None:
        """Let the files go."""
        self.records.close()


def _read_suggestions(path: Path) -> tuple[Suggestion, ...]:
    """Read the questions to offer."""
    return tuple(Suggestion(**entry) for entry in json.loads(path.read_text(encoding="utf-8")))


def _require_openable(folder: Path) -> None:
    """Raise StorageError if the system lets no file be opened now: loaders report that in many ways."""
    with naming_file(folder):
        os.close(os.open(folder / MANIFEST_FILE, os.O_RDONLY | os.O_CLOEXEC))
