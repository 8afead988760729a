"""Measure pincite and its peers in one run and write benchmarks/RESULTS.md: `make bench`.

Every engine answers the same questions from the same passages with the same weights, pinned to one core, the engines
taking turns round after round; the service is asked over HTTP by a client on the other core. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.peers.engines import ENGINES

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var" / "bench"
PEERS = ROOT / "var" / "bench-venv"
PACKAGES = ("torch", "sentence-transformers", "txtai", "haystack-ai", "onnxruntime", "faiss-cpu")


def prepare(questions: Path) -> Path:
    """Lay out passages, questions and weights for all engines."""
    from index.bundle import Bundle
    from index.texts import passage_text
    from ingest.weights import find_model

    WORK.mkdir(parents=True, exist_ok=True)
    bundle = Bundle(ROOT / "var" / "index", judge=False)
    passages = [bundle.records.passage(row) for row in range(len(bundle))]
    texts = [passage_text(bundle.document(p.document), p) for p in passages]
    lines = questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] if questions.suffix == ".jsonl" else line for line in lines]
    files = {"passages.json": json.dumps(texts), "questions.json": json.dumps(asked), "bundle.txt": str(bundle.folder)}
    files |= {"model.txt": str(find_model("default").folder)}
    files |= {"rows.json": json.dumps({p.id: row for row, p in enumerate(passages)})}
    for name, text in files.items():
        (WORK / name).write_text(text, encoding="utf-8")
    return bundle.folder


def command(name: str, task: str) -> list[str]:
    python = sys.executable if name.startswith("pincite") else str(PEERS / "bin" / "python")
    return ["taskset", "-c", "0", python, str(Path(__file__).with_name("engines.py")), name, str(WORK), task]


ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "PINCITE_LOG": "off",
}


def ask(name: str) -> dict[str, Any]:
    """One process: seconds to its first answer, then the time of each question and its memory."""
    began = time.perf_counter()
    with subprocess.Popen(command(name, "ask"), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout
        process.stdout.readline()
        first = time.perf_counter() - began
        rest = process.stdout.read()
    return {"first": first, **json.loads(rest.splitlines()[-1])}


def build(name: str) -> float:
    done = subprocess.run(command(name, "build"), capture_output=True, text=True, env=ENVIRONMENT, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["passages a second"])


def ingest() -> tuple[float, float, float]:
    """Passages a second of `pincite ingest` as a whole, and seconds of a first and of an unchanged ingest."""
    fresh = WORK / "fresh"
    subprocess.run(["rm", "-rf", str(fresh)], check=True)
    words = [sys.executable, "-c", "from service.cli import main; main()", "ingest", "--index", str(fresh)]
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        subprocess.run(["taskset", "-c", "0", *words], env=ENVIRONMENT, check=True, capture_output=True, cwd=ROOT)
        seconds.append(time.perf_counter() - began)
    count = len(json.loads((WORK / "passages.json").read_text()))
    return count / seconds[0], seconds[0], seconds[1]


def over_http(judge: int, questions: list[str]) -> dict[str, Any]:
    """`pincite serve` pinned to one core: start to first answer, each question's time, throughput, memory."""
    words = ["taskset", "-c", "0", sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", "0"]
    environment = {
        **ENVIRONMENT,
        "PINCITE_JUDGE": str(judge),
        "PINCITE_WAITING": "30",
        "PINCITE_ACTIVE": "2",
        "PINCITE_ANSWERS": "0",
    }
    began = time.perf_counter()
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    try:
        assert process.stderr
        found = re.search(r"listens on (http://\S+)", process.stderr.readline())
        assert found
        url = found[1]

        def call(question: str) -> float:
            sent = time.perf_counter()
            while True:
                try:
                    urllib.request.urlopen(
                        f"{url}/v1/query?{urllib.parse.urlencode({'q': question})}", timeout=60
                    ).read()
                    return (time.perf_counter() - sent) * 1000
                except urllib.error.HTTPError as error:
                    error.close()
                    if error.code != 503:
                        raise
                    time.sleep(0.02)  # busy: a client that will not wait as long as it is told to

        call(questions[0])
        first = time.perf_counter() - began
        times = [call(q) for q in questions]
        rates = {}
        for count in (1, 4, 16):
            many = [f"{q} {n}" for n in range(3) for q in questions]
            sent = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(call, many))
            rates[count] = len(many) / (time.perf_counter() - sent)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        memory = {k: int(re.search(rf"{k}:\s+(\d+)", status)[1]) / 1024 for k in ("VmRSS", "VmHWM")}  # type: ignore[index]
        return {"first": first, "ms": times, "rates": rates, **memory}
    finally:
        process.terminate()
        process.communicate()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def cells(found: list[dict[str, Any]], bare: float) -> str:
    """Start, p50, p99 and p50 beside the bare encoder's, of the rounds of one engine."""
    p50 = [statistics.median(r["ms"]) for r in found]
    p99 = [percentile(r["ms"], 0.99) for r in found]
    first = spread([r["first"] for r in found], 2)
    return f"{first} | {spread(p50, 1)} | {spread(p99, 1)} | {statistics.median(p50) / bare:.2f}"


