"""The command line as people meet it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import re
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result
from fake_searcher import ANSWER

from pincite.index.storage.manifest import find_bundle
from pincite.service import presentation
from pincite.service.cli import group
from pincite.service.cli.commands import main

SHOWN = (
    "Most likely answer:",
    "1. Staff handbook > Leave > Sabbatical",
    "(Harbour Works; reviewed 2024-03-01; leave, characters",
    ">>It is not paid.<<",
)


def run(*words: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """Run `pincite ...`. Anything but a clean exit is raised."""
    return CliRunner().invoke(main, words, input=stdin, env=env, catch_exceptions=False)


def test_ask_shows_the_citation_and_marks_the_sentence(index: Path) -> None:
    """The answer says its status first, then each passage's citation, source, place and marked sentence."""
    result = run("ask", "is", "a", "sabbatical", "paid", "--index", str(index))
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(part in result.stdout for part in SHOWN)


def test_ask_json_is_the_wire_format(index: Path) -> None:
    """--json prints exactly one JSON object with the fields callers rely on."""
    result = run("ask", "is a sabbatical paid", "--json", "-k", "1", "--index", str(index))
    answer = json.loads(result.stdout)
    assert set(answer) == set(ANSWER)
    assert [hit["citation"]["path"] for hit in answer["hits"]] == [["Leave", "Sabbatical"]]


def test_ask_names_other_places_with_the_same_words(index: Path, tmp_path: Path) -> None:
    """The terminal and --json name them with the one passage that is shown; -k counts distinct texts."""
    folder = tmp_path / "slips"
    folder.mkdir()
    for number in range(5):
        (folder / f"slip{number}.md").write_text("# Slipway\n\n## Winch\n\nThe winch lifts two tonnes.\n")
    (folder / "crane.md").write_text("# Crane\n\n## Load\n\nThe crane lifts nine tonnes.\n")
    root = str(shutil.copytree(index, tmp_path / "root"))
    assert run("ingest", str(folder), "--index", root).exit_code == 0
    asked = ("ask", "how much does the winch lift", "-k", "2", "--index", root)
    shown = run(*asked).stdout
    assert "1. Slipway > Winch" in shown
    assert "2. Crane > Load" in shown
    named = ", ".join(f"Slipway > Winch (slip{number})" for number in (1, 2, 3))
    assert f"The same words also stand in: {named} and 1 more place." in " ".join(shown.split())
    first, second = json.loads(run(*asked, "--json").stdout)["hits"]
    assert (first["also_in_count"], second["also_in_count"], second["also_in"]) == (4, 0, [])
    assert [c["document"] for c in first["also_in"]] == ["slip1", "slip2", "slip3", "slip4"]
    assert {c["quote"] for c in first["also_in"]} == {first["text"]}


def test_ask_reads_standard_input(index: Path) -> None:
    """A single - takes the question from standard input."""
    assert "Sabbatical" in run("ask", "-", "--index", str(index), stdin="is a sabbatical paid\n").stdout


def test_ask_quotes_nothing_that_the_documents_do_not_say(index: Path) -> None:
    """When nothing is found, the answer says so, quotes nothing, names what is unmatched, and a question to ask."""
    result = run("ask", "sourdough starter recipe", "--index", str(index))
    said, unmet, such_as = result.stdout.strip().split("\n\n")
    assert (said, result.exit_code) == ("The documents do not say.", 3)
    assert unmet.removeprefix("Nothing in them comes near: ").replace(",", "") == "sourdough starter recipe"
    assert such_as.startswith("Ask a question")


