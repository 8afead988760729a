"""From a ranking of passages to one of documents or sections: each takes the place of its best passage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pincite.evaluation.trec import Ranking
from pincite.index.citation.cite import section_at
from pincite.index.ranking import RankedCandidates
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
    """Make two rankers of the sections of one document, whose i-th is called labels[i].

    The first takes a ranking of its passages, the second a question and goes by BM25 alone (of the whole index).
    """
    label = {s.id: name for s, name in zip(searcher.bundle.document(document).sections, labels, strict=True)}
    rows = searcher.bundle.rows_of(document)

    def of(row: int) -> str:
        return label[searcher.bundle.records.passage(row).section]

    def by_bm25(question: str) -> Ranking:
        scores = searcher.bundle.bm25.scores(question)[rows]
        order = np.lexsort((rows, -scores))[: (scores > 0).sum()]
        return _best(zip(rows[order].tolist(), scores[order].tolist(), strict=True), of)

    return (lambda ranked: _best(_scores(ranked), of)), by_bm25


def _scores(ranked: RankedCandidates | None) -> Iterable[tuple[int, float]]:
    return zip(ranked.rows.tolist(), ranked.score.tolist(), strict=True) if ranked else ()


def _best(scores: Iterable[tuple[int, float]], name: Callable[[int], str]) -> Ranking:
    best: dict[str, float] = {}
    for row, score in scores:
        best.setdefault(name(row), score)
    return list(best.items())
