"""Lay out in var/bench what all engines share: bundles, weights, passages with their sections, questions."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.processes import PINCITE_COMMAND, ROOT, WORK_FOLDER, run
from benchmarks.read_queries import read_queries
from pincite.index.bundle import Bundle
from pincite.index.citation.cite import section_at
from pincite.index.citation.embedded_text import passage_text
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.encoder.model_files import find_model

ENCODERS = ("auto", "float32")
WARM = 10  # texts that an engine is warmed with: none is a question, so that each question is new to each process


def prepare(questions: Path) -> None:
    """Make a bundle for each encoder, and write the files that engines.py reads."""
    WORK_FOLDER.mkdir(parents=True, exist_ok=True)
    for encoder in ENCODERS:
        run([*PINCITE_COMMAND, "ingest", "--index", str(WORK_FOLDER / encoder)], "0", PINCITE_ENCODER_PRECISION=encoder)
    bundle = Bundle(WORK_FOLDER / "auto", cross_encoder=False)
    passages = [bundle.records.passage(row) for row in range(len(bundle))]
    documents = [bundle.document(p.document) for p in passages]
    asked = read_queries(questions)
    write("passages", [passage_text(d, p) for d, p in zip(documents, passages, strict=True)])
    write("sections", [" > ".join(section_at(d, p.start).path) for d, p in zip(documents, passages, strict=True)])
    write("rows", {p.id: row for row, p in enumerate(passages)})
    write(
        "warm", [" ".join(d.text[p.start : p.end].split()[:8]) for d, p in zip(documents, passages, strict=True)][:WARM]
    )
    write("questions", [q.text for q in asked])
    write("labels", [q.sections for q in asked])
    write("bundles", {encoder: str(find_bundle(WORK_FOLDER / encoder)) for encoder in ENCODERS})
    write("model", str(find_model("default").folder))
    write("reranker", str(random_cross_encoder(WORK_FOLDER / "reranker")))
    write("reads", math.ceil(passages_read([q.text for q in asked])))


def random_cross_encoder(folder: Path) -> Path:
    """Save a cross-encoder of the size of pincite's, with random weights: good for timing alone."""
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    model = find_model("default").folder
    AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(model, num_labels=1)).save_pretrained(
        folder
    )
    AutoTokenizer.from_pretrained(model).save_pretrained(folder)
    return folder


def passages_read(questions: list[str]) -> float:
    """Return how many passages pincite's cross-encoder reads for a question, in the mean."""
    searcher = Searcher(Bundle(WORK_FOLDER / "auto"), 10_000)
    return sum(len(searcher.search(q).pair_scores) for q in questions) / len(questions)


def write(name: str, value: object) -> None:
    (WORK_FOLDER / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


def stages(questions: Path) -> str:
    """Return the table of benchmarks.stages, for the default encoder."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.stages",
        str(questions.resolve()),
        "--index",
        str(WORK_FOLDER / "auto"),
    ]
    return run(command, "0").strip()


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()


def numbers() -> str:
    """Return the precision of the default encoder, and its least cosine with float32."""
    made = Bundle(WORK_FOLDER / "auto", cross_encoder=False).manifest
    near = made["made"]["parity"].get("int8_least_cosine")
    return made["model"]["precision"] + (f", least cosine with float32 {near:.4f}" if near else "")
