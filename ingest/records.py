"""Records of a bundle: documents are cut into passages and written, or written as the live bundle stores them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pincite.index.citation.embedded_text import own_words, passage_text
from pincite.index.retrieval.copies import PassageDigests
from pincite.index.storage.copy_files import open_copy_digests, write_copies
from pincite.index.storage.documents import DocumentRows, DocumentsWriter
from pincite.index.types import Document
from pincite.ingestion.chunking.passages import split_document


@dataclass(frozen=True, slots=True)
class Run:
    """Passages that stand one after another, all of them new or all of them taken over."""

    rows: range
    previous: range | None  # their rows in the live bundle, if they are taken over


@dataclass(slots=True)
class Records:
    """Counts and digests of the documents that were written, for the manifest, and where their passages come from."""

    sections: int = 0
    sentences: int = 0
    documents: dict[str, str] = field(default_factory=dict)  # the SHA-256 of each one's text by its id
    runs: list[Run] = field(default_factory=list)  # of all passages, in the order of rows

    @property
    def passage_count(self) -> int:
        """The number of passages."""
        return self.runs[-1].rows.stop if self.runs else 0

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the manifest."""
        counts = {"sections": self.sections, "passages": self.passage_count, "sentences": self.sentences}
        return {"counts": {"documents": len(self.documents), **counts}, "documents": self.documents}

    def add_run(self, count: int, previous: range | None) -> None:
        """Add so many passages, which lengthen the run before where they go on with it."""
        if not count:
            return
        rows = range(self.passage_count, self.passage_count + count)
        last = self.runs[-1] if self.runs else Run(range(0), None)
        if last.previous is None and previous is None:
            self.runs[-1:] = [Run(range(last.rows.start, rows.stop), None)]
        elif last.previous is not None and previous is not None and last.previous.stop == previous.start:
            joined = range(last.previous.start, previous.stop)
            self.runs[-1] = Run(range(last.rows.start, rows.stop), joined)
        else:
            self.runs.append(Run(rows, previous))


def write_records(
    folder: Path, documents: Iterable[Document | DocumentRows], passage_words: int, live: Path | None
) -> Records:
    """Write the documents and their passages, one document after another, and which passages are equal.

    live: the bundle that stored documents are from.
    """
    written = Records()
    digests = PassageDigests()
    live_digests = open_copy_digests(live) if live else np.empty((0, 4), dtype=np.uint64)
    with DocumentsWriter(folder) as writer:
        for document in documents:
            written.documents[document.id] = document.sha256
            if isinstance(document, DocumentRows):
                rows = document.rows
                writer.add_stored(document)
                written.add_run(len(rows), rows)
                written.sections += document.section_count
                written.sentences += document.sentence_count
                digests.extend(live_digests[rows.start : rows.stop])
                continue
            passages = split_document(document, passage_words)
            writer.add(document, passages)
            written.add_run(len(passages), None)
            written.sections += len(document.sections)
            written.sentences += sum(len(p.sentences) for p in passages)
            for passage in passages:
                digests.add(own_words(document, passage), passage_text(document, passage))
    write_copies(folder, digests)
    return written
