"""Commands that change an index document by document, and the question before documents leave it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pincite.index.storage.manifest import find_bundle
from pincite.service.cli.commands import main

COMMAND = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]


def run(*words: str) -> Result:
    """Run `pincite ...`. Anything but a clean exit is raised."""
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def root(index: Path, tmp_path: Path) -> str:
    """A copy of the index of two small documents."""
    return str(shutil.copytree(index, tmp_path / "root"))


@pytest.fixture
def bell(tmp_path: Path) -> str:
    """A document that the index does not hold."""
    (tmp_path / "bell.md").write_text("# Bell\n\nThe bell rings at noon.\n")
    return str(tmp_path / "bell.md")


def test_add_says_what_joined_and_what_was_there(corpus: Path, root: str, bell: str) -> None:
    """The line under the index id names the documents; done again, nothing changes."""
    result = run("add", bell, str(corpus / "tides.md"), "--index", root)
    assert result.exit_code == 0
    assert "\n1 added (bell); 1 already there (tides)\ndocuments 3, " in result.stdout
    again = run("add", bell, "--index", root)
    assert again.stdout.startswith(
        f"Unchanged: index {find_bundle(Path(root)).name} in {root}\n1 already there (bell)\n"
    )


def test_add_and_remove_report_in_json(root: str, bell: str) -> None:
    """--json prints the members of an ingest's report, with what joined and what left."""
    added = json.loads(run("add", bell, "--json", "--index", root).stdout)
    assert (added["status"], added["added"], added["replaced"], added["already_there"]) == (
        "published",
        ["bell"],
        [],
        [],
    )
    removed = json.loads(run("remove", "bell", "--json", "--index", root).stdout)
    assert (removed["status"], removed["gone"], removed["documents"]) == ("published", ["bell"], 2)
    refused = run("remove", "bell", "--json", "--index", root)
    assert (refused.exit_code, json.loads(refused.stdout)["status"]) == (1, "refused")
    assert "holds no document 'bell'" in refused.stderr


def test_add_skips_documents_at_fault(root: str, bell: str, tmp_path: Path) -> None:
    """--skip-bad publishes the others and exits with 4, as ingest does."""
    (tmp_path / "blank.md").write_text("")
    assert run("add", bell, str(tmp_path / "blank.md"), "--index", root).exit_code == 1
    result = run("add", bell, str(tmp_path / "blank.md"), "--skip-bad", "--index", root)
    assert (result.exit_code, "1 added (bell)" in result.stdout) == (4, True)