def installed() -> str:
    size = subprocess.run(["du", "-sm", str(PEERS)], capture_output=True, text=True, check=True).stdout.split()[0]
    listed = subprocess.run(
        [str(PEERS / "bin" / "pip"), "list", "--format=json"], capture_output=True, text=True, check=True
    )
    versions = {p["name"].lower(): p["version"] for p in json.loads(listed.stdout)}
    return f"{', '.join(f'{n} {versions[n]}' for n in PACKAGES if n in versions)}; the peers' environment has {size} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=ROOT / "benchmarks" / "questions.jsonl")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    prepare(given.questions)
    questions = json.loads((WORK / "questions.json").read_text())
    peers = [name for name in ENGINES if not name.startswith("pincite")]
    rates = {name: build(name) for name in peers}
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ENGINES}
    served: dict[int, list[dict[str, Any]]] = {0: [], 1: []}
    for _ in range(given.rounds):
        for name in ENGINES:
            rounds[name].append(ask(name))
        for judge in served:
            served[judge].append(over_http(judge, questions))
    rate, whole, again = ingest()
    bare = statistics.median(statistics.median(r["ms"]) for r in rounds["ONNX Runtime + FAISS"])
    lines = [
        "# pincite beside its peers",
        "",
        f"`make bench` wrote this on {date.today()}: {given.rounds} rounds of {len(questions)} questions over "
        f"{len(json.loads((WORK / 'passages.json').read_text()))} passages, same weights, engines taking turns, each pinned to one core; "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, commit "
        f"{subprocess.run(['git', 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True, cwd=ROOT).stdout.strip()}. "
        f"Medians of the rounds, with the least and the most. {installed()}.",
        "",
        "| in process | start to first answer, s | p50 ms | p99 ms | p50, of the bare encoder's | resident MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in rounds.items():
        lines.append(f"| {name} | {cells(found, bare)} | {spread([r['VmRSS'] for r in found], 0)} |")
    lines += [
        "",
        "| over HTTP | start to first answer, s | p50 ms | p99 ms | p50, of the bare encoder's | a second at 1, 4, 16 clients | resident MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for judge, found in served.items():
        per = ", ".join(f"{statistics.median([r['rates'][c] for r in found]):.0f}" for c in (1, 4, 16))
        name = "pincite serve, judge" if judge else "pincite serve"
        lines.append(f"| {name} | {cells(found, bare)} | {per} | {spread([r['VmRSS'] for r in found], 0)} |")
    lines += ["", "| building an index | passages a second |", "|---|---:|"]
    lines += [f"| {name}, encoding and indexing in a warm process | {value:.1f} |" for name, value in rates.items()]
    lines += [f"| `pincite ingest`, the whole command with every vector it keeps ({whole:.1f} s) | {rate:.1f} |"]
    lines += ["", f"`pincite ingest` again, unchanged: {again:.2f} s, {whole / again:.0f} times faster.", ""]
    (ROOT / "benchmarks" / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
