"""Files and fetched pages to documents. Their bytes are parsed in a process of its own (sandbox/), by file ending.

Ids are known when all files are read: an id that a document states is its own, whatever other files are called. Until
then the documents lie in a spool on disk, so that one at a time is in memory.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from pincite.index.errors import Fault, ReadError, StorageError
from pincite.index.storage.documents import DocumentRows, DocumentStore, DocumentsWriter
from pincite.index.system_errors import naming_file, printable_path
from pincite.index.types import Document
from pincite.ingestion.chunking.passages import row_sort_key
from pincite.ingestion.progress import ProgressFactory, silent, with_progress
from pincite.ingestion.publishing.document_names import DocumentNames, FileRecord
from pincite.ingestion.publishing.fingerprint import CorpusFingerprint
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.document_ids import assign_ids
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.files import DOCUMENT_SUFFIXES, REMEDIES_BY_SUFFIX
from pincite.ingestion.reading.sandbox.reader_process import ReaderProcess
from pincite.ingestion.reading.source_document import SourceDocument
from pincite.ingestion.report import FileNote


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, and what else an ingest must know of what it read."""

    documents: Iterable[Document | DocumentRows]  # in row order; gone through once. Stored: as the live bundle has it
    fingerprint: CorpusFingerprint  # what they were made of, documents at fault among them
    notes: list[FileNote] = field(default_factory=list)  # what was left out or replaced in them
    faults: list[Fault] = field(default_factory=list)  # files that are at fault, and no documents of this corpus
    files: dict[str, FileRecord] = field(default_factory=dict)  # of each document that came from a file, by its id
    digests: dict[str, str] = field(default_factory=dict)  # the SHA-256 of each such document's text, by its id
    unchanged: dict[str, str] = field(default_factory=dict)  # ids in the live bundle of files that were not read, by id


def read_files(
    files: Sequence[SourceDocument],
    spool: Path,
    live: DocumentNames | None = None,
    unchanged: Mapping[str, str] | None = None,
    held: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
    progress_for: ProgressFactory = silent,
) -> Corpus:
    """Read every file. One that cannot be read is a fault, and the others are read all the same.

    spool: a folder to make, where the documents are kept until all were read. live: the documents of the live
    index. unchanged: ids in it of files that are as they were and are not read, by their names. held, taken: ids of
    documents that the index keeps, as assign_ids() takes them. Raises StorageError when the disk is full.
    """
    spool.mkdir()
    live, unchanged = live or DocumentNames(), unchanged or {}
    stated_ids: dict[int, str | None] = {}  # of the files without a fault, by their number
    records: dict[int, FileRecord] = {}
    digests: dict[int, str] = {}  # of texts
    corpus_fingerprint = CorpusFingerprint()
    faults: list[Fault] = []
    with DocumentsWriter(spool) as writer, ReaderProcess() as reader:
        for number, file in enumerate(with_progress(files, "reading documents", progress_for)):
            if file.name in unchanged:
                document_id = unchanged[file.name]
                records[number], digests[number] = live.files[document_id], live.digests[document_id]
                stated_ids[number] = document_id if records[number].has_stated_id else None
                corpus_fingerprint.add([*file.fingerprint_fields, records[number].sha256])
                continue
            digest = None
            try:
                data = file.read()
                digest = hashlib.sha256(data).hexdigest()
                draft = _read_draft(reader, file, data)
                with naming_file(file.place):
                    document = compose(draft, str(number), draft.title or Path(file.display_name).name)
            except (ReadError, StorageError) as error:
                faults.append(Fault.of(error, "unreadable"))
            else:
                with naming_file(file.place):  # characters that UTF-8 cannot write
                    writer.add(document, ())
                stated_ids[number] = draft.id
                digests[number] = document.sha256
                inputs = tuple(file.fingerprint_fields)
                records[number] = FileRecord(file.name, digest, bool(draft.id), draft.notes, inputs, file.display_name)
            corpus_fingerprint.add([*file.fingerprint_fields, digest])
    notes = [FileNote(record.printable_name, note) for record in records.values() for note in record.notes]
    faults += _repeated_ids(files, stated_ids)
    ids = assign_ids({number: (files[number], stated) for number, stated in stated_ids.items()}, held, taken)
    read_ids = {number: document_id for number, document_id in ids.items() if files[number].name not in unchanged}
    return Corpus(
        _in_row_order(spool, read_ids),
        corpus_fingerprint,
        notes,
        faults,
        {document_id: records[number] for number, document_id in ids.items()},
        {document_id: digests[number] for number, document_id in ids.items()},
        {document_id: unchanged[files[n].name] for n, document_id in ids.items() if n not in read_ids},
    )


def _read_draft(reader: ReaderProcess, file: SourceDocument, data: bytes) -> Draft:
    name = file.place
    if file.suffix not in DOCUMENT_SUFFIXES:
        ending = printable_path(file.suffix) if file.suffix else "files without an ending"
        remedy = REMEDIES_BY_SUFFIX.get(file.suffix, f"give a file ending in {', '.join(DOCUMENT_SUFFIXES)}")
        raise ReadError(name, f"no reader for {ending}", remedy, "unknown_format")
    draft = reader.read(data, name, file.suffix, file.origin)
    if not any(part.kind != "heading" for part in draft.parts):
        raise ReadError(name, "holds no text below its headings", "add text, or remove the file", "empty")
    return draft


def _repeated_ids(files: Sequence[SourceDocument], stated_ids: dict[int, str | None]) -> Iterator[Fault]:
    """Yield a fault for each document that states the id of one before it, and take it out of `stated_ids`."""
    claimed: dict[str, int] = {}
    for number, stated in [*stated_ids.items()]:
        if stated and claimed.setdefault(stated, number) != number:
            del stated_ids[number]
            first = files[claimed[stated]].place
            problem = f"has the id {stated!r}, as {first} has"
            yield Fault(files[number].place, problem, "give one of them another id", "repeated_id")


def _in_row_order(spool: Path, ids: Mapping[int, str]) -> Iterator[Document]:
    with closing(DocumentStore(spool, cached_documents=1)) as records:
        for number in sorted(ids, key=lambda n: row_sort_key(ids[n])):
            yield replace(records.document(str(number)), id=ids[number])
    shutil.rmtree(spool)
