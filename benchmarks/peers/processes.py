"""Processes that are measured: pinned to cores, in pincite's environment or the peers', with the kernel's figures."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK_FOLDER = ROOT / "var" / "bench"
PINCITE_PYTHON = sys.executable
PEER_PYTHON = str(ROOT / "var" / "bench-venv" / "bin" / "python")
PINCITE_COMMAND = [PINCITE_PYTHON, "-c", "from pincite.service.cli.commands import main; main()"]
BENCH_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PINCITE_")},
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "PINCITE_LOG": "off",
}


def python(engine: str) -> str:
    """Return the interpreter of an engine's environment."""
    return PINCITE_PYTHON if engine.startswith("pincite") else PEER_PYTHON


def start(command: list[str], cores: str, **variables: str) -> subprocess.Popen[str]:
    """Start a process pinned to cores ("0", "0,1"), its output to be read. PINCITE_* come from `variables` alone."""
    pinned = ["taskset", "-c", cores, *command]
    environment = {**BENCH_ENVIRONMENT, **variables}
    return subprocess.Popen(
        pinned, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )


def run(command: list[str], cores: str, **variables: str) -> str:
    """Run a process pinned to cores. Returns its output. Ends the benchmark when it fails."""
    with start(command, cores, **variables) as process:
        out, err = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{err}")
    return out


def last_json(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def memory(pid: int | str) -> dict[str, float]:
    """Return a process's resident memory and its peak, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return {key: int(re.findall(rf"{key}:\s+(\d+)", status)[0]) / 1024 for key in ("VmRSS", "VmHWM")}


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far, all threads together, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def listening(port: int) -> int:
    """Count the sockets that listen on a port of IPv4."""
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    return sum(f":{port:04X} " in line and " 0A " in line for line in table)


def ask(engine: str) -> dict[str, Any]:
    """Run one process: seconds to its first answer, the time and hits of each question, its memory."""
    began = time.perf_counter()
    with start([python(engine), str(HERE / "engines.py"), engine, str(WORK_FOLDER), "ask"], "0") as process:
        assert process.stdout
        process.stdout.readline()
        first = time.perf_counter() - began
        out, err = process.communicate()
    if process.returncode:
        raise SystemExit(f"{engine} ended with {process.returncode}:\n{err}")
    return {"first": first, **last_json(out)}


def build(engine: str) -> float:
    """Measure the passages a second of one peer's encoding and indexing, in a warm process."""
    command = [python(engine), str(HERE / "engines.py"), engine, str(WORK_FOLDER), "build"]
    return float(last_json(run(command, "0"))["passages a second"])


def embed(engine: str, cores: str) -> float:
    """Measure the passages a second of one engine's encoding alone, in a warm process, a thread for each core."""
    threads = str(len(cores.split(",")))
    command = [python(engine), str(HERE / "embedding.py"), engine, str(WORK_FOLDER), threads]
    return float(last_json(run(command, cores, OMP_NUM_THREADS=threads))["passages a second"])


def commands() -> dict[str, float]:
    """Time whole commands, in seconds: a first `pincite ingest`, one of unchanged documents, `pincite ask`."""
    fresh = WORK_FOLDER / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    question = json.loads((WORK_FOLDER / "questions.json").read_text())[0]
    words = {
        "first": ["ingest", "--index", str(fresh)],
        "unchanged": ["ingest", "--index", str(fresh)],
        "ask": ["ask", question, "--index", str(fresh)],
    }
    seconds = {}
    for name, arguments in words.items():
        began = time.perf_counter()
        run([*PINCITE_COMMAND, *arguments], "0")
        seconds[name] = time.perf_counter() - began
    return seconds
