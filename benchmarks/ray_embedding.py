"""Embedding with Ray against the plain ingest: equal vectors, a killed worker, a stopped run, and what a core embeds.

    python -m benchmarks.ray_embedding BENCH          # 2,000 documents, in var/ray-embedding; needs the extra ray
    python -m benchmarks.ray_embedding BENCH 500      # of fewer

BENCH is a folder of public collections (BEIR layout). The plain ingest embeds in its own process. That with Ray loses a
worker to SIGKILL when its first file is finished, is ended by SIGTERM when half of its files are, and is run again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.many_documents import write_documents
from pincite.index.bundle import Bundle
from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.index.storage.sentence_files import SENTENCES_FILE
from pincite.ingestion.runners.embed_file import FileEmbedder
from pincite.ingestion.runners.work_folder import ENCODER_FOLDER, WORK_FOLDER

FOLDER = Path("var/ray-embedding")
# the command line with files of 512 passages, of which two thousand documents have some fifteen
INGEST = """
from pincite.ingestion.runners import texts_file
from pincite.service.cli.commands import main
texts_file.FILE_WINDOWS = 1
main()
"""
POLL_SECONDS = 0.05


def main() -> None:
    """Run the steps, and print one line of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=2_000)
    options = parser.parse_args()
    folder = FOLDER / str(options.count)
    documents, seed, plain, ray = (folder / name for name in ("documents", "seed", "plain", "ray"))
    if not documents.exists():
        write_documents(options.bench, options.count, documents)
    if not seed.exists():
        report(start(min(documents.iterdir()), seed), "one document, and the export")
    for root in (plain, ray):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(seed, root)
    report(start(documents, plain), "plain")
    stopped = start(documents, ray, "--runner", "ray")
    until_finished(ray, 1, stopped)
    kill_worker(ray, stopped)
    total = len(list((ray / WORK_FOLDER).glob("texts-*.parquet")))
    kept = until_finished(ray, max(2, total // 2), stopped)
    stopped.terminate()
    stopped.communicate()
    print(f"stopped, exit code {stopped.returncode}: {len(kept)} of {total} files are finished")
    print(f"one core: {core_speed(ray / WORK_FOLDER, folder / 'core')}")
    before = {path: path.stat().st_mtime_ns for path in kept}
    resumed = start(documents, ray, "--runner", "ray")
    until_finished(ray, len(kept) + 1, resumed)
    again = sum(path.stat().st_mtime_ns != made for path, made in before.items())
    print(f"resumed: {again} finished files were made again")
    report(resumed, "ray")
    print(compared(plain, ray))


def start(documents: Path, root: Path, *options: str) -> subprocess.Popen[str]:
    """Start `pincite ingest` of a folder."""
    command = [sys.executable, "-c", INGEST, "ingest", "--json", "--index", str(root), str(documents), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def report(run: subprocess.Popen[str], name: str) -> None:
    """Wait until an ingest has ended, and print its figures."""
    began, (output, errors) = time.monotonic(), run.communicate()
    if run.returncode:
        sys.exit(errors)
    texts: dict[str, Any] = json.loads(output)
    print(f"{name}: {texts['passages']:,} passages, {texts['embedded']:,} texts embedded", end="")
    print(f", the last {time.monotonic() - began:.0f} s of {texts['seconds']:.0f}", flush=True)


def until_finished(root: Path, count: int, run: subprocess.Popen[str]) -> list[Path]:
    """Wait until so many files of vectors are finished."""
    while len(found := sorted((root / WORK_FOLDER).glob("vectors-*.parquet"))) < count:
        if run.poll() is not None:
            sys.exit(run.communicate()[1])
        time.sleep(POLL_SECONDS)
    return found


def kill_worker(root: Path, run: subprocess.Popen[str]) -> None:
    """Kill the first worker that is found to write a file, whose name ends with its process."""
    while run.poll() is None:
        for part in (root / WORK_FOLDER).glob("vectors-*.part"):
            os.kill(int(part.stem.rpartition("-")[2]), signal.SIGKILL)
            print(f"killed the worker of {part.name.partition('.')[0]}", flush=True)
            return
        time.sleep(POLL_SECONDS)


def core_speed(work: Path, folder: Path) -> str:
    """Embed a file of texts on one core. Returns passages and texts for each second of its processor time."""
    folder.mkdir(exist_ok=True)
    texts = Path(shutil.copy(work / "texts-000000.parquet", folder))
    precision = read_precision(work)
    embedder = FileEmbedder(work / ENCODER_FOLDER, precision, workers=1)
    began = time.process_time()
    embedder.embed(texts)
    seconds = time.process_time() - began
    wanted = pq.read_table(texts, columns=["tokens"])["tokens"].to_pylist()
    size = sum(path.stat().st_size for path in folder.glob("vectors-*")) / sum(wanted)
    rates = f"{sum(wanted) / seconds:.1f} passages, {len(wanted) / seconds:.0f} texts a second of processor time"
    return f"{precision}, {rates}; {size / 1000:.0f} KB of vectors a passage"


def read_precision(work: Path) -> str:
    """Return the precision of the plain index's encoder, which is that of any of the same documents."""
    return str(read_manifest(find_bundle(work.parent.parent / "plain"))["model"]["precision"])


def compared(plain: Path, ray: Path) -> str:
    """Return the least cosine of a vector with its own in the other index, and the files that differ."""
    bundles = [Bundle(root) for root in (plain, ray)]
    passages = [bundle.dense.vectors(np.arange(len(bundle))) for bundle in bundles]
    sentences = [np.load(bundle.folder / SENTENCES_FILE) for bundle in bundles]
    found = [read_manifest(bundle.folder)["files"] for bundle in bundles]
    differing = [name for name, entry in found[0].items() if found[1].get(name) != entry]
    return f"least cosine: passages {cosine(*passages):.7f}, sentences {cosine(*sentences):.7f}; differing: {differing}"


def cosine(left: Any, right: Any) -> float:
    """Return the least cosine of two arrays' rows: (n, d) each."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(((left * right).sum(axis=1) / lengths).min())


if __name__ == "__main__":
    main()
