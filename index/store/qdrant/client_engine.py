"""Engine by the client library (extra qdrant): a server, a folder, or memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from pincite.index.store.passage_store import Observe
from pincite.index.store.qdrant.calls import Calls
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
from pincite.index.store.qdrant.failures import explain
from pincite.index.store.qdrant.filters import to_filter
from pincite.index.store.qdrant.server import DEFAULT_PORT, ServerSettings, trusted_certificates
from pincite.index.store.qdrant.transport import DeadlineTransport

T = TypeVar("T")

OVERSAMPLING = 2.0  # passages nearest by their int8 codes that are scored again with their vectors, for each wanted
GRAPH_DEGREE, GRAPH_BUILD_WIDTH = 16, 200  # of HNSW
GRAPH_SEARCH_WIDTH = 512  # of HNSW: of the hundred candidates of a question the width of 200 loses 1 in 60

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request


class ClientEngine:
    """An engine behind the client library."""

    def __init__(self, client: QdrantClient, calls: Calls | None = None, server: ServerSettings | None = None) -> None:
        """calls: runs the client's calls to `server`; None where there is no server that could fail."""
        self._client, self._calls, self._server = client, calls, server

    def exists(self, collection: str) -> bool:
        """Return whether there is a collection."""
        return self._run("exists", lambda client: client.collection_exists(collection))

    def create(self, collection: str, spec: CollectionSpec) -> None:
        """Make a collection and its indexes; one that is there already gets the indexes that it lacks."""
        layout = self._layout(spec)
        self._write("create", lambda c: c.collection_exists(collection) or c.create_collection(collection, **layout))
        if self._server:  # a local folder has no indexes, and warns of it
            for field in spec.keywords:
                self._write("index", partial(_index_keyword, collection=collection, field=field))

    def drop(self, collection: str) -> None:
        """Delete a collection, if it is there."""
        self._write("drop", lambda client: client.delete_collection(collection))

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return self._run("collections", lambda client: [c.name for c in client.get_collections().collections])

    def point_aliases(self, targets: Mapping[str, str]) -> None:
        """Let aliases stand for collections from now on, all at once. targets: collections by alias."""
        held = self._run("aliases", lambda client: {a.alias_name for a in client.get_aliases().aliases})
        changes: list[Any] = [
            models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
            for alias in targets
            if alias in held
        ]
        changes += [
            models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=target, alias_name=alias))
            for alias, target in targets.items()
        ]
        self._write("aliases", lambda client: client.update_collection_aliases(changes))

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points."""
        made = [_to_struct(point) for point in points]
        self._write("upsert", lambda client: client.upsert(collection, made, wait=True))

    def mark(self, collection: str, ids: Sequence[str], payload: Payload) -> None:
        """Set some fields of points."""
        self._write("mark", lambda client: client.set_payload(collection, dict(payload), list(ids), wait=True))

    def delete(self, collection: str, where: Where) -> None:
        """Delete points."""
        selector = models.FilterSelector(filter=to_filter(where, models))
        self._write("delete", lambda client: client.delete(collection, selector, wait=True))

    def nearest(
        self, collection: str, vector: NDArray[np.float32], limit: int, where: Where | None, precision: Precision
    ) -> list[FoundPoint]:
        """Find the points with the greatest product of the dense vector, with KEY_FIELDS of the payload."""
        if self._server is None:  # local mode compares every vector, and warns of parameters
            return self._query("dense", collection, vector.tolist(), DENSE, limit, where, None)
        params = models.SearchParams(
            hnsw_ef=GRAPH_SEARCH_WIDTH,
            exact=precision == "exact",
            acorn=models.AcornSearchParams(enable=True, max_selectivity=1.0) if precision == "acorn" else None,
            quantization=models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING),
        )
        chosen = params if self._server else None  # a local folder compares all vectors, and warns of others
        return self._query("dense", collection, vector.tolist(), DENSE, limit, where, chosen)

    def matching(self, collection: str, terms: SparseVector, limit: int, where: Where | None) -> list[FoundPoint]:
        """Find the points with the greatest product of the sparse vector, with the same fields."""
        return self._query("lexical", collection, _to_sparse(terms), TERMS, limit, where, None)

    def retrieve(
        self, collection: str, ids: Sequence[str], fields: Sequence[str], with_vector: bool = False
    ) -> list[HeldPoint]:
        """Fetch points with some payload fields, in any order; those that are not there are left out."""
        vectors = [DENSE] if with_vector else False
        records = self._run(
            "fetch", lambda client: client.retrieve(collection, list(ids), _payload(fields), with_vectors=vectors)
        )
        return [_held(record) for record in records]

    def scroll(
        self, collection: str, where: Where, fields: Sequence[str], limit: int, offset: str | None
    ) -> tuple[list[HeldPoint], str | None]:
        """Fetch `limit` points in the order of ids, and the id from which to go on; None at the end."""
        records, following = self._run(
            "scroll",
            lambda client: client.scroll(
                collection, to_filter(where, models), limit, offset=offset, with_payload=_payload(fields)
            ),
        )
        return [_held(record) for record in records], None if following is None else str(following)

    def count(self, collection: str, where: Where) -> int:
        """Count points, exactly."""
        counted = self._run("count", lambda client: client.count(collection, to_filter(where, models), exact=True))
        return counted.count

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _query(
        self,
        name: str,
        collection: str,
        query: Any,
        using: str,
        limit: int,
        where: Where | None,
        params: models.SearchParams | None,
    ) -> list[FoundPoint]:
        found = self._run(
            name,
            lambda client: client.query_points(
                collection,
                query=query,
                using=using,
                query_filter=to_filter(where, models),
                search_params=params,
                limit=limit,
                with_payload=list(KEY_FIELDS),
            ),
        )
        return [FoundPoint(str(point.id), point.score, point.payload or {}) for point in found.points]

    def _layout(self, spec: CollectionSpec) -> dict[str, Any]:
        """Return how a collection is laid out: codes and sparse vectors in memory, vectors and payload on disk."""
        layout: dict[str, Any] = {"vectors_config": {}, "on_disk_payload": True}
        if spec.dimension:
            layout["vectors_config"] = {
                DENSE: models.VectorParams(
                    size=spec.dimension,
                    distance=models.Distance.DOT,  # of unit vectors: the cosine, and no vector is scaled
                    on_disk=True,
                    hnsw_config=models.HnswConfigDiff(m=GRAPH_DEGREE, ef_construct=GRAPH_BUILD_WIDTH),
                    quantization_config=models.ScalarQuantization(
                        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
                    ),
                )
            }
            layout["sparse_vectors_config"] = {TERMS: models.SparseVectorParams()}
        if self._server:
            layout["shard_number"] = self._server.shards if spec.dimension else 1
            layout["replication_factor"] = self._server.replicas
            layout["write_consistency_factor"] = self._server.replicas
        return layout

    def _run(self, name: str, call: Callable[[QdrantClient], T], attempt_seconds: float | None = None) -> T:
        if self._calls is None:
            return call(self._client)
        return self._calls.run(name, lambda: call(self._client), attempt_seconds)

    def _write(self, name: str, call: Callable[[QdrantClient], Any]) -> None:
        self._run(name, call, self._server.write_seconds if self._server else None)


def open_server(server: ServerSettings, observe: Observe | None = None) -> ClientEngine:
    """Return an engine over a server. Nothing is sent yet. Raises SettingError for a file without certificates."""
    client = QdrantClient(
        url=server.url,
        port=DEFAULT_PORT,
        api_key=server.api_key,
        check_compatibility=False,
        transport=DeadlineTransport(trusted_certificates(server)),
    )
    return ClientEngine(client, Calls(server.place, server.seconds, explain, observe), server)


def open_local(folder: Path | None = None) -> ClientEngine:
    """Return an engine that keeps everything in a folder, or in memory: for tests, up to some thousand passages."""
    return ClientEngine(QdrantClient(path=str(folder)) if folder else QdrantClient(":memory:"))


def _index_keyword(client: QdrantClient, collection: str, field: str) -> None:
    client.create_payload_index(collection, field, models.PayloadSchemaType.KEYWORD)


def _to_struct(point: Point) -> models.PointStruct:
    vector: dict[str, Any] = {}
    if point.vector is not None:
        vector[DENSE] = point.vector.tolist()
    if point.terms is not None:
        vector[TERMS] = _to_sparse(point.terms)
    return models.PointStruct(id=point.id, vector=vector, payload=dict(point.payload))


def _to_sparse(terms: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(terms), values=list(terms.values()))


def _payload(fields: Sequence[str]) -> Any:
    return list(fields) if fields else False


def _held(record: Any) -> HeldPoint:
    vector = record.vector.get(DENSE) if isinstance(record.vector, dict) else None
    return HeldPoint(str(record.id), record.payload or {}, vector)
