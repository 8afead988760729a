"""Passages that serving would hand the cross-encoder: the searcher's first for each labelled question.

    python -m training.measure.retrieve QUESTIONS --index var/index --out var/training/asked.jsonl

QUESTIONS has one JSON object a line with `question` and `kind`. A command of its own, so that every version of the
cross-encoder is measured on the same passages.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pincite.index.bundle import Bundle
from pincite.index.errors import QuestionError
from pincite.index.query.normalise import normalise_query, split_query
from pincite.index.searcher import Searcher
from training.data.pairs import read_objects

PASSAGES_PER_QUESTION = 5
MAX_QUESTION_CHARACTERS = 10_000


def main() -> None:
    """Write one line a question: its kind, its text and its passages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--out", type=Path, default=Path("var/training/asked.jsonl"))
    options = parser.parse_args()
    searcher = Searcher(Bundle(options.index))
    with options.out.open("w", encoding="utf-8") as out:
        for labelled in read_objects(options.questions):
            try:
                searched = normalise_query(labelled["question"], MAX_QUESTION_CHARACTERS)
            except QuestionError:
                continue  # blank: serving refuses it
            rows = searcher.rank(split_query(searched)).rows[:PASSAGES_PER_QUESTION]
            passages = [searcher.bundle.passage_text(row) for row in rows.tolist()]
            line = {"kind": labelled["kind"], "question": searched, "passages": passages}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
