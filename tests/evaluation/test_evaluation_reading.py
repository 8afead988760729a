"""Reading of question files and collections: a good one becomes questions, a bad one an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pincite.evaluation.datasets.articles import read_articles
from pincite.evaluation.datasets.beir import read_collection
from pincite.evaluation.datasets.questions import read_questions
from pincite.index.errors import ReadError

CORPUS = [
    {"_id": "bells", "title": "Bells", "text": "The bell rings at high water.\n\nIt rings for:\n- fog\n- fire"},
    {"_id": "a b/%#é", "text": "Boats leave at dawn."},
    {"_id": "7", "title": "Tide tables", "text": " "},
]
QUERIES = [{"_id": "q1", "text": "when does it ring"}, {"_id": "q2", "text": "boats"}, {"_id": "q3", "text": "tides"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\tbells\t2\nq1\t7\t-1\nq2\ta b/%#é\t1\n"
NONE = [{"_id": "u1", "text": "x"}, {"_id": "u2", "text": "y", "metadata": {"kind": "absent"}}]


def jsonl(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole BEIR folder."""
    (tmp_path / "qrels").mkdir()
    jsonl(tmp_path / "corpus.jsonl", CORPUS)
    jsonl(tmp_path / "queries.jsonl", QUERIES)
    jsonl(tmp_path / "unanswerable.jsonl", [*NONE, {"_id": "u3", "text": "z", "kind": "far"}])
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return tmp_path


def test_a_record_becomes_a_document(folder: Path) -> None:
    """Its id is kept whatever it holds, lines are paragraphs and items, and a title alone is its text."""
    documents = {d.id: d for d in read_collection(folder).documents}
    assert list(documents) == sorted(["bells", "a b/%#é", "7"])
    assert [b.kind for b in documents["bells"].blocks] == ["paragraph", "paragraph", "item", "item"]
    assert documents["bells"].text == "The bell rings at high water.\n\nIt rings for:\n- fog\n- fire"
    assert (documents["7"].text, documents["a b/%#é"].title) == ("Tide tables", "")


def test_queries_without_judgments_are_counted_not_asked(folder: Path) -> None:
    """Only judged queries are asked, grades are kept as they stand, unanswerable ones have the kind they state."""
    collection = read_collection(folder)
    assert ([q.id for q in collection.queries], collection.unjudged) == (["q1", "q2"], 1)
    assert collection.qrels["q1"] == {"bells": 2, "7": -1}
    assert [q.kind for q in collection.unanswerable] == ["near", "absent", "far"]


