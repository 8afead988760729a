"""Articles with their own questions (documents.jsonl): which section of the article answers?

Each line is an article: _id, title, sections (section, heading, text) and questions (text, sections: the right ones).
Each becomes two documents: one with its headings, one with numbers for headings, to be found by text alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite.evaluation.datasets.beir import parts
from pincite.evaluation.datasets.jsonl import FIELDS_REMEDY, id_field, objects, text_field
from pincite.index.errors import ReadError
from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

ARTICLES_FILE = "documents.jsonl"


@dataclass(frozen=True, slots=True)
class ArticleQuestion:
    """A question about one article."""

    id: str  # of the article and its number there
    text: str
    sections: frozenset[str]  # labels of the sections that answer


@dataclass(frozen=True, slots=True)
class Article:
    """One article. labels[i] is the label of its i-th section, in both documents."""

    headed: Document
    numbered: Document
    labels: tuple[str, ...]
    questions: tuple[ArticleQuestion, ...]


def read_articles(folder: Path) -> list[Article]:
    """Read documents.jsonl, in order of ids. Raises ReadError naming the file and line at fault."""
    places: dict[str, str] = {}
    articles = [_article(place, fields, places) for place, fields in objects(folder / ARTICLES_FILE)]
    if not any(a.questions for a in articles):
        raise ReadError(str(folder / ARTICLES_FILE), "holds no questions", FIELDS_REMEDY)
    return sorted(articles, key=lambda a: a.headed.id)


def _article(place: str, fields: dict[str, Any], places: dict[str, str]) -> Article:
    name = id_field(place, fields, "_id", places)
    sections = _objects(place, fields, "sections")
    labels = tuple(_label(place, s.get("section")) for s in sections)
    if len(set(labels)) < len(labels):
        raise ReadError(place, "has two sections of one number", "number the sections of an article apart")
    questions = _objects(place, fields, "questions")
    return Article(
        compose_article(place, fields, name),
        compose_article(place, fields, name, headed=False),
        labels,
        tuple(_question(place, f"{name}:{n}", q, labels) for n, q in enumerate(questions)),
    )


def compose_article(place: str, fields: dict[str, Any], name: str, headed: bool = True) -> Document:
    """Compose the document of an article, each section under its heading, or its number if it has none.

    place: the file and line that an error names. headed: False for numbers alone. Raises ReadError.
    """
    drafted: list[Part] = []
    for number, section in enumerate(_objects(place, fields, "sections"), start=1):
        heading = " ".join(text_field(place, section, "heading", "").split()) if headed else ""
        drafted += [Part("heading", heading or str(number), 1), *parts(text_field(place, section, "text"), place)]
    return compose(Draft(tuple(drafted)), name, " ".join(text_field(place, fields, "title", "").split()))


def _question(place: str, name: str, question: dict[str, Any], labels: Sequence[str]) -> ArticleQuestion:
    named = question.get("sections")
    right = frozenset(_label(place, s) for s in named) if isinstance(named, list) else frozenset()
    if not right or not right <= set(labels):
        raise ReadError(place, f"question {name!r} names no section, or one that its article lacks", FIELDS_REMEDY)
    return ArticleQuestion(name, text_field(place, question, "text"), right)


def _objects(place: str, fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = fields.get(name)
    if not (isinstance(items, list) and all(isinstance(item, dict) for item in items)):
        raise ReadError(place, f"has no list of objects in {name!r}", FIELDS_REMEDY)
    return items


def _label(place: str, number: Any) -> str:
    if not isinstance(number, int) or isinstance(number, bool):
        raise ReadError(place, f"numbers a section {number!r}, which is no whole number", FIELDS_REMEDY)
    return str(number)
