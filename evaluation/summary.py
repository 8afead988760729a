"""Summary of results for JSON: every mean with its 95% bootstrap interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from pincite.evaluation.metrics.answerability import answerability
from pincite.evaluation.metrics.statistics import Floats, Paired, compare, figure, intervals
from pincite.evaluation.results import EvaluationResults, Outcome, RankedRun, Refused
from pincite.evaluation.trec import escape
from pincite.index.errors import ReadError

REFUSED = "refused"  # counts as a status: of a question that cannot be searched


def summarise(results: EvaluationResults) -> dict[str, Any]:
    """Sum up one evaluation. Empty parts are left out."""
    refused = list(results.refused.values())
    statuses = _statuses(results.outcomes, refused) if results.outcomes else {}
    parts = {
        **{name: {group: round(share, 4) for group, share in by.items()} for name, by in results.shares.items()},
        **{name: _differences(pairs) for name, pairs in results.paired.items()},
        "statuses": {kind: dict(sorted(Counter(names).items())) for kind, names in statuses.items()},
        "shares of statuses": {kind: _shares(names) for kind, names in statuses.items()},
        "answerability": _answerability(results.outcomes),
        REFUSED: [asdict(question) for question in refused],
    }
    return results.about | {"measures": _means(results.measures)} | {name: part for name, part in parts.items() if part}


def against(results: EvaluationResults, earlier: Mapping[str, Sequence[str]], source: str) -> dict[str, Any]:
    """Compare with an earlier run: this one minus that one, on the questions of both. Lists the questions of only one.

    earlier: question id to document ids, best first, both as written in the file `source`.
    Raises ReadError when no question is in both.
    """
    measures: dict[str, Any] = {}
    here = {escape(q) for trial in results.trials for q in trial.run}
    for trial in results.trials:
        ours, theirs = _both(trial, earlier)
        if ours:
            pairs = compare(np.column_stack(list(ours.values())), np.column_stack(list(theirs.values())))
            measures |= _differences(dict(zip(ours, pairs, strict=True)))
    if not measures:
        raise ReadError(source, "ranks none of these questions", "give a run of the same questions")
    return {
        "run": source,
        "questions": len(here & set(earlier)),
        "only here": sorted(here - set(earlier)),
        "only there": sorted(set(earlier) - here),
        "measures": measures,
    }


def _both(trial: RankedRun, earlier: Mapping[str, Sequence[str]]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the measures of this and the earlier run on the questions of both."""
    shared = {q: escape(q) for q in trial.run if escape(q) in earlier}
    theirs = {q: [(document, 0.0) for document in earlier[written]] for q, written in shared.items()}
    qrels = {q: {escape(d): grade for d, grade in trial.qrels[q].items()} for q in shared}
    ours = replace(trial, run={q: trial.run[q] for q in shared})
    return ours.values(), replace(trial, run=theirs, qrels=qrels).values()


def _means(measures: Mapping[str, Floats]) -> dict[str, Any]:
    if not measures:
        return {}
    columns = np.column_stack(list(measures.values()))
    bounds = intervals(columns).T
    return {name: figure(values.mean(), bounds[i]) for i, (name, values) in enumerate(measures.items())}


def _differences(pairs: Mapping[str, Paired]) -> dict[str, Any]:
    return {
        name: figure(pair.difference, pair.interval, "difference")
        | {"p": round(pair.p, 5), "wins": pair.wins, "ties": pair.ties, "losses": pair.losses}
        for name, pair in pairs.items()
    }


def _statuses(outcomes: Sequence[Outcome], refused: Sequence[Refused]) -> dict[str, list[str]]:
    """List the statuses of the questions, by kind."""
    statuses: dict[str, list[str]] = {}
    for kind, status in [*((t.kind, t.status) for t in outcomes), *((r.kind, REFUSED) for r in refused)]:
        statuses.setdefault(kind, []).append(status)
    return dict(sorted(statuses.items()))


def _shares(statuses: Sequence[str]) -> dict[str, Any]:
    return _means({name: np.array([s == name for s in statuses], dtype=np.float64) for name in sorted(set(statuses))})


def _answerability(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    if not outcomes:
        return {}
    return answerability(
        np.array([t.confidence for t in outcomes]),
        np.array([t.kind for t in outcomes]),
        np.array([t.right for t in outcomes]),
    )
