"""The file of labels: one JSON object a line, with the fields of a question file and the sentences that were ticked.

Each label is saved at once, by a rename, and labels that another run has added meanwhile are kept.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pincite.evaluation.datasets.jsonl import objects
from pincite.evaluation.datasets.questions import Question, read_questions
from pincite.index.system_errors import naming_file

Kind = Literal["in", "near_out", "far_out"]  # answered; not, though on their subject; about something else
KINDS: tuple[Kind, ...] = get_args(Kind)
LABEL_SUFFIX = ".labels.jsonl"
STYLE = "labelled"


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence that was ticked: document.text[start:end] == quote."""

    passage: str  # its id
    start: int
    end: int
    quote: str
    section: str  # the section path, joined by " > "
    sha256: str  # of the document's text


@dataclass(frozen=True, slots=True)
class Label:
    """Label of one question, as an operator gave it. sentences: those that answer; none unless kind is `in`."""

    id: str
    question: str
    kind: Kind
    sentences: tuple[MarkedSentence, ...]
    index: str  # the index id that it was labelled with
    day: str  # ISO 8601

    def to_json(self) -> dict[str, Any]:
        """Return the record for the file: a labelled question, and what it was made of."""
        record: dict[str, Any] = {"id": self.id, "question": self.question, "kind": self.kind}
        if self.kind == "in":
            sections = list(dict.fromkeys(s.section for s in self.sentences))
            record |= {"style": STYLE, "sections": sections, "facts": facts(self.sentences)}
            record["sentences"] = [asdict(sentence) for sentence in self.sentences]
        return record | {"index": self.index, "labelled": self.day}


def facts(sentences: Sequence[MarkedSentence]) -> list[str]:
    """Return regular expressions that match what holds every sentence ticked in one passage, whichever it is.

    >>> def mark(passage: str, quote: str) -> MarkedSentence:
    ...     return MarkedSentence(passage, 0, 0, quote, "", "")
    >>> facts([mark("a:1", "Ask us."), mark("a:1", "It is free.")])
    ['Ask\\\\s+us\\\\.', 'It\\\\s+is\\\\s+free\\\\.']
    >>> facts([mark("a:1", "Ask us."), mark("b:1", "Free.")])
    ['(?s)\\\\A(?=.*Ask\\\\s+us\\\\.)|\\\\A(?=.*Free\\\\.)']
    """
    passages: dict[str, list[str]] = {}
    for sentence in sentences:
        words = r"\s+".join(re.escape(word) for word in sentence.quote.split())
        passages.setdefault(sentence.passage, []).append(words)
    if len(passages) == 1:
        return next(iter(passages.values()))
    return ["(?s)" + "|".join(r"\A" + "".join(f"(?=.*{w})" for w in words) for words in passages.values())]


class LabelFile:
    """Labels by the id of their question, in the order in which they were first given.

    questions: the labelled questions, as `pincite eval` and `pincite calibrate` read them. records: their lines, by id.
    """

    def __init__(self, path: Path) -> None:
        """Read the labels at `path`, if it is there. Raises ReadError naming the line that is no labelled question."""
        self.path = path
        self._read()

    def save(self, label: Label) -> None:
        """Add a label or replace it. Raises StorageError, and then the file is as it was."""
        self._read()
        records = {**self.records, label.id: label.to_json()}
        body = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records.values())
        staged = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with naming_file(self.path):
            try:
                with staged.open("w", encoding="utf-8") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                staged.replace(self.path)
            finally:
                staged.unlink(missing_ok=True)
        self._read()

    def _read(self) -> None:
        exists = self.path.is_file() and self.path.stat().st_size
        self.questions: list[Question] = read_questions(self.path) if exists else []
        fields = [fields for _, fields in objects(self.path)] if exists else []
        self.records = {q.id: record for q, record in zip(self.questions, fields, strict=True)}
