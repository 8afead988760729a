"""Questions whose answers are quoted, each about one document of its own: does a passage, do the marks hold the quotes?

A question file has one JSON object a line: id, document, split, kind (`in` or `near_out`), style, question, and for
`in` the quotes that together are the answer. Its documents are articles as documents.jsonl has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite.evaluation.datasets.articles import compose_article
from pincite.evaluation.datasets.jsonl import objects, text_field
from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.index.types import Document, Range

FOLDER = "written-questions"
SOURCES = {  # question file -> file of its documents, both from the folder of the public collections
    "patient": "onedoc-open/documents.jsonl",
    "patient-long": f"{FOLDER}/patient-long-documents.jsonl",
    "general": f"{FOLDER}/general-documents.jsonl",
}


@dataclass(frozen=True, slots=True)
class QuotedQuestion:
    """A question about one document."""

    id: str
    text: str
    document: str
    split: str  # train or dev; nothing is trained or tuned on the documents of dev
    kind: str
    style: str
    quotes: tuple[str, ...]  # all of them together are the answer; none unless the kind is `in`


def read_quoted(bench: Path, source: str) -> tuple[list[Document], list[QuotedQuestion]]:
    """Read a question file of SOURCES and its documents, in the order of their ids. Raises ReadError."""
    questions = [_question(place, fields) for place, fields in objects(bench / FOLDER / f"{source}.jsonl")]
    names = {question.document for question in questions}
    articles = [(place, fields) for place, fields in objects(bench / SOURCES[source]) if fields.get("_id") in names]
    documents = (compose_article(place, fields, fields["_id"]) for place, fields in articles)
    return sorted(documents, key=lambda d: d.id), questions


def _question(place: str, fields: dict[str, Any]) -> QuotedQuestion:
    texts = {name: text_field(place, fields, name) for name in ("id", "document", "split", "kind", "style")}
    quotes = tuple(fields.get("quotes", ())) if texts["kind"] == ANSWERABLE else ()
    return QuotedQuestion(text=text_field(place, fields, "question"), quotes=quotes, **texts)


def with_strange_documents(questions: Sequence[QuotedQuestion]) -> Iterator[tuple[QuotedQuestion, str]]:
    """Yield each question with its own document and, if answerable, with the next, which is about something else."""
    names = sorted({q.document for q in questions})
    following = dict(zip(names, [*names[1:], *names[:1]], strict=True))
    for q in questions:
        yield q, q.document
        if q.kind == ANSWERABLE:
            yield q, following[q.document]


def quoted_ranges(text: str, quotes: Sequence[str]) -> list[Range | None]:
    """Find quotes in a text, without regard to white space: the range of each, or None if it is not there.

    >>> quoted_ranges("It has three phases:\\n\\n- chronic", ["It has three  phases:", "acute"])
    [(0, 20), None]
    """
    places = [i for i, character in enumerate(text) if not character.isspace()]
    squeezed = "".join(text[i] for i in places)
    ranges: list[Range | None] = []
    for quote in quotes:
        wanted = "".join(quote.removeprefix("- ").split())
        at = squeezed.find(wanted) if wanted else -1
        ranges.append((places[at], places[at + len(wanted) - 1] + 1) if at >= 0 else None)
    return ranges
