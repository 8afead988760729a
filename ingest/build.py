"""The whole of ingestion on one screen: look whether there is anything new, read, make, publish.

What makes a bundle is imported once there is something new: of 0.2 seconds, an import of NumPy alone is a half.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.answerability import misfit
from index.manifest import read_manifest
from index.settings import Settings
from index.vocabulary import Document
from ingest import unchanged
from ingest.files import find_files
from ingest.publish import Publisher
from ingest.weights import ModelFiles, weights_sha256

if TYPE_CHECKING:
    from ingest.exporting import Embeds, Say
    from ingest.read import Corpus

SPOOL = "reading"  # folder below the staged bundle, gone before it is published


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did."""

    id: str  # the index id of the live bundle
    folder: Path
    changed: bool  # False: the live bundle was already made of this very input
    counts: dict[str, int]  # documents, sections, passages, sentences
    embedded: int  # texts embedded now
    reused: int  # texts whose vectors were taken over
    seconds: float
    notes: tuple[str, ...]


def build(
    paths: Sequence[Path], settings: Settings, say: Say, embedder: Callable[[ModelFiles], Embeds] | None = None
) -> Report:
    """Make a bundle of the documents at `paths` and publish it below settings.index.

    embedder: makes the model that the encoder is exported from; ingest.embed.Embedder where it is left out. Raises a
    PinciteError before anything is published when any document, the model or the bundle is at fault.
    """
    began = time.perf_counter()
    files, left_out = find_files(paths)

    def read(spool: Path) -> Corpus:
        from ingest.read import read_files

        return read_files(files, spool)

    contents = unchanged.Contents([file.name, file.sha256()] for file in files)
    return _build(contents, read, left_out, settings, say, embedder, began)


def build_corpus(
    documents: Sequence[Document],
    settings: Settings,
    say: Say,
    embedder: Callable[[ModelFiles], Embeds] | None = None,
) -> Report:
    """Make a bundle of documents in memory, as build() does of files."""
    began = time.perf_counter()
    contents = unchanged.Contents(unchanged.content(document) for document in documents)

    def read(spool: Path) -> Corpus:
        from ingest.passages import row_order
        from ingest.read import Corpus

        return Corpus(sorted(documents, key=lambda d: row_order(d.id)), contents, [])

    return _build(contents, read, [], settings, say, embedder, began)


def _build(
    contents: unchanged.Contents,
    read: Callable[[Path], Corpus],
    left_out: list[str],
    settings: Settings,
    say: Say,
    embedder: Callable[[ModelFiles], Embeds] | None,
    began: float,
) -> Report:
    root = Path(settings.index)
    made_of = unchanged.inputs(contents, weights_sha256(settings.model), settings)
    with Publisher(root, settings.keep) as publisher:
        folder = unchanged.live_bundle(root, made_of)
        embedded = reused = 0
        notes: list[str] = []
        changed = folder is None
        if folder is None:
            from ingest.make import make

            folder = publisher.stage()
            made = make(folder, read(folder / SPOOL), root, settings, say, embedder)
            folder = publisher.publish(folder, made.id)
            embedded, reused, notes = made.embedded, made.reused, made.notes
    manifest = read_manifest(folder)
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    if wrong := misfit(calibration, manifest):
        notes.append(wrong)
    told = (*left_out, *manifest["made"]["notes"], *notes)
    seconds = time.perf_counter() - began
    return Report(manifest["id"], folder, changed, manifest["counts"], embedded, reused, seconds, told)
