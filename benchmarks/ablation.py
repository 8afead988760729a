"""Ablation of the ranking: every stage alone or left out, over question files and public collections.

    python -m benchmarks.ablation QUESTIONS [FOLDER ...] [--index FOLDER] [--limit N]

A question file is asked of --index, and again as stories and misspelt (perturb.py); of a BEIR folder or a folder of
articles the index that `pincite eval FOLDER` left below var/eval is asked, N questions at most. Figures: right section
at 1 for question files, nDCG@10 for BEIR folders, right section at 1 with headings for articles. Control: the vectors
of passages, sentences and tokens are handed to other passages, and must be worth next to nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.perturb import as_stories, misspelt
from pincite.evaluation import Question, read_questions
from pincite.evaluation.datasets.articles import ARTICLES_FILE, read_articles
from pincite.evaluation.datasets.beir import read_collection
from pincite.evaluation.evaluate import default_root
from pincite.evaluation.runner import ask_articles, ask_collection
from pincite.index.bundle import Bundle
from pincite.index.citation.cite import section_at
from pincite.index.retrieval.fusion import RERANK_WEIGHTS
from pincite.index.searcher import Searcher

Measure = Callable[[], float]


def no_progress(stage: str) -> Callable[[int, int], None]:
    return lambda done, of: None


class ShuffledStore:
    """Store of vectors that gives each passage the vectors of another."""

    def __init__(self, store: Any, permutation: NDArray[np.int64]) -> None:
        self._store, self._permutation, self._inverse = store, permutation, np.argsort(permutation)

    def nearest(self, query: Any, k: int, within: Any = None) -> Any:
        rows, cosines = self._store.nearest(query, k, None if within is None else self._permutation[within])
        return self._inverse[rows], cosines

    def vectors(self, rows: NDArray[np.int64]) -> Any:
        return self._store.vectors(self._permutation[rows])

    def best(self, queries: Any, rows: NDArray[np.int64]) -> Any:
        return self._store.best(queries, self._permutation[rows])

    def max_sim(self, query: Any, rows: NDArray[np.int64]) -> Any:
        return self._store.max_sim(query, self._permutation[rows])


@contextmanager
def shuffled(bundle: Bundle) -> Iterator[None]:
    """Give every passage the vectors of another."""
    permutation = np.random.default_rng(0).permutation(len(bundle))
    with ExitStack() as stack:
        for name in ("dense", "tokens", "sentences"):
            stack.enter_context(patch.object(bundle, name, ShuffledStore(getattr(bundle, name), permutation)))
        yield


def stages() -> dict[str, Callable[[Bundle], Any]]:
    """Return, by name, the change to the ranking that each row of the table is measured with."""

    def weights(kept: dict[str, float]) -> Callable[[Bundle], Any]:
        return lambda bundle: patch("pincite.index.ranking.rerank.RERANK_WEIGHTS", kept)

    return {
        "as shipped": lambda bundle: ExitStack(),
        **{f"{name} alone": weights({name: 1.0}) for name in RERANK_WEIGHTS},
        **{
            f"without {name}": weights({n: w for n, w in RERANK_WEIGHTS.items() if n != name})
            for name in RERANK_WEIGHTS
        },
        "without the section's other passages": lambda bundle: patch(
            "pincite.index.retrieval.late_interaction.SECTION_WEIGHT", 0.0
        ),
        "without function words": lambda bundle: patch(
            "pincite.index.retrieval.late_interaction.FUNCTION_WORD_WEIGHT", 1e-6
        ),
        "function words in full": lambda bundle: patch(
            "pincite.index.retrieval.late_interaction.FUNCTION_WORD_WEIGHT", 1.0
        ),
        "without parts of long questions": lambda bundle: patch("pincite.index.query.normalise.MAX_PARTS", 0),
        "without spelling": lambda bundle: patch.object(bundle.speller, "correct", lambda text: (text, ())),
        "control: shuffled vectors": shuffled,
    }


def of_questions(path: Path, index: Path) -> dict[str, tuple[Bundle, Measure]]:
    bundle = Bundle(index)
    searcher = Searcher(bundle, 10_000)
    answerable = [q for q in read_questions(path) if q.kind == "in"]
    sets = {
        path.stem: answerable,
        f"{path.stem} as stories": as_stories(answerable),
        f"{path.stem} misspelt": misspelt(answerable),
    }

    def measure(questions: Sequence[Question]) -> Measure:
        return lambda: sum(_right(searcher, q) for q in questions) / len(questions)

    return {name: (bundle, measure(questions)) for name, questions in sets.items()}


def _right(searcher: Searcher, question: Question) -> bool:
    """Return whether the first passage stands in a right section."""
    passage = searcher.bundle.records.passage(int(searcher.search(question.text).rows[0]))
    path = section_at(searcher.bundle.document(passage.document), passage.start).path
    return " > ".join(path) in question.sections


def of_folder(folder: Path, limit: int) -> tuple[Bundle, Measure]:
    root = Path(str(default_root(folder)))
    rng = np.random.default_rng(0)
    if (folder / ARTICLES_FILE).is_file():
        articles = read_articles(folder)
        picked = [articles[i] for i in sorted(rng.permutation(len(articles))[: max(1, limit // 6)])]
        searcher = Searcher(Bundle(root / "headings"), 10_000)
        return searcher.bundle, lambda: float(
            ask_articles({"headings": searcher}, picked, no_progress).measures["headings section@1"].mean()
        )
    collection = read_collection(folder)
    chosen = sorted(rng.permutation(len(collection.queries))[:limit])
    some = replace(collection, queries=tuple(collection.queries[i] for i in chosen), unanswerable=())
    searcher = Searcher(Bundle(root), 10_000)
    return searcher.bundle, lambda: float(ask_collection(searcher, some, no_progress).measures["nDCG@10"].mean())


def main() -> None:
    """Print the table in Markdown, line by line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--limit", type=int, default=300)
    options = parser.parse_args()
    sets = of_questions(options.questions, options.index)
    sets |= {folder.resolve().name: of_folder(folder, options.limit) for folder in options.folders}
    print("| | " + " | ".join([*sets, "mean"]) + " |\n|---|" + "---:|" * (len(sets) + 1), flush=True)
    for name, stage in stages().items():
        figures = []
        for bundle, measure in sets.values():
            with stage(bundle):
                figures.append(measure())
        print(f"| {name} | " + " | ".join(f"{f:.3f}" for f in [*figures, float(np.mean(figures))]) + " |", flush=True)


if __name__ == "__main__":
    main()
