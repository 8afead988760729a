"""Faults that an ingest, an addition and a removal meet: short forms of the commands in tools/faults/."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace

import pytest
from browser import missing

from tools.faults.bench import COMMANDS, KILLED, FaultBench
from tools.faults.calls import (
    ERRORS,
    KILL,
    READING_CALLS,
    WRITING_CALLS,
    FaultPoint,
    choose_faults,
    each_place,
    inject,
    inject_all,
    record_points,
    summary,
)
from tools.faults.memory import shrink
from tools.faults.together import pairs, race


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> FaultBench:
    """An index of two small documents, one of which changes."""
    if not shutil.which("strace"):
        missing("there is no strace")
    return FaultBench(tmp_path_factory.mktemp("bench") / "faults")


@pytest.fixture(scope="module")
def points(bench: FaultBench) -> list[FaultPoint]:
    """Every call of each command to the index or the documents."""
    calls = [*WRITING_CALLS, *READING_CALLS]
    return [point for command in COMMANDS for point in record_points(bench, command, calls)]


def test_every_fault_is_told_and_the_index_stays_whole(bench: FaultBench, points: list[FaultPoint]) -> None:
    """16 faults, each kind of call in turn: a message or success, a whole index, nothing staged, a next run."""
    writing = [point for point in points if point.call in WRITING_CALLS]
    assert {"write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir", "openat"} <= {p.call for p in writing}
    outcomes = inject_all(bench, choose_faults(writing, ERRORS, 1, sample=16, seed=1), jobs=2)
    assert (len(outcomes), {o.point.command for o in outcomes}) == (16, {*COMMANDS})
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_a_kill_at_any_kind_of_call_leaves_old_or_new(bench: FaultBench, points: list[FaultPoint]) -> None:
    """SIGKILL at ten calls, each of another kind: the old index or the new one is whole, and the next run works."""
    outcomes = inject_all(bench, choose_faults(points, (KILL,), 1, sample=10, seed=1), jobs=2)
    assert (len({o.point.call for o in outcomes}), {o.point.command for o in outcomes}) == (10, {*COMMANDS})
    assert all(o.exit_code == KILLED and not o.broken_promises for o in outcomes), summary(outcomes)


def test_too_little_memory_is_said_and_the_index_stays_whole(bench: FaultBench) -> None:
    """At the highest of three limits of either kind a command ends well; below, it says which limit to raise."""
    for command, kind in (("ingest", "as"), ("add", "data")):
        ends = list(shrink(bench, command, kind, steps=3))
        assert not any(broken for _, _, broken in ends), ends
        assert [process.returncode for _, process, _ in ends] == [0, 1, 1]
        assert all("raise the limit (ulimit" in process.stderr for _, process, _ in ends[1:])


def test_of_two_commands_at_once_one_is_refused(bench: FaultBench) -> None:
    """Started at the same moment, one is published whole; the other is, after it, or says that another is at work."""
    for pair in (pairs(bench)[0], pairs(bench)[-1]):
        outcome, broken = race(bench, pair, bench.folder / "together")
        assert not broken
        assert outcome.partition(": ")[2] in ("both, one after the other", "one, the other refused")


def test_each_file_that_cannot_be_opened_or_written_is_the_one_named(
    bench: FaultBench, points: list[FaultPoint]
) -> None:
    """SQLite and ONNX Runtime name no file of themselves: where either meets a fault, the message has its name."""
    of_ingest = [point for point in points if point.command == "ingest"]
    opened = ('documents.sqlite", O_RDONLY|O_NOFOLLOW', 'encoder.weights", O_RDONLY|O_NONBLOCK', '/lock", O_RDWR')
    chosen = [p for p in of_ingest if p.call == "openat" and any(words in p.trace_text for words in opened)]
    chosen += [p for p in of_ingest if p.call == "write" and "/cross-encoder.onnx>" in p.trace_text]
    assert all(any(words in p.trace_text for p in chosen) for words in opened)
    outcomes = inject_all(bench, [(point, "EIO") for point in chosen], jobs=2)
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_a_broken_promise_is_counted(bench: FaultBench) -> None:
    """The check can fail: another index than was to be made, and a fault that was never met, are counted."""
    bench, made = copy(bench), bench.new_ids["ingest"]
    bench.new_ids = {**bench.new_ids, "ingest": "0123abcd"}  # what no ingest makes
    broken = inject(bench, FaultPoint("ingest", "rename", 60_000, "never met"), "EIO", bench.folder / "planted")
    assert not broken.reached
    assert [said.split()[0] for said in broken.broken_promises] == [made, "the"]
    assert "2 faults, 2 not reached, 1 kept every promise" in summary([broken, replace(broken, broken_promises=())])


def test_calls_of_a_loop_are_one_place() -> None:
    """The first and the last stand for all calls that differ in numbers alone, after calls that do."""
    texts = [
        "openat(3</a>)",
        *(f'write({n}</x/a.npy>, ""..., {n * 100}) = {n}' for n in range(5)),
        "close(3</x/a.npy>)",
    ]
    points = [FaultPoint("add", text.split("(")[0], number, text) for number, text in enumerate(texts)]
    assert [point.number for point in each_place(points)] == [0, 1, 2, 5, 6]
