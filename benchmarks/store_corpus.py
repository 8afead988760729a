"""Documents, passages, vectors and questions for benchmarks/store_scale.py: public collections, embedded once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text
from pincite.index.models.encoder import ENCODER_CONFIG, ENCODER_FILES, Encoder
from pincite.index.store.passage_store import StoredPassage
from pincite.index.types import Document, Passage
from pincite.ingestion.chunking.passages import row_sort_key, split_document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.stores.bundle_passages import StoredDocument

COLLECTIONS = ("medquad-train", "scifact", "cranfield", "med", "squad1-open", "squad2-open", "clapnq-dev")
RECORDS_PER_DOCUMENT = 7  # neighbours in a collection, often on one topic: as the sections of a document are
PASSAGE_WORDS = 30
MAX_TOKENS = 48  # of a passage that are embedded, its headings included
SEED = 1
PART_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents in the order of rows, and a row of vectors for each of their passages."""

    documents: list[Document]
    passages: list[list[Passage]]  # of each document, in the order of ids
    vectors: NDArray[np.float32]  # (n, d)

    def document_of_row(self) -> NDArray[np.int64]:
        """Return the number of each passage's document: (n,), rising."""
        return np.repeat(np.arange(len(self.documents)), [len(own) for own in self.passages])

    def stored(self) -> Iterator[StoredDocument]:
        """Yield each document as a store takes it. A sentence has its passage's vector; token vectors are left out."""
        first = 0
        for document, own in zip(self.documents, self.passages, strict=True):
            vectors = self.vectors[first : first + len(own)]
            first += len(own)
            yield StoredDocument(
                document,
                [
                    StoredPassage(p, passage_text(document, p), v, np.repeat(v[None], len(p.sentences), axis=0), None)
                    for p, v in zip(own, vectors, strict=True)
                ],
            )


def read_corpus(bench: Path, wanted: int) -> list[tuple[Document, list[Passage]]]:
    """Read documents with `wanted` passages in all, of all collections, in a fixed random order."""
    groups = [group for name in COLLECTIONS for group in _groups(bench / name / "corpus.jsonl")]
    chosen: list[tuple[Document, list[Passage]]] = []
    held = 0
    for at in np.random.default_rng(SEED).permutation(len(groups)).tolist():
        name, parts = groups[at]
        document = compose(Draft(parts), name, parts[0].text)
        passages = split_document(document, PASSAGE_WORDS)[: wanted - held]
        chosen.append((document, passages))
        held += len(passages)
        if held == wanted:
            break
    return chosen


def _groups(path: Path) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Yield the parts of each document: some records that follow each other, each under its title."""
    seen: set[str] = set()
    with path.open(encoding="utf-8") as lines:
        for number in count():
            batch = [*islice(lines, RECORDS_PER_DOCUMENT)]
            if not batch:
                return
            parts: list[Part] = []
            for record in map(json.loads, batch):
                text = " ".join(record["text"].split())
                if text and text not in seen:  # a paragraph stands once
                    seen.add(text)
                    parts += [Part("heading", record["title"] or "Untitled", 1), Part("paragraph", text)]
            if parts:
                yield f"{path.parent.name}-{number:05}", tuple(parts)


def read_questions(bench: Path, count: int) -> list[str]:
    """Return questions that people asked of the collections, in a fixed random order."""
    lines = [line for name in COLLECTIONS for line in (bench / name / "queries.jsonl").read_text().splitlines()]
    order = np.random.default_rng(SEED).permutation(len(lines))[:count]
    return [str(json.loads(lines[at])["text"]) for at in order]


def open_template(folder: Path) -> Bundle:
    """Open a bundle of the default corpus without token vectors, whose models are used; make it if need be."""
    root = folder / "template"
    if not root.exists():
        command = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
        environment = {**os.environ, "PINCITE_TOKEN_VECTORS": "0"}
        subprocess.run([*command, "ingest", "--index", str(root)], check=True, env=environment)
    return Bundle(root)


def embed_corpus(bench: Path, wanted: int, folder: Path) -> Corpus:
    """Read documents with `wanted` passages and embed these; what was embedded before is in the folder."""
    chosen = read_corpus(bench, wanted)
    template = open_template(folder).folder
    short = folder / "short-encoder"
    short.mkdir(exist_ok=True)
    for name in ENCODER_FILES:
        shutil.copyfile(template / name, short / name)
    shape = json.loads((short / ENCODER_CONFIG).read_text())
    (short / ENCODER_CONFIG).write_text(json.dumps({**shape, "tokens": MAX_TOKENS}))
    encoder = Encoder.open(short, bulk=True)
    vectors = embed([passage_text(d, p) for d, own in chosen for p in own], encoder, folder)
    firsts = np.cumsum([0, *(len(own) for _, own in chosen)])
    order = sorted(range(len(chosen)), key=lambda at: row_sort_key(chosen[at][0].id))
    rows = np.concatenate([np.arange(firsts[at], firsts[at + 1]) for at in order])
    return Corpus([chosen[at][0] for at in order], [chosen[at][1] for at in order], vectors[rows])


def embed(texts: list[str], encoder: Encoder, folder: Path) -> NDArray[np.float32]:
    """Embed texts, (n, d), a file for each PART_SIZE: texts that begin with those of an earlier call take its files."""
    parts: list[NDArray[np.float32]] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(texts), PART_SIZE):
            part = texts[first : first + PART_SIZE]
            path = folder / f"vectors-{first:07}.npy"
            held = np.load(path) if path.exists() else np.empty((0, encoder.dimension), np.float32)
            if len(held) < len(part):
                held = np.stack([*pool.map(lambda text: encoder.encode_passage(text).vector, part)])
                np.save(path, held)
                print(f"embedded {first + len(part):,} of {len(texts):,}", flush=True)
            parts.append(held[: len(part)])
    return np.concatenate(parts)
