"""The live index as the next bundle takes it over: what it holds of files that are as they were.

A document whose file is as it was is not read again: it comes from the live bundle. Where that was made by this very
code with these settings, its records, terms and vectors are taken over, too. Imports no NumPy.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pincite.index.errors import BundleError, SettingError, StorageError
from pincite.index.settings import Settings
from pincite.index.storage.manifest import POINTER_FILE, check_files, find_bundle, read_manifest, require_passages
from pincite.index.types import Document
from pincite.ingestion.encoder.model_files import weights_sha256
from pincite.ingestion.publishing import fingerprint
from pincite.ingestion.publishing.document_names import DocumentNames, require_bundle_names
from pincite.ingestion.reading.source_document import SourceDocument

if TYPE_CHECKING:
    from pincite.index.storage.documents import DocumentRows


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """The live index, every byte of it compared with the manifest; without a folder, none."""

    folder: Path | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    names: DocumentNames = field(default_factory=DocumentNames)
    is_same_code: bool = True  # made by this very code,
    is_current: bool = False  # and with these settings

    @classmethod
    def open(cls, settings: Settings) -> LiveIndex:
        """Read what the live index is made of.

        Raises BundleError where it is damaged or of another format, SettingError where it was made with another model.
        """
        root = Path(settings.index)
        if not os.path.lexists(root / POINTER_FILE):
            return cls()
        folder = find_bundle(root)
        manifest = read_manifest(folder)
        check_files(folder, manifest)
        require_passages(folder, manifest)
        if manifest["model"]["sha256"] != weights_sha256(settings.model):
            problem = f"is {settings.model!r}, and the index was made with {manifest['model']['name']!r}"
            remedy = "give that model's folder with --model; or make the whole index again with `pincite ingest`"
            raise SettingError("PINCITE_MODEL", problem, remedy)
        is_same_code = manifest.get("code") == fingerprint.code_digest()
        is_current = is_same_code and manifest["settings"] == fingerprint.bundle_settings(settings)
        return cls(folder, manifest, require_bundle_names(folder, manifest), is_same_code, is_current)

    @classmethod
    def open_if_whole(cls, settings: Settings) -> LiveIndex:
        """Read what the live index is made of; as if there were none where it is damaged, or of another model."""
        try:
            return cls.open(settings)
        except (BundleError, StorageError, SettingError):
            return cls()

    @property
    def current_folder(self) -> Path | None:
        """The bundle, if it was made by this very code with these settings: its rows can be taken over then."""
        return self.folder if self.is_current else None

    @property
    def id_by_file_name(self) -> dict[str, str]:
        """The id of the document made of each file, by the file's name."""
        return {record.name: document_id for document_id, record in self.names.files.items()}

    def unchanged(self, files: Sequence[SourceDocument], digests: Sequence[str | None]) -> dict[str, str]:
        """Return the ids of documents that this code made of files as they are, by the files' names.

        digests: SHA-256 of each file's bytes, None where it cannot be read.
        """
        held = self.id_by_file_name
        return {
            file.name: held[file.name]
            for file, digest in zip(files, digests, strict=True)
            if file.name in held and self._holds(file, digest, held[file.name])
        }

    def _holds(self, file: SourceDocument, digest: str | None, document_id: str) -> bool:
        record = self.names.files[document_id]
        is_read_by_this_code = self.is_same_code and not record.is_outdated
        return is_read_by_this_code and (record.inputs, record.sha256) == (tuple(file.fingerprint_fields), digest)

    def kept(self, without: Collection[str]) -> DocumentNames:
        """Return the documents that stay in the index, which other code than this may have read."""
        files = {i: record for i, record in self.names.files.items() if i not in without}
        if not self.is_same_code:
            files = {i: replace(record, is_outdated=True) for i, record in files.items()}
        return DocumentNames(files, {i: d for i, d in self.names.digests.items() if i not in without})

    def with_others(
        self, ids: Mapping[str, str], others: Iterable[Document | DocumentRows]
    ) -> Iterator[Document | DocumentRows]:
        """Yield documents of the index, and others, in the order of rows. ids: what they have in the index, by new id.

        A document is as it is stored where nothing of its records, terms and vectors is to be made again.
        """
        from pincite.index.storage.documents import DocumentStore
        from pincite.ingestion.chunking.passages import row_sort_key

        def held(new_id: str) -> Document | DocumentRows:
            if self.is_current and ids[new_id] == new_id:
                return records.stored(new_id)
            return replace(records.document(ids[new_id]), id=new_id)

        if self.folder is None:
            yield from others
            return
        with closing(DocumentStore(self.folder, cached_documents=1, cached_passages=1)) as records:
            in_order = map(held, sorted(ids, key=row_sort_key))
            yield from heapq.merge(in_order, others, key=lambda document: row_sort_key(document.id))
