"""Additions and removals: documents join or leave the live index, and the others stay as the index has them.

Documents that stay are taken from the live bundle's own records: their files need not be there any more.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.index.errors import CorpusError
from pincite.index.settings import Settings
from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.index.system_errors import printable_path
from pincite.ingestion.build import SPOOL_FOLDER, calibration_notes, file_sha256, publish_corpus, refuse_faults
from pincite.ingestion.live_index import LiveIndex
from pincite.ingestion.memory_limit import INDEX_MEGABYTES, require_memory
from pincite.ingestion.progress import ProgressFactory
from pincite.ingestion.publishing import fingerprint
from pincite.ingestion.publishing.document_names import DocumentNames, gone_ids
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.reading.document_ids import assign_ids
from pincite.ingestion.reading.files import path_sort_key
from pincite.ingestion.reading.given import GivenDocument, find_documents
from pincite.ingestion.reading.source_document import SourceDocument
from pincite.ingestion.report import BuildReport, EmbedStats, FileNote, RefusedError

if TYPE_CHECKING:
    from pincite.ingestion.build import LoadModel
    from pincite.ingestion.reading.read import Corpus

MAX_NEAR_IDS = 3  # ids named for one that the index does not hold


def add(
    given: Sequence[GivenDocument],
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None = None,
    skip_bad: bool = False,
) -> BuildReport:
    """Publish the live index with the documents at paths and web addresses added; without a live index, one of these.

    A document takes the place of the one in the index that was made of a file of the same name, whose id it keeps
    unless it states one, and of the one that has the id that it states. skip_bad: leave documents at fault out; what
    the index holds of their files stays. Raises as build() does, and SettingError where the index was made with another
    model.
    """
    started = time.perf_counter()
    found = find_documents(given, progress_for)
    if not found.files:
        raise RefusedError(found.faults, found.left_out)
    with Publisher(Path(settings.index), settings.keep_bundles) as publisher:
        live = LiveIndex.open(settings)
        held = live.id_by_file_name
        unchanged = live.unchanged(found.files, [file_sha256(file) for file in found.files])
        staging = publisher.stage()
        new = [file for file in found.files if file.name not in unchanged]
        read = _read(new, staging / SPOOL_FOLDER, live, progress_for)
        faults = (*found.faults, *read.faults)
        refuse_faults(faults, found.left_out, read, skip_bad and bool(read.files or unchanged))
        read_names = {record.name for record in read.files.values()}
        superseded = {*read.files} | {held[name] for name in read_names if name in held}
        kept = live.kept(superseded)
        built = _publish(publisher, staging, live, kept, read, settings, progress_for, load_model)
    at_fault = [file for file in found.files if file.name in held and file.name not in {*read_names, *unchanged}]
    replaced = [i for i, record in read.files.items() if i in live.names.digests or record.name in held]
    return replace(
        built.report(live, started),
        notes=(*read.notes, *built.notes, *_kept_notes(kept, {f.name: held[f.name] for f in at_fault})),
        left_out=tuple(found.left_out),
        faults=faults,
        added=tuple(sorted({*read.files} - {*replaced})),
        replaced=tuple(sorted(replaced)),
        unchanged=tuple(sorted(unchanged.values())),
    )


def remove(
    document_ids: Sequence[str], settings: Settings, progress_for: ProgressFactory, load_model: LoadModel | None = None
) -> BuildReport:
    """Publish the live index without some documents.

    Raises CorpusError for an id that the index does not hold, and where no document would be left; BundleError where
    there is no index or it is damaged; SettingError where it was made with another model.
    """
    started = time.perf_counter()
    find_bundle(Path(settings.index))  # before a folder is made for the lock
    with Publisher(Path(settings.index), settings.keep_bundles) as publisher:
        live = LiveIndex.open(settings)
        _require_held(document_ids, live.names)
        kept = live.kept(document_ids)
        if not kept.digests:
            raise CorpusError(
                "documents",
                "none would be left, and an index holds one at least",
                "ingest the documents that are to take their place; or delete the folder of the index",
            )
        staging = publisher.stage()
        read = _read([], staging / SPOOL_FOLDER, live, progress_for)
        built = _publish(publisher, staging, live, kept, read, settings, progress_for, load_model)
    notes = (*built.notes, *_kept_notes(kept, {}))
    return replace(built.report(live, started), notes=notes, gone=tuple(sorted({*document_ids})))


@dataclass(frozen=True, slots=True)
class _Built:
    """The bundle that is live after an addition or a removal."""

    folder: Path
    texts: EmbedStats = field(default_factory=EmbedStats)
    notes: tuple[FileNote, ...] = ()

    def report(self, live: LiveIndex, started: float) -> BuildReport:
        """Report what was published. live: the index before."""
        manifest = read_manifest(self.folder)
        return BuildReport(
            id=manifest["id"],
            folder=self.folder,
            changed=self.folder != live.folder,
            counts=manifest["counts"],
            texts=self.texts,
            seconds=time.perf_counter() - started,
            notes=self.notes,
            gone=gone_ids(live.names, manifest["documents"]),
        )


def _read(files: Sequence[SourceDocument], spool: Path, live: LiveIndex, progress_for: ProgressFactory) -> Corpus:
    """Read the files that the index does not have as they are now."""
    require_memory(INDEX_MEGABYTES, "making an index")
    from pincite.ingestion.reading.read import read_files

    held, taken = live.id_by_file_name, live.names.digests
    return read_files(files, spool, held=held, taken=taken, progress_for=progress_for)


def _publish(
    publisher: Publisher,
    staging: Path,
    live: LiveIndex,
    kept: DocumentNames,
    read: Corpus,
    settings: Settings,
    progress_for: ProgressFactory,
    load_model: LoadModel | None,
) -> _Built:
    """Publish the documents that are kept and those that were read; nothing, if these are what the index has."""
    if live.folder and live.is_current and not read.files and kept.digests.keys() == live.names.digests.keys():
        return _Built(live.folder, notes=tuple(calibration_notes(live.folder)))
    names = DocumentNames({**kept.files, **read.files}, {**kept.digests, **read.digests})
    corpus = replace(
        read,
        documents=live.with_others({i: i for i in kept.digests}, read.documents),
        fingerprint=_corpus_fingerprint(names),
        notes=_notes_by_file(names),
        files=dict(names.files),
        digests=dict(names.digests),
    )
    folder, texts, notes = publish_corpus(publisher, staging, corpus, live, settings, progress_for, load_model)
    return _Built(folder, texts, (*notes, *calibration_notes(folder)))


def _corpus_fingerprint(names: DocumentNames) -> fingerprint.CorpusFingerprint:
    """Return the fingerprint that an ingest of the same files would have, if it made these very documents of them.

    It would not where the code has changed since they were read, where ids have been kept that it would assign
    otherwise, or where there is no file: such a document is known by its id and its text, too.
    """
    ordered = sorted(names.files.items(), key=lambda item: path_sort_key(item[1].name))
    stated = [(record, document_id if record.has_stated_id else None) for document_id, record in ordered]
    fresh_ids = assign_ids(dict(enumerate(stated)))
    entries: list[fingerprint.DocumentFingerprint] = []
    for number, (document_id, record) in enumerate(ordered):
        is_fresh = record.sha256 and not record.is_outdated and fresh_ids[number] == document_id
        entry = [*record.inputs, record.sha256]
        entries.append(entry if is_fresh else [*entry, document_id, names.digests[document_id]])
    without_file = sorted(names.digests.keys() - names.files.keys())
    return fingerprint.CorpusFingerprint([*entries, *([None, i, names.digests[i]] for i in without_file)])


def _notes_by_file(names: DocumentNames) -> list[FileNote]:
    """Return the readers' notes on all documents, in the order in which an ingest reads their files."""
    records = sorted(names.files.values(), key=lambda record: path_sort_key(record.name))
    return [FileNote(record.printable_name, note) for record in records for note in record.notes]


