"""The command line as people meet it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result
from fake_searcher import ANSWER

from pincite.index.storage.manifest import find_bundle
from pincite.service.cli import commands
from pincite.service.cli.commands import main

SHOWN = (
    "The documents answer this",
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


def test_ask_reads_standard_input(index: Path) -> None:
    """A single - takes the question from standard input."""
    assert "Sabbatical" in run("ask", "-", "--index", str(index), stdin="is a sabbatical paid\n").stdout


def test_ask_quotes_nothing_that_the_documents_do_not_say(index: Path) -> None:
    """When nothing is found, the answer says so and quotes nothing."""
    result = run("ask", "sourdough starter recipe", "--index", str(index))
    said, unmet = result.stdout.strip().split("\n\n")
    assert (said, result.exit_code) == ("The documents do not say.", 3)
    assert set(unmet.removeprefix("Nothing in them comes near: ").split(", ")) == {"sourdough", "starter", "recipe"}


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


def test_progress_says_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every ten seconds a line with what is done, the rate, and the time that is left; nothing before anything is."""
    now = iter([100.0, 111.0, 112.0, 133.0, 355.0])
    monkeypatch.setattr(commands, "time", SimpleNamespace(monotonic=lambda: next(now)))
    progress = commands._progress("passages")
    for done in (0, 100, 1023, 1275):
        progress(done, 40_000)
    assert capsys.readouterr().err.splitlines() == [
        "embedding passages: 100 of 40,000, 8.3 a second, about 4,788 s left",
        "embedding passages: 1,023 of 40,000, 31 a second, about 1,257 s left",
        "embedding passages: 1,275 of 40,000, 5.0 a second, about 7,745 s left",
    ]


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
