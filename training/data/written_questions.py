"""Pairs of the written questions: each with the passages that serving finds for it in its own document.

    python -m training.data.written_questions BENCH --out var/training/written

BENCH is the folder with written-questions and onedoc-open. Written are train.jsonl and dev.jsonl, one ranked passage a
line: RankedPair. A passage answers if it holds all quotes of its question; of one that holds some it is not known. The
dev documents are those that the collection names; nothing may be trained on them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.evaluation.datasets.quoted import SOURCES, QuotedQuestion, quoted_ranges, read_quoted
from pincite.evaluation.indexes import searching
from pincite.index.citation.embedded_text import passage_text
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
        passage = searcher.bundle.records.passage(row)
        text = passage_text(searcher.bundle.document(passage.document), passage)
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


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/written"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    with (
        (given.out / "train.jsonl").open("w", encoding="utf-8") as train,
        (given.out / "dev.jsonl").open("w", encoding="utf-8") as dev,
    ):
        files = {"train": train, "dev": dev}
        for source in SOURCES:
            for split, pairs in all_pairs(given.bench, source, given.out / "indexes"):
                for pair in pairs:
                    files[split].write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
                    label = f"{split} {source} {pair.kind} {pair.answers}"
                    counts[label] = counts.get(label, 0) + 1
    print(json.dumps(dict(sorted(counts.items())), indent=2))


if __name__ == "__main__":
    main()
