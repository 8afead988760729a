"""Run and qrels files in TREC's formats, which trec_eval, pytrec_eval and ir_measures read.

    run      question id, Q0, document id, rank, score, tag       qrels     question id, 0, document id, grade

Columns are separated by white space, so an id's white space, unprintable characters and "%" are percent-encoded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from pincite.evaluation.datasets.jsonl import lines
from pincite.index.errors import PinciteError, ReadError

RUN_TAG = "pincite"
EMPTY_ID = "%"  # how an empty id is written, and no other

Ranking = list[tuple[str, float]]  # (document id, score), best first, each document once
Run = dict[str, Ranking]  # by question id

_TINY = np.float32(1e-30)


def escape(name: str) -> str:
    """Write an id as one column. Different ids stay different."""
    return "".join(c if c.isprintable() and c not in " %" else quote(c, safe="") for c in name) or EMPTY_ID


def write_run(path: Path, run: Mapping[str, Ranking]) -> None:
    """Write a run with strictly falling scores: tools sort by score, and each breaks ties in its own way."""
    _write(path, (line for name, ranking in run.items() for line in _run_lines(escape(name), ranking)))


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """Write judgments."""
    judgments = ((q, d, grade) for q, grades in qrels.items() for d, grade in grades.items())
    _write(path, (f"{escape(q)} 0 {escape(d)} {grade}" for q, d, grade in judgments))


def check_writable(path: Path) -> None:
    """Raise PinciteError when `path` cannot be written, before hours are spent on its contents."""
    target = path if path.exists() else path.parent
    if path.is_dir() or not target.exists() or not os.access(target, os.W_OK):
        raise PinciteError(str(path), "cannot be written", "name a file in a folder that exists and is yours")


def read_run(path: Path) -> dict[str, list[str]]:
    """Read a run: question id to document ids, best first, both as written.

    As in trec_eval the rank column is not looked at: order is by falling score in single precision, ties by falling
    document id. Raises ReadError naming the line at fault.
    """
    scores: dict[str, dict[str, float]] = {}
    for place, line in lines(path):
        columns = line.split()
        if len(columns) != 6:
            raise ReadError(
                place, f"has {len(columns)} columns, not 6", "write question, Q0, document, rank, score and tag"
            )
        question, _, document, _, score, _ = columns
        if document in scores.setdefault(question, {}):
            raise ReadError(place, f"ranks {document!r} for {question!r} again", "keep one line of the two")
        scores[question][document] = _score(place, score)
    if not scores:
        raise ReadError(str(path), "holds no ranking", "give a run file that --run has written")
    return {question: order(by_document) for question, by_document in scores.items()}


def order(scores: Mapping[str, float]) -> list[str]:
    """Sort documents as trec_eval does: by falling score in single precision, then by falling id."""
    return sorted(sorted(scores, reverse=True), key=lambda document: -np.float32(scores[document]))


def falling(scores: Sequence[float]) -> list[float]:
    """Return the nearest scores that fall strictly in single precision. scores: m values that never rise."""
    fallen: list[float] = []
    for score in scores:
        value = np.float32(score)
        if fallen and value >= fallen[-1]:
            value = np.nextafter(np.float32(fallen[-1]), np.float32(-np.inf))
            if abs(value) < _TINY:  # next to 0 come numbers that some tools read as 0
                value = -_TINY
        fallen.append(float(value))
    return fallen


def _run_lines(question: str, ranking: Ranking) -> Iterator[str]:
    scores = falling([score for _, score in ranking])
    for rank, ((document, _), score) in enumerate(zip(ranking, scores, strict=True), start=1):
        yield f"{question} Q0 {escape(document)} {rank} {score:.9g} {RUN_TAG}"


def _score(place: str, text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = float("nan")
    if not np.isfinite(score):
        raise ReadError(place, f"has the score {text[:40]!r}, which is no number", "write a decimal number")
    return score


def _write(path: Path, rows: Iterator[str]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{row}\n" for row in rows)
    except OSError as error:
        raise PinciteError(str(path), f"cannot be written: {error.strerror}", "name another file") from error
