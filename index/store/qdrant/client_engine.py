"""Engine by the client library: a server, a folder, or memory. The only module that imports it (extra qdrant)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from pincite.index.errors import StoreError
from pincite.index.store.passage_store import Observe
from pincite.index.store.qdrant.calls import LATER, Calls, Failure
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

T = TypeVar("T")

WRITE_SECONDS = 60.0  # deadline of a call that writes
OVERSAMPLING = 2.0  # passages nearest by their int8 codes that are scored again with their vectors, for each wanted
GRAPH_DEGREE, GRAPH_BUILD_WIDTH = 16, 200  # of HNSW
GRAPH_SEARCH_WIDTH = 512  # of HNSW: of the hundred candidates of a question the width of 200 loses 1 in 60

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Address of a server, and how it is used."""

    url: str
    api_key: str | None = None
    seconds: float = 2.0  # deadline of a call that reads
    shards: int = 12  # of a new collection: it cannot be changed later
    replicas: int = 1


class ClientEngine:
    """An engine behind the client library."""

    def __init__(self, connect: Callable[[], QdrantClient], calls: Calls | None, server: ServerSettings | None) -> None:
        """connect: makes a client. calls: runs its calls; None where there is no server that could fail."""
        self._connect, self._calls, self._server = connect, calls, server
        self._client = connect()

    def reconnect(self) -> None:
        """Drop all connections, and make new ones with the next call."""
        client, self._client = self._client, self._connect()
        client.close()

    def exists(self, collection: str) -> bool:
        """Return whether there is a collection."""
        return self._run("exists", lambda client: client.collection_exists(collection))

    def create(self, collection: str, spec: CollectionSpec) -> None:
        """Make a collection and its indexes; one that is there already gets the indexes that it lacks."""
        if not self.exists(collection):
            self._write("create", lambda client: client.create_collection(collection, **self._layout(spec)))
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
            WRITE_SECONDS,
        )
        return [_held(record) for record in records], None if following is None else str(following)

    def count(self, collection: str, where: Where) -> int:
        """Count points, exactly."""
        counted = self._run("count", lambda client: client.count(collection, to_filter(where, models), exact=True))
        return counted.count

    def close(self) -> None:
        """Let the connections go."""
        if self._calls:
            self._calls.close()
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
                    distance=models.Distance.DOT,  # of unit vectors: the cosine, and no vector is scaled again
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

    def _run(self, name: str, call: Callable[[QdrantClient], T], seconds: float | None = None) -> T:
        if self._calls is None:
            return call(self._client)
        return self._calls.run(name, lambda: call(self._client), seconds)

    def _write(self, name: str, call: Callable[[QdrantClient], Any]) -> None:
        self._run(name, call, WRITE_SECONDS)


def open_server(server: ServerSettings, observe: Observe | None = None) -> ClientEngine:
    """Return an engine over a server. Nothing is sent yet."""
    place = server_place(server.url)

    def connect() -> QdrantClient:
        return QdrantClient(
            url=server.url,
            api_key=server.api_key,
            timeout=max(1, round(WRITE_SECONDS)),
            check_compatibility=False,
        )

    calls = Calls(place, server.seconds, _explain, lambda: engine.reconnect(), observe)
    engine = ClientEngine(connect, calls, server)
    return engine


def open_local(folder: Path | None = None) -> ClientEngine:
    """Return an engine that keeps everything in a folder, or in memory: for tests, up to some thousand passages."""
    client = QdrantClient(path=str(folder)) if folder else QdrantClient(":memory:")
    return ClientEngine(lambda: client, None, None)


def server_place(url: str) -> str:
    """Return the address of a server as messages have it: without user, password and query.

    Raises StoreError for what is no address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StoreError("PINCITE_STORE_URL", "is no address of a server", "write one such as http://127.0.0.1:6333")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _explain(error: Exception) -> Failure | None:
    """Return what an exception of the client library means. Nothing of a reply is repeated: it may hold a key."""
    if isinstance(error, UnexpectedResponse):
        status = error.status_code or 0
        if status in (401, 403):
            return Failure(
                f"refuses the key ({status})", "set PINCITE_STORE_KEY_FILE to a file with a key it takes", False
            )
        if status == 429 or status >= 500:
            return Failure(f"answers {status}", LATER, True)
        return Failure(f"answers {status}", "see its log; its version should be 1.20 or one that is compatible", False)
    if isinstance(error, ResponseHandlingException):
        return _explain(error.source) if isinstance(error.source, Exception) else None
    if isinstance(error, httpx.TimeoutException):
        return Failure("did not answer in time", LATER, True)
    if isinstance(error, httpx.TransportError):
        return Failure("cannot be reached, or ended the connection", LATER, True)
    if isinstance(error, ApiException | ValidationError | httpx.HTTPError | ValueError | AttributeError):
        return Failure("answers what is no reply of Qdrant", "see that the address is that of a Qdrant server", True)
    return None


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
