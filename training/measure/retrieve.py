"""Passages that serving would hand the cross-encoder: the searcher's first for each labelled question.

    python -m training.measure.retrieve QUESTIONS --index var/index --out var/training/asked.jsonl

QUESTIONS has one JSON object a line with `question` and `kind`. Apart from evaluate.py, so that one and the same
retrieval is measured with every version of the judge.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text
from pincite.index.errors import QuestionError
from pincite.index.query.normalise import normalise_query, split_query
from pincite.index.searcher import Searcher
from training.data.pairs import read_objects

DEPTH = 5
LONGEST = 10_000  # code points in a question


def main() -> None:
    """Write one line a question: its kind, its text and its passages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--out", type=Path, default=Path("var/training/asked.jsonl"))
    given = parser.parse_args()
    searcher = Searcher(Bundle(given.index))
    with given.out.open("w", encoding="utf-8") as out:
        for asked in read_objects(given.questions):
            try:
                searched = normalise_query(asked["question"], LONGEST)
            except QuestionError:
                continue  # blank: serving refuses it
            passages = [_passage(searcher, int(row)) for row in searcher.rank(split_query(searched)).rows[:DEPTH]]
            line = {"kind": asked["kind"], "question": searched, "passages": passages}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _passage(searcher: Searcher, row: int) -> str:
    passage = searcher.bundle.records.passage(row)
    return passage_text(searcher.bundle.document(passage.document), passage)


if __name__ == "__main__":
    main()
