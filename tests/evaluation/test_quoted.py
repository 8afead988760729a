"""Questions with quoted answers: the file is read with its documents, and quotes are found in the text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pincite.evaluation.datasets.quoted import SOURCES, quoted_ranges, read_quoted
from pincite.index.errors import ReadError

ARTICLE = {"_id": "bell", "title": "Bell", "sections": [{"heading": "", "text": "It rings.\n- at six"}]}
OTHER = {"_id": "other", "title": "Other", "sections": [{"heading": "X", "text": "No."}]}
QUESTIONS = [
    {
        "id": "b1",
        "question": "When?",
        "document": "bell",
        "split": "dev",
        "kind": "in",
        "style": "plain",
        "quotes": ["at six"],
    },
    {
        "id": "b2",
        "question": "Why?",
        "document": "bell",
        "split": "dev",
        "kind": "near_out",
        "style": "plain",
        "near": "fact",
    },
]


def write(bench: Path, questions: list[dict[str, object]]) -> None:
    for name, lines in ((SOURCES["general"], [OTHER, ARTICLE]), ("written-questions/general.jsonl", questions)):
        (bench / name).parent.mkdir(parents=True, exist_ok=True)
        (bench / name).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def test_questions_are_read_with_their_documents(tmp_path: Path) -> None:
    """Documents that nothing is asked about are left out; a section without a heading has its number."""
    write(tmp_path, list(QUESTIONS))
    documents, questions = read_quoted(tmp_path, "general")
    assert [(d.id, [s.path for s in d.sections]) for d in documents] == [("bell", [("1",)])]
    assert [(q.kind, q.quotes) for q in questions] == [("in", ("at six",)), ("near_out", ())]


def test_a_question_without_a_document_names_its_line(tmp_path: Path) -> None:
    """The error names the file and the line."""
    write(tmp_path, [{name: value for name, value in QUESTIONS[0].items() if name != "document"}])
    with pytest.raises(ReadError, match=r"general\.jsonl:1"):
        read_quoted(tmp_path, "general")


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("It rings\n  at six.", "rings at six", "rings\n  at six"),
        ("It rings at six.", "- at six", "at six"),
        ("It rings.", "at six", None),
        ("It rings.", "", None),
    ],
)
def test_a_quote_is_found_whatever_its_white_space(text: str, quote: str, found: str | None) -> None:
    """White space and the mark of a list item make no difference; an empty quote is nowhere."""
    (place,) = quoted_ranges(text, [quote])
    assert (None if place is None else text[slice(*place)]) == found
