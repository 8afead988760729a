"""The edge of the command line: whatever the system refuses is a message with a remedy and exit code 1."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import missing

ROOT = Path(__file__).resolve().parents[2]
PINCITE = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
MESSAGE = re.compile(r"pincite: \S.*: .+\n  remedy: .+\n")


def run(*words: str | bytes, into: str | int = subprocess.PIPE, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run `pincite ...` as a process, its output going `into` a file, with something on standard input."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = os.open(into, os.O_WRONLY) if isinstance(into, str) else into
    line = [*PINCITE, *words]
    done = subprocess.run(line, input=given, stdout=out, stderr=subprocess.PIPE, env=environment, timeout=120)
    if isinstance(into, str):
        os.close(out)
    said, told = ((part or b"").decode("utf-8", "backslashreplace") for part in (done.stdout, done.stderr))
    assert "Traceback" not in told, told
    return subprocess.CompletedProcess(done.args, done.returncode, said, told)


@pytest.mark.parametrize("words", [["ask", "tide", "--index"], ["check", "--index"], ["--help"], ["key"]])
def test_output_to_a_full_disk(index: Path, words: list[str]) -> None:
    """A failure to print is reported once, with exit code 1."""
    done = run(*words, *([str(index)] if words[-1] == "--index" else []), into="/dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "pincite: standard output: cannot be written: the disk is full\n"
        "  remedy: free some space, then run the command again\n"
    )


def test_nobody_reads_the_output(index: Path) -> None:
    """A pipe whose reader has gone is an error as a full disk is."""
    reading, writing = os.pipe()
    os.close(reading)
    done = run("ask", "tide", "--index", str(index), into=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (
        1,
        "pincite: standard output: cannot be written: its reader has closed it\n"
        "  remedy: keep the program that reads it open to the end\n",
    )


def test_a_question_without_end_is_too_long(index: Path) -> None:
    """Standard input is read no further than a question may go; what is not UTF-8 is replaced."""
    with Path("/dev/zero").open("rb") as endless:
        line = [*PINCITE, "ask", "-", "--index", str(index)]
        done = subprocess.run(line, stdin=endless, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "characters; 2,000 at most" in done.stderr) == (1, True)
    assert run("ask", "-", "--index", str(index), given=b"is a \xff sabbatical paid").returncode == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"bad\xff.md", "# Tides\n\nThe bell rings.\n"),
        (b"half.md", '---\ntitle: "\\ud800"\n---\n# Tides\n\nThe bell rings.\n'),
        (b"deep.md", f"---\na: {'[' * 5000}{']' * 5000}\n---\n# Tides\n\nThe bell rings.\n"),
    ],
)
def test_a_document_that_python_chokes_on_is_named(index: Path, tmp_path: Path, name: bytes, text: str) -> None:
    """Names and titles that UTF-8 cannot write and values nested too deeply: taken, or refused with the file's name."""
    folder = tmp_path / "documents"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(text)
    root = shutil.copytree(index, tmp_path / "index")  # whose encoder is taken over
    done = run("ingest", str(folder), "--index", str(root))
    shown = name.decode("utf-8", "backslashreplace")
    assert done.returncode == 0 or (MESSAGE.search(done.stderr) and shown in done.stderr), done.stderr


def test_a_file_to_write_is_checked_before_the_work(index: Path, tmp_path: Path) -> None:
    """`calibrate --out` names a file in a folder that is not there before any question is asked."""
    out = tmp_path / "none" / "calibration.json"
    done = run("calibrate", str(tmp_path / "questions.jsonl"), "--index", str(index), "--out", str(out))
    assert done.returncode == 1
    assert f"pincite: {out}: cannot be written" in done.stderr


def test_an_interrupted_ingest_says_so_and_leaves_nothing(corpus: Path, tmp_path: Path) -> None:
    """SIGINT while an ingest is at work ends it with exit code 1, and nothing staged stays."""
    root = tmp_path / "index"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [*PINCITE, "ingest", str(corpus), "--index", str(root)]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environment)
    while process.poll() is None and not (root / "staging" / "general-words.txt").exists():
        pass  # until it is in the middle
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert (process.returncode, told.split()) == (1, ["reading", "documents", "...", "Aborted!"])
    assert sorted(path.name for path in root.iterdir()) == ["bundles", "lock"]


@pytest.mark.parametrize("words", [["ingest", "gone"], ["ask", " "]])
def test_nobody_reads_the_errors(index: Path, words: list[str]) -> None:
    """The exit code says that the command failed even if standard error cannot be written."""
    with Path("/dev/full").open("wb") as full:
        line = [*PINCITE, *words, "--index", str(index)]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=full, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """`small_disk(options)`: mount a file system of its own, or mount it again with other options."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options: str) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True, check=False)
        if done.returncode:
            missing(f"nothing can be mounted here: {done.stderr.decode()}")
        return disk

    yield mount
    subprocess.run(["umount", disk], capture_output=True, check=False)


def test_an_ingest_onto_a_full_disk(index: Path, tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    """A disk without room for another index, and one that is read-only: a message, exit code 1, the old index live."""
    room = sum(path.stat().st_size for path in index.rglob("*")) + (8 << 20)
    root = small_disk(f"size={room}") / "index"
    shutil.copytree(index, root)
    (tmp_path / "new.md").write_text("# Lights\n\nThe harbour light is green.\n")
    before = run("ask", "is a sabbatical paid", "--json", "-k", "1", "--index", str(root)).stdout
    for options, problem in (("", "the disk is full"), ("remount,ro", "Read-only file system")):
        if options:
            small_disk(options)
        done = run("ingest", str(tmp_path / "new.md"), "--index", str(root))
        assert (done.returncode, done.stdout) == (1, "")
        stages = re.match(r"(?:[a-z ,]+ \.\.\.\n)*", done.stderr)
        assert stages
        assert MESSAGE.fullmatch(done.stderr[stages.end() :]), done.stderr
        assert problem in done.stderr
        after = run("ask", "is a sabbatical paid", "--json", "-k", "1", "--index", str(root)).stdout
        assert json.loads(after)["hits"] == json.loads(before)["hits"]
    report = json.loads(run("ingest", str(tmp_path / "new.md"), "--json", "--index", str(root)).stdout)
    assert (report["status"], report["index"], len(report["faults"])) == ("refused", None, 1)
