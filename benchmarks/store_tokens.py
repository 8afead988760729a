"""Token vectors in Qdrant's engine: as bytes in the payload, as now, and as a multivector that the engine scores.

    PYTHONPATH=tests/support python -m benchmarks.store_tokens BENCH     # after benchmarks/store_scale.py

Prints bytes of a passage on disk and of its token vectors in a reply, and the times to fetch 60 passages and to score
them, for the server's shard and for the client's local mode. The engine's MaxSim is one sum a passage.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from benchmarks.store_corpus import open_template, read_corpus, read_questions
from pincite.index.citation.embedded_text import passage_text
from pincite.index.retrieval.late_interaction import QuantizedTokens, quantize

PASSAGES = 600
FETCHED = 60  # passages that late interaction scores for a question
ROUNDS = 50
DATATYPES = {"float32": edge.VectorStorageDatatype.Float32, "float16": edge.VectorStorageDatatype.Float16}
FIELDS = ["tokens", "scales"]


class Collection(Protocol):
    """One collection of an engine, of passages by id with their token vectors."""

    def fetch(self, ids: Sequence[str]) -> list[QuantizedTokens] | list[NDArray[np.float32]]:
        """Fetch the token vectors of passages."""

    def score(self, query: NDArray[np.float32], ids: Sequence[str]) -> None:
        """Score passages by the engine's own MaxSim."""


class EdgeCollection:
    """A shard in a folder."""

    def __init__(self, folder: Path, ids: Sequence[str], tokens: Sequence[NDArray[np.float32]], datatype: str) -> None:
        self._is_payload = datatype == "payload"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, dimension = folder, tokens[0].shape[1]
        if self._is_payload:
            config = edge.EdgeConfig(vectors={}, sparse_vectors={"terms": edge.EdgeSparseVectorParams()})
            points = [edge.Point(i, {}, _payload(t)) for i, t in zip(ids, tokens, strict=True)]
        else:
            vectors = edge.EdgeVectorParams(
                dimension,
                edge.Distance.Dot,
                on_disk=True,
                multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
                datatype=DATATYPES[datatype],
                hnsw_config=edge.HnswIndexConfig(0, 100, 10_000),  # scored for chosen passages alone: no graph
            )
            config = edge.EdgeConfig(vectors={"tokens": vectors})
            points = [edge.Point(i, {"tokens": t.tolist()}) for i, t in zip(ids, tokens, strict=True)]
        self._shard = edge.EdgeShard.create(str(folder), config)
        for first in range(0, len(points), 50):
            self._shard.update(edge.UpdateOperation.upsert_points(points[first : first + 50]))
        self._shard.optimize()
        self._shard.flush()

    def size(self) -> int:
        """Return the bytes of the folder that hold something, without the log, which is of fixed size."""
        files = [path for path in self._folder.rglob("*") if path.is_file() and "wal" not in path.parts]
        return sum(path.stat().st_blocks * 512 for path in files)

    def fetch(self, ids: Sequence[str]) -> list[QuantizedTokens] | list[NDArray[np.float32]]:
        records = self._shard.retrieve(list(ids), FIELDS if self._is_payload else False, not self._is_payload)
        return _decoded([record.payload or record.vector["tokens"] for record in records], self._is_payload)

    def score(self, query: NDArray[np.float32], ids: Sequence[str]) -> None:
        chosen = edge.Filter(must=[edge.HasIdCondition(set(ids))])
        nearest = edge.Query.Nearest(query.tolist(), "tokens")
        self._shard.query(
            edge.QueryRequest(FETCHED, query=nearest, filter=chosen, params=edge.SearchParams(exact=True))
        )


