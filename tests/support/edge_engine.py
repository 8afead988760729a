"""Engine of Qdrant Edge: the shard of a Qdrant server, in this process; a folder for each collection."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from pincite.index.store.qdrant.client_engine import (
    GRAPH_BUILD_WIDTH,
    GRAPH_DEGREE,
    GRAPH_SEARCH_WIDTH,
    OVERSAMPLING,
)
from pincite.index.store.qdrant.engine import (
    DENSE,
    KEY_FIELDS,
    TERMS,
    CollectionSpec,
    FoundPoint,
    HeldPoint,
    Payload,
    Point,
    Precision,
    SparseVector,
    Where,
)
from pincite.index.store.qdrant.filters import to_filter

FULL_SCAN_KILOBYTES = 10_000  # vectors of a scope up to which a server compares them all: its default
ALIASES_FILE = "aliases.json"
Update = edge.UpdateOperation
# the classes that a filter is made of; ids are a set here, and have another name
LIBRARY = SimpleNamespace(
    Filter=edge.Filter,
    FieldCondition=edge.FieldCondition,
    MatchValue=edge.MatchValue,
    MatchAny=edge.MatchAny,
    HasIdCondition=lambda has_id: edge.HasIdCondition(set(has_id)),
)


class EdgeEngine:
    """An engine over the shards in one folder. Threads may share it; processes may not."""

    def __init__(self, folder: Path, is_flushed: bool = True) -> None:
        """is_flushed: whether a write is on disk when it returns; if not, in the log, which outlives the process."""
        self._is_flushed = is_flushed
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._shards = {p.name: edge.EdgeShard.load(str(p)) for p in sorted(folder.iterdir()) if p.is_dir()}

    def exists(self, collection: str) -> bool:
        """Return whether there is a collection."""
        return self._named(collection) in self._shards

    def create(self, collection: str, spec: CollectionSpec) -> None:
        """Make a collection and its indexes; one that is there already gets the indexes that it lacks."""
        if not self.exists(collection):
            path = self._folder / collection
            path.mkdir()
            self._shards[collection] = edge.EdgeShard.create(str(path), _layout(spec))
        for field in spec.keywords:
            self._update(collection, Update.create_field_index(field, edge.PayloadSchemaType.Keyword))

    def drop(self, collection: str) -> None:
        """Delete a collection, if it is there."""
        if self.exists(collection):
            self._shards.pop(collection).close()
            shutil.rmtree(self._folder / collection)

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return [*self._shards]

    def point_aliases(self, targets: Mapping[str, str]) -> None:
        """Let aliases stand for collections from now on, all at once. targets: collections by alias."""
        (self._folder / ALIASES_FILE).write_text(json.dumps(self._aliases() | dict(targets)))

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points."""
        self._update(collection, Update.upsert_points([_to_point(point) for point in points]))

    def mark(self, collection: str, ids: Sequence[str], payload: Payload) -> None:
        """Set some fields of points."""
        self._update(collection, Update.set_payload(list(ids), dict(payload)))

    def delete(self, collection: str, where: Where) -> None:
        """Delete points."""
        self._update(collection, Update.delete_points_by_filter(to_filter(where, LIBRARY)))

    def nearest(
        self, collection: str, vector: NDArray[np.float32], limit: int, where: Where | None, precision: Precision
    ) -> list[FoundPoint]:
        """Find the points with the greatest product of the dense vector, with KEY_FIELDS of the payload."""
        params = edge.SearchParams(
            hnsw_ef=GRAPH_SEARCH_WIDTH,
            exact=precision == "exact",
            acorn=edge.AcornSearchParams(enable=True, max_selectivity=1.0) if precision == "acorn" else None,
            quantization=edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING),
        )
        return self._query(collection, edge.Query.Nearest(vector.tolist(), DENSE), limit, where, params)

    def matching(self, collection: str, terms: SparseVector, limit: int, where: Where | None) -> list[FoundPoint]:
        """Find the points with the greatest product of the sparse vector, with the same fields."""
        return self._query(collection, edge.Query.Nearest(_to_sparse(terms), TERMS), limit, where, None)

    def retrieve(
        self, collection: str, ids: Sequence[str], fields: Sequence[str], with_vector: bool = False
    ) -> list[HeldPoint]:
        """Fetch points with some payload fields, in any order; those that are not there are left out."""
        vectors = [DENSE] if with_vector else False
        records = self._shard(collection).retrieve(list(ids), with_payload=list(fields) or False, with_vector=vectors)
        return [_held(record) for record in records]

    def scroll(
        self, collection: str, where: Where, fields: Sequence[str], limit: int, offset: str | None
    ) -> tuple[list[HeldPoint], str | None]:
        """Fetch `limit` points in the order of ids, and the id from which to go on; None at the end."""
        request = edge.ScrollRequest(offset, limit, to_filter(where, LIBRARY), list(fields) or False)
        records, following = self._shard(collection).scroll(request)
        return [_held(record) for record in records], None if following is None else str(following)

    def count(self, collection: str, where: Where) -> int:
        """Count points, exactly."""
        return self._shard(collection).count(edge.CountRequest(True, to_filter(where, LIBRARY)))

    def optimize(self) -> None:
        """Build graphs and codes, as a server does by itself some time after a load."""
        for shard in self._shards.values():
            shard.optimize()

    def close(self) -> None:
        """Close all shards."""
        for shard in self._shards.values():
            shard.close()

    def _query(
        self, collection: str, query: Any, limit: int, where: Where | None, params: edge.SearchParams | None
    ) -> list[FoundPoint]:
        chosen = to_filter(where, LIBRARY)
        request = edge.QueryRequest(limit, query=query, filter=chosen, params=params, with_payload=list(KEY_FIELDS))
        found = self._shard(collection).query(request)
        return [FoundPoint(str(point.id), point.score, point.payload or {}) for point in found]

    def _update(self, collection: str, operation: edge.UpdateOperation) -> None:
        shard = self._shard(collection)
        shard.update(operation)
        if self._is_flushed:
            shard.flush()

    def _shard(self, collection: str) -> edge.EdgeShard:
        return self._shards[self._named(collection)]

    def _named(self, collection: str) -> str:
        return str(self._aliases().get(collection, collection))

    def _aliases(self) -> dict[str, str]:
        path = self._folder / ALIASES_FILE
        return json.loads(path.read_text()) if path.exists() else {}


