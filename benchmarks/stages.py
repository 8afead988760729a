"""Milliseconds of one question, stage by stage.

    python -m benchmarks.stages [QUESTIONS] [--index FOLDER]

Asks every question of the file three times, pinned to one core where the system allows it, and prints the median and
the 99th percentile of each stage, in milliseconds of processor time (so that other work on the machine counts for
little) and as a multiple of the encoder's.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.read_queries import OURS, read_asked
from pincite.index import ranking
from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher

ROUNDS = 3


class Clock:
    """Adds up what the calls of each stage take, question by question."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self._inside = False  # a stage: what it calls of another is its own

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            if self._inside:
                return call(*given, **named)
            self._inside = True
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.rows[-1][stage] += (time.process_time() - began) * 1000
                self._inside = False

        return run


def watch(searcher: Searcher, clock: Clock) -> None:
    """Put the clock round every stage of a searcher."""
    bundle = searcher.bundle
    stages: list[tuple[str, Any, list[str]]] = [
        ("spelling", bundle.speller, ["correct"]),
        ("encoder", bundle.encoder, ["encode_query"]),
        ("lexical arm", bundle.bm25, ["top_k", "scores_of"]),
        ("dense arm", bundle.dense, ["nearest", "vectors"]),
        ("best sentence", bundle.sentences, ["best"]),
        ("late interaction", bundle.tokens, ["max_sim"]),
        ("late interaction", ranking, ["token_weights", "late_interaction"]),
        ("fusion", ranking, ["fuse"]),
        ("trained judge", searcher, ["pair_scores"]),
        ("judgement", searcher, ["coverage", "_classify", "unmatched_terms"]),
        ("evidence and citations", searcher, ["_hit"]),
    ]
    for stage, owner, names in stages:
        for name in names:
            setattr(owner, name, clock.timed(stage, getattr(owner, name)))


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="?", default=OURS)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    searcher, clock = Searcher(Bundle(given.index), 10_000), Clock()
    watch(searcher, clock)
    texts = [q.text for q in read_asked(given.questions)]
    for text in [*texts[:10], *texts * ROUNDS]:  # the first ten warm the caches
        clock.rows.append(defaultdict(float))
        began = time.process_time()
        searcher.ask(text, 5)
        clock.rows[-1]["whole question"] = (time.process_time() - began) * 1000
    rows = clock.rows[len(texts[:10]) :]
    names = [*dict.fromkeys(name for row in rows for name in row)]
    names.append(names.pop(names.index("whole question")))
    for row in rows:
        row["beyond the encoder"] = row["whole question"] - row["encoder"]
    encoder = float(np.median([row["encoder"] for row in rows]))
    print("| stage | median ms | 99th percentile ms | of the encoder's |\n|---|---:|---:|---:|")
    for name in [*names, "beyond the encoder"]:
        values = [row[name] for row in rows]
        median, high = np.quantile(values, (0.5, 0.99))
        print(f"| {name} | {median:.2f} | {high:.2f} | {median / encoder:.2f} |")


if __name__ == "__main__":
    main()