class LocalCollection:
    """The client's local mode, in memory."""

    def __init__(self, ids: Sequence[str], tokens: Sequence[NDArray[np.float32]], datatype: str) -> None:
        self._is_payload = datatype == "payload"
        self._client = QdrantClient(":memory:")
        points = [models.PointStruct(id=i, vector={}, payload=_payload(t)) for i, t in zip(ids, tokens, strict=True)]
        config: dict[str, Any] = {}
        if not self._is_payload:
            multivector = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
            config["tokens"] = models.VectorParams(
                size=tokens[0].shape[1], distance=models.Distance.DOT, multivector_config=multivector
            )
            points = [models.PointStruct(id=i, vector={"tokens": t.tolist()}) for i, t in zip(ids, tokens, strict=True)]
        self._client.create_collection("tokens", vectors_config=config)
        self._client.upsert("tokens", points)

    def fetch(self, ids: Sequence[str]) -> list[QuantizedTokens] | list[NDArray[np.float32]]:
        records = self._client.retrieve("tokens", list(ids), self._is_payload, not self._is_payload)
        held: list[Any] = [record.payload or record.vector["tokens"] for record in records]  # type: ignore[index]
        return _decoded(held, self._is_payload)

    def score(self, query: NDArray[np.float32], ids: Sequence[str]) -> None:
        chosen = models.Filter(must=[models.HasIdCondition(has_id=list(ids))])
        self._client.query_points("tokens", query=query.tolist(), using="tokens", query_filter=chosen, limit=FETCHED)


def main() -> None:
    """Fill collections, and print a table of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("var/store-scale"))
    options = parser.parse_args()
    encoder = open_template(options.folder).encoder
    texts = [passage_text(d, p) for d, own in read_corpus(options.bench, PASSAGES) for p in own]
    tokens = [encoder.encode_passage(text).token_vectors for text in texts]
    query = encoder.encode_query(read_questions(options.bench, 1)[0]).token_vectors
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(len(tokens))]
    print(f"{np.mean([len(each) for each in tokens]):.0f} tokens a passage, {len(query)} in the question\n")
    print("| engine | token vectors | bytes a passage on disk | in a reply | fetch 60, ms | MaxSim of 60, ms |")
    print("|---|---|---:|---:|---:|---:|")
    for datatype in ("payload", *DATATYPES):
        shard = EdgeCollection(options.folder / f"tokens-{datatype}", ids, tokens, datatype)
        _print_row("shard", datatype, f"{shard.size() / len(ids):,.0f}", shard, tokens, ids, query)
    for datatype in ("payload", "float32"):
        _print_row("local mode", datatype, "-", LocalCollection(ids, tokens, datatype), tokens, ids, query)


def _print_row(
    engine: str,
    datatype: str,
    size: str,
    collection: Collection,
    tokens: Sequence[NDArray[np.float32]],
    ids: Sequence[str],
    query: NDArray[np.float32],
) -> None:
    in_reply = np.mean([_reply_bytes(each, datatype) for each in tokens])
    fetching = _median_ms(lambda chosen: collection.fetch(chosen), ids)
    scoring = "-" if datatype == "payload" else f"{_median_ms(lambda chosen: collection.score(query, chosen), ids):.1f}"
    print(f"| {engine} | {datatype} | {size} | {in_reply:,.0f} | {fetching:.1f} | {scoring} |", flush=True)


def _median_ms(call: Callable[[list[str]], Any], ids: Sequence[str]) -> float:
    chance = np.random.default_rng(1)
    times = []
    for _ in range(ROUNDS):
        chosen = [ids[at] for at in chance.permutation(len(ids))[:FETCHED]]
        began = time.perf_counter()
        call(chosen)
        times.append((time.perf_counter() - began) * 1000)
    return float(np.median(times))


def _payload(vectors: NDArray[np.float32]) -> dict[str, str]:
    """Return the payload that the store writes: int8 values and a scale for each token, as base64."""
    quantized = quantize(vectors)
    parts = (quantized.values, quantized.scales)
    return {field: base64.b64encode(p.tobytes()).decode() for field, p in zip(FIELDS, parts, strict=True)}


def _decoded(held: Sequence[Any], is_payload: bool) -> list[QuantizedTokens] | list[NDArray[np.float32]]:
    if not is_payload:
        return [np.array(vectors, dtype=np.float32) for vectors in held]
    raw = [[base64.b64decode(payload[field]) for field in FIELDS] for payload in held]
    scales = [np.frombuffer(data, np.float32) for _, data in raw]
    return [
        QuantizedTokens(np.frombuffer(data, np.uint8).reshape(len(of), -1), of)
        for (data, _), of in zip(raw, scales, strict=True)
    ]


def _reply_bytes(vectors: NDArray[np.float32], datatype: str) -> int:
    """Return about what a passage's token vectors take in a reply: JSON of a server's REST interface."""
    return sum(map(len, _payload(vectors).values())) if datatype == "payload" else len(str(vectors.tolist()))


if __name__ == "__main__":
    main()
