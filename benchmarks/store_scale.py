"""Cost and recall of a passage store over one shard of Qdrant's engine, next to the index's own files.

    PYTHONPATH=tests/support python -m benchmarks.store_scale BENCH 100000     # in var/store-scale

Passages of public collections (in the folder BENCH) are embedded once, and their vectors kept: the long part, at 6 ms
of a core each. A process that loads them is killed in the middle, and another goes on. Prints tables: the load,
recall@10 within scopes against all cosines, and times of the store and of whole answers by those of a bundle. Token
vectors are left out. A later call with fewer passages or as many embeds nothing.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from edge_engine import EdgeEngine
from numpy.typing import NDArray

from benchmarks.store_corpus import SEED, Corpus, embed_corpus, open_template, read_questions
from pincite.index.bundle import Bundle
from pincite.index.query.analysis import terms
from pincite.index.ranking.candidates import RETRIEVER_DEPTH
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import MANIFEST_FILE
from pincite.index.store.open_stored import stored_parts
from pincite.index.store.passage_store import StoreScope
from pincite.index.store.qdrant.engine import Precision, Where
from pincite.index.store.qdrant.qdrant_store import TIE_MARGIN, QdrantStore
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts
from pincite.ingestion.stores.write_bundle import write_bundle

NAME = "scale"
QUESTION_COUNT = 200
SHARES = (0.05, 0.1, 0.2, 0.5)  # of the documents, in scopes
SCOPES_PER_SHARE = 5
PRECISIONS: tuple[Precision, ...] = ("graph", "acorn", "exact")
DEPTH = 10


def main() -> None:
    """Run the steps, and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("var/store-scale"))
    parser.add_argument("--load", action="store_true", help="load until killed: a process that the others start")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    place = options.folder / f"edge-{options.count}"
    if options.load:
        load_until_killed(options.folder / f"bundle-{options.count}", place)
        return
    corpus = embed_corpus(options.bench, options.count, options.folder)
    print(f"{len(corpus.documents):,} documents, {len(corpus.vectors):,} passages", flush=True)
    bundle = open_bundle(options.folder, corpus, options.count)
    shutil.rmtree(place, ignore_errors=True)
    acknowledged = load_and_kill([*sys.argv[1:], "--load"], len(corpus.documents) // 2)
    engine, store = go_on(place, bundle, acknowledged)
    questions = read_questions(options.bench, QUESTION_COUNT)
    vectors = np.stack([bundle.encoder.encode_query(question).vector for question in questions])
    measure_recall(engine, store, corpus, vectors)
    measure_times(store, bundle, questions, vectors)


def open_bundle(folder: Path, corpus: Corpus, count: int) -> Bundle:
    """Open the bundle of a corpus, and write it first if it is not there."""
    path = folder / f"bundle-{count}"
    if not (path / MANIFEST_FILE).exists():
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        write_bundle(path, open_template(folder), corpus.stored())
    return Bundle(path)


def create_store(engine: EdgeEngine, bundle: Bundle) -> QdrantStore:
    """Make the store of a bundle, or open it."""
    return QdrantStore.create(engine, NAME, store_facts(bundle))


def load_until_killed(folder: Path, place: Path) -> None:
    """Copy a bundle into a store, and say of each document on standard output that it is written."""
    bundle = Bundle(folder, cross_encoder=False)
    store = create_store(EdgeEngine(place), bundle)
    ids = bundle.metadata.ids
    copy_to_store(bundle, store, lambda done, total: print(ids[done - 1], flush=True))


def load_and_kill(arguments: Sequence[str], documents: int) -> list[str]:
    """Start a process that loads, and kill it once it has written so many documents. Returns those it has said."""
    command = [sys.executable, "-m", "benchmarks.store_scale", *arguments]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line.strip())
            if len(said) == documents:
                process.send_signal(signal.SIGKILL)
                break
        said += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL, process.returncode
    return said


def go_on(place: Path, bundle: Bundle, acknowledged: list[str]) -> tuple[EdgeEngine, QdrantStore]:
    """Open what a killed process has left, compare it with what it said, and load the rest."""
    began = time.perf_counter()
    engine = EdgeEngine(place)
    store = create_store(engine, bundle)
    opening = time.perf_counter() - began
    staged = store.staged()
    held = sum(engine.count(store.collection, Where(documents=(name,))) for name in acknowledged)
    expected = sum(len(bundle.rows_of(name)) for name in acknowledged)
    print(f"killed after {len(acknowledged):,} documents of {expected:,} passages: {held:,} passages are there, and")
    print(f"{len(staged.keys() & set(acknowledged)):,} documents; opened in {opening:.1f} s", flush=True)
    assert held == expected
    assert set(acknowledged) <= staged.keys()
    began = time.perf_counter()
    counts = copy_to_store(bundle, store)
    loading = time.perf_counter() - began
    began = time.perf_counter()
    engine.optimize()
    optimizing = time.perf_counter() - began
    assert store.count() == len(bundle) == engine.count(store.collection, Where())
    size = sum(path.stat().st_blocks * 512 for path in place.rglob("*") if path.is_file())
    local = sum(path.stat().st_size for path in bundle.folder.iterdir())
    rate = (len(bundle) - expected) / loading
    print(f"{counts}: {rate:,.0f} passages/s with the commit; graph and codes {optimizing:.0f} s")
    print(
        f"{size / len(bundle):,.0f} bytes a passage on disk; the bundle with its models {local / len(bundle):,.0f}",
        flush=True,
    )
    return engine, store


