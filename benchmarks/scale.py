"""Cost of a growing corpus, on real text: the manuals in Debian's documentation packages.

    python -m benchmarks.scale 100000      # four minutes, in var/scale; downloads what it needs once
    python -m benchmarks.scale 1000000     # three quarters of an hour; takes up where it was cut short
    python -m benchmarks.scale 0           # measures again what those have made

Writes benchmarks/SCALE.md: for 10^2 passages and each power of ten up to the number given, what opening, memory and a
question cost, and recall@10 of dense retrieval, of all passages and within scopes. Passages have 30 words at most, and
an int8 encoder (PINCITE_ENCODER_PRECISION=int8) embeds the first 48 tokens of each, headings included, once: a sentence
has its passage's vector. Token vectors are left out, as they would be at that size, and the cross-encoder is off.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import CALIBRATION_FILE, Bundle
from pincite.index.citation.embedded_text import own_words, passage_text
from pincite.index.models.encoder import ENCODER_CONFIG, ENCODER_FILES, Encoder
from pincite.index.retrieval.copies import PassageDigests
from pincite.index.searcher import Searcher
from pincite.index.storage.bm25_writer import write_bm25
from pincite.index.storage.copy_files import write_copies
from pincite.index.storage.dense_files import VECTORS_FILE, write_dense
from pincite.index.storage.documents import DOCUMENTS_FILE, DocumentsWriter
from pincite.index.storage.manifest import (
    BUNDLE_FORMAT,
    MANIFEST_FILE,
    describe_file,
    find_bundle,
    read_manifest,
    seal_manifest,
)
from pincite.index.storage.sentence_files import SentenceWriter
from pincite.index.storage.word_files import write_corpus_words, write_word_frequencies
from pincite.index.types import Document, Passage
from pincite.ingestion.chunking.passages import split_document
from pincite.ingestion.english_words import words_by_frequency
from pincite.ingestion.reading.compose import compose, slug
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.runtime.memory import compact_memory

DEBIAN_PACKAGES = (
    "debian-reference-en developers-reference python3.11-doc postgresql-doc-15 linux-doc-6.1 libstdc++-12-doc php-doc "
    "git-doc sqlite3-doc openjdk-17-doc libboost1.81-doc fp-docs-3.2.2 octave-doc erlang-doc rust-doc gimp-help-en "
    "libreoffice-help-en-us libglib2.0-doc libgtk-3-doc libgtk-4-doc qtbase5-doc-html qt6-base-doc-html r-doc-html "
    "nodejs-doc libgsl-doc libeigen3-doc vtk9-doc libopencv-doc gnucash-docs openjdk-11-doc libjs-mathjax-doc "
    "python-sphinx-doc python-numpy-doc python-scipy-doc python-matplotlib-doc python-pandas-doc sagemath-doc "
    "racket-doc sumo-doc pacemaker-doc lazarus-doc-2.2 lilypond-doc-html petsc3.18-doc singular-doc opencv-doc "
    "libpcl-doc castle-game-engine-doc wx3.2-doc libgtkmm-3.0-doc ghc-doc libreoffice-dev-doc qgis-api-doc"
).split()
WORK_FOLDER = Path("var/scale")
PASSAGE_WORDS = 30
MAX_TOKENS = 48
QUESTION_COUNT = 200
ROUNDS = 3
SERVING_ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # which `pincite serve` sets
SEED = 1
TABLE_COLUMNS = (
    *("passages", "dense index", "files written, s", "on disk, MB", "opening, s", "resident MB", "p50 ms", "p99 ms"),
    *("recall@10 of all", "of the largest document", "of 5% of documents", "of half"),
)
_BLOCKS = {"p": "paragraph", "li": "item", "dd": "paragraph"} | {f"h{n}": "heading" for n in range(1, 7)}


class Blocks(HTMLParser):
    """The headings, paragraphs and items of a page; what stands in <pre>, <script> and <style> is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Part] = []
        self._tag = ""
        self._text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("pre", "script", "style"):
            self._hidden += 1
        elif tag in _BLOCKS:
            self._end()
            self._tag = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("pre", "script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == self._tag:
            self._end()

    def handle_data(self, data: str) -> None:
        if self._tag and not self._hidden:
            self._text.append(data)

    def _end(self) -> None:
        text = " ".join("".join(self._text).split())
        kind: Any = _BLOCKS.get(self._tag)
        if kind == "heading" and text:
            self.parts.append(Part("heading", text[:200], int(self._tag[1])))
        elif kind and len(text.split()) >= 8:  # shorter ones are menus
            self.parts.append(Part(kind, text, 1 if kind == "item" else 0))
        self._tag, self._text = "", []


def pages() -> Iterator[Path]:
    """Yield the pages of the packages, in a fixed order; each package is fetched when it is wanted."""
    for name in DEBIAN_PACKAGES:
        folder = WORK_FOLDER / "packages" / name
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            got = subprocess.run(["apt-get", "download", name], cwd=folder.parent, capture_output=True, check=False)
            if got.returncode:
                print(f"{name}: not to be had, left out", flush=True)
                folder.mkdir()
                continue
            file = next(folder.parent.glob(f"{name}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(file), str(folder)], check=True)
            file.unlink()
        yield from sorted(p for p in folder.rglob("*.html") if p.is_file() and not p.is_symlink())


def read_documents(wanted: int) -> tuple[list[Document], list[Passage]]:
    """Read documents with `wanted` passages in all, or a few more. No paragraph is in two of them."""
    seen: set[int] = set()
    documents: list[Document] = []
    passages: list[Passage] = []
    for path in pages():
        reader = Blocks()
        reader.feed(path.read_text(encoding="utf-8", errors="replace"))
        parts = [p for p in reader.parts if p.kind == "heading" or hash(p.text) not in seen]
        seen.update(hash(p.text) for p in parts)
        if sum(p.kind != "heading" for p in parts) < 3:
            continue
        title = next((p.text for p in parts if p.kind == "heading"), path.stem)
        name = f"{slug(str(path.relative_to(WORK_FOLDER / 'packages')))[-70:]}-{len(documents)}"
        documents.append(compose(Draft(tuple(parts)), name, title))
        passages += split_document(documents[-1], PASSAGE_WORDS)
        if len(passages) >= wanted:
            break
    else:
        print(f"the packages hold {len(passages):,} passages", flush=True)
    return documents, passages


def make_encoder() -> Path:
    """Make an int8 encoder that takes MAX_TOKENS tokens of a text, with its manifest. Returns its folder."""
    root, folder = WORK_FOLDER / "encoder", WORK_FOLDER / "short-encoder"
    ingest = [
        sys.executable,
        "-c",
        "from pincite.service.cli.commands import main; main()",
        "ingest",
        "--index",
        str(root),
    ]
    subprocess.run(ingest, check=True, env={**os.environ, "PINCITE_ENCODER_PRECISION": "int8"})
    folder.mkdir(exist_ok=True)
    for name in (*ENCODER_FILES, CALIBRATION_FILE, MANIFEST_FILE):
        shutil.copyfile(find_bundle(root) / name, folder / name)
    shape = json.loads((folder / ENCODER_CONFIG).read_text())
    (folder / ENCODER_CONFIG).write_text(json.dumps({**shape, "tokens": MAX_TOKENS}))
    return folder


def embed(encoder: Encoder, texts: list[str], path: Path) -> NDArray[np.float32]:
    """Embed texts, and keep the vectors in `path` as they come: (n, d) float32."""
    mark = path.with_suffix(".done")
    shape = (len(texts), encoder.dimension)
    if not (path.is_file() and mark.is_file() and np.load(path, mmap_mode="r").shape == shape):
        np.lib.format.open_memmap(path, "w+", np.float32, shape)
        mark.write_text("0")
    vectors = np.lib.format.open_memmap(path, "r+")
    done, began, first = int(mark.read_text()), time.monotonic(), int(mark.read_text())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while done < len(texts):
            batch = texts[done : done + 2048]
            vectors[done : done + len(batch)] = list(pool.map(lambda text: encoder.encode_passage(text).vector, batch))
            done += len(batch)
            mark.write_text(str(done))
            print(
                f"embedded {done:,} of {len(texts):,}, {(done - first) / (time.monotonic() - began):.0f}/s", flush=True
            )
    return vectors


def write_sampled_bundle(
    folder: Path, encoder: Path, documents: list[Document], passages: list[Passage], texts: list[str], vectors: Any
) -> tuple[str, float]:
    """Write a bundle. Returns the kind of its dense index, and the seconds that its files took."""
    # Not build_bundle(): it takes whole documents and embeds each passage, sentence and token. Here every size has its
    # sample of one set of passages, whose vectors are made once, and which stand for those of their sentences, too.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.document, []).append(passage)
    with DocumentsWriter(folder) as records:  # in the order of the passages: rows are places in it
        for document in documents:
            records.add(document, by_document[document.id])
    documents_by_id = {document.id: document for document in documents}
    digests = PassageDigests()
    for passage, text in zip(passages, texts, strict=True):
        digests.add(own_words(documents_by_id[passage.document], passage), text)
    write_copies(folder, digests)
    np.save(folder / VECTORS_FILE, vectors, allow_pickle=False)
    kind = write_dense(folder)
    with SentenceWriter(folder, vectors.shape[1]) as sentences:
        for passage, vector in zip(passages, vectors, strict=True):
            sentences.add(np.repeat(vector[None], len(passage.sentences), axis=0))
    write_bm25(folder, texts)
    write_corpus_words(folder, texts)
    write_word_frequencies(folder, words_by_frequency())
    for name in (*ENCODER_FILES, CALIBRATION_FILE):
        shutil.copyfile(encoder / name, folder / name)
    files = {p.name: describe_file(p) for p in sorted(folder.iterdir())}
    (folder / MANIFEST_FILE).write_bytes(
        seal_manifest({**read_manifest(encoder), "format": BUNDLE_FORMAT, "files": files, "dense": kind})
    )
    return kind, time.monotonic() - began


def measure(folder: Path) -> None:
    """Open a bundle, ask the questions, and print what that took: run in a process of its own."""
    questions = json.loads((WORK_FOLDER / "questions.json").read_text())
    began = time.perf_counter()
    searcher = Searcher(Bundle(folder, cross_encoder=False))
    opening = time.perf_counter() - began
    compact_memory()  # as `pincite serve` does once it is ready
    for question in questions[:20]:
        searcher.ask(question)
    times = []
    for question in questions:
        began = time.perf_counter()
        searcher.ask(question)
        times.append((time.perf_counter() - began) * 1000)
    status = Path("/proc/self/status").read_text()
    memory = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024
    p50, p99 = np.quantile(times, (0.5, 0.99))
    print(json.dumps({"opening": opening, "p50": p50, "p99": p99, "memory": memory}))


def recall(folder: Path) -> list[str]:
    """Measure recall@10 against an exhaustive search: in all passages, one document, 5% and half of the documents.

    A passage whose cosine ties with the tenth best counts as found: texts cut to MAX_TOKENS are often equal.
    """
    bundle = Bundle(folder, cross_encoder=False)
    vectors = bundle.dense.vectors(np.arange(len(bundle)))
    queries = [bundle.encoder.encode_query(q).vector for q in json.loads((WORK_FOLDER / "questions.json").read_text())]
    with closing(sqlite3.connect(folder / DOCUMENTS_FILE)) as records:
        document_of_row = [name for (name,) in records.execute("SELECT document FROM passages ORDER BY row")]
    names, numbers, counts = np.unique(document_of_row, return_inverse=True, return_counts=True)
    shuffled = np.random.default_rng(SEED).permutation(len(names))
    chosen = ([int(counts.argmax())], shuffled[: len(names) // 20 + 1], shuffled[: len(names) // 2 + 1])
    recalls = []
    for scope in (None, *(np.flatnonzero(np.isin(numbers, documents)) for documents in chosen)):
        searched = vectors if scope is None else vectors[scope]
        shares = []
        for query in queries:
            wanted = min(10, len(searched))
            tenth = np.partition(searched @ query, len(searched) - wanted)[len(searched) - wanted]
            cosines = vectors[bundle.dense.nearest(query, 10, scope)[0]] @ query
            shares.append(np.count_nonzero(cosines >= tenth - 1e-6) / wanted)
        recalls.append(f"{np.mean(shares):.3f}")
    return recalls


def build(count: int) -> None:
    """Make a bundle for each power of ten up to `count`, and write figures.json next to them."""
    encoder = make_encoder()
    began = time.monotonic()
    documents, passages = read_documents(count + QUESTION_COUNT)
    by_id = {d.id: d for d in documents}
    order = np.random.default_rng(SEED).permutation(len(passages))
    held_out = set(order[:QUESTION_COUNT].tolist())  # their first words are the questions
    questions = [by_id[p.document].text[p.start : p.end] for p in (passages[i] for i in sorted(held_out))]
    (WORK_FOLDER / "questions.json").write_text(json.dumps([" ".join(q.split()[:12]) for q in questions]))
    passages = [p for i, p in enumerate(passages) if i not in held_out][:count]
    texts = [passage_text(by_id[p.document], p) for p in passages]
    print(f"{len(documents):,} documents, {len(passages):,} passages, {time.monotonic() - began:.0f} s", flush=True)
    vectors = embed(Encoder.open(encoder, bulk=True), texts, WORK_FOLDER / f"vectors-{len(texts)}.npy")
    for size in (10**n for n in range(2, 8) if 10**n <= len(passages)):
        at = np.sort(np.random.default_rng(SEED).permutation(len(passages))[:size])
        part = [passages[i] for i in at]
        names = {p.document for p in part}
        part_documents = [d for d in documents if d.id in names]
        folder = bundle_of(size)
        kind, seconds = write_sampled_bundle(folder, encoder, part_documents, part, [texts[i] for i in at], vectors[at])
        disk = sum(p.stat().st_size for p in folder.iterdir()) / 2**20
        size_figures = {"kind": kind, "seconds": seconds, "disk": disk, "recall": recall(folder)}
        keep_figures(size, size_figures)
        print(size, size_figures, flush=True)


def bundle_of(size: int) -> Path:
    return WORK_FOLDER / f"bundle-{size}"


def figures() -> dict[str, Any]:
    """Return the figures of each bundle that is there, by its size."""
    path = WORK_FOLDER / "figures.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def keep_figures(size: int, seen: dict[str, Any]) -> None:
    (WORK_FOLDER / "figures.json").write_text(json.dumps({**figures(), str(size): seen}))


def measured(size: int) -> dict[str, float]:
    """Measure how a fresh process opens a bundle and asks: the median of ROUNDS."""
    command = [sys.executable, "-m", "benchmarks.scale", "0", "--measure", str(bundle_of(size))]
    rounds = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=SERVING_ENVIRONMENT).stdout)
        for _ in range(ROUNDS)
    ]
    return {key: float(np.median([r[key] for r in rounds])) for key in rounds[0]}


def page(command: str, minutes: float) -> str:
    """Format the page: every bundle that is there, measured one after another in this run."""
    rows = []
    for size in sorted(map(int, figures())):
        seen, said = figures()[str(size)], measured(size)
        timed = [f"{said[k]:.{n}f}" for k, n in (("opening", 2), ("memory", 0), ("p50", 1), ("p99", 1))]
        cells = [f"{size:,}", seen["kind"], f"{seen['seconds']:.0f}", f"{seen['disk']:,.0f}", *timed, *seen["recall"]]
        rows.append(f"| {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    used = sorted({p.parts[3] for p in (WORK_FOLDER / "packages").rglob("*.html")} & set(DEBIAN_PACKAGES))
    return (
        "# How pincite grows with its corpus\n\n"
        f"`{command}` wrote this on {datetime.now(UTC):%Y-%m-%d}, commit {commit.strip()}, after {minutes:.0f} minutes "
        f"of making bundles: paragraphs of {', '.join(used)}, all different, in passages of {PASSAGE_WORDS} words; "
        f"{QUESTION_COUNT} questions, the first words of passages held out; one client, {os.cpu_count()} cores, "
        f"medians of {ROUNDS} processes, one size after another. Sizes above the number in the command were made by an "
        "earlier one. benchmarks/scale.py says what is left out and what stands in for it.\n\n"
        f"| {' | '.join(TABLE_COLUMNS)} |\n|---:|---|{'---:|' * (len(TABLE_COLUMNS) - 2)}\n" + "\n".join(rows) + "\n"
    )


def main() -> None:
    """Make the corpora, measure them, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="passages at most; 0 measures again what is there")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/SCALE.md"))
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    began = time.monotonic()
    WORK_FOLDER.mkdir(parents=True, exist_ok=True)
    if options.count:
        build(options.count)
    minutes = (time.monotonic() - began) / 60
    options.out.write_text(page(f"python -m benchmarks.scale {options.count}", minutes))


if __name__ == "__main__":
    main()
