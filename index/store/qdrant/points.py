"""Passages and documents as points of Qdrant, and back. Values come in and go out; no engine is seen here."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.errors import StoreError
from pincite.index.query.analysis import terms
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.store.passage_store import DocumentEntry, PassageKey, PassageText, StoredPassage
from pincite.index.store.qdrant.engine import Payload, Point
from pincite.index.store.term_statistics import count_terms, term_weights
from pincite.index.types import Block, Document, Page, Passage, Section, Source

NAMESPACE = uuid.UUID("6f5f3c1e-6a0f-5d5c-9e0b-9d2f4a3b7c11")  # of the ids of points (RFC 9562, version 5)
PASSAGE_FIELDS = ("passage", "text")
SENTENCE_FIELDS = ("sentences",)
TOKEN_FIELDS = ("tokens", "scales")
BATCH_POINTS = 500  # points written in one call at most,
BATCH_BYTES = 8 << 20  # and bytes, of 32 MiB that a server takes by default
VECTOR_BYTES = 12_000  # of the vectors of a point as JSON, about
ENTRY_FIELDS = ("id", "revision", "state", "title", "source", "language", "tags", "sha256", "passage_count")
COUNT_FIELDS = ("passage_count", "term_total", "term_counts")
DOCUMENT_FIELDS = (*ENTRY_FIELDS, "text", "blocks", "sections", "pages")
DAMAGED_REMEDY = "ask again when nothing is written to it; if that is no help, delete it and run `pincite store copy`"


def passage_point_id(key: PassageKey, revision: str) -> str:
    """Return the id of a passage's point: another in each revision, so that old and new stand side by side."""
    return str(uuid.uuid5(NAMESPACE, f"passage/{key.document}/{revision}/{key.number}"))


def document_point_id(document_id: str, revision: str) -> str:
    """Return the id of a document's point in the ledger."""
    return str(uuid.uuid5(NAMESPACE, f"document/{document_id}/{revision}"))


def named_point_id(name: str) -> str:
    """Return the id of a point of the ledger that is no document."""
    return str(uuid.uuid5(NAMESPACE, f"ledger/{name}"))


def term_dimension(term: str) -> int:
    """Return the dimension of the sparse vector that a term has: 32 bits of its BLAKE2 digest."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "big")


def passage_point(key: PassageKey, revision: str, stored: StoredPassage, average_length: float) -> Point:
    """Return a passage as a point. average_length: of the passages of the store, in terms."""
    p = stored.passage
    payload: dict[str, Any] = {
        "document": key.document,
        "number": key.number,
        "revision": revision,
        "passage": dump_json([p.section, p.position, p.start, p.end, p.sentences, p.lead_ins]),
        "text": stored.text,
        "sentences": _encode(stored.sentence_vectors),
    }
    if stored.tokens:
        payload |= {"tokens": _encode(stored.tokens.values), "scales": _encode(stored.tokens.scales)}
    weights = term_weights(Counter(terms(stored.text)), average_length)
    by_dimension: dict[int, float] = {}
    for term, weight in weights.items():  # where two terms share a dimension, the greater weight stands for both
        dimension = term_dimension(term)
        by_dimension[dimension] = max(weight, by_dimension.get(dimension, 0.0))
    return Point(passage_point_id(key, revision), payload, stored.vector, by_dimension)


def passage_of(key: PassageKey, payload: Payload) -> PassageText:
    """Return the passage of a point with PASSAGE_FIELDS."""
    section, position, start, end, sentences, lead_ins = json.loads(payload["passage"])
    ranges = tuple((s, e) for s, e in sentences)
    before = tuple(tuple((s, e) for s, e in of_sentence) for of_sentence in lead_ins)
    return PassageText(Passage(key.document, section, position, start, end, ranges, before), payload["text"])


def sentence_vectors_of(payload: Payload, dimension: int) -> NDArray[np.float32]:
    """Return the sentence vectors of a point with SENTENCE_FIELDS: (s, d)."""
    return _decode(payload["sentences"], np.float32).reshape(-1, dimension)


def tokens_of(payload: Payload, dimension: int) -> QuantizedTokens:
    """Return the token vectors of a point with TOKEN_FIELDS."""
    return QuantizedTokens(
        _decode(payload["tokens"], np.uint8).reshape(-1, dimension), _decode(payload["scales"], np.float32)
    )


def document_point(document: Document, revision: str, passages: Sequence[StoredPassage], state: str) -> Point:
    """Return a document as a point of the ledger."""
    counted = count_terms(passage.text for passage in passages)
    payload = {
        "kind": "document",
        "id": document.id,
        "revision": revision,
        "state": state,
        "title": document.title,
        "source": asdict(document.source),
        "language": document.language,
        "tags": list(document.tags),
        "sha256": document.sha256,
        "passage_count": counted.passages,
        "term_total": counted.terms,
        "term_counts": dump_json(dict(sorted(counted.frequencies.items()))),
        "words": sorted(set(terms(document.text))),
        "text": document.text,
        "blocks": dump_json([(b.kind, b.start, b.end, b.level) for b in document.blocks]),
        "sections": dump_json([(s.id, s.path, s.start, s.end) for s in document.sections]),
        "pages": dump_json([(p.start, p.number, p.label) for p in document.pages]),
    }
    return Point(document_point_id(document.id, revision), payload)


def entry_of(payload: Payload) -> DocumentEntry:
    """Return the entry of a point with ENTRY_FIELDS."""
    return DocumentEntry(
        payload["id"],
        payload["revision"],
        payload["title"],
        Source(**payload["source"]),
        payload.get("language"),
        tuple(payload["tags"]),
        payload["sha256"],
        int(payload["passage_count"]),
    )


def document_of(payload: Payload) -> Document:
    """Return the document of a point with DOCUMENT_FIELDS."""
    entry = entry_of(payload)
    sections = tuple(Section(i, tuple(path), start, end) for i, path, start, end in json.loads(payload["sections"]))
    return Document(
        entry.id,
        entry.title,
        payload["text"],
        tuple(Block(*block) for block in json.loads(payload["blocks"])),
        sections,
        entry.source,
        entry.sha256,
        entry.language,
        entry.tags,
        tuple(Page(*page) for page in json.loads(payload["pages"])),
    )


def batches(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Yield points in lists of BATCH_POINTS and about BATCH_BYTES at most, as calls take them."""
    batch: list[Point] = []
    size = 0
    for point in points:
        batch.append(point)
        size += sum(len(value) for value in point.payload.values() if isinstance(value, str))
        size += VECTOR_BYTES if point.vector is not None else 0
        if len(batch) == BATCH_POINTS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def reading_points(collection: str) -> Iterator[None]:
    """Raise StoreError where points of a collection lack what was written into them, or hold something else."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        problem = f"returns points that are not as they were written ({type(error).__name__})"
        raise StoreError(f"collection {collection}", problem, DAMAGED_REMEDY) from error


def dump_json(value: Any) -> str:
    """Return a value as JSON without white space: a payload field that the engine need not look into."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encode(array: NDArray[Any]) -> str:
    """Return the bytes of an array as text, little-endian, since a payload is JSON."""
    return base64.b64encode(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()).decode("ascii")


def _decode(text: str, dtype: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False)
