"""Goals of pincite, each with the figure of this run, met or missed."""

from __future__ import annotations

import operator
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.peers.engines import BARE_FLOAT32, BARE_OWN_GRAPH, ENGINES

CORES = 2
COMPARE = {"≥": operator.ge, ">": operator.gt, "≤": operator.le}
RERANKING = [name for name in ENGINES if name.endswith("re-ranked")]
BARE = (BARE_FLOAT32, BARE_OWN_GRAPH)
PEERS = [name for name in ENGINES if not name.startswith("pincite") and name not in (*BARE, *RERANKING)]
FASTER_THAN = {"pincite": PEERS, "pincite, cross-encoder": RERANKING}
COMPARED_WITH = {
    "pincite serve": (BARE_OWN_GRAPH, BARE_FLOAT32),
    "pincite serve, float32": (BARE_FLOAT32,),
    "pincite serve, cross-encoder": (BARE_OWN_GRAPH, BARE_FLOAT32),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is asked for."""

    what: str
    figure: float
    sign: str  # ≥, > or ≤
    bar: float
    digits: int = 2

    def row(self) -> str:
        met = COMPARE[self.sign](self.figure, self.bar)
        return f"| {self.what} | {self.sign} {self.bar} | {self.figure:.{self.digits}f} | {'met' if met else '**missed**'} |"


def p50(rounds: list[dict[str, Any]]) -> float:
    """Return the median over rounds of each round's median question, in ms."""
    return statistics.median(statistics.median(r["ms"]) for r in rounds)


def ratios(served: list[dict[str, Any]], bare: list[dict[str, Any]]) -> tuple[float, float]:
    """Compute the median and 99th percentile, over questions, of a question's time over HTTP by that of the bare encoder.

    Of both times the median over rounds counts.
    """
    over, by = (np.median([r["ms"] for r in rounds], axis=0) for rounds in (served, bare))
    median, high = np.quantile(over / by, (0.5, 0.99))
    return float(median), float(high)


def middle(rounds: list[Any], *keys: Any) -> float:
    """Return the median over rounds of the values under some keys."""
    values = []
    for value in rounds:
        for key in keys:
            value = value[key]
        values.append(value)
    return statistics.median(values)


def shares(loaded: list[Any], clients: int) -> tuple[float, float]:
    """Divide the answers a second by what all cores could give, by the processor time and by the wall time of a question.

    Both times are those with one client, the first of the server.
    """
    rate = middle(loaded, clients, "rate")
    return rate * middle(loaded, 1, "server_ms") / 1000 / CORES, rate / middle(loaded, 1, "rate") / CORES


def bars(found: dict[str, Any]) -> Iterator[Bar]:
    """Return all goals, in the order of the page."""
    engines = found["engines"]
    for ours, peers in FASTER_THAN.items():
        for peer in peers:
            yield Bar(
                f"{ours}: times faster than {peer}, p50 in process", p50(engines[peer]) / p50(engines[ours]), "≥", 2.5
            )
        for peer in PEERS:
            mine, theirs = found["quality"][ours], found["quality"][peer]
            if mine:
                yield Bar(f"{ours}: MRR@5 above that of {peer}, by", mine[2] - theirs[2], ">", 0, 3)
    for name in ("pincite serve", "pincite serve, float32"):
        for bare in COMPARED_WITH[name]:
            median, high = ratios(found["served"][name], engines[bare])
            yield Bar(f"{name}: a question over HTTP, of {bare}'s call, median", median, "≤", 2.0)
            yield Bar(f"{name}: the same, 99th percentile", high, "≤", 2.5)
    for name, loaded in found["loaded"].items():
        processor, wall = shares(loaded, 16)
        yield Bar(
            f"{name}: throughput at 16 clients, of {CORES} cores / processor time of a question", processor, "≥", 0.8
        )
        yield Bar(f"{name}: the same, of {CORES} cores / wall time of a question", wall, "≥", 0.8)
    yield Bar("pincite's vectors, least cosine with sentence-transformers'", found["least cosine"], "≥", 0.99999, 7)
    for cores, rates in found["embedding"].items():
        ratio = middle(rates, "pincite") / middle(rates, "sentence-transformers")
        yield Bar(f"embedding at float32, of sentence-transformers' rate, cores {cores}", ratio, "≥", 2.0)
    commands = found["commands"]
    ratio = middle(commands, "first") / middle(commands, "unchanged")
    yield Bar("`pincite ingest` unchanged, times faster than first", ratio, "≥", 50, 1)