def _kept_notes(kept: DocumentNames, at_fault: Mapping[str, str]) -> list[FileNote]:
    """Return notes on documents whose text an ingest would have read otherwise. at_fault: ids by names of files."""
    notes = [
        FileNote(printable_path(name), f"the index keeps its document {document_id} as it was read before")
        for name, document_id in at_fault.items()
    ]
    if outdated := sum(record.is_outdated for record in kept.files.values()):
        notes.append(
            FileNote(
                None,
                f"the text of {outdated:,} documents is as an earlier version of pincite read it; "
                "`pincite ingest` of their files reads them again",
            )
        )
    return notes


def _require_held(document_ids: Sequence[str], names: DocumentNames) -> None:
    """Raise CorpusError for ids that the index does not hold, naming those that come near."""
    unknown = [document_id for document_id in dict.fromkeys(document_ids) if document_id not in names.digests]
    if not unknown:
        return
    by_file = {name: document_id for document_id, name in names.names.items()}
    near: list[str] = []
    for name in unknown:
        near += [by_file[name]] if name in by_file else []
        near += difflib.get_close_matches(name, names.digests, MAX_NEAR_IDS)
    meant = f"the nearest ids are {', '.join(dict.fromkeys(near))}; " if near else ""
    problem = f"holds no document {', '.join(repr(printable_path(name)) for name in unknown)}; nothing was removed"
    raise CorpusError("index", problem, f"{meant}`pincite list` shows the id of every document")