def test_text_with_unusual_line_ends_is_one_record(folder: Path) -> None:
    """U+2028 within a JSON string ends no record; in a document it ends a line. A byte order mark is no text."""
    row = json.dumps({"_id": "x", "text": "One.\u2028Two."}, ensure_ascii=False)
    (folder / "corpus.jsonl").write_text("\ufeff" + row + "\r\n", encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("q1\tx\t1\n")
    assert read_collection(folder).documents[0].text == "One.\n\nTwo."


def dropped(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").unlink()


def written(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


GOOD = json.dumps(CORPUS[0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (dropped, "test.tsv: cannot be read"),
        (written("qrels/test.tsv", "query-id\tcorpus-id\tscore\n"), "test.tsv: holds no judgments"),
        (written("qrels/test.tsv", QRELS + "q1\tgone\t1\n"), "test.tsv:5: judges the document 'gone', which corpus"),
        (written("qrels/test.tsv", QRELS + "q9\tbells\t1\n"), "test.tsv:5: judges the query 'q9', which queries"),
        (written("qrels/test.tsv", QRELS + "q1\tbells\t1\n"), "test.tsv:5: judges 'bells' for 'q1' again"),
        (written("qrels/test.tsv", QRELS + "q1\t7\thigh\n"), "test.tsv:5: has the grade 'high'"),
        (written("qrels/test.tsv", "q1 7 1\n"), "test.tsv:1: has 1 columns, not 3"),
        (written("corpus.jsonl", ""), "corpus.jsonl: holds no text"),
        (written("corpus.jsonl", GOOD + "\n{"), "corpus.jsonl:2: is not JSON"),
        (written("corpus.jsonl", GOOD + "\n[1]"), "corpus.jsonl:2: is not a JSON object"),
        (written("corpus.jsonl", GOOD + "\n\n" + GOOD), "corpus.jsonl:3: has the '_id' 'bells', as "),
        (written("corpus.jsonl", '{"_id": "", "text": "x"}'), "corpus.jsonl:1: has an empty '_id'"),
        (written("corpus.jsonl", '{"_id": "x"}'), "corpus.jsonl:1: has no 'text'"),
        (written("corpus.jsonl", '{"_id": "x", "text": 5}'), "corpus.jsonl:1: has a 'text' that is not text"),
        (written("corpus.jsonl", '{"_id": "x", "text": "\\ud800"}'), "corpus.jsonl:1: has half a character"),
        (written("queries.jsonl", '{"_id": "q1"}'), "queries.jsonl:1: has no 'text'"),
        (written("unanswerable.jsonl", '{"_id": "q1", "text": "x"}'), "unanswerable.jsonl:1: 'q1' is said to have"),
        (written("unanswerable.jsonl", '{"_id": "u", "text": "x", "kind": 1}'), "unanswerable.jsonl:1: has a 'kind'"),
    ],
)
def test_a_collection_at_fault_is_refused(folder: Path, spoil: Callable[[Path], None], message: str) -> None:
    """The error names the file, and the line where there is one, with a remedy."""
    spoil(folder)
    with pytest.raises(ReadError) as caught:
        read_collection(folder)
    assert message in str(caught.value)
    assert caught.value.remedy


ARTICLE: dict[str, Any] = {
    "_id": "tides",
    "title": "Tides",
    "sections": [
        {"section": 0, "heading": "High water", "text": "The bell rings."},
        {"section": 4, "heading": "", "text": "- The ladder ends\n- The boats lie"},
    ],
    "questions": [{"text": "when", "qtype": "x", "sections": [4]}],
}


def test_an_article_is_read_with_headings_and_with_numbers(tmp_path: Path) -> None:
    """Both documents have the same sections in the same order; a heading that is missing is its number."""
    jsonl(tmp_path / "documents.jsonl", [ARTICLE])
    (article,) = read_articles(tmp_path)
    assert [s.path for s in article.headed.sections] == [("High water",), ("2",)]
    assert [s.path for s in article.numbered.sections] == [("1",), ("2",)]
    assert article.labels == ("0", "4")
    assert (article.questions[0].id, article.questions[0].sections) == ("tides:0", {"4"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"questions": [{"text": "x", "sections": [9]}]}, "'tides:0' names no section, or one that its article lacks"),
        ({"questions": [{"text": "x"}]}, "names no section"),
        ({"questions": []}, "documents.jsonl: holds no questions"),
        ({"sections": "none"}, "documents.jsonl:1: has no list of objects in 'sections'"),
        ({"sections": [{"section": "x", "text": "t"}]}, "numbers a section 'x'"),
        ({"sections": [{"section": 4, "text": "t"}] * 2}, "has two sections of one number"),
        ({"_id": None}, "documents.jsonl:1: has no '_id'"),
    ],
)
def test_an_article_at_fault_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """The error names the file and the line."""
    jsonl(tmp_path / "documents.jsonl", [ARTICLE | change])
    with pytest.raises(ReadError) as caught:
        read_articles(tmp_path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "1", "question": "x"}', "q.jsonl:2: is not a labelled question: it has no kind"),
        ('{"id": "0", "question": "x", "kind": "in"}', "q.jsonl:2: has the 'id' '0', as "),
        ('{"id": "1", "question": "x", "kind": "in", "facts": ["("]}', "q.jsonl:2: is not a labelled question"),
        ('{"id": "1", "question": "x", "kind": "in", "sections": "a"}', "'sections' is not a list of texts"),
        ('{"id": "1", "question": null, "kind": "in"}', "q.jsonl:2: has no 'question'"),
    ],
)
def test_a_question_file_at_fault_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """The error names the file and the line."""
    (tmp_path / "q.jsonl").write_text('{"id": 0, "question": "x", "kind": "in"}\n' + line)
    with pytest.raises(ReadError) as caught:
        read_questions(tmp_path / "q.jsonl")
    assert message in str(caught.value)
