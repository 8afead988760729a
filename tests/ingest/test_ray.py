"""Embedding with Ray on this machine: the same bundle, through killed workers and stopped runs. Needs the extra ray."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.ingestion.report import BuildReport
from pincite.ingestion.runners.work_folder import WORK_FOLDER

pytestmark = pytest.mark.ray

ROOT = Path(__file__).resolve().parents[2]


def until_files(root: Path, count: int, run: subprocess.Popen[str]) -> None:
    """Wait until so many files of vectors are finished, which the run must live to see."""
    while len(list((root / WORK_FOLDER).glob("vectors-*.parquet"))) < count:
        assert is_running(run), run.communicate()[1]


def until_writer(root: Path, run: subprocess.Popen[str], but: int = 0) -> int:
    """Wait until a worker other than `but` writes a file. Returns its process, as the name of the file has it."""
    while is_running(run):
        for part in (root / WORK_FOLDER).glob("vectors-*.part"):
            if (writer := int(part.stem.rpartition("-")[2])) != but:
                return writer
    raise AssertionError(run.communicate()[1])


def is_running(run: subprocess.Popen[str]) -> bool:
    """Return whether a run goes on, after a moment in which it may end."""
    with suppress(subprocess.TimeoutExpired):
        run.wait(0.02)
    return run.returncode is None


def processes(word: str) -> list[str]:
    """Return the command line of each process that has a word in it."""
    done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if word in line]


def reachable_ports() -> set[str]:
    """Return the sockets of this machine that listen on another address than loopback, by the kernel's tables."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    loopback = ("0100007F:", "00000000000000000000000001000000:", "0000000000000000FFFF00000100007F:")
    return {fields[1] for fields in lines if fields[3] == "0A" and not fields[1].startswith(loopback)}


@pytest.fixture
def root(index: Path, tmp_path: Path) -> Path:
    """An index of other documents, whose encoder is taken over: nothing is exported."""
    return Path(shutil.copytree(index, tmp_path / "root"))


@pytest.fixture(scope="module")
def files(index: Path, ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the bundle that is embedded in this process, each with its digest."""
    root = Path(shutil.copytree(index, tmp_path_factory.mktemp("plain") / "root"))
    return dict(read_manifest(ingest(root, ROOT / "corpus").folder)["files"])


@pytest.fixture
def start(root: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """`start()`: ingest the article that pincite comes with, in ten files; a run that goes on at the end is ended."""
    words = ["tests/support/small_windows.py", "ingest", "corpus", "--runner", "ray", "--json", "--index", str(root)]
    runs: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = [sys.executable, *words]
        runs.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True))
        return runs[-1]

    yield run
    for process in runs:
        process.terminate()
        process.communicate()


def test_a_killed_worker_changes_no_byte(
    root: Path, start: Callable[[], subprocess.Popen[str]], files: dict[str, str]
) -> None:
    """A worker that is killed while it embeds is replaced; the bundle is that of one process, and no file stays.

    No other machine could have spoken to Ray meanwhile.
    """
    before = reachable_ports()
    run = start()
    until_files(root, 1, run)
    worker = until_writer(root, run)
    assert reachable_ports() - before == set()
    os.kill(worker, signal.SIGKILL)
    until_writer(root, run, but=worker)
    report, errors = run.communicate()
    assert run.returncode == 0, errors
    assert json.loads(report)["status"] == "published"
    assert dict(read_manifest(find_bundle(root))["files"]) == files
    assert not (root / WORK_FOLDER).exists()


def test_a_stopped_ingest_goes_on(
    root: Path, start: Callable[[], subprocess.Popen[str]], files: dict[str, str]
) -> None:
    """After Ctrl-C and after SIGTERM no process of Ray is left; finished files stay and are not made again."""
    kept: dict[Path, int] = {}
    for stop, code in ((signal.SIGINT, 1), (signal.SIGTERM, 143)):
        run = start()
        until_files(root, len(kept) + 1, run)
        os.killpg(run.pid, stop)
        errors = run.communicate()[1]
        assert (run.returncode, "Traceback" in errors) == (code, False), errors
        assert processes("pincite-ray-") == []
        assert {path: path.stat().st_ino for path in kept} == kept
        kept = {path: path.stat().st_ino for path in (root / WORK_FOLDER).glob("vectors-*.parquet")}
    run = start()
    until_files(root, len(kept) + 1, run)
    assert {path: path.stat().st_ino for path in kept} == kept
    report = run.communicate()[1]
    assert run.returncode == 0, report
    assert dict(read_manifest(find_bundle(root))["files"]) == files
