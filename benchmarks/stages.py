"""Time of one question by stage, in milliseconds.

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

from benchmarks.read_queries import ALS_QUERIES, read_queries
from pincite.index.bundle import Bundle
from pincite.index.ranking import rerank
from pincite.index.searcher import Searcher

TIMES_ASKED = 3


class Clock:
    """Processor time of each stage, question by question."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self._inside = False  # a stage, which counts the calls that it makes to other stages as its own

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return call(*args, **kwargs)
            self._inside = True
            began = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                self.rows[-1][stage] += (time.process_time() - began) * 1000
                self._inside = False

        return run


def watch(searcher: Searcher, clock: Clock) -> None:
    """Wrap the functions of every stage of a searcher, so that the clock measures them."""
    bundle = searcher.bundle
    stages: list[tuple[str, Any, list[str]]] = [
        ("spelling", bundle.speller, ["correct"]),
        ("encoder", bundle.encoder, ["encode_query"]),
        ("BM25", bundle.bm25, ["top_k", "scores_of"]),
        ("dense retrieval", bundle.dense, ["nearest", "vectors"]),
        ("best sentence", bundle.sentences, ["best"]),
        ("late interaction", bundle.tokens, ["max_sim"]),
        ("late interaction", rerank, ["token_weights", "late_interaction"]),
        ("fusion", rerank, ["fuse"]),
        ("cross-encoder", rerank, ["read"]),
        ("answerability", searcher, ["coverage", "_classify", "unmatched_terms"]),
        ("evidence and citations", searcher, ["_hit"]),
    ]
    for stage, owner, names in stages:
        for name in names:
            setattr(owner, name, clock.timed(stage, getattr(owner, name)))


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="?", default=ALS_QUERIES)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    searcher, clock = Searcher(Bundle(options.index), 10_000), Clock()
    watch(searcher, clock)
    texts = [q.text for q in read_queries(options.questions)]
    for text in [*texts[:10], *texts * TIMES_ASKED]:  # the first ten warm the caches
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