def ingest_on_terminal(root: str, answer: bytes, *words: str) -> tuple[int, str]:
    """Run `pincite ingest` with a terminal for all three streams; return its exit code and all that it printed."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "ingest", *words, "--index", root]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, answer)
    printed = b""
    try:
        while piece := os.read(ours, 4096):
            printed += piece
    except OSError:  # the last process with the terminal has ended
        pass
    os.close(ours)
    return process.wait(), printed.decode()


def test_a_terminal_is_asked_before_documents_leave(root: str, bell: str) -> None:
    """Without a yes, the index stays and the exit code is 1; with it, or with --yes, documents leave."""
    before = find_bundle(Path(root))
    for answer in (b"n\n", b"\n", b"\x04"):
        code, printed = ingest_on_terminal(root, answer, bell)
        assert (code, find_bundle(Path(root))) == (1, before)
        assert "2 documents of the index would leave it:\r\n  leave  (leave.md)\r\n  tides  (tides.md)\r\n" in printed
    assert "embedding" not in printed
    code, printed = ingest_on_terminal(root, b"y\n", bell)
    assert (code, "Publish without them? [y/N]" in printed, "Published index" in printed) == (0, True, True)
    run("rollback", "--index", root)
    code, printed = ingest_on_terminal(root, b"", bell, "--yes")
    assert (code, "Publish without" in printed) == (0, False)


def test_a_script_is_not_asked(root: str, bell: str) -> None:
    """Without a terminal an ingest publishes, and says which documents left."""
    result = run("ingest", bell, "--index", root)
    assert (result.exit_code, result.stderr.count("Publish without")) == (0, 0)
    assert "2 documents that were live are not in this index (leave, tides)" in result.stdout


def test_list_shows_every_document(root: str, bell: str) -> None:
    """The table has a line a document, aligned; --json has the same, with null for what is not known."""
    run("add", bell, "--index", root)
    head, *lines = run("list", "--index", root).stdout.splitlines()
    assert head.split() == ["id", "title", "passages", "publisher", "reviewed", "file"]
    assert [line.split()[0] for line in lines] == ["bell", "leave", "tides"]
    assert {line.rindex(line.split()[-1]) for line in lines} == {head.index("file")}
    listed = json.loads(run("list", "--json", "--index", root).stdout)
    assert listed[1] == {
        "id": "leave",
        "title": "Staff handbook",
        "passages": listed[1]["passages"],
        "publisher": "Harbour Works",
        "reviewed": "2024-03-01",
        "file": "leave.md",
    }
    assert (listed[0]["passages"], listed[0]["publisher"]) == (1, None)
    counts = json.loads(run("status", "--json", "--index", root).stdout)
    assert sum(entry["passages"] for entry in listed) == counts["passages"]


def test_status_says_what_is_live_and_what_is_kept(root: str, bell: str) -> None:
    """The live index, its size, model and settings, and the earlier ones with date and size."""
    earlier = find_bundle(Path(root))
    run("add", bell, "--index", root)
    live = find_bundle(Path(root))
    found = json.loads(run("status", "--json", "--index", root).stdout)
    assert (found["index"], found["documents"], found["files"], found["fault"]) == (live.name, 3, 3, None)
    assert found["bytes"] == sum(path.stat().st_size for path in live.iterdir())
    assert [(b["name"], b["live"]) for b in found["bundles"]] == [(live.name, True), (earlier.name, False)]
    shown = run("status", "--index", root).stdout
    assert "model     all-MiniLM-L6-v2\n" in shown
    assert "whole     yes\n" in shown
    assert f"\n       {earlier.name}  made " in shown


def test_status_of_an_index_that_is_not_whole(root: str) -> None:
    """The file and the remedy are named, and the exit code is 1; where there is no index, that is the error."""
    (find_bundle(Path(root)) / "sentences.npy").write_bytes(b"")
    result = run("status", "--index", root)
    assert (result.exit_code, "whole     no: " in result.stdout, "sentences.npy" in result.stdout) == (1, True, True)
    assert run("status", "--index", f"{root}/none").exit_code == run("list", "--index", f"{root}/none").exit_code == 1


def test_diff_compares_with_the_index_before(root: str, bell: str, tmp_path: Path) -> None:
    """Documents that joined are marked; with names the comparison goes the other way; differences are no error."""
    earlier, reply = find_bundle(Path(root)).name, tmp_path / "reply.json"
    assert "holds no index before" in run("diff", "--index", root).stderr
    reply.write_text(run("ask", "is a sabbatical paid", "-k", "1", "--json", "--index", root).stdout)
    run("add", bell, "--index", root)
    result = run("diff", "--index", root)
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (0, ["+ bell (Bell): added"])
    live = find_bundle(Path(root)).name
    back = json.loads(run("diff", live, earlier, "--json", "--index", root).stdout)
    assert [(change["kind"], change["id"]) for change in back["documents"]] == [("gone", "bell")]
    assert "unchanged, at the same place" in run("diff", "--citation", str(reply), "--index", root).stdout
    run("remove", "leave", "--index", root)
    assert "gone: no words near" in run("diff", "--citation", str(reply), "--index", root).stdout
    assert run("diff", "nothing", "--index", root).exit_code == 1