def _layout(spec: CollectionSpec) -> edge.EdgeConfig:
    """Return how a collection is laid out, as ClientEngine lays out that of a server."""
    graph = edge.HnswIndexConfig(GRAPH_DEGREE, GRAPH_BUILD_WIDTH, FULL_SCAN_KILOBYTES)
    codes = edge.ScalarQuantizationConfig(edge.ScalarType.Int8, always_ram=True)
    vectors = {}
    if spec.dimension:
        vectors[DENSE] = edge.EdgeVectorParams(
            spec.dimension, edge.Distance.Dot, on_disk=True, quantization_config=codes, hnsw_config=graph
        )
    return edge.EdgeConfig(vectors=vectors, sparse_vectors={TERMS: edge.EdgeSparseVectorParams()})


def _to_point(point: Point) -> edge.Point:
    vector: dict[str, Any] = {}
    if point.vector is not None:
        vector[DENSE] = point.vector.tolist()
    if point.terms is not None:
        vector[TERMS] = _to_sparse(point.terms)
    return edge.Point(point.id, vector, dict(point.payload))


def _to_sparse(terms: SparseVector) -> edge.SparseVector:
    return edge.SparseVector(list(terms), list(terms.values()))


def _held(record: Any) -> HeldPoint:
    vector = record.vector.get(DENSE) if isinstance(record.vector, dict) else None
    return HeldPoint(str(record.id), record.payload or {}, vector)
