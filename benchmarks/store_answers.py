"""Answers over a passage store next to those over the files of the same index: they should be equal.

    python -m benchmarks.store_answers QUESTIONS [--index FOLDER]     # a line of JSON with "question", or a plain one

Copies the index into a store of Qdrant's client in memory, asks every question of both, and prints those whose answers
differ in anything but the time taken.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.store.open_stored import stored_parts
from pincite.index.store.qdrant.client_engine import open_local
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts


def main() -> None:
    """Ask, print the questions whose answers differ, and exit with 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    options = parser.parse_args()
    bundle = Bundle(options.index)
    store = QdrantStore.create(open_local(), "answers", store_facts(bundle))
    copy_to_store(bundle, store)
    over_store = Bundle(bundle.folder, open_parts=lambda folder, manifest: stored_parts(store, folder, manifest))
    local, stored = Searcher(bundle), Searcher(over_store)
    lines = options.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] if line.startswith("{") else line for line in lines if line.strip()]
    differing = [q for q in questions if replace(local.ask(q), took_ms=0) != replace(stored.ask(q), took_ms=0)]
    print(*differing, sep="\n")
    print(f"{len(differing)} of {len(questions)} answers differ")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
