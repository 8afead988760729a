"""Questions to offer after one that is not answered: headings that their own sections answer.

A heading is offered word for word, and only when asking it is answered with its own section first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice, zip_longest
from pathlib import Path

from pincite.index.bundle import SUGGESTIONS_FILE
from pincite.index.errors import QuestionError
from pincite.index.searcher import Searcher
from pincite.index.system_errors import naming_file
from pincite.index.types import Document, Suggestion

MAX_TRIED = 60  # headings asked at most: each costs what a question costs
MAX_SUGGESTIONS = 24


def find_suggestions(searcher: Searcher, documents: Sequence[Document]) -> tuple[Suggestion, ...]:
    """Find headings that are answered, the documents in turn. At most MAX_SUGGESTIONS."""
    rounds = zip_longest(*(candidate_headings(d) for d in documents[:MAX_TRIED]))
    by_question: dict[str, Suggestion] = {}  # a heading that several sections share is tried for the first
    for candidate in (c for headings in rounds for c in headings if c):
        by_question.setdefault(candidate.question.casefold(), candidate)
    tried = islice(by_question.values(), MAX_TRIED)
    return tuple(islice((c for c in tried if _is_answered(searcher, c)), MAX_SUGGESTIONS))


def candidate_headings(document: Document) -> list[Suggestion]:
    """Return the headings of a document in text order, questions first."""
    headings = [Suggestion(s.path[-1], document.id, s.id) for s in document.sections if s.path]
    return sorted(headings, key=lambda c: not c.question.endswith("?"))


def write_suggestions(folder: Path, suggestions: Sequence[Suggestion]) -> None:
    """Write the file that Bundle.suggestions reads."""
    text = json.dumps([asdict(c) for c in suggestions], ensure_ascii=False, indent=1)
    with naming_file(folder / SUGGESTIONS_FILE):
        (folder / SUGGESTIONS_FILE).write_text(text + "\n", encoding="utf-8")


def _is_answered(searcher: Searcher, candidate: Suggestion) -> bool:
    try:
        answer = searcher.ask(candidate.question, 1, verbatim=True)
    except QuestionError:  # a heading of punctuation, or pages long
        return False
    if answer.status != "answered":
        return False
    first = answer.hits[0].passage
    return (first.document, first.section) == (candidate.document, candidate.section)
