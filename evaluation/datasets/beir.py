"""Collections in the layout of BEIR (Thakur et al., 2021): corpus.jsonl, queries.jsonl, qrels/test.tsv.

unanswerable.jsonl is optional: questions that the documents do not answer, each with its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite.evaluation.datasets.jsonl import FIELDS_REMEDY, id_field, lines, objects, text_field
from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.index.errors import ReadError
from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.decode import decode_utf8
from pincite.ingestion.reading.draft import Draft, Part

CORPUS_FILE = "corpus.jsonl"
QUERIES_FILE = "queries.jsonl"
QRELS_FILE = "qrels/test.tsv"
UNANSWERABLE_FILE = "unanswerable.jsonl"
DEFAULT_KIND = "near"  # of an unanswerable question that states none

Qrels = dict[str, dict[str, int]]  # query id to document id to grade; above 0 is relevant


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a collection."""

    id: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, the queries that have judgments, the judgments, and questions without an answer."""

    name: str
    documents: tuple[Document, ...]  # in order of their ids
    queries: tuple[Query, ...]
    qrels: Qrels
    unanswerable: tuple[Query, ...]
    unjudged: int  # queries left out because nothing is judged for them


def read_collection(folder: Path) -> Collection:
    """Read a BEIR folder. Raises ReadError naming the file and line at fault."""
    document_places: dict[str, str] = {}
    documents = sorted(
        (_document(place, f, document_places) for place, f in objects(folder / CORPUS_FILE)), key=lambda d: d.id
    )
    if not any(d.text for d in documents):
        raise ReadError(str(folder / CORPUS_FILE), "holds no text", "write one document a line: _id, title, text")
    query_places: dict[str, str] = {}
    queries = [_query(place, f, query_places, ANSWERABLE) for place, f in objects(folder / QUERIES_FILE)]
    qrels = _read_qrels(folder / QRELS_FILE, query_places, document_places)
    return Collection(
        folder.resolve().name,
        tuple(documents),
        tuple(q for q in queries if q.id in qrels),
        qrels,
        tuple(_unanswerable(folder / UNANSWERABLE_FILE, qrels)),
        sum(q.id not in qrels for q in queries),
    )


def parts(text: str, place: str) -> Iterator[Part]:
    """Split a record's text by line: list items where a line begins with "- ", paragraphs elsewhere."""
    for line in decode_utf8(text.encode("utf-8"), place)[0].split("\n"):
        folded = " ".join(line.split())
        if folded.startswith("- "):
            yield Part("item", folded[2:], 1)
        elif folded:
            yield Part("paragraph", folded)


def _document(place: str, fields: dict[str, Any], places: dict[str, str]) -> Document:
    name = id_field(place, fields, "_id", places)
    title = " ".join(text_field(place, fields, "title", "").split())
    text = text_field(place, fields, "text")
    # a record of a title alone is found by its title
    return compose(Draft(tuple(parts(text if text.strip() else title, place))), name, title)


def _query(place: str, fields: dict[str, Any], places: dict[str, str], kind: str) -> Query:
    return Query(id_field(place, fields, "_id", places), text_field(place, fields, "text"), kind)


def _unanswerable(path: Path, qrels: Qrels) -> Iterator[Query]:
    if not path.exists():
        return
    places: dict[str, str] = {}
    for place, fields in objects(path):
        metadata = fields.get("metadata")
        stated = fields.get("kind") or (metadata.get("kind") if isinstance(metadata, dict) else None) or DEFAULT_KIND
        query = _query(place, fields, places, text_field(place, {"kind": stated}, "kind"))
        if query.kind == ANSWERABLE or any(grade > 0 for grade in qrels.get(query.id, {}).values()):
            raise ReadError(
                place,
                f"{query.id!r} is said to have an answer, too",
                f"keep it out of {UNANSWERABLE_FILE} or of {QRELS_FILE}",
            )
        yield query


def _read_qrels(path: Path, queries: dict[str, str], documents: dict[str, str]) -> Qrels:
    """Read judgments, one a line: query id, document id, grade, separated by tabs, below a line of headings."""
    qrels: Qrels = {}
    for n, (place, line) in enumerate(lines(path)):
        columns = line.split("\t")
        if len(columns) != 3:
            raise ReadError(place, f"has {len(columns)} columns, not 3", "write query, document and grade, with tabs")
        query, document, grade = columns
        if n == 0 and not _whole(grade):
            continue
        if not _whole(grade):
            raise ReadError(place, f"has the grade {grade!r}, which is no whole number", FIELDS_REMEDY)
        if query not in queries:
            raise ReadError(
                place, f"judges the query {query!r}, which {QUERIES_FILE} does not hold", "add it, or drop this"
            )
        if document not in documents:
            raise ReadError(
                place, f"judges the document {document!r}, which {CORPUS_FILE} does not hold", "add it, or drop this"
            )
        if document in qrels.setdefault(query, {}):
            raise ReadError(place, f"judges {document!r} for {query!r} again", "keep one judgment of the two")
        qrels[query][document] = int(grade)
    if not qrels:
        raise ReadError(str(path), "holds no judgments", "write query, document and grade, with tabs")
    return qrels


def _whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 10