def test_ask_exits_with_5_when_the_documents_only_touch_on_it(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script can tell an answer from passages that are near."""
    present = presentation.present
    monkeypatch.setattr(
        presentation, "present", lambda answer, *of, **how: present(replace(answer, status="related"), *of, **how)
    )
    result = run("ask", "is a sabbatical paid", "--index", str(index))
    assert "touch on this" in result.stdout
    assert result.exit_code == 5


def test_an_error_for_a_damaged_index_names_the_way_back(index: Path, tmp_path: Path) -> None:
    """With an earlier bundle on disk roll-back is among the remedies, with the date; without one it is not."""
    root = shutil.copytree(index, tmp_path / "root")
    earlier = find_bundle(root)
    (tmp_path / "bell.md").write_text("The bell rings at noon.\n")
    run("ingest", str(tmp_path / "bell.md"), "--index", str(root))
    (find_bundle(root) / "passages.faiss").write_bytes(b"")
    said = run("check", "--index", str(root)).stderr
    assert re.search(rf"; or run `pincite rollback`, which publishes {earlier.name}, made .* UTC, 2 documents\n", said)
    shutil.rmtree(earlier)
    assert "rollback" not in run("check", "--index", str(root)).stderr


def test_check_counts_files_and_passages(index: Path) -> None:
    """`pincite check` names the index and counts files and passages."""
    report = json.loads(run("check", "--json", "--index", str(index)).stdout)
    assert report["index"] == find_bundle(index).name
    assert report["passages"] > 5


def test_ingest_says_when_nothing_changed(index: Path, corpus: Path) -> None:
    """Ingesting the same documents reports the live index as unchanged, and --outline shows the headings."""
    result = run("ingest", str(corpus), "--outline", "--index", str(index))
    assert result.exit_code == 0
    assert "Staff handbook\n  Leave\n    Carrying days over\n    Sabbatical\n  Safety\n" in result.stdout
    assert f"Unchanged: index {find_bundle(index).name}" in result.stdout


SOURCES = {
    "pier.md": "# Pier\n\nThe pier is lit from dusk.\n",
    "buoys.md": "---\nid: buoys\n---\nThe red buoy marks the reef.\n",
    "blank.md": "",
    "codes.txt": b"caf\xe9",
    "again.md": "---\nid: buoys\n---\nThe green buoy marks the wreck.\n",
    "map.xyz": "%PDF",
    "README.md": "About these notes.\n",
}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder of two good documents, three at fault, and four files that are no documents."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name, content in SOURCES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "linked").symlink_to(tmp_path)
    (folder / "lost.md").symlink_to("nowhere.md")
    return folder


AT_FAULT = ["blank.md", "buoys.md", "codes.txt, byte 3"]
LEFT_OUT = ["README.md", "linked", "lost.md", "map.xyz"]


def test_ingest_reports_every_fault_and_publishes_nothing(index: Path, mixed: Path, tmp_path: Path) -> None:
    """One run lists every document at fault and every file left out; the live index stays."""
    root = shutil.copytree(index, tmp_path / "root")
    result = run("ingest", str(mixed), "--index", str(root))
    assert (result.exit_code, result.stdout) == (1, "")
    for place in AT_FAULT:
        assert re.search(rf"^pincite: {mixed}/{place}: .+\n  remedy: .+$", result.stderr, re.MULTILINE), place
    assert all(f"note: {mixed}/{name}: left out, " in result.stderr for name in LEFT_OUT)
    assert "pincite: documents: 3 of 5 cannot be read, and nothing was published\n  remedy: " in result.stderr
    assert find_bundle(root).name == find_bundle(index).name
    report = json.loads(run("ingest", str(mixed), "--json", "--index", str(root)).stdout)
    assert (report["status"], report["index"], report["documents"]) == ("refused", None, 0)
    assert sorted(fault["place"] for fault in report["faults"]) == [f"{mixed}/{place}" for place in AT_FAULT]
    assert [entry["file"] for entry in report["left_out"]] == [f"{mixed}/{name}" for name in LEFT_OUT]


def test_ingest_skips_documents_at_fault(index: Path, mixed: Path, tmp_path: Path) -> None:
    """--skip-bad publishes the rest and exits with 4, also when it is run again; without it, the same is refused."""
    root = shutil.copytree(index, tmp_path / "root")
    words = ("ingest", str(mixed), "--index", str(root))
    reports = [run(*words, "--skip-bad", "--json") for _ in range(2)]
    first, second = (json.loads(result.stdout) for result in reports)
    assert ([r.exit_code for r in reports], first["status"], second["status"]) == ([4, 4], "published", "unchanged")
    assert (first["documents"], first["passages"], first["index"]) == (2, 2, find_bundle(root).name)
    assert (first["gone"], second["gone"]) == (["leave", "tides"], [])
    # a log shows at once what takes its time
    assert reports[0].stderr.startswith("reading documents ...\nembedding passages ...\n")
    assert first["faults"] == second["faults"]
    assert first["left_out"] == second["left_out"]
    assert first["seconds"] > 0
    result = run(*words, "--skip-bad")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (4, f"Unchanged: index {first['index']} in {root}")
    assert "pincite: documents: 3 could not be read and were left out\n  remedy: " in result.stderr
    assert run(*words).exit_code == 1
    for name in ("blank.md", "codes.txt", "again.md"):
        (mixed / name).unlink()
    result = run(*words)
    assert (result.exit_code, "left out" in result.stderr, find_bundle(root).name == first["index"]) == (0, True, False)


def test_ingest_refuses_when_every_document_is_at_fault(index: Path, tmp_path: Path) -> None:
    """--skip-bad leaves no index without a document."""
    (tmp_path / "blank.md").write_text("")
    root = shutil.copytree(index, tmp_path / "root")
    assert run("ingest", str(tmp_path / "blank.md"), "--skip-bad", "--index", str(root)).exit_code == 1
    assert find_bundle(root).name == find_bundle(index).name


def test_ingest_lists_no_more_than_fits_on_a_terminal(tmp_path: Path) -> None:
    """The terminal shows the first of thousands of faults, and how many more; --verbose and --json have all."""
    (tmp_path / "many").mkdir()
    for number in range(1200):
        (tmp_path / "many" / f"{number:04}.md").write_text("")
        (tmp_path / "many" / f"{number:04}.png").write_text("")
    words = ("ingest", str(tmp_path / "many"), "--index", str(tmp_path / "root"))
    lines = run(*words).stderr.splitlines()
    assert len(lines) < 80
    assert "note: 1,180 more documents at fault; --verbose prints all" in lines
    assert "note: 1,180 more files left out; --verbose prints all" in lines
    result = run(*words, "--verbose")
    assert (result.exit_code, len(re.findall(r"\d{4}\.(?:md|png): ", result.stderr))) == (1, 2400)
    report = json.loads(run(*words, "--json").stdout)
    assert (len(report["faults"]), len(report["left_out"])) == (1200, 1200)


def test_ingest_reports_ids_that_moved(index: Path, tmp_path: Path) -> None:
    """A namesake that comes or goes moves an id, and the report names the document, its new id and its old one."""
    root = shutil.copytree(index, tmp_path / "root")
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "Lamp Times.md").write_text("The lamps are lit at dusk.\n")
    words = ("ingest", str(folder), "--index", str(root))
    assert "has the id" not in run(*words).stderr
    (folder / "lamp-times.md").write_text("The lamps are lit at ten.\n")
    told = run(*words).stderr
    assert re.search(
        r"^note: Lamp Times\.md: has the id lamp-times-[0-9a-f]{8} now; it had lamp-times\n$", told, re.MULTILINE
    )
    (folder / "Lamp Times.md").unlink()
    told = run(*words).stderr
    assert re.search(
        r"^note: lamp-times\.md: has the id lamp-times now; it had lamp-times-[0-9a-f]{8}\n$", told, re.MULTILINE
    )
    (folder / "lamp-times.md").rename(folder / "LAMP times.md")
    (folder / "LAMP times.md").write_text("The lamps are dark.\n")
    assert "note: LAMP times.md: has the id lamp-times now, which lamp-times.md had\n" in run(*words).stderr


@pytest.mark.parametrize("path", ["", "  "])
def test_ingest_refuses_an_empty_path(index: Path, path: str) -> None:
    """An empty path, as an unset variable of a shell gives, does not stand for the current folder."""
    result = run("ingest", path, "--index", str(index))
    assert result.exit_code == 1
    assert result.stderr.startswith("pincite: PATH: is empty\n  remedy: give the path of a document")


def test_progress_says_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stage is named when it begins; then every ten seconds what is done, the rate, and the time that is left."""
    now = iter([100.0, 111.0, 112.0, 133.0, 355.0])
    monkeypatch.setattr(group, "time", SimpleNamespace(monotonic=lambda: next(now)))
    progress = group.progress("embedding passages")
    for done in (0, 100, 1023, 1275):
        progress(done, 40_000)
    assert capsys.readouterr().err.splitlines() == [
        "embedding passages ...",
        "embedding passages: 100 of 40,000, 8.3 a second, about 80 minutes left",
        "embedding passages: 1,023 of 40,000, 31 a second, about 21 minutes left",
        "embedding passages: 1,275 of 40,000, 5.0 a second, about 2.2 hours left",
    ]


def test_progress_on_a_terminal_is_one_line_for_each_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stage is shown at once and overwritten ten times a second; its last count, or one fetch, ends the line."""
    now = iter([100.0, 100.05, 160.0, 170.0, 200.0, 202.0])
    monkeypatch.setattr(group, "time", SimpleNamespace(monotonic=lambda: next(now)))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = group.progress("reading documents")
    for done in (1, 1234, 10_000):
        progress(done, 10_000)
    group.progress("fetching https://harbour.example/")(1, 1)
    first, second, _ = capsys.readouterr().err.split("\n")
    assert [shown.rstrip() for shown in first.split("\r")] == [
        "reading documents ...",
        "reading documents: 1,234 of 10,000, 21 a second, about 7 minutes left",
        "reading documents: 10,000 of 10,000, 143 a second, about 0 s left",
    ]
    assert second == "fetching https://harbour.example/ ..."


def test_eval_scores_a_question_file(index: Path, tmp_path: Path) -> None:
    """eval counts a right section and evidence as such, and reports statuses by kind."""
    answerable = {"kind": "in", "style": "plain"}
    questions = [
        {"id": "1", "question": "is a sabbatical paid", "sections": ["Leave > Sabbatical"], "facts": ["not paid"]},
        {"id": "2", "question": "when does the bell ring", "sections": ["Low water"], "facts": ["bell"]},
        {"id": "3", "question": "capital of Mongolia", "kind": "far_out"},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(answerable | question) for question in questions))
    result = json.loads(run("eval", str(path), "--json", "--index", str(index)).stdout)
    assert (
        result["answerable"],
        result["measures"]["section@1"]["mean"],
        result["measures"]["evidence@1"]["mean"],
    ) == (2, 0.5, 0.5)
    assert result["statuses"]["far_out"] == {"not_found": 1}
    assert "section@1" in run("eval", str(path), "--index", str(index)).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ask", "x", "--index", "GONE"], "pincite: GONE: holds no index\n  remedy: run `pincite ingest` first"),
        (["ask", " "], "pincite: question: is empty"),
        (["ask", "a" * 20_000], "pincite: question: has 20,000 characters; 2,000 at most"),
        (["ingest", "GONE"], "pincite: GONE: no such file or folder"),
        (["ingest", "EMPTY"], "pincite: EMPTY: holds no documents\n  remedy: add files ending in .md"),
        (["ingest", "BAD"], "bad.md, byte 3: not UTF-8: 0xff cannot stand here\n  remedy: save the file as UTF-8"),
        (["serve", "--port", "70000"], "pincite: --port: '70000' is not a whole number from 0 to 65535"),
        (["serve", "--port", "TAKEN"], "another program has this port\n  remedy: choose another with --port"),
        (["serve", "--port", "0", "--index", "GONE"], "pincite: GONE: holds no index"),
        (["check", "--index", "DAMAGED"], "sentences.npy: is damaged: its checksum is not the manifest's"),
        (["eval", "GONE"], "pincite: GONE: cannot be read"),
        (["eval", "QUESTIONS"], "q.jsonl:2: is not a labelled question"),
    ],
)
def test_every_error_has_its_remedy(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    """Each fault is one message on stderr (place, problem, remedy), nothing on stdout, exit code 1."""
    monkeypatch.chdir(tmp_path)
    Path("EMPTY").mkdir()
    Path("BAD").mkdir()
    Path("BAD/bad.md").write_bytes(b"abc\xff")
    Path("QUESTIONS").write_text("")
    good = {"id": "1", "question": "x", "kind": "in"}
    Path("q.jsonl").write_text(json.dumps(good) + '\n{"id": 2}\n')
    words = ["q.jsonl" if w == "QUESTIONS" else w for w in words]
    if "DAMAGED" in words:
        shutil.copytree(index, "DAMAGED")
        path = find_bundle(Path("DAMAGED")) / "sentences.npy"
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run(*[port if w == "TAKEN" else w for w in words], env={"PINCITE_INDEX": str(index)})
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [["ask"], ["ask", "x", "-k", "0"], ["ask", "x", "--colour"], ["frobnicate"], []])
def test_a_command_not_understood_exits_with_2(words: list[str]) -> None:
    """Missing arguments, values out of range and unknown options or commands exit with 2."""
    assert run(*words).exit_code == 2


def test_every_command_has_help_a_newcomer_can_act_on() -> None:
    """Each command, and each of its options, says what it does."""
    assert "pincite ingest" in run("--help").stdout
    for name, command in main.commands.items():
        result = run(name, "-h")
        assert (result.exit_code, result.stdout.startswith("Usage: ")) == (0, True)
        assert command.help
        assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_a_setting_that_does_not_exist_is_refused(index: Path) -> None:
    """A misspelt PINCITE_ variable stops the command instead of being passed over."""
    result = run("ask", "x", env={"PINCITE_INDX": str(index)})
    assert (result.exit_code, "PINCITE_INDX: no such setting" in result.stderr) == (1, True)
