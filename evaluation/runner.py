"""Asking: questions go to a searcher; rankings, statuses and confidences come back, with what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from pincite.evaluation.datasets.articles import Article
from pincite.evaluation.datasets.beir import Collection
from pincite.evaluation.datasets.questions import ANSWERABLE, Question
from pincite.evaluation.metrics.ranking import CUTOFFS, document_measures, section_measures
from pincite.evaluation.metrics.statistics import compare
from pincite.evaluation.rankings import documents, sections, sections_of
from pincite.evaluation.results import EvaluationResults, Outcome, RankedRun, by_name
from pincite.index.ranking import RankedCandidates
from pincite.index.searcher import Searcher
from pincite.index.types import Answer, Hit

Say = Callable[[str], Callable[[int, int], None]]  # the name of a stage in, a callback for its progress out
NO_ANSWER = (None, None)  # no answer and no ranking
T = TypeVar("T")


def ask_questions(searcher: Searcher, questions: Sequence[Question], say: Say) -> EvaluationResults:
    """Ask labelled questions about the documents of an index."""
    scored = EvaluationResults({"index": searcher.bundle.id, "questions": len(questions)})
    trial = RankedRun("distinct", {}, {}, section_measures)  # hits may name a section twice, a run names it once
    rows: list[dict[str, float]] = []
    for q in _counted(questions, say("questions")):
        answer, ranked = (
            scored.ask_or_refuse(q.id, q.kind, searcher.ask_with_ranking, q.text, max(CUTOFFS)) or NO_ANSWER
        )
        right = hit_measures(q, answer.hits if answer else ())
        if answer:
            first = q.kind == ANSWERABLE and right["section@1"] > 0
            scored.told.append(Outcome(q.kind, answer.status, answer.confidence, first))
        if q.kind == ANSWERABLE:
            trial.run[q.id] = sections(searcher, ranked)
            trial.qrels[q.id] = dict.fromkeys(q.sections, 1)
            rows.append(right)
    scored.about["answerable"] = len(rows)
    if rows:
        scored.trials = (trial,)
        scored.measures = by_name(rows) | {"section nDCG@10": trial.values()["distinct section nDCG@10"]}
        styles = np.array([q.style for q in questions if q.kind == ANSWERABLE])
        third = scored.measures["section@3"]
        scored.shares["section@3 by style"] = {str(s): float(third[styles == s].mean()) for s in np.unique(styles)}
    return scored


def ask_collection(searcher: Searcher, collection: Collection, say: Say) -> EvaluationResults:
    """Ask the queries of a BEIR folder: with unanswerable ones among them, for statuses and confidences as well."""
    trial = RankedRun("", {}, collection.qrels, document_measures)
    about = {
        "index": searcher.bundle.id,
        "collection": collection.name,
        "documents": len(collection.documents),
        "questions": len(collection.queries) + len(collection.unanswerable),
        "answerable": len(collection.queries),
        "not asked, without judgments": collection.unjudged,
    }
    scored = EvaluationResults(about, trials=(trial,))

    def ask(question: str) -> tuple[Answer | None, RankedCandidates]:
        return searcher.ask_with_ranking(question, 1) if collection.unanswerable else (None, searcher.search(question))

    for q in _counted((*collection.queries, *collection.unanswerable), say("questions")):
        answer, ranked = scored.ask_or_refuse(q.id, q.kind, ask, q.text) or NO_ANSWER
        first_is_right = False
        if q.kind == ANSWERABLE:
            ranking = documents(searcher, ranked)
            trial.run[q.id] = ranking
            first_is_right = bool(ranking) and collection.qrels[q.id].get(ranking[0][0], 0) > 0
        if answer:
            scored.told.append(Outcome(q.kind, answer.status, answer.confidence, first_is_right))
    scored.measures = trial.values()
    return scored


def ask_articles(searchers: Mapping[str, Searcher], articles: Sequence[Article], say: Say) -> EvaluationResults:
    """Ask each article its own questions, in each index and by BM25 alone.

    searchers: by the name of what is indexed, "text" or "headings".
    """
    whole = sum(len(article.questions) for article in articles)
    scored = EvaluationResults(
        {
            "index": {name: searcher.bundle.id for name, searcher in searchers.items()},
            "documents": len(articles),
            "questions": whole,
            "answerable": whole,
        }
    )
    for name, searcher in searchers.items():
        ours, bm25 = (RankedRun(n, {}, {}, section_measures) for n in (name, f"{name}, BM25 alone,"))
        for article in _counted(articles, say(f"articles by {name}")):
            by_passages, by_bm25 = sections_of(searcher, article.headed.id, article.labels)
            rows = searcher.bundle.rows_of(article.headed.id)
            for q in article.questions:
                question = f"{name}:{q.id}"
                ranked = scored.ask_or_refuse(q.id, ANSWERABLE, searcher.search, q.text, rows) if len(rows) else None
                ours.run[question], bm25.run[question] = by_passages(ranked), by_bm25(q.text)
                ours.qrels[question] = bm25.qrels[question] = dict.fromkeys(q.sections, 1)
        values, others = ours.values(), bm25.values()
        pairs = compare(np.column_stack(list(values.values())), np.column_stack(list(others.values())))
        scored.measures |= values | others
        scored.paired[f"{name}, over BM25 alone"] = dict(zip(values, pairs, strict=True))
        scored.trials += (ours,)
    return scored


def hit_measures(q: Question, hits: Sequence[Hit]) -> dict[str, float]:
    """Success@k over hits, as people see them: one section may stand there more than once."""
    section = [" > ".join(hit.citation.path) in q.sections for hit in hits]
    passage = [s and _holds(q, hit.citation.quote) for s, hit in zip(section, hits, strict=True)]
    evidence = [s and _holds(q, "\n".join(e.quote for e in hit.evidence)) for s, hit in zip(section, hits, strict=True)]
    found = {"section": section, "passage": passage, "evidence": evidence}
    measures = {f"{name}@{k}": float(any(right[:k])) for name, right in found.items() for k in CUTOFFS}
    return measures | {"section MRR@5": 1 / (section.index(True) + 1) if any(section) else 0.0}


def _holds(q: Question, text: str) -> bool:
    return all(fact.search(text) for fact in q.facts)


def _counted(items: Sequence[T], progress: Callable[[int, int], None]) -> Iterator[T]:
    for done, item in enumerate(items, start=1):
        yield item
        progress(done, len(items))
