"""The questions that benchmarks ask: a labelled file, as `pincite eval` reads it, or plain text with one a line."""

from __future__ import annotations

from pathlib import Path

from pincite.evaluation import read_questions
from pincite.evaluation.datasets.questions import Question

ALS_QUERIES = Path(__file__).with_name("questions.jsonl")  # about corpus/als.md


def read_queries(path: Path) -> list[Question]:
    """Read questions; those of plain text have no sections."""
    if path.suffix == ".jsonl":
        return read_questions(path)
    lines = filter(None, path.read_text(encoding="utf-8").splitlines())
    return [Question(str(n), line, "", "", (), ()) for n, line in enumerate(lines, start=1)]
