"""Files that a bundle's documents were made of, and documents that have other ids than in the live bundle.

Links and bookmarks hold ids. An id of one document may become another's when files come, go or are renamed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pincite.index.errors import PinciteError
from pincite.index.storage.manifest import BUNDLES_FOLDER, MANIFEST_FILE, published_name
from pincite.index.storage.plain_files import read_regular_file
from pincite.index.system_errors import naming_file, printable_path
from pincite.ingestion.report import FileNote

NAMES_FILE = "document-names.json"  # the record of each document's file by the document's id


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Record of the file that a document was made of, by which a later ingest knows the file again."""

    name: str  # its path inside the folder that was given, as the system has it; of a page, its address
    sha256: str = ""  # of its bytes; "" in bundles that did not keep it
    has_stated_id: bool = False
    notes: tuple[str, ...] = ()  # what was read otherwise than it stands
    inputs: tuple[str | None, ...] = ()  # what the document was made of besides the bytes
    display_name: str = ""  # the name without its ending, as ids are made of it
    is_outdated: bool = False  # read by other code than that which made the bundle

    @property
    def printable_name(self) -> str:
        """The name as text that any page, record or terminal takes."""
        return printable_path(self.name)


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """Documents of a bundle."""

    files: Mapping[str, FileRecord] = field(default_factory=dict)  # by id; none of documents that came from no file
    digests: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of texts by id

    @property
    def names(self) -> dict[str, str]:
        """The printable name of each file, by the document's id."""
        return {document_id: record.printable_name for document_id, record in self.files.items()}


def write_names(folder: Path, files: Mapping[str, FileRecord]) -> None:
    """Write the file of a bundle. Names may hold bytes that UTF-8 cannot write, so it is ASCII."""
    records = {document_id: asdict(record) for document_id, record in sorted(files.items())}
    with naming_file(folder / NAMES_FILE):
        (folder / NAMES_FILE).write_text(json.dumps(records, indent=0) + "\n", encoding="ascii")


def read_names(root: Path) -> DocumentNames:
    """Read the documents of the live bundle below `root`, whatever format it has; none where it cannot be read."""
    try:
        return read_bundle_names(root / BUNDLES_FOLDER / published_name(root))
    except (PinciteError, OSError):
        return DocumentNames()


def read_bundle_names(folder: Path) -> DocumentNames:
    """Read the documents of a bundle, whatever format it has; none where it cannot be read."""
    try:
        digests = dict(json.loads(read_regular_file(folder / MANIFEST_FILE))["documents"])
    except (PinciteError, OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return DocumentNames()
    try:
        records = dict(json.loads(read_regular_file(folder / NAMES_FILE)))
        return DocumentNames({document_id: _record(entry) for document_id, entry in records.items()}, digests)
    except (PinciteError, OSError, ValueError, TypeError, RecursionError, MemoryError):
        return DocumentNames({}, digests)


def require_bundle_names(folder: Path, manifest: Mapping[str, Any]) -> DocumentNames:
    """Read the documents of a bundle whose files are as its manifest says: an addition keeps these, and loses no other.

    Raises StorageError where the system does not let them be read.
    """
    if NAMES_FILE not in manifest["files"]:
        return DocumentNames({}, dict(manifest["documents"]))
    with naming_file(folder / NAMES_FILE):
        records = dict(json.loads(read_regular_file(folder / NAMES_FILE)))
    return DocumentNames({name: _record(entry) for name, entry in records.items()}, dict(manifest["documents"]))


def _record(entry: Any) -> FileRecord:
    """Return the record of a file. An earlier version kept the name alone."""
    if isinstance(entry, str):
        return FileRecord(entry)
    return FileRecord(**{**entry, "notes": tuple(entry["notes"]), "inputs": tuple(entry["inputs"])})


def gone_ids(before: DocumentNames, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of documents that were in a bundle before, and are in none of its successor's under any id.

    digests: SHA-256 of the successor's texts, by id.
    """
    texts = set(digests.values())
    return tuple(sorted(i for i, digest in before.digests.items() if i not in digests and digest not in texts))


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """Ids of documents that differ between a bundle and its successor."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()  # new ids of texts that had others
    gone: tuple[str, ...] = ()


def document_changes(before: DocumentNames, now: DocumentNames) -> DocumentChanges:
    """Return what differs. A document has changed if its text has, or its file: its title, tags or address may."""
    texts, new = set(before.digests.values()), now.digests.keys() - before.digests.keys()
    same = now.digests.keys() & before.digests.keys()
    return DocumentChanges(
        added=tuple(sorted(i for i in new if now.digests[i] not in texts)),
        changed=tuple(sorted(i for i in same if _state(before, i) != _state(now, i))),
        renamed=tuple(sorted(i for i in new if now.digests[i] in texts)),
        gone=gone_ids(before, now.digests),
    )


def _state(names: DocumentNames, document_id: str) -> tuple[str, str]:
    record = names.files.get(document_id)
    return names.digests[document_id], record.sha256 if record else ""


def moved_ids(before: DocumentNames, now: DocumentNames) -> list[FileNote]:
    """Return a note on each document that had another id before, and on each id that was another document's.

    A document is known by the name of its file, or by its text.
    """
    names_before, names = before.names, now.names
    id_by_name = {name: document_id for document_id, name in names.items()}
    id_by_digest = {d: i for i, d in sorted(now.digests.items(), reverse=True) if before.digests.get(i) != d}
    notes = []
    for old, digest in sorted(before.digests.items()):
        name = names_before.get(old)
        if old in now.digests and (now.digests[old] == digest or names.get(old) == name):
            continue
        new = (id_by_name.get(name) if name else None) or id_by_digest.get(digest)
        holder = names.get(old) if old in now.digests else None
        whose = f", which is now the id of {holder}" if holder else ""
        if new and new != old:
            notes.append(FileNote(names.get(new, name), f"has the id {new} now; it had {old}{whose}"))
        elif holder and name:
            notes.append(FileNote(holder, f"has the id {old} now, which {name} had"))
    return notes
