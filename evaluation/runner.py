"""Labelled questions are asked: rankings, statuses and confidences come back, each with whether it is right."""

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
from pincite.index.ranking.rerank import RankedCandidates
from pincite.index.searcher import Searcher
from pincite.index.types import Answer, Hit

ProgressFactory = Callable[[str], Callable[[int, int], None]]  # the name of a stage in, a callback for its progress out
NO_ANSWER = (None, None)  # no answer and no ranking
T = TypeVar("T")


def ask_questions(
    searcher: Searcher, questions: Sequence[Question], progress_for: ProgressFactory
) -> EvaluationResults:
    """Ask labelled questions about the documents of an index."""
    results = EvaluationResults({"index": searcher.bundle.id, "questions": len(questions)})
    ranked_run = RankedRun("distinct", {}, {}, section_measures)  # hits may repeat a section, a run does not
    rows: list[dict[str, float]] = []
    for q in _with_progress(questions, progress_for("asking questions")):
        answer, ranked = results.ask_or_refuse(q.id, q.kind, _ask, searcher, q.text, max(CUTOFFS)) or NO_ANSWER
        measures = hit_measures(q, answer.hits if answer else ())
        if answer:
            first_is_right = q.kind == ANSWERABLE and measures["section@1"] > 0
            results.outcomes.append(Outcome(q.kind, answer.status, answer.confidence, first_is_right))
        if q.kind == ANSWERABLE:
            ranked_run.run[q.id] = sections(searcher, ranked)
            ranked_run.qrels[q.id] = dict.fromkeys(q.sections, 1)
            rows.append(measures)
    results.about["answerable"] = len(rows)
    if rows:
        results.trials = (ranked_run,)
        results.measures = by_name(rows) | {"section nDCG@10": ranked_run.values()["distinct section nDCG@10"]}
        styles = np.array([q.style for q in questions if q.kind == ANSWERABLE])
        third = results.measures["section@3"]
        results.shares["section@3 by style"] = {str(s): float(third[styles == s].mean()) for s in np.unique(styles)}
    return results


def _ask(searcher: Searcher, question: str, k: int) -> tuple[Answer, RankedCandidates]:
    return searcher.answer_with_ranking(searcher.parse(question), k)


def ask_collection(searcher: Searcher, collection: Collection, progress_for: ProgressFactory) -> EvaluationResults:
    """Ask the queries of a BEIR folder: with unanswerable ones among them, for statuses and confidences as well."""
    ranked_run = RankedRun("", {}, collection.qrels, document_measures)
    about = {
        "index": searcher.bundle.id,
        "collection": collection.name,
        "documents": len(collection.documents),
        "questions": len(collection.queries) + len(collection.unanswerable),
        "answerable": len(collection.queries),
        "not asked, without judgments": collection.unjudged,
    }
    results = EvaluationResults(about, trials=(ranked_run,))

    def ask(question: str) -> tuple[Answer | None, RankedCandidates]:
        return _ask(searcher, question, 1) if collection.unanswerable else (None, searcher.search(question))

    for q in _with_progress((*collection.queries, *collection.unanswerable), progress_for("asking questions")):
        answer, ranked = results.ask_or_refuse(q.id, q.kind, ask, q.text) or NO_ANSWER
        first_is_right = False
        if q.kind == ANSWERABLE:
            ranking = documents(searcher, ranked)
            ranked_run.run[q.id] = ranking
            first_is_right = bool(ranking) and collection.qrels[q.id].get(ranking[0][0], 0) > 0
        if answer:
            results.outcomes.append(Outcome(q.kind, answer.status, answer.confidence, first_is_right))
    results.measures = ranked_run.values()
    return results


def ask_articles(
    searchers: Mapping[str, Searcher], articles: Sequence[Article], progress_for: ProgressFactory
) -> EvaluationResults:
    """Ask each article its own questions, in each index and by BM25 alone.

    searchers: by the name of what is indexed, "text" or "headings".
    """
    question_count = sum(len(article.questions) for article in articles)
    results = EvaluationResults(
        {
            "index": {name: searcher.bundle.id for name, searcher in searchers.items()},
            "documents": len(articles),
            "questions": question_count,
            "answerable": question_count,
        }
    )
    for name, searcher in searchers.items():
        ours, bm25 = (RankedRun(n, {}, {}, section_measures) for n in (name, f"{name}, BM25 alone,"))
        for article in _with_progress(articles, progress_for(f"asking articles by {name}")):
            by_passages, by_bm25 = sections_of(searcher, article.headed.id, article.labels)
            rows = searcher.bundle.rows_of(article.headed.id)
            for q in article.questions:
                question = f"{name}:{q.id}"
                ranked = results.ask_or_refuse(q.id, ANSWERABLE, searcher.search, q.text, rows) if len(rows) else None
                ours.run[question], bm25.run[question] = by_passages(ranked), by_bm25(q.text)
                ours.qrels[question] = bm25.qrels[question] = dict.fromkeys(q.sections, 1)
        measures, bm25_measures = ours.values(), bm25.values()
        pairs = compare(np.column_stack(list(measures.values())), np.column_stack(list(bm25_measures.values())))
        results.measures |= measures | bm25_measures
        results.paired[f"{name}, over BM25 alone"] = dict(zip(measures, pairs, strict=True))
        results.trials += (ours,)
    return results


def hit_measures(q: Question, hits: Sequence[Hit]) -> dict[str, float]:
    """Measure success@k over hits, as people see them: several may be of one section."""
    section = [" > ".join(hit.citation.path) in q.sections for hit in hits]
    passage = [s and _holds(q, hit.citation.quote) for s, hit in zip(section, hits, strict=True)]
    evidence = [s and _holds(q, "\n".join(e.quote for e in hit.evidence)) for s, hit in zip(section, hits, strict=True)]
    right = {"section": section, "passage": passage, "evidence": evidence}
    measures = {f"{name}@{k}": float(any(flags[:k])) for name, flags in right.items() for k in CUTOFFS}
    return measures | {"section MRR@5": 1 / (section.index(True) + 1) if any(section) else 0.0}


def _holds(q: Question, text: str) -> bool:
    return all(fact.search(text) for fact in q.facts)


def _with_progress(items: Sequence[T], progress: Callable[[int, int], None]) -> Iterator[T]:
    for done, item in enumerate(items, start=1):
        yield item
        progress(done, len(items))
