"""Error rates on labelled questions: how many of each kind are called answered. Counts come in, shares go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pincite.evaluation.metrics.statistics import proportion_interval


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of some questions."""

    count: int
    of: int

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = proportion_interval(self.count, self.of)
        return f"{self.count} of {self.of}, {self.count / self.of:.0%} ({low:.0%} to {high:.0%})"


def answered_rates(statuses: Sequence[tuple[str, str]]) -> dict[str, Rate]:
    """Return the share of each kind that is called answered. statuses: (kind, status) of each question."""
    kinds = dict.fromkeys(kind for kind, _ in statuses)
    return {
        kind: Rate(sum(k == kind and s == "answered" for k, s in statuses), sum(k == kind for k, _ in statuses))
        for kind in kinds
    }


def measured_rates(measured: Mapping[str, Any]) -> dict[str, Rate]:
    """Return the same from the figures that a calibration was measured by."""
    questions, statuses = measured["questions"], measured["statuses"]
    return {kind: Rate(round(share["answered"] * questions[kind]), questions[kind]) for kind, share in statuses.items()}
