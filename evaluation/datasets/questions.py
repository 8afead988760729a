"""Labelled questions about the documents of an index: one JSON object a line.

Fields: id, question, kind (`in` when the documents answer it), style, sections (paths joined by " > ", the best
first) and facts (regular expressions that must all match).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite.evaluation.datasets.jsonl import FIELDS_REMEDY, id_field, objects, text_field
from pincite.index.errors import ReadError

ANSWERABLE = "in"  # the kind of a question that the documents answer


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question."""

    id: str
    text: str
    kind: str
    style: str
    sections: tuple[str, ...]
    facts: tuple[re.Pattern[str], ...]


def read_questions(path: Path) -> list[Question]:
    """Read a question file. Raises ReadError naming the file and line at fault."""
    places: dict[str, str] = {}
    questions = [_question(place, fields, places) for place, fields in objects(path)]
    if not questions:
        raise ReadError(str(path), "holds no questions", "write one JSON object a line")
    return questions


def _question(place: str, fields: dict[str, Any], places: dict[str, str]) -> Question:
    try:
        facts = tuple(re.compile(fact, re.IGNORECASE) for fact in _texts(fields, "facts"))
        sections = _texts(fields, "sections")
    except (TypeError, re.error) as error:
        raise ReadError(place, f"is not a labelled question: {error}", FIELDS_REMEDY) from error
    missing = [name for name in ("id", "question", "kind") if name not in fields]
    if missing:
        remedy = "label the file first: pincite label" if missing == ["kind"] else FIELDS_REMEDY
        raise ReadError(place, f"is not a labelled question: it has no {', '.join(missing)}", remedy)
    return Question(
        id_field(place, fields, "id", places),
        text_field(place, fields, "question"),
        text_field(place, fields, "kind"),
        text_field(place, fields, "style", ""),
        sections,
        facts,
    )


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = fields.get(name, ())
    if not (isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts)):
        raise TypeError(f"{name!r} is not a list of texts")
    return tuple(texts)
