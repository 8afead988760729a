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

REFUSED = "refused"  # next to the statuses: what became of a question that cannot be searched


def summarise(scored: EvaluationResults) -> dict[str, Any]:
    """Sum up one evaluation. Parts that say nothing are left out."""
    refused = list(scored.refused.values())
    statuses = _statuses(scored.told, refused) if scored.told else {}
    parts = {
        **{name: {group: round(share, 4) for group, share in by.items()} for name, by in scored.shares.items()},
        **{name: _differences(pairs) for name, pairs in scored.paired.items()},
        "statuses": {kind: dict(sorted(Counter(found).items())) for kind, found in statuses.items()},
        "shares of statuses": {kind: _shares(found) for kind, found in statuses.items()},
        "answerability": _answerability(scored.told),
        REFUSED: [asdict(one) for one in refused],
    }
    return scored.about | {"measures": _means(scored.measures)} | {name: part for name, part in parts.items() if part}


def against(scored: EvaluationResults, earlier: Mapping[str, Sequence[str]], source: str) -> dict[str, Any]:
    """Compare with an earlier run: this one minus that one, on the questions that both hold; the others are named.

    earlier: question id to document ids, best first, both as they stand in the file `source`.
    Raises ReadError when no question is in both.
    """
    measures: dict[str, Any] = {}
    here = {escape(q) for trial in scored.trials for q in trial.run}
    for trial in scored.trials:
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
    """Return the measures of this and the earlier run on the questions that both hold."""
    shared = {q: escape(q) for q in trial.run if escape(q) in earlier}
    there = {q: [(document, 0.0) for document in earlier[written]] for q, written in shared.items()}
    judged = {q: {escape(d): grade for d, grade in trial.qrels[q].items()} for q in shared}
    ours = replace(trial, run={q: trial.run[q] for q in shared})
    return ours.values(), replace(trial, run=there, qrels=judged).values()


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


def _statuses(told: Sequence[Outcome], refused: Sequence[Refused]) -> dict[str, list[str]]:
    """Count the statuses of the questions, by kind."""
    found: dict[str, list[str]] = {}
    for kind, status in [*((t.kind, t.status) for t in told), *((r.kind, REFUSED) for r in refused)]:
        found.setdefault(kind, []).append(status)
    return dict(sorted(found.items()))


def _shares(statuses: Sequence[str]) -> dict[str, Any]:
    return _means({name: np.array([s == name for s in statuses], dtype=np.float64) for name in sorted(set(statuses))})


def _answerability(told: Sequence[Outcome]) -> dict[str, Any]:
    if not told:
        return {}
    return answerability(
        np.array([t.confidence for t in told]),
        np.array([t.kind for t in told]),
        np.array([t.right for t in told]),
    )
