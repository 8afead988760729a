"""The few calls of a Qdrant engine that the store makes: a server, a local folder, or a shard in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Payload = Mapping[str, Any]
SparseVector = Mapping[int, float]
Precision = Literal["graph", "acorn", "exact"]  # of a dense search: the graph, the same within a filter, all vectors

DENSE = "dense"  # names of the two vectors of a passage
TERMS = "terms"


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    """Specification of a collection."""

    dimension: int | None  # of the dense vector; None for a collection without vectors
    keywords: tuple[str, ...]  # payload fields with a keyword index, made before anything is loaded


@dataclass(frozen=True, slots=True)
class Point:
    """A point to write."""

    id: str  # a UUID
    payload: Payload
    vector: NDArray[np.float32] | None = None  # (d,)
    terms: SparseVector | None = None


class FoundPoint(NamedTuple):
    """A point that was found."""

    id: str
    score: float
    payload: Payload


class HeldPoint(NamedTuple):
    """A point that was fetched."""

    id: str
    payload: Payload
    vector: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions on points, all of which must hold."""

    equal: Mapping[str, str] = field(default_factory=dict)  # fields by their value; of a list, one element
    unequal: Mapping[str, str] = field(default_factory=dict)
    all_of: tuple[str, tuple[str, ...]] | None = None  # a list field, and elements that it must have
    documents: tuple[str, ...] | None = None  # one of these in the field "document",
    points: tuple[str, ...] = ()  # or else one of these ids


class Engine(Protocol):
    """An engine. Writes are durable when they return, and doing one again changes nothing. Errors are StoreError."""

    def exists(self, collection: str) -> bool:
        """Return whether there is a collection."""

    def create(self, collection: str, spec: CollectionSpec) -> None:
        """Make a collection and its indexes; one that is there already gets the indexes that it lacks."""

    def drop(self, collection: str) -> None:
        """Delete a collection, if it is there."""

    def collections(self) -> list[str]:
        """Return the names of all collections."""

    def point_aliases(self, targets: Mapping[str, str]) -> None:
        """Let aliases stand for collections from now on, all at once. targets: collections by alias."""

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points."""

    def mark(self, collection: str, ids: Sequence[str], payload: Payload) -> None:
        """Set some fields of points."""

    def delete(self, collection: str, where: Where) -> None:
        """Delete points."""

    def nearest(
        self, collection: str, vector: NDArray[np.float32], limit: int, where: Where | None, precision: Precision
    ) -> list[FoundPoint]:
        """Find the points with the greatest product of the dense vector, with KEY_FIELDS of the payload."""

    def matching(self, collection: str, terms: SparseVector, limit: int, where: Where | None) -> list[FoundPoint]:
        """Find the points with the greatest product of the sparse vector, with the same fields."""

    def retrieve(
        self, collection: str, ids: Sequence[str], fields: Sequence[str], with_vector: bool = False
    ) -> list[HeldPoint]:
        """Fetch points with some payload fields, in any order; those that are not there are left out."""

    def scroll(
        self, collection: str, where: Where, fields: Sequence[str], limit: int, offset: str | None
    ) -> tuple[list[HeldPoint], str | None]:
        """Fetch `limit` points in the order of ids, and the id from which to go on; None at the end."""

    def count(self, collection: str, where: Where) -> int:
        """Count points, exactly."""

    def close(self) -> None:
        """Let the engine go."""


KEY_FIELDS = ("document", "number", "revision")  # payload that a search returns
