"""Nothing calls out and nothing is kept outside the index, whatever the environment says: real commands, watched."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import missing
from tracing import made, outward, traced

from pincite.index.errors import ModelError
from pincite.ingestion.encoder.model_files import find_model
from pincite.ingestion.offline import OFFLINE_ENVIRONMENT
from tools.small_model import write_small_model

ROOT = Path(__file__).resolve().parents[2]
OURS = ("index", "ingest", "service", "training", "benchmarks", "tests", "tools")
LIBRARIES = {"torch", "transformers", "sentence_transformers", "huggingface_hub"}
START = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
# What would turn the libraries' reports and look-ups on, if anything that people set could.
ASKING_FOR_IT = {"ORT_DISABLE_TELEMETRY": "0", "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0", "DO_NOT_TRACK": "0"}
COMMANDS = ("ingest", "ask", "eval", "check", "serve", "mcp")


@dataclass(frozen=True)
class Watched:
    """A machine of one's own: a home, a temporary folder and a working folder that begin empty."""

    folder: Path
    index: Path
    outside: dict[str, set[str]]  # by command, what lies in home, temporary and working folder afterwards
    logs: dict[str, Path]  # by command, its system calls; none where there is no strace


@pytest.fixture(scope="module")
def watched(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A first ingest, with export, then a question on the command line, one to the service, and the other commands."""
    folder = tmp_path_factory.mktemp("watched")
    model, index = write_small_model(folder / "model"), folder / "index"
    (folder / "asked.jsonl").write_text(
        json.dumps({"id": "1", "question": "is a sabbatical paid", "kind": "in"}) + "\n"
    )
    words = {
        "ingest": [str(corpus), "--model", str(model)],
        "ask": ["is a sabbatical paid"],
        "eval": [str(folder / "asked.jsonl")],
        "check": [],
        "serve": ["--port", "0"],
        "mcp": [],  # over standard input, which ends at once
    }
    outside, logs = {}, {}
    for command in COMMANDS:
        for name in ("home", "tmp", "work"):
            (folder / command / name).mkdir(parents=True)
        log = logs[command] = folder / f"{command}.strace"
        line = [*START, command, *words[command], "--index", str(index)]
        _run([*traced(log), *line] if shutil.which("strace") else line, folder / command, command == "serve")
        outside[command] = {str(path.relative_to(folder / command)) for path in (folder / command).rglob("*")}
    return Watched(folder, index, outside, logs)


def _run(line: list[str], folder: Path, serves: bool) -> None:
    """Run a command to its end; of a service, ask it something first."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",  # compiled modules go next to their source, where it can be written
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        **ASKING_FOR_IT,
    }
    given: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(line, text=True, env=environment, cwd=folder / "work", **given)
    assert process.stderr is not None
    if serves:
        said = next(line for line in process.stderr if "listens on" in line)
        address = re.search(r"http://\S+", said)
        assert address is not None
        asked = urllib.parse.urlencode({"q": "is a sabbatical paid"})
        with urllib.request.urlopen(f"{address[0]}/v1/query?{asked}", timeout=60) as response:
            assert json.load(response)["hits"]
        _end(process.pid)
    assert process.communicate(timeout=120)[1] is not None
    assert process.returncode in ((0, -15, 143) if serves else (0, 3))


