"""Documents and passages on disk: one SQLite file, written once as documents come, read by any number of threads."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pincite.index.errors import BundleError
from pincite.index.metadata.columns import DocumentMetadata
from pincite.index.storage.npy import ArrayWriter
from pincite.index.storage.plain_files import REBUILD_REMEDY, OpenFiles
from pincite.index.system_errors import naming_file, printable_path, to_storage_error
from pincite.index.types import Block, Document, Page, Passage, Section, Source

DOCUMENTS_FILE = "documents.sqlite"
SECTIONS_FILE = "passage-sections.npy"

T = TypeVar("T")
# What is long comes last: a query on titles or metadata reads none of its pages.
_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, language TEXT, tags TEXT NOT NULL,
    sha256 TEXT NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL, sections TEXT NOT NULL, pages TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document TEXT NOT NULL, section TEXT NOT NULL, position INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences TEXT NOT NULL, lead_ins TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document, start);
"""

_METADATA_QUERY = """
SELECT id, json_extract(source, '$.publisher'), language, json_extract(source, '$.reviewed'), tags, passage_count
FROM documents JOIN
    (SELECT document, min(row) AS first_row, count(*) AS passage_count FROM passages GROUP BY document) ON document = id
ORDER BY first_row
"""


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One document of a list: all but its text and outline."""

    id: str
    title: str
    source: Source
    passage_count: int


@dataclass(frozen=True, slots=True)
class DocumentRows:
    """A document and its passages as DOCUMENTS_FILE has them: the values of the columns, JSON not parsed."""

    document: tuple[Any, ...]
    passages: Sequence[tuple[Any, ...]]  # in the order of rows, without them
    first_row: int = 0

    @property
    def id(self) -> str:
        """The document's id."""
        return str(self.document[0])

    @property
    def sha256(self) -> str:
        """SHA-256 of the document's text."""
        return str(self.document[5])

    @property
    def rows(self) -> range:
        """The rows of the passages in the bundle that they were read from."""
        return range(self.first_row, self.first_row + len(self.passages))

    @property
    def section_count(self) -> int:
        """The number of sections."""
        return len(json.loads(self.document[8]))

    @property
    def sentence_count(self) -> int:
        """The number of sentences in the passages."""
        return sum(len(json.loads(sentences)) for *_, sentences, _ in self.passages)


