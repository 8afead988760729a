"""Indexes of a collection's own documents: made once, kept, and used again while nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from pincite.index.errors import BundleError
from pincite.index.searcher import Searcher, open_searcher
from pincite.index.settings import Settings
from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.index.types import Document
from pincite.ingestion.build import build_from_documents
from pincite.ingestion.encoder.export import EmbeddingModel
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.progress import ProgressFactory


@contextmanager
def searching(
    documents: Sequence[Document],
    root: Path,
    settings: Settings,
    progress_for: ProgressFactory,
    embedder: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> Iterator[Searcher]:
    """Open a searcher over an index of these documents below `root`, making the index unless it is there.

    Raises BundleError when the index there is of other documents: an evaluation must not replace it.
    """
    _refuse_other(root, {d.id for d in documents})
    own = replace(settings, index=str(root), keep_bundles=1, answer_cache=0)
    build_from_documents(documents, own, progress_for, embedder)
    searcher = open_searcher(own)
    with closing(searcher.bundle):
        yield searcher


def _refuse_other(root: Path, names: set[str]) -> None:
    try:
        indexed = set(read_manifest(find_bundle(root))["documents"])
    except BundleError:
        return  # none, or one that does not open: a new one is made
    if not indexed & names:
        raise BundleError(str(root), "holds an index of other documents", "name another folder with --index")