def measure_recall(engine: EdgeEngine, store: QdrantStore, corpus: Corpus, queries: NDArray[np.float32]) -> None:
    """Print recall@10 and the median time of dense search: as the store searches, and with each precision."""
    print("\n| scope | passages | the store | " + " | ".join(f"always {name}" for name in PRECISIONS) + " |")
    print("|---|---:|" + "---|" * (1 + len(PRECISIONS)))
    chance = np.random.default_rng(SEED)
    names = np.array([document.id for document in corpus.documents])
    numbers = corpus.document_of_row()
    cosines = queries @ corpus.vectors.T
    everything = [(None, np.arange(len(numbers)), cosines)]
    _print_recall("all", engine, store, corpus, queries, everything)
    _print_recall("all, the first hundred", engine, store, corpus, queries, everything, RETRIEVER_DEPTH)
    for share in (1 / len(names), *SHARES):
        scopes = []
        for queries_of in np.array_split(
            np.arange(len(queries)), len(queries) if share < SHARES[0] else SCOPES_PER_SHARE
        ):
            chosen = chance.permutation(len(names))[: max(1, round(share * len(names)))]
            rows = np.flatnonzero(np.isin(numbers, chosen))
            scopes.append((StoreScope(tuple(names[chosen].tolist())), rows, cosines[queries_of][:, rows]))
        label = "one document" if share < SHARES[0] else f"{share:.0%} of documents"
        _print_recall(label, engine, store, corpus, queries, scopes)


def _print_recall(
    label: str,
    engine: EdgeEngine,
    store: QdrantStore,
    corpus: Corpus,
    queries: NDArray[np.float32],
    scopes: Sequence[tuple[StoreScope | None, NDArray[np.int64], NDArray[np.float32]]],
    depth: int = DEPTH,
) -> None:
    firsts = np.concatenate([[0], np.cumsum([len(own) for own in corpus.passages])])
    first_of = {document.id: int(firsts[at]) for at, document in enumerate(corpus.documents)}

    def rows_by_store(vector: Any, scope: StoreScope | None) -> list[int]:
        return [first_of[key.document] + key.number for key, _ in store.dense(vector, depth, scope)]

    def rows_by(precision: Precision) -> Callable[[Any, StoreScope | None], list[int]]:
        def rows(vector: Any, scope: StoreScope | None) -> list[int]:
            where = None if scope is None else Where(documents=scope.documents)
            points = engine.nearest(store.collection, vector, depth + TIE_MARGIN, where, precision)
            return [first_of[p.payload["document"]] + p.payload["number"] for p in points][:depth]

        return rows

    cells = []
    for find in (rows_by_store, *map(rows_by, PRECISIONS)):
        shares, times, at = [], [], 0
        for scope, _, cosines in scopes:
            for row in cosines:
                wanted = min(depth, len(row))
                tenth = np.partition(row, len(row) - wanted)[len(row) - wanted]
                began = time.perf_counter()
                found = find(queries[at], scope)
                times.append((time.perf_counter() - began) * 1000)
                shares.append(np.count_nonzero(corpus.vectors[found] @ queries[at] >= tenth - 1e-5) / wanted)
                at += 1
        cells.append(f"{np.mean(shares):.3f}, {np.median(times):.1f} ms")
    passages = np.mean([len(rows) for _, rows, _ in scopes])
    print(f"| {label} | {passages:,.0f} | " + " | ".join(cells) + " |", flush=True)


def measure_times(store: QdrantStore, bundle: Bundle, questions: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Print p50 and p99 of the store by those of the bundle: a search of each kind, and a whole answer, in turn."""
    over_store = Bundle(bundle.folder, open_parts=lambda folder, manifest: stored_parts(store, folder, manifest))
    local, stored = Searcher(bundle), Searcher(over_store)
    asked: dict[str, tuple[Callable[[int], Any], Callable[[int], Any]]] = {
        "dense, k 100": (lambda n: bundle.dense.nearest(vectors[n], 100), lambda n: store.dense(vectors[n], 100)),
        "BM25, k 100": (
            lambda n: bundle.bm25.top_k(questions[n], 100),
            lambda n: store.lexical(terms(questions[n]), 100),
        ),
        "a whole answer": (lambda n: local.ask(questions[n]), lambda n: stored.ask(questions[n])),
    }
    print("\n| call | bundle p50, p99 ms | store p50, p99 ms | ratio of p50 | of p99 |\n|---|---|---|---:|---:|")
    for name, pair in asked.items():
        times: list[list[float]] = [[], []]
        for number in range(len(questions)):
            for call, own in zip(pair, times, strict=True):
                began = time.perf_counter()
                call(number)
                own.append((time.perf_counter() - began) * 1000)
        (a50, a99), (b50, b99) = (np.quantile(own[10:], (0.5, 0.99)) for own in times)
        print(
            f"| {name} | {a50:.1f}, {a99:.1f} | {b50:.1f}, {b99:.1f} | {b50 / a50:.1f} | {b99 / a99:.1f} |", flush=True
        )
    answers = [(local.ask(question), stored.ask(question)) for question in questions]
    same = sum(a.status == b.status and [h.passage for h in a.hits] == [h.passage for h in b.hits] for a, b in answers)
    print(f"\n{same} of {len(answers)} questions have the same status and hits", flush=True)


if __name__ == "__main__":
    main()
