"""Files to documents. A reader is chosen by file ending.

Ids are known when all files are read: an id that a document states is its own, whatever other files are called. Until
then the documents lie in a spool on disk, so that one at a time is in memory.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from pincite.index.errors import CorpusError, ReadError
from pincite.index.storage.documents import DocumentStore, DocumentsWriter
from pincite.index.system_errors import naming_file, printable_path
from pincite.index.types import Document
from pincite.ingestion.chunking.passages import row_sort_key
from pincite.ingestion.publishing.fingerprint import CorpusFingerprint
from pincite.ingestion.reading.compose import compose, slug, unique_name
from pincite.ingestion.reading.draft import Draft, Reader
from pincite.ingestion.reading.files import SourceFile
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.webtext import read_webtext

READERS_BY_SUFFIX: dict[
    str, Reader
] = {  # pincite.ingestion.reading.files.DOCUMENT_SUFFIXES are its keys, which a test holds
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_webtext,
    ".text": read_webtext,
}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, and what else an ingest must know of what it read."""

    documents: Iterable[Document]  # in row order; gone through once
    fingerprint: CorpusFingerprint  # what they were made of
    notes: list[str]  # what was left out or replaced in them


def read_files(files: Sequence[SourceFile], spool: Path) -> Corpus:
    """Read every file. One that cannot be read stops the ingest: nothing is half-indexed.

    spool: a folder to make, where the documents are kept until all were read. Raises ReadError, and
    CorpusError when two documents claim one id.
    """
    spool.mkdir()
    stated_ids: list[str | None] = []
    corpus_fingerprint = CorpusFingerprint()
    notes: list[str] = []
    with DocumentsWriter(spool) as writer:
        for number, file in enumerate(files):
            data = file.read()
            draft = _read_draft(file.path, data)
            with naming_file(file.path):  # characters that UTF-8 cannot write
                writer.add(compose(draft, str(number), draft.title or Path(file.display_name).name), ())
            stated_ids.append(draft.id)
            corpus_fingerprint.add([file.name, hashlib.sha256(data).hexdigest()])
            notes += [f"{printable_path(file.name)}: {note}" for note in draft.notes]
    return Corpus(_in_row_order(spool, _assign_ids(files, stated_ids)), corpus_fingerprint, notes)


def _read_draft(path: Path, data: bytes) -> Draft:
    name = printable_path(path)
    reader = READERS_BY_SUFFIX.get(path.suffix.lower())
    if reader is None:
        suffix = printable_path(path.suffix) if path.suffix else "files without an ending"
        raise ReadError(name, f"no reader for {suffix}", f"give a file ending in {', '.join(READERS_BY_SUFFIX)}")
    with naming_file(path):  # a document may be more than memory, or deeper than the stack: whatever it is, it is named
        draft = reader(data, name)
    if not any(part.kind != "heading" for part in draft.parts):
        raise ReadError(name, "holds no text below its headings", "add text, or remove the file")
    return draft


def _assign_ids(files: Sequence[SourceFile], stated_ids: Sequence[str | None]) -> list[str]:
    """Return the id of each file's document: the one it states, or a free one made of its name."""
    claimed: dict[str, SourceFile] = {}
    for file, document_id in zip(files, stated_ids, strict=True):
        if document_id in claimed:
            raise CorpusError(
                printable_path(file.path),
                f"has the id {document_id!r}, as {printable_path(claimed[document_id].path)} has",
                "give one of them another id",
            )
        if document_id:
            claimed[document_id] = file
    taken = dict.fromkeys(claimed, 1)
    return [
        document_id or unique_name(slug(file.display_name) or "document", taken)
        for file, document_id in zip(files, stated_ids, strict=True)
    ]


def _in_row_order(spool: Path, ids: Sequence[str]) -> Iterator[Document]:
    with closing(DocumentStore(spool, cached_documents=1)) as records:
        for number in sorted(range(len(ids)), key=lambda n: row_sort_key(ids[n])):
            yield replace(records.document(str(number)), id=ids[number])
    shutil.rmtree(spool)
