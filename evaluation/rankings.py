"""Rankings of documents or sections, made from a ranking of passages: each ranks where its best passage does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pincite.evaluation.trec import Ranking
from pincite.index.citation.cite import section_at
from pincite.index.ranking.rerank import RankedCandidates
from pincite.index.searcher import Searcher


def documents(searcher: Searcher, ranked: RankedCandidates | None) -> Ranking:
    """Rank documents by id. A question that was refused ranks none."""
    return _best(_scores(ranked), lambda row: searcher.bundle.records.passage(row).document)


def sections(searcher: Searcher, ranked: RankedCandidates | None) -> Ranking:
    """Rank sections by path, as question files write it."""

    def path(row: int) -> str:
        passage = searcher.bundle.records.passage(row)
        return " > ".join(section_at(searcher.bundle.document(passage.document), passage.start).path)

    return _best(_scores(ranked), path)


def sections_of(
    searcher: Searcher, document: str, labels: Sequence[str]
) -> tuple[Callable[[RankedCandidates | None], Ranking], Callable[[str], Ranking]]:
    """Make two functions that rank the sections of one document. labels[i] is the id of its i-th section.

    The first takes a ranking of passages, the second a question, which it ranks by BM25 alone (of the whole index).
    """
    labels_by_id = {s.id: label for s, label in zip(searcher.bundle.document(document).sections, labels, strict=True)}
    rows = searcher.bundle.rows_of(document)

    def label_of(row: int) -> str:
        return labels_by_id[searcher.bundle.records.passage(row).section]

    def by_bm25(question: str) -> Ranking:
        scores = searcher.bundle.bm25.scores_of(question, rows)
        order = np.lexsort((rows, -scores))[: (scores > 0).sum()]
        return _best(zip(rows[order].tolist(), scores[order].tolist(), strict=True), label_of)

    return (lambda ranked: _best(_scores(ranked), label_of)), by_bm25


def _scores(ranked: RankedCandidates | None) -> Iterable[tuple[int, float]]:
    return zip(ranked.rows.tolist(), ranked.score.tolist(), strict=True) if ranked else ()


def _best(scores: Iterable[tuple[int, float]], name: Callable[[int], str]) -> Ranking:
    best: dict[str, float] = {}
    for row, score in scores:
        best.setdefault(name(row), score)
    return list(best.items())
