"""Where the milliseconds of one question go, stage by stage.

    python benchmarks/stages.py QUESTIONS [--index FOLDER]

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

from index.bundle import Bundle
from index.searcher import Searcher
from service.evaluation import read_questions

ROUNDS = 3


class Clock:
    """Adds up what the calls of each stage take, question by question."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.rows[-1][stage] += (time.process_time() - began) * 1000

        return run


def watch(searcher: Searcher, clock: Clock) -> None:
    """Put the clock round every stage of a searcher."""
    bundle = searcher.bundle
    stages = {
        "spelling": (bundle.speller, ["mend"]),
        "encoder": (bundle.encoder, ["encode_query"]),
        "lexical arm": (bundle.lexical, ["scores"]),
        "dense arm": (bundle.dense, ["nearest", "vectors"]),
        "best sentence": (bundle.sentences, ["best"]),
        "late interaction": (bundle.tokens, ["met"]),
        "trained judge": (searcher, ["verdicts"]),
        "judgement": (searcher, ["_judge"]),
        "evidence and citations": (searcher, ["_hit"]),
    }
    for stage, (owner, names) in stages.items():
        for name in names:
            setattr(owner, name, clock.timed(stage, getattr(owner, name)))


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    searcher, clock = Searcher(Bundle(given.index), 10_000), Clock()
    watch(searcher, clock)
    texts = [q.text for q in read_questions(given.questions)]
    for text in [*texts[:10], *texts * ROUNDS]:  # the first ten warm the caches
        clock.rows.append(defaultdict(float))
        began = time.process_time()
        searcher.ask(text, 5)
        clock.rows[-1]["whole question"] = (time.process_time() - began) * 1000
    rows = clock.rows[10:]
    names = [*dict.fromkeys(name for row in rows for name in row)]
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
