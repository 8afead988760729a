"""Pairs of the written questions: each with the passages that serving finds for it in its own document.

    python -m training.data.written_questions BENCH --out var/training/written

BENCH is the folder with written-questions and onedoc-open. Written are train.jsonl and dev.jsonl, one ranked passage a
line: RankedPair. A passage answers if it holds all quotes of its question; of one that holds some it is not known. The
dev documents are those that the collection names; nothing may be trained on them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.evaluation.datasets.quoted import SOURCES, QuotedQuestion, quoted_ranges, read_quoted
from pincite.evaluation.indexes import searching
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Range

DEPTH = 10  # ranked passages of a question that are kept
FAR_EVERY = 8  # one question in so many is asked of a strange document, too


@dataclass(frozen=True, slots=True)
class RankedPair:
    """A question, one of the passages that serving finds for it, and how far that passage answers."""

    question: str
    passage: str
    rank: int  # from 1
    answers: bool | None  # None: it holds some of the quotes, or another sentence may answer as well
    marks: tuple[Range, ...]  # ranges of `passage` that are quoted
    kind: str  # of the question: in, near_out, far
    source: str  # patient, patient-long, general
    document: str
    id: str  # of the question


def ranked_pairs(
    searcher: Searcher, question: QuotedQuestion, document: str, source: str, kind: str
) -> list[RankedPair]:
    """Rank the passages of one document for a question, and label the first DEPTH of them."""
    ranked = searcher.search(question.text, searcher.bundle.rows_of(document))
    pairs = []
    for rank, row in enumerate(ranked.rows[:DEPTH].tolist(), start=1):
        text = searcher.bundle.passage_text(row)
        ranges = quoted_ranges(text, question.quotes if kind == ANSWERABLE else ())
        marks = tuple(r for r in ranges if r is not None)
        answers = None if 0 < len(marks) < len(ranges) else bool(marks)
        pairs.append(RankedPair(question.text, text, rank, answers, marks, kind, source, document, question.id))
    return pairs


def all_pairs(bench: Path, source: str, indexes: Path) -> Iterator[tuple[str, list[RankedPair]]]:
    """Yield (split, ranked pairs) of each question of a file, and of one in FAR_EVERY asked of a strange document."""
    documents, questions = read_quoted(bench, source)
    splits = {q.document: q.split for q in questions}
    settings = Settings(cross_encoder=0)
    with searching(documents, indexes / source, settings, lambda stage: partial(print, stage, end="\r")) as searcher:
        for number, q in enumerate(questions):
            yield q.split, ranked_pairs(searcher, q, q.document, source, q.kind)
            strangers = [d.id for d in documents if splits[d.id] == q.split and d.id != q.document]
            if number % FAR_EVERY == 0:
                yield q.split, ranked_pairs(searcher, q, strangers[number % len(strangers)], source, "far")


def by_question(ranked: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Group ranked pairs, as JSON has them, by their question and where it was asked. Yields (kind, pairs)."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for pair in ranked:
        groups[pair["id"], pair["kind"]].append(pair)
    for (_, kind), pairs in groups.items():
        yield kind, pairs


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/written"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with (
        (options.out / "train.jsonl").open("w", encoding="utf-8") as train,
        (options.out / "dev.jsonl").open("w", encoding="utf-8") as dev,
    ):
        files = {"train": train, "dev": dev}
        for source in SOURCES:
            for split, pairs in all_pairs(options.bench, source, options.out / "indexes"):
                for pair in pairs:
                    files[split].write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
                    counts[f"{split} {source} {pair.kind} {pair.answers}"] += 1
    print(json.dumps(dict(sorted(counts.items())), indent=2))


if __name__ == "__main__":
    main()
