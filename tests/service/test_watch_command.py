"""`pincite watch`: documents that change are published, until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.publishing.document_names import read_names
from pincite.service.cli.shelf.document_changes import WatchedPaths, wait_for_change
from tools.small_model import write_small_model

PROGRAM = "from pincite.service.cli.commands import main; main()"
Start = Callable[..., subprocess.Popen[str]]


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
def start(model: Path) -> Iterator[Start]:
    """Start `pincite watch`; what still runs ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-c", PROGRAM, "watch", "--model", str(model), *words]
        environment = {**os.environ, "PINCITE_ENCODER_PRECISION": "float32"}
        started.append(
            subprocess.Popen(command, text=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Return the next line that holds some words; the end of the output fails the test."""
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError("".join(seen))


def stop(process: subprocess.Popen[str], number: signal.Signals) -> list[str]:
    """Send a signal, and return the lines that are left; the exit code is 0."""
    process.send_signal(number)
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 0
    return lines


def test_documents_join_change_are_at_fault_and_leave(folder: Path, start: Start) -> None:
    """Each publication is one line; a fault leaves the live index, and its correction is published; Ctrl-C ends it."""
    index = folder / "index"  # inside what is watched: its files are neither documents nor changes
    process = start(str(folder), "--index", str(index))
    assert "2 added (bell, fog); documents 2, passages 2; embedded 4" in line_with(process, "Published index")
    line_with(process, "Watching ")
    (folder / "tide.md").write_text("# Tide\n\nHigh water is at noon.\n")
    assert "1 added (tide); documents 3, passages 3; embedded 2" in line_with(process, "Published index")
    live = find_bundle(index)
    (folder / "tide.md").write_bytes(b"# Tide\n\n\xff\xfe\n")
    assert "tide.md, byte 8: not UTF-8" in line_with(process, "pincite: ")
    line_with(process, "nothing was published")
    assert find_bundle(index) == live
    (folder / "tide.md").write_text("# Tide\n\nLow water is at six.\n")
    assert ": 1 changed (tide); documents 3" in line_with(process, "Published index")
    (folder / "fog.md").unlink()
    assert ": 1 gone (fog); documents 2" in line_with(process, "Published index")
    (folder / "tide.md").rename(folder / "ebb.md")
    assert ": 1 renamed (ebb); documents 2" in line_with(process, "Published index")
    assert {*read_names(index).digests} == {"bell", "ebb"}
    assert stop(process, signal.SIGINT) == ["Stopped; the index stays as it is."]


def test_a_file_is_watched_without_its_neighbours(folder: Path, tmp_path: Path, start: Start) -> None:
    """A file that another takes the place of is read again, by comparison, too; SIGTERM ends it."""
    process = start(str(folder / "bell.md"), "--index", str(tmp_path / "index"), "--poll")
    line_with(process, "Watching ")
    (folder / "new").write_text("# Bell\n\nThe bell rings at low water, and in fog.\n")
    (folder / "fog.md").write_text("Nobody reads this.\n")
    os.replace(folder / "new", folder / "bell.md")
    assert ": 1 changed (bell); documents 1" in line_with(process, "Published index")
    assert stop(process, signal.SIGTERM) == ["Stopped; the index stays as it is."]


def test_a_folder_that_comes_back_is_watched_again(folder: Path, tmp_path: Path, start: Start) -> None:
    """While it is missing, that is the fault; nothing is published when it is back as it was."""
    process = start(str(folder), "--index", str(tmp_path / "index"))
    line_with(process, "Watching ")
    folder.rename(tmp_path / "elsewhere")
    line_with(process, "no such file or folder")
    (tmp_path / "elsewhere").rename(folder)
    line_with(process, "Unchanged: index ")
    (folder / "fog.md").unlink()
    assert ": 1 gone (fog)" in line_with(process, "Published index")


@pytest.mark.parametrize("given", ["https://harbour.example/bell", "missing.md"])
def test_what_cannot_be_watched_is_an_error(given: str, tmp_path: Path, start: Start) -> None:
    """A web address, or a path where nothing is, ends the command before anything is made."""
    process = start(given, "--index", str(tmp_path / "index"))
    printed = process.communicate()[0]
    assert (process.returncode, f"pincite: {given}: " in printed) == (1, True)
    assert not (tmp_path / "index").exists()


def ticks(*times: float) -> Callable[[], float]:
    return iter(times).__next__


def test_changes_are_waited_for_until_they_rest() -> None:
    """A wait ends after the quiet, or after the longest wait where there is none."""
    batches = iter([False, True, True, False, False, False])
    assert wait_for_change(batches, 2, 60, clock=ticks(0, 1, 2, 3, 4, 5, 6))
    assert [*batches] == [False]  # 2 s after the last change
    always = iter([True] * 10)
    assert wait_for_change(always, 2, 3, clock=ticks(*range(20)))
    assert len([*always]) == 6


def test_a_wait_is_given_up_only_without_a_change() -> None:
    """After an error that no document causes, the wait ends by itself; a change that has come is waited out."""
    assert not wait_for_change([False] * 9, 2, 60, 5, ticks(*range(20)))
    assert wait_for_change([False] * 3 + [True] * 4 + [False] * 3, 2, 60, 5, ticks(*range(20)))


def test_hidden_files_and_the_index_are_no_changes(tmp_path: Path) -> None:
    """A folder above a path concerns it, since the path may come and go with that; neighbours do not."""
    (tmp_path / "a").mkdir()
    watched = WatchedPaths([tmp_path / "a", tmp_path / "note.md"], tmp_path / "a" / "index")
    concerned = ["a", "a/b.md", "a/new/b.md", "note.md", ""]
    others = ["a/.git/b.md", "a/.b.md.swp", "a/index", "a/index/CURRENT", "ab.md", "note.md~", "b/a"]
    for names, expected in ((concerned, True), (others, False)):
        assert {name: watched.concerns(str(tmp_path / name).rstrip("/")) for name in names} == dict.fromkeys(
            names, expected
        )


def test_a_link_is_watched_where_it_lies_and_where_it_leads(tmp_path: Path) -> None:
    """A file may be changed, or another linked."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    (tmp_path / "there" / "bell.md").write_text("The bell rings.\n")
    (tmp_path / "here" / "link.md").symlink_to(tmp_path / "there" / "bell.md")
    watched = WatchedPaths([tmp_path / "here" / "link.md"], tmp_path / "index")
    assert watched.parents == [str(tmp_path / "here"), str(tmp_path / "there")]
    assert watched.concerns(str(tmp_path / "there" / "bell.md"))
    assert watched.concerns(str(tmp_path / "here" / "link.md"))
