"""One engine a process: `python engines.py NAME FOLDER build|ask` builds its index, or opens it and answers.

FOLDER is as prepare.py lays it out; a peer keeps its index in it. Prints one JSON object a line. It runs in the peers' own
environment, or in pincite's: it imports nothing of the other's.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

HITS = 5


def laid_out(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


def sentence_transformers_faiss(folder: Path) -> Any:
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(laid_out(folder, "model"))

    def build(passages: list[str]) -> None:
        vectors = model.encode(passages, normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "st.faiss"))

    def opened() -> Any:
        index = faiss.read_index(str(folder / "st.faiss"))
        return lambda q: index.search(model.encode([q], normalize_embeddings=True), HITS)[1][0].tolist()

    return build, opened


def onnx_faiss(folder: Path, encoder: str) -> Any:
    """Build the bare encoder with FAISS: no engine over the same graph can be faster."""
    import faiss
    import numpy as np

    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import, which starts it
    import onnxruntime
    from tokenizers import Tokenizer

    bundle = Path(laid_out(folder, "bundles")[encoder])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(bundle / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    tokenizer.no_padding()
    words = np.asarray(np.load(bundle / "token-embeddings.npy", mmap_mode="r"))  # a row for each token id
    ids_name, words_name = (graph_input.name for graph_input in session.get_inputs())

    def encode(text: str) -> Any:
        ids = np.asarray([tokenizer.encode(text).ids], dtype=np.int64)
        return session.run(None, {ids_name: ids, words_name: words[ids]})[0]

    def build(passages: list[str]) -> None:
        vectors = np.concatenate([encode(p) for p in passages])
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / f"onnx-{encoder}.faiss"))

    def opened() -> Any:
        index = faiss.read_index(str(folder / f"onnx-{encoder}.faiss"))
        return lambda q: index.search(encode(q), HITS)[1][0].tolist()

    return build, opened


def txtai_hybrid(folder: Path, rerank: bool = False) -> Any:
    from txtai import Embeddings

    model = laid_out(folder, "model")

    def build(passages: list[str]) -> None:
        embeddings = Embeddings(path=model, method="sentence-transformers", hybrid=True, content=True)
        embeddings.index(passages)
        embeddings.save(str(folder / "txtai"))

    def opened() -> Any:
        embeddings = Embeddings()
        embeddings.load(str(folder / "txtai"))
        if not rerank:
            return lambda q: [int(hit["id"]) for hit in embeddings.search(q.replace("'", " "), HITS)]

        from txtai.pipeline import Similarity

        depth, similarity = laid_out(folder, "reads"), Similarity(laid_out(folder, "reranker"), crossencode=True)

        def ask(q: str) -> list[int]:
            hits = embeddings.search(q.replace("'", " "), max(depth, HITS))
            order = [place for place, _ in similarity(q, [hit["text"] for hit in hits[:depth]])]
            return [int(hit["id"]) for hit in [*(hits[place] for place in order), *hits[depth:]][:HITS]]

        return ask

    return build, opened


def haystack_hybrid(folder: Path, rerank: bool = False) -> Any:
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    model = laid_out(folder, "model")

    def build(passages: list[str]) -> None:
        embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        embedder.warm_up()
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(
            embedder.run([Document(id=str(i), content=p) for i, p in enumerate(passages)])["documents"]
        )
        store.save_to_disk(str(folder / "haystack.json"))

    def opened() -> Any:
        store = InMemoryDocumentStore.load_from_disk(str(folder / "haystack.json"))
        embedder = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        embedder.warm_up()
        words, dense = InMemoryBM25Retriever(store, top_k=100), InMemoryEmbeddingRetriever(store, top_k=100)
        depth = laid_out(folder, "reads") if rerank else 0
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=max(depth, HITS))
        ranker = haystack_ranker(folder) if rerank else None

        def ask(q: str) -> list[int]:
            vector = embedder.run(q)["embedding"]
            rankings = [words.run(query=q)["documents"], dense.run(query_embedding=vector)["documents"]]
            joined = joiner.run(documents=rankings)["documents"]
            if ranker:
                joined = [*ranker.run(query=q, documents=joined[:depth])["documents"], *joined[depth:]]
            return [int(d.id) for d in joined[:HITS]]

        return ask

    return build, opened


def haystack_ranker(folder: Path) -> Any:
    from haystack_integrations.components.rankers.sentence_transformers import SentenceTransformersSimilarityRanker

    ranker = SentenceTransformersSimilarityRanker(model=laid_out(folder, "reranker"))
    ranker.warm_up()
    return ranker


def pincite(folder: Path, encoder: str, cross_encoder: bool) -> Any:
    from pincite.index.bundle import Bundle
    from pincite.index.searcher import Searcher

    bundle = Path(laid_out(folder, "bundles")[encoder])

    def opened() -> Any:
        searcher = Searcher(Bundle(bundle, cross_encoder))  # which keeps no answers
        rows = laid_out(folder, "rows")
        return lambda q: [rows[hit.passage.id] for hit in searcher.ask(q, HITS).hits]

    return None, opened


BARE_FLOAT32 = "ONNX Runtime float32 + FAISS"
BARE_OWN_GRAPH = "ONNX Runtime, pincite's graph + FAISS"
ENGINES = {
    "pincite": partial(pincite, encoder="auto", cross_encoder=False),
    "pincite, float32": partial(pincite, encoder="float32", cross_encoder=False),
    "pincite, cross-encoder": partial(pincite, encoder="auto", cross_encoder=True),
    BARE_FLOAT32: partial(onnx_faiss, encoder="float32"),
    BARE_OWN_GRAPH: partial(onnx_faiss, encoder="auto"),
    "sentence-transformers + FAISS": sentence_transformers_faiss,
    "txtai, hybrid": txtai_hybrid,
    "Haystack, BM25 + dense": haystack_hybrid,
    "txtai, re-ranked": partial(txtai_hybrid, rerank=True),
    "Haystack, re-ranked": partial(haystack_hybrid, rerank=True),
}


def main(name: str, folder: Path, task: str) -> None:
    build, opened = ENGINES[name](folder)
    if task == "build":
        passages = laid_out(folder, "passages")
        build(passages[:4])  # warm
        began = time.perf_counter()
        build(passages)
        print(json.dumps({"passages a second": len(passages) / (time.perf_counter() - began)}))
        return
    warm, questions = laid_out(folder, "warm"), laid_out(folder, "questions")
    ask = opened()
    print(json.dumps({"first": ask(warm[0])}), flush=True)
    for text in warm[1:]:
        ask(text)
    times, found = [], []
    for question in questions:
        began = time.perf_counter()
        found.append(ask(question))
        times.append((time.perf_counter() - began) * 1000)
    status = Path("/proc/self/status").read_text()
    memory = {key: int(re.findall(rf"{key}:\s+(\d+)", status)[0]) / 1024 for key in ("VmRSS", "VmHWM")}
    print(json.dumps({"ms": times, "found": found, **memory}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