class DocumentsWriter(ExitStack):
    """Writer of DOCUMENTS_FILE and SECTIONS_FILE, one document after another; a context manager.

    A passage's row is its place among all that were added, as in every other file of the bundle.
    """

    def __init__(self, folder: Path) -> None:
        """Begin both files in `folder`, where neither may be."""
        super().__init__()
        self._path = folder / DOCUMENTS_FILE
        self._connection = self.enter_context(self._transaction())
        self._sections = self.enter_context(ArrayWriter(folder / SECTIONS_FILE, np.int32))
        self._passage_count = 0
        self._section_count = 0  # sections that have a passage

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Write a document and its passages, which get the next rows."""
        rows = (
            (p.document, p.section, p.position, p.start, p.end, _dump(p.sentences), _dump(p.lead_ins)) for p in passages
        )
        self.add_stored(DocumentRows(_document_row(document), [*rows]))

    def add_stored(self, stored: DocumentRows) -> None:
        """Write a document of another bundle and its passages as they are stored there."""
        rows = ((row, *passage) for row, passage in enumerate(stored.passages, start=self._passage_count))
        with self._sqlite_errors():
            self._connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", stored.document)
            self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        numbers: dict[str, int] = {}
        sections = [numbers.setdefault(p[1], self._section_count + len(numbers)) for p in stored.passages]
        self._sections.append(np.array(sections, dtype=np.int32))
        self._passage_count += len(sections)
        self._section_count += len(numbers)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Create DOCUMENTS_FILE; commit at the end, unless there was an error."""
        with self._sqlite_errors(), closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            # The bundle is staged and published whole: a journal would protect nothing.
            connection.execute("PRAGMA journal_mode=OFF")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _sqlite_errors(self) -> Iterator[None]:
        """Name DOCUMENTS_FILE where SQLite fails.

        Characters that UTF-8 cannot write are the document's fault, not the file's.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise to_storage_error(error, self._path) from error


class DocumentStore:
    """Reader of DOCUMENTS_FILE. The most recently used documents and passages are kept in memory."""

    def __init__(self, folder: Path, cached_documents: int = 256, cached_passages: int = 16384) -> None:
        """Open the file read-only; it must not change while it is open, and published bundles never do.

        The most recently used `cached_documents` and `cached_passages` stay in memory.
        """
        self._path = folder / DOCUMENTS_FILE
        address = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
        with naming_file(self._path):  # SQLite names no file
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._open_files = OpenFiles([self._path])
        self._lock = Lock()
        self._sections = np.load(folder / SECTIONS_FILE, mmap_mode="r", allow_pickle=False)  # (n,) int32
        self.document = lru_cache(maxsize=cached_documents)(self._document)
        self.passage = lru_cache(maxsize=cached_passages)(self._passage)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def __len__(self) -> int:
        """Return the number of passages that the array of sections has."""
        return len(self._sections)

    def review_dates(self) -> list[str]:
        """Return the review date of each document that has one, in no order."""
        query = "SELECT json_extract(source, '$.reviewed') AS reviewed FROM documents WHERE reviewed NOT NULL"
        return [str(reviewed) for (reviewed,) in self._fetch_all(query)]

    def passages_in_order(self) -> Iterator[tuple[Document, Passage]]:
        """Yield every passage with its document, row after row."""
        for row in range(len(self)):
            passage = self.passage(row)
            yield self.document(passage.document), passage

    @cached_property
    def document_count(self) -> int:
        """The number of documents."""
        return int(self._fetch_all("SELECT count(*) FROM documents")[0][0])

    def passage_count(self) -> int:
        """Count the passages in the file; len() is how many there should be."""
        return int(self._fetch_all("SELECT count(*) FROM passages")[0][0])

    def integrity_check(self) -> str:
        """Return SQLite's integrity check: "ok", or the first fault."""
        return str(self._fetch_all("PRAGMA integrity_check(1)")[0][0])

    def titles(self, limit: int = -1, after: str = "", among: Collection[str] | None = None) -> list[tuple[str, str]]:
        """Return (id, title) of the documents that come after an id, in the order of ids; `limit` of them, or all.

        among: ids of the documents to choose from; None for all.
        """
        if among is None:
            return self._fetch_all("SELECT id, title FROM documents WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        chosen = "id > ? AND id IN (SELECT value FROM json_each(?))"
        query = f"SELECT id, title FROM documents WHERE {chosen} ORDER BY id LIMIT ?"
        return self._fetch_all(query, after, _dump(list(among)), limit)

    def stated_metadata(self) -> dict[str, tuple[str | None, ...]]:
        """Return title, source, language and tags of each document as they are stored, by id: to be compared alone."""
        rows = self._fetch_all("SELECT id, title, source, language, tags FROM documents ORDER BY id")
        return {name: tuple(values) for name, *values in rows}

    def metadata(self) -> Iterator[DocumentMetadata]:
        """Yield the metadata of each document, in the order of their passages' rows."""
        for name, publisher, language, reviewed, tags, count in self._fetch_all(_METADATA_QUERY):
            with self._parse_errors(f"document {name!r}"):
                yield DocumentMetadata(name, publisher, language, reviewed, tuple(json.loads(tags)), count)

    def summaries(self) -> list[DocumentSummary]:
        """Return what a list shows of every document, in the order of ids."""
        counted = "(SELECT count(*) FROM passages WHERE document = documents.id)"
        rows = self._fetch_all(f"SELECT id, title, source, {counted} FROM documents ORDER BY id")
        with self._parse_errors("documents"):
            return [DocumentSummary(name, title, Source(**json.loads(s)), count) for name, title, s, count in rows]

    def languages(self, documents: Collection[str]) -> dict[str, str]:
        """Return the language tag of each of some documents that state one, by id."""
        query = "SELECT id, language FROM documents WHERE language NOT NULL AND id IN (SELECT value FROM json_each(?))"
        return dict(self._fetch_all(query, _dump(list(documents))))

    def passages_of(self, document_id: str, sections: Collection[str] | None = None) -> list[Passage]:
        """Return the passages of a document, or of some of its sections, in the order of its text."""
        return [self.passage(row) for row in self.rows_of(document_id, sections)]

    def stored(self, document_id: str) -> DocumentRows:
        """Read a document and its passages as they are stored. Raises KeyError when the bundle does not hold it."""
        documents = self._fetch_all("SELECT * FROM documents WHERE id = ?", document_id)
        if not documents:
            raise KeyError(document_id)
        rows = self._fetch_all("SELECT * FROM passages WHERE document = ? ORDER BY row", document_id)
        return DocumentRows(documents[0], [row[1:] for row in rows], rows[0][0] if rows else 0)

    def rows_of(self, document_id: str, sections: Collection[str] | None = None) -> list[int]:
        """Return the rows of a document's passages, or of those of some of its sections, in the order of its text."""
        rows = self._fetch_all("SELECT row, section FROM passages WHERE document = ? ORDER BY start", document_id)
        return [row for row, section in rows if sections is None or section in sections]

    def section_numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the number of the section of each of some passages: (m,) int32."""
        numbers: NDArray[np.int32] = self._sections[rows]
        return numbers

    def documents_with(self, quote: str) -> list[str]:
        """Return the ids of the documents whose text holds some words exactly, in the order of ids."""
        return [name for (name,) in self._fetch_all("SELECT id FROM documents WHERE instr(text, ?) ORDER BY id", quote)]

    def _document(self, document_id: str) -> Document:
        """Read one document. Raises KeyError when the bundle does not hold it."""
        rows = self._fetch_all("SELECT * FROM documents WHERE id = ?", document_id)
        if not rows:
            raise KeyError(document_id)
        name, title, source, language, tags, sha256, text, blocks, sections, pages = rows[0]
        with self._parse_errors(f"document {document_id!r}"):
            parsed_source, parsed_tags = Source(**json.loads(source)), tuple(json.loads(tags))
        return Document(
            name,
            title,
            text,
            _LazyList(blocks, Block),
            _LazyList(sections, _make_section),
            parsed_source,
            sha256,
            language,
            parsed_tags,
            _LazyList(pages, Page),
        )

    def _passage(self, row: int) -> Passage:
        """Read the passage of a row. Raises KeyError when there is none."""
        rows = self._fetch_all("SELECT * FROM passages WHERE row = ?", row)
        if not rows and 0 <= row < len(self):
            raise self._damaged(f"row {row}")
        if not rows:
            raise KeyError(row)
        _, document, section, position, start, end, sentences, lead_ins = rows[0]
        with self._parse_errors(f"row {row}"):
            return Passage(
                document,
                section,
                position,
                start,
                end,
                tuple((s, e) for s, e in json.loads(sentences)),
                tuple(tuple((s, e) for s, e in of_sentence) for of_sentence in json.loads(lead_ins)),
            )

    def _fetch_all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                rows = self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._open_files.check()
            raise to_storage_error(error, self._path) from error
        self._open_files.check()  # after it was read: past the end of a file, SQLite reads zeros
        return rows

    @contextmanager
    def _parse_errors(self, what: str) -> Iterator[None]:
        """Turn errors in parsing a field into a BundleError."""
        try:
            yield
        except (ValueError, TypeError, LookupError) as error:
            raise self._damaged(what) from error

    def _damaged(self, what: str) -> BundleError:
        return BundleError(f"{printable_path(self._path)}, {what}", "is missing or damaged", REBUILD_REMEDY)


class _LazyList(Sequence[T]):
    """A tuple in JSON whose items are parsed on use: to cite a passage of a long document takes few of them."""

    def __init__(self, json_text: str, make_item: Callable[..., T]) -> None:
        """`make_item` takes the fields of a part."""
        self._json_text = json_text
        self._make_item = make_item

    @cached_property
    def _items(self) -> list[list[Any]]:
        items: list[list[Any]] = json.loads(self._json_text)
        return items

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self._make_item(*item) for item in self._items[index])
        return self._make_item(*self._items[index])

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)


def _make_section(name: str, path: list[str], start: int, end: int) -> Section:
    return Section(name, tuple(path), start, end)


def _document_row(d: Document) -> tuple[str | None, ...]:
    """Return the values of a document in the order of the columns."""
    blocks = _dump([(b.kind, b.start, b.end, b.level) for b in d.blocks])
    sections = _dump([(s.id, s.path, s.start, s.end) for s in d.sections])
    pages = _dump([(p.start, p.number, p.label) for p in d.pages])
    short = (d.id, d.title, _dump(asdict(d.source)), d.language, _dump(d.tags), d.sha256)
    return *short, d.text, blocks, sections, pages


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
