"""Questions to label: a text file with a question a line, or one JSON object a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pincite.evaluation.datasets.jsonl import id_field, lines, objects, text_field
from pincite.index.errors import QuestionError, ReadError
from pincite.index.query.normalise import normalise_query

_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class QuestionToLabel:
    """One question, without a label."""

    id: str  # the file's own in JSONL; else made of its words, so that lines may move
    text: str


def read_questions_to_label(path: Path, max_characters: int) -> list[QuestionToLabel]:
    """Read questions, each once: JSONL if the first line is an object, else a question a line.

    Raises ReadError naming the file and line at fault, such as a question that cannot be searched.
    """
    found: dict[str, QuestionToLabel] = {}
    for place, question in _questions(path):
        try:
            key = normalise_query(question.text, max_characters)
        except QuestionError as error:
            raise ReadError(place, f"the question {error.problem}", error.remedy) from error
        found.setdefault(key, question)
    if not found:
        raise ReadError(str(path), "holds no questions", "write one question a line")
    return list(found.values())


def _questions(path: Path) -> Iterator[tuple[str, QuestionToLabel]]:
    """Yield the place and question of every line."""
    first = next((text for _, text in lines(path)), "")
    if not first.lstrip().startswith("{"):
        for place, text in lines(path):
            yield place, QuestionToLabel(_id(text), text.strip())
        return
    places: dict[str, str] = {}
    for place, fields in objects(path):
        text = text_field(place, fields, "question")
        yield place, QuestionToLabel(id_field(place, {"id": _id(text), **fields}, "id", places), text)


def _id(text: str) -> str:
    return f"q-{hashlib.sha256(' '.join(text.split()).encode()).hexdigest()[:_ID_DIGITS]}"
