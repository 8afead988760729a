"""Results of an evaluation, before they are summed up. Values alone: nothing is opened or searched here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pincite.evaluation.datasets.beir import Qrels
from pincite.evaluation.metrics.statistics import Floats, Paired
from pincite.evaluation.trec import Run
from pincite.index.errors import QuestionError

Measure = Callable[[Sequence[str], Mapping[str, int]], dict[str, float]]  # ids, best first; grades by id
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RankedRun:
    """One ranking of each answerable question, with its judgments."""

    name: str  # prefix of its measures' names; empty if there is only one run
    run: Run
    qrels: Qrels
    measure: Measure

    def values(self) -> dict[str, Floats]:
        """Return each measure of every question, in the order of the run: (n,) arrays by name."""
        return by_name([self.measure([d for d, _ in r], self.qrels[q]) for q, r in self.run.items()], self.name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status and confidence of one question, and whether its first hit is right."""

    kind: str
    status: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that cannot be searched. Its ranking is empty and it has no outcome."""

    id: str
    kind: str
    problem: str


@dataclass(slots=True)
class EvaluationResults:
    """Results of an evaluation, gathered while questions are asked."""

    about: dict[str, Any]  # what was asked, of which index
    measures: dict[str, Floats] = field(default_factory=dict)  # (n,) by name, over the answerable questions
    trials: tuple[RankedRun, ...] = ()  # what a run file holds
    outcomes: list[Outcome] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)  # by question id
    shares: dict[str, dict[str, float]] = field(default_factory=dict)  # means by group, under a name
    paired: dict[str, dict[str, Paired]] = field(default_factory=dict)  # comparisons by measure, under a name

    def ask_or_refuse(
        self, question_id: str, kind: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Call `ask` and return its result; on QuestionError record the question in `refused` and return None."""
        try:
            return ask(*args, **kwargs)
        except QuestionError as error:
            self.refused[question_id] = Refused(question_id, kind, error.problem)
            return None


def by_name(rows: Sequence[Mapping[str, float]], prefix: str = "") -> dict[str, Floats]:
    """Turn the measures of n questions into (n,) arrays by name."""
    start = f"{prefix} " if prefix else ""
    return {start + name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}
