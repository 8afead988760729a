"""What each score of the ranking is worth: right section at 1, 3, 5 with one score alone, and with each left out.

    python benchmarks/ablation.py QUESTIONS [--index FOLDER]

The control ranks by the shipped weights after every score has been shuffled over the passages: it must fall far below.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.bundle import Bundle
from index.citation import section_at
from index.fuse import FINER, fuse
from index.question import normalise
from index.searcher import Searcher
from service.evaluation import DEPTHS, read_questions

Parts = Mapping[str, NDArray[np.float32]]
Table = list[tuple[NDArray[np.int64], Parts, NDArray[np.bool_]]]  # rows, scores, which rows are right


def without(name: str) -> dict[str, float]:
    """The shipped weights with one left out, the others scaled to sum to 1."""
    rest = {n: w for n, w in FINER.items() if n != name}
    return {n: w / sum(rest.values()) for n, w in rest.items()}


def shuffled(parts: Parts) -> Parts:
    """Every score moved to another passage, from a fixed seed."""
    return {n: np.random.default_rng(i).permutation(p) for i, (n, p) in enumerate(parts.items())}


def collect(searcher: Searcher, path: Path) -> Table:
    """Rank every answerable question once and keep the scores of its candidates."""
    table = []
    for q in read_questions(path):
        if q.kind == "in":
            ranked = searcher.rank(normalise(q.text, 10_000))
            passages = [searcher.bundle.records.passage(int(row)) for row in ranked.rows]
            paths = [section_at(searcher.bundle.document(p.document), p.start).path for p in passages]
            table.append((ranked.rows, ranked.parts, np.array([" > ".join(path) in q.sections for path in paths])))
    return table


def success(table: Table, score: Callable[[Parts], NDArray[np.float64]]) -> list[float]:
    """The share of questions with a right section among the first k hits, for each k of DEPTHS."""
    found = []
    for rows, parts, right in table:
        order = np.lexsort((rows, -score(parts)))
        found.append([right[order][:k].any() for k in DEPTHS])
    return [float(share) for share in np.mean(found, axis=0)]


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    given = parser.parse_args()
    table = collect(Searcher(Bundle(given.index)), given.questions)
    lines: dict[str, Callable[[Parts], NDArray[np.float64]]] = {
        f"{name} alone": lambda parts, name=name: fuse(parts, {name: 1.0}) for name in FINER
    }
    lines |= {f"without {name}": lambda parts, name=name: fuse(parts, without(name)) for name in FINER}
    lines["as shipped"] = lambda parts: fuse(parts, FINER)
    lines["control: shuffled"] = lambda parts: fuse(shuffled(parts), FINER)
    print("| | " + " | ".join(f"@{k}" for k in DEPTHS) + " |\n|---|" + "---:|" * len(DEPTHS))
    for name, score in lines.items():
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in success(table, score)) + " |")


if __name__ == "__main__":
    main()
