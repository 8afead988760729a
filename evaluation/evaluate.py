"""Flow of `pincite eval` on one screen: read the questions, open or make the index, ask."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.evaluation.datasets import articles, beir
from pincite.evaluation.datasets.questions import read_questions
from pincite.evaluation.results import EvaluationResults
from pincite.evaluation.runner import ProgressFactory, ask_articles, ask_collection, ask_questions
from pincite.index.errors import ReadError
from pincite.index.searcher import open_searcher
from pincite.index.settings import Settings

if TYPE_CHECKING:
    from pincite.ingestion.encoder.export import EmbeddingModel
    from pincite.ingestion.encoder.model_files import ModelFiles

EVALUATION_ROOT = Path("var/eval")


def default_root(path: Path) -> str | None:
    """Return where a folder's index is kept; None for a question file, which is asked of the settings' index."""
    return str(EVALUATION_ROOT / path.resolve().name) if path.is_dir() else None


def evaluate(
    path: Path,
    settings: Settings,
    indexing_progress: ProgressFactory,
    asking_progress: ProgressFactory,
    embedder: Callable[[ModelFiles], EmbeddingModel] | None = None,
) -> EvaluationResults:
    """Ask the questions at `path`: a question file, a BEIR folder or a folder of articles with questions.

    A question file is asked of the index at settings.index; a folder's own documents are indexed below it. Raises
    PinciteError when the files at `path` or the index cannot be used.
    """
    if not path.is_dir():
        questions = read_questions(path)
        searcher = open_searcher(replace(settings, answer_cache=0))
        with closing(searcher.bundle):
            return ask_questions(searcher, questions, asking_progress)
    from pincite.evaluation.indexes import searching  # needs ingest, which serving does without

    root = Path(settings.index)
    if (path / beir.CORPUS_FILE).is_file():
        collection = beir.read_collection(path)
        with searching(collection.documents, root, settings, indexing_progress, embedder) as searcher:
            return ask_collection(searcher, collection, asking_progress)
    if (path / articles.ARTICLES_FILE).is_file():
        read = articles.read_articles(path)
        with (
            searching([a.numbered for a in read], root / "text", settings, indexing_progress, embedder) as text,
            searching([a.headed for a in read], root / "headings", settings, indexing_progress, embedder) as headings,
        ):
            return ask_articles({"text": text, "headings": headings}, read, asking_progress)
    raise ReadError(
        str(path),
        f"holds neither {beir.CORPUS_FILE} nor {articles.ARTICLES_FILE}",
        "give a question file, or a folder as docs/evaluation.md lays it out",
    )
