"""One engine a process: `python engines.py NAME FOLDER build|ask` builds its index, or opens it and answers.

FOLDER holds passages.json, questions.json and model.txt (the weights' folder); the engine keeps its index in it. Prints one
JSON object a line. It runs in the peers' own environment, or in pincite's: it imports nothing of the other's.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

K = 5


def sentence_transformers_faiss(folder: Path) -> Any:
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer((folder / "model.txt").read_text())

    def build(passages: list[str]) -> None:
        vectors = model.encode(passages, normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "st.faiss"))

    def opened() -> Any:
        index = faiss.read_index(str(folder / "st.faiss"))
        return lambda q: index.search(model.encode([q], normalize_embeddings=True), K)[1][0].tolist()

    return build, opened


def onnx_faiss(folder: Path) -> Any:
    import faiss
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    bundle = Path((folder / "bundle.txt").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(bundle / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    tokenizer.no_padding()
    names = [i.name for i in session.get_inputs()]

    def encode(text: str) -> Any:
        t = tokenizer.encode(text)
        known = {"input_ids": t.ids, "attention_mask": t.attention_mask, "token_type_ids": t.type_ids}
        return session.run(None, {n: np.asarray([known[n]], dtype=np.int64) for n in names})[0]

    def build(passages: list[str]) -> None:
        vectors = np.concatenate([encode(p) for p in passages])
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "onnx.faiss"))

    def opened() -> Any:
        index = faiss.read_index(str(folder / "onnx.faiss"))
        return lambda q: index.search(encode(q), K)[1][0].tolist()

    return build, opened


def txtai_hybrid(folder: Path) -> Any:
    from txtai import Embeddings

    model = (folder / "model.txt").read_text()

    def build(passages: list[str]) -> None:
        embeddings = Embeddings(path=model, method="sentence-transformers", hybrid=True, content=True)
        embeddings.index(passages)
        embeddings.save(str(folder / "txtai"))

    def opened() -> Any:
        embeddings = Embeddings()
        embeddings.load(str(folder / "txtai"))
        return lambda q: [int(hit["id"]) for hit in embeddings.search(q.replace("'", " "), K)]

    return build, opened


def haystack_hybrid(folder: Path) -> Any:
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    model = (folder / "model.txt").read_text()

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
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=K)

        def ask(q: str) -> list[int]:
            vector = embedder.run(q)["embedding"]
            arms = [words.run(query=q)["documents"], dense.run(query_embedding=vector)["documents"]]
            return [int(d.id) for d in joiner.run(documents=arms)["documents"]]

        return ask

    return build, opened


def pincite(folder: Path, judge: bool = False) -> Any:
    from index.bundle import Bundle
    from index.searcher import Searcher

    bundle = Path((folder / "bundle.txt").read_text())

    def opened() -> Any:
        searcher = Searcher(Bundle(bundle, 1, judge))
        rows = json.loads((folder / "rows.json").read_text())
        return lambda q: [rows[hit.passage.id] for hit in searcher.ask(q, K).hits]

    return None, opened


def pincite_judge(folder: Path) -> Any:
    return pincite(folder, True)


ENGINES = {
    "pincite": pincite,
    "pincite, judge": pincite_judge,
    "ONNX Runtime + FAISS": onnx_faiss,
    "sentence-transformers + FAISS": sentence_transformers_faiss,
    "txtai, hybrid": txtai_hybrid,
    "Haystack, BM25 + dense": haystack_hybrid,
}


def main(name: str, folder: Path, task: str) -> None:
    build, opened = ENGINES[name](folder)
    if task == "build":
        passages = json.loads((folder / "passages.json").read_text())
        build(passages[:4])  # warm
        began = time.perf_counter()
        build(passages)
        print(json.dumps({"passages a second": len(passages) / (time.perf_counter() - began)}))
        return
    questions = json.loads((folder / "questions.json").read_text())
    ask = opened()
    print(json.dumps({"first": ask(questions[0])}), flush=True)
    for question in questions[:10]:
        ask(question)
    times, found = [], []
    for question in questions:
        began = time.perf_counter()
        found.append(ask(question))
        times.append((time.perf_counter() - began) * 1000)
    status = Path("/proc/self/status").read_text()
    memory = {key: int(re.search(rf"{key}:\s+(\d+)", status)[1]) / 1024 for key in ("VmRSS", "VmHWM")}  # type: ignore[index]
    print(json.dumps({"ms": times, "found": found, **memory}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