def _end(pid: int) -> None:
    """End a service: the process, or the one that strace started for it."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(started[0]) if started else pid, 15)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_name_is_looked_up_and_nobody_is_called(watched: Watched, command: str) -> None:
    """No connection and no packet beyond this machine, by the kernel's own account."""
    if not watched.logs[command].is_file():
        missing("there is no strace")
    assert "openat" in watched.logs[command].read_text(encoding="utf-8", errors="replace")  # it was watched
    assert outward(watched.logs[command]) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_left_outside_the_index(watched: Watched, command: str) -> None:
    """Home, temporary and working folder are as empty after a command as before."""
    assert watched.outside[command] == {"home", "tmp", "work"}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_file_is_made_outside_the_index_even_for_a_while(watched: Watched, command: str) -> None:
    """Every file and folder that was made lies below the index; semaphores of Python have no name for long."""
    if not watched.logs[command].is_file():
        missing("there is no strace")
    places = {watched.folder / command / "work" / path for path in made(watched.logs[command])}
    others = {str(path) for path in places if watched.index not in (path, *path.parents)}
    assert {path for path in others if not path.startswith(("/dev/shm/sem.", "/dev/null"))} == set()
    assert (command == "ingest") == any(watched.index in path.parents for path in places)


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import in a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def _first(path: Path, words: str) -> int:
    """Return the first line that holds some words; beyond the last if none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if words in line), len(lines) + 1)


SOURCES = sorted(path for room in OURS for path in (ROOT / room).rglob("*.py"))


def test_onnx_runtime_is_imported_in_one_place() -> None:
    """Other modules take ONNX Runtime from there, or set its variable first if nothing of ours is at hand."""
    for path in SOURCES:
        for line, module in _imports(path):
            if module.partition(".")[0] == "onnxruntime" and "training" not in path.parts:
                assert _first(path, '"ORT_DISABLE_TELEMETRY"] = "1"') < line, path
    assert list(_imports(ROOT / "training" / "__init__.py"))[:2] == [
        (6, "pincite.index.models.onnx_runtime"),
        (7, "pincite.ingestion.offline"),
    ]


def test_the_model_libraries_are_told_before_they_are_imported() -> None:
    """Every module of ours that imports one of them imports ingest.offline further up; training, before anything."""
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] in ("index", "ingest", "service", "evaluation"):
            told = min((line for line, name in _imports(path) if name == "pincite.ingestion.offline"), default=10**6)
            for line, module in _imports(path):
                assert module.partition(".")[0] not in LIBRARIES or told < line, path


def test_a_model_by_name_comes_from_the_cache_alone(tmp_path: Path) -> None:
    """A model that the local cache holds is found by its name, one that it does not is an error; nothing is fetched."""
    cached = tmp_path / "hub" / "models--acme--small"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("a" * 40)
    write_small_model(cached / "snapshots" / ("a" * 40))
    program = (
        "import sys; from pincite.ingestion.encoder.model_files import find_model as f; print(f(sys.argv[1]).folder)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HUB_CACHE": str(tmp_path / "hub")}
    before = sorted(tmp_path.rglob("*"))
    found = [
        subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, env=environment, cwd=ROOT)
        for name in ("acme/small", "acme/none")
    ]
    assert found[0].stdout.strip() == str(cached / "snapshots" / ("a" * 40)), found[0].stderr
    assert "no such model in the local cache" in found[1].stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_the_variables_are_set_and_nobody_can_undo_them() -> None:
    """In this very process, which has imported both modules, they stand as they are to be."""
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert {name: os.environ[name] for name in OFFLINE_ENVIRONMENT} == OFFLINE_ENVIRONMENT
    with pytest.raises(ModelError, match="no such model in the local cache"):
        find_model("acme/none")


@pytest.mark.parametrize(
    "planted",
    [
        "socket.getaddrinfo('mobile.events.data.example', 443)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
        "socket.socket().connect_ex(('192.0.2.1', 9))",
    ],
)
def test_a_call_that_goes_out_would_be_seen(planted: str, tmp_path: Path) -> None:
    """The check is worth something: a name that is looked up, a packet and a connection turn it red."""
    program = f"import contextlib, socket\nsocket.setdefaulttimeout(0.1)\nwith contextlib.suppress(OSError): {planted}"
    resolved = {**os.environ, "RES_OPTIONS": "attempts:1 timeout:1"}
    subprocess.run([*traced(tmp_path / "log"), sys.executable, "-c", program], check=True, env=resolved)
    assert outward(tmp_path / "log")
