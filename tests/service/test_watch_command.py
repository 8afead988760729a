"""`pincite watch`: documents that change are ingested again, until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.manifest import find_bundle
from tools.small_model import write_small_model

PROGRAM = "from pincite.service.cli.commands import main; main()"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is exported in a second."""
    return write_small_model(tmp_path_factory.mktemp("small") / "model")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bell.md").write_text("# Bell\n\nThe bell rings at high water.\n")
    (folder / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
    return folder


@pytest.fixture
def start(model: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `pincite watch`, with the index in the folder that is watched, and end it with the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-c", PROGRAM, "watch", "--model", str(model), *arguments]
        environment = {**os.environ, "PINCITE_ENCODER_PRECISION": "float32"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        started.append(subprocess.Popen(command, text=True, env=environment, **pipes))  # type: ignore[call-overload]
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Return the next line that holds some words; the end of the output fails the test."""
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError("".join(seen))


def rest(stream: IO[str] | None) -> str:
    """Return what is left of a stream."""
    assert stream
    return stream.read()


def ids(index: Path) -> list[str]:
    """Return the ids of the documents of the live index."""
    records = DocumentStore(find_bundle(index))
    try:
        return [name for name, _ in records.titles()]
    finally:
        records.close()


def test_changes_are_published_and_faults_leave_the_index(
    folder: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """A new document joins, one at fault is named and published once corrected, a deleted one leaves; then it stops."""
    index = folder / "index"
    process = start(str(folder), "--index", str(index))
    line_with(process, "documents 2")
    assert ids(index) == ["bell", "fog"]
    (folder / "tide.md").write_text("# Tide\n\nHigh water is at noon.\n")
    line_with(process, "documents 3")
    assert ids(index) == ["bell", "fog", "tide"]
    (folder / "tide.md").write_bytes(b"# Tide\n\n\xff\xfe\n")
    assert "tide.md" in line_with(process, "pincite: ")
    assert ids(index) == ["bell", "fog", "tide"]
    (folder / "tide.md").write_text("# Tide\n\nLow water is at six.\n")
    line_with(process, "documents 3")
    (folder / "fog.md").unlink()
    line_with(process, "documents 2")
    assert ids(index) == ["bell", "tide"]
    process.send_signal(signal.SIGINT)
    assert "Stopped; the index stays as it is" in rest(process.stdout)
    assert process.wait() == 0


def test_one_file_is_watched_by_polling_and_terminated(
    folder: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """A file that was given alone is read again when it is replaced; its neighbours are not read; SIGTERM ends it."""
    index = tmp_path / "index"
    process = start(str(folder / "bell.md"), "--index", str(index), "--poll")
    line_with(process, "documents 1")
    (folder / "new").write_text("# Bell\n\nThe bell rings at low water.\n")
    os.replace(folder / "new", folder / "bell.md")
    line_with(process, "documents 1")
    assert ids(index) == ["bell"]
    process.send_signal(signal.SIGTERM)
    assert "Stopped" in rest(process.stdout)
    assert process.wait() == 0


@pytest.mark.parametrize("given", ["https://harbour.example/bell", "missing"])
def test_what_cannot_be_watched_is_named(
    given: str, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """A web address, or a path where nothing is, ends the command before anything is made."""
    process = start(given, "--index", str(tmp_path / "index"))
    assert given in rest(process.stdout)
    assert process.wait() == 1
    assert not (tmp_path / "index").exists()
