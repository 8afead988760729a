"""`pincite serve` as a process of its own: what it imports, where it starts, how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributions import serving_distributions

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sentence_transformers", "transformers", "pyarrow", "ray")
START = "from pincite.service.cli.commands import main; main()"
# Refuses every module of a distribution that is not given, as on a machine where it is not installed.
ONLY = """
import importlib.metadata, sys
allowed = set(sys.argv.pop(1).split(","))
owners = importlib.metadata.packages_distributions()
class Refuse:
    def find_spec(self, name, path=None, target=None):
        owned = owners.get(name.partition(".")[0])
        if owned and not {o.lower().replace("_", "-") for o in owned} & allowed:
            raise ModuleNotFoundError(f"No module named {name!r} (not a serving dependency)", name=name)
sys.meta_path.insert(0, Refuse())
"""


@contextmanager
def serving(
    index: Path, *options: str, code: str = START, words: tuple[str, ...] = (), processes: int = 1
) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """Run a service. Gives its address, the process, and the lines it has printed."""
    command = [sys.executable, *options, "-c", code, *words, "serve", "--port", "0", "--index", str(index)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PINCITE_PROCESSES": str(processes)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    lines: list[str] = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"listens on (http://\S+)", line):
                yield found[1], process, lines
                break
        else:
            pytest.fail("".join(lines))
    finally:
        process.terminate()
        lines += process.communicate(timeout=30)[1].splitlines(keepends=True)


def ask(address: str, question: str) -> dict[str, Any]:
    with urllib.request.urlopen(
        f"{address}/v1/query?{urllib.parse.urlencode({'q': question})}", timeout=30
    ) as response:
        return dict(json.load(response))


def test_serving_imports_no_pytorch(index: Path) -> None:
    """The running process's own import log, after a question, holds no training stack, feedback or labelling."""
    with serving(index, "-X", "importtime") as (address, _, lines):
        assert ask(address, "is a sabbatical paid")["hits"][0]["citation"]["path"] == ["Leave", "Sabbatical"]
    modules = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    imported = {name.partition(".")[0] for name in modules}
    assert {"onnxruntime", "faiss", "flask"} <= imported
    assert not imported & {*HEAVY, "scipy"}
    assert "pincite.service.runtime.app" in modules
    assert not [name for name in modules if name.startswith(("pincite.service.feedback", "pincite.service.label"))]


def test_serving_needs_the_serving_dependencies_alone(index: Path, tmp_path: Path) -> None:
    """With every other distribution refused, the service answers and ingest says what is missing."""
    allowed = serving_distributions()
    assert not {"torch", "sentence-transformers", "transformers", "sentencex", "onnx", "pyarrow", "ray"} & allowed
    with serving(index, code=ONLY + START, words=(",".join(sorted(allowed)),)) as (address, _, _):
        assert ask(address, "is a sabbatical paid")["status"] != "not_found"
    words = [sys.executable, "-c", ONLY + START, ",".join(sorted(allowed)), "ingest", "--index", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install '.[ingest]' in pincite's folder" in done.stderr


def test_termination_is_clean(index: Path) -> None:
    """SIGTERM ends an idle service with exit code 0."""
    with serving(index) as (address, process, _):
        assert ask(address, "tide")["hits"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def listening(address: str) -> int:
    """Count the sockets that listen on an address of this machine, by the kernel's table."""
    port = f":{int(address.rpartition(':')[2]):04X} "
    return sum(port in line and " 0A " in line for line in Path("/proc/net/tcp").read_text("ascii").splitlines())


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once a condition holds; fail when it does not within half a minute."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_processes_share_a_port_and_end_together(index: Path, end: signal.Signals) -> None:
    """Each answers, one line says where; however the first ends, nobody is left on the port."""
    with serving(index, processes=3) as (address, process, lines):
        wait_for(lambda: listening(address) == 3)
        for _ in range(40):  # new connections, which the system deals out
            assert ask(address, "is a sabbatical paid")["hits"][0]["citation"]["path"] == ["Leave", "Sabbatical"]
        process.send_signal(end)
        assert process.wait(timeout=30) == (-signal.SIGKILL if end == signal.SIGKILL else 0)
        wait_for(lambda: not listening(address))
    assert len([line for line in lines if "listens on" in line]) == 1


def test_workers_of_an_index_that_cannot_be_opened_print_nothing(tmp_path: Path) -> None:
    """One message, of the first process; the others end with it."""
    command = [sys.executable, "-c", START, "serve", "--port", "0", "--index", str(tmp_path), "--processes", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.count("pincite:") == 1
    assert "Traceback" not in done.stderr


def test_workers_that_fail_end_alone() -> None:
    """Each says why, and what follows is done by the first process alone."""
    program = """
from pincite.index.errors import ServeError
from pincite.service.runtime.workers import WorkerProcesses

def first(port, wait_for_parent_exit):
    raise ServeError("here", "is broken", "mend it")

def second(port, wait_for_parent_exit):
    raise RuntimeError(f"2 at {port}")

workers = WorkerProcesses(first, second)
workers.begin(1)
workers.wait()
workers.begin(1)  # all have ended
workers.end()
print("done")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert done.stdout == "done\n"
    assert "pincite: here: is broken\n  remedy: mend it" in done.stderr
    assert "RuntimeError: 2 at 1" in done.stderr
