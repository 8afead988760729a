"""Measure pincite and its peers in one run and write benchmarks/RESULTS.md: `make bench`.

Every engine answers the same questions from the same passages with the same weights, pinned to one core, the engines
taking turns round after round; the service is asked over HTTP by a client on the other core. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.peers import installs
from benchmarks.peers.bars import RERANKING
from benchmarks.peers.embedding import EMBEDDERS, least_cosine
from benchmarks.peers.engines import ENGINES
from benchmarks.peers.page import page
from benchmarks.peers.prepare import commit, numbers, prepare, stages
from benchmarks.peers.processes import ROOT, WORK_FOLDER, ask, build, commands, embed
from benchmarks.peers.quality import quality
from benchmarks.peers.serving import PROCESSES, SERVER_SETTINGS, many_clients, one_client
from benchmarks.read_queries import ALS_QUERIES


def measure(rounds: int) -> dict[str, Any]:
    """Measure all that alternates: for each engine, server or command, the figures of each round."""
    peers = [name for name in ENGINES if not name.startswith("pincite") and name not in RERANKING]
    found: dict[str, Any] = {
        "building": {name: [] for name in peers},
        "engines": {name: [] for name in ENGINES},
        "served": {name: [] for name in SERVER_SETTINGS},
        "loaded": {name: [] for name in (*SERVER_SETTINGS, *PROCESSES)},
        "embedding": {"0": [], "0,1": []},
        "commands": [],
    }
    turns = {"building": build, "engines": ask, "served": one_client, "loaded": many_clients}
    for number in range(1, rounds + 1):
        for kind, take in turns.items():
            for name, figures in found[kind].items():
                figures.append(take(name))
                print(f"round {number} of {rounds}: {kind}, {name}", flush=True)
        for cores, figures in found["embedding"].items():
            figures.append({name: embed(name, cores) for name in EMBEDDERS})
        found["commands"].append(commands())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--questions", type=Path, default=ALS_QUERIES, help="labelled .jsonl, or plain text, one a line"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    options = parser.parse_args()
    prepare(options.questions)
    laid = {
        name: json.loads((WORK_FOLDER / f"{name}.json").read_text()) for name in ("questions", "labels", "sections")
    }
    found = measure(options.rounds)
    found |= {"questions": laid["questions"], "labels": laid["labels"], "passages": len(laid["sections"])}
    found["quality"] = {
        name: [] if name in RERANKING else quality(rounds[0]["found"], laid["labels"], laid["sections"])
        for name, rounds in found["engines"].items()
    }
    found["reads"] = json.loads((WORK_FOLDER / "reads.json").read_text())
    found |= {"least cosine": least_cosine(WORK_FOLDER), "stages": stages(options.questions), "commit": commit()}
    found |= {"sizes": installs.sizes(), "versions": installs.versions(), "numbers": numbers()}
    found |= {"weights": installs.weights(), "indexes": installs.indexes()}
    (WORK_FOLDER / "figures.json").write_text(json.dumps(found), encoding="utf-8")
    options.out.write_text(page(found), encoding="utf-8")
    print(page(found))


if __name__ == "__main__":
    main()
