"""Answers questions from documents by quoting them, each quote with a citation that can be checked.

    open(index)             an Index: .ask() .locate() .verify() .documents()
    ingest(paths, index=)   index documents
    Answer, Hit, ...        what an Index gives; names and values are those of the JSON
    PinciteError, ...       what can go wrong: place, problem, remedy

docs/python.md shows each with an example.
"""

from pincite.index.errors import (
    BundleError,
    CorpusError,
    FilterError,
    IndexLockedError,
    ModelError,
    PinciteError,
    QuestionError,
    ReadError,
    SettingError,
    StorageError,
    StoreError,
    StoreUnavailableError,
)
from pincite.index.types import (
    Answer,
    Block,
    Citation,
    Correction,
    Document,
    Evidence,
    Hit,
    Page,
    PageRange,
    Passage,
    Section,
    Source,
)
from pincite.ingestion.report import RefusedError
from pincite.library import Index, ingest
from pincite.library import open_index as open

__version__ = "0.1.0"  # pyproject.toml takes it from here

__all__ = [
    "Answer",
    "Block",
    "BundleError",
    "Citation",
    "CorpusError",
    "Correction",
    "Document",
    "Evidence",
    "FilterError",
    "Hit",
    "Index",
    "IndexLockedError",
    "ModelError",
    "Page",
    "PageRange",
    "Passage",
    "PinciteError",
    "QuestionError",
    "ReadError",
    "RefusedError",
    "Section",
    "SettingError",
    "Source",
    "StorageError",
    "StoreError",
    "StoreUnavailableError",
    "__version__",
    "ingest",
    "open",
]
