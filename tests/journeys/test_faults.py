"""Faults that an ingest meets: short forms of `python -m tools.faults.calls`, `.memory` and `.together`."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace

import pytest
from browser import missing

from tools.faults.bench import KILLED, FaultBench
from tools.faults.calls import (
    ERRORS,
    KILL,
    READING_CALLS,
    WRITING_CALLS,
    FaultPoint,
    choose_faults,
    inject,
    inject_all,
    record_points,
    summary,
)
from tools.faults.memory import shrink
from tools.faults.together import race


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> FaultBench:
    """An index of two small documents, one of which changes."""
    if not shutil.which("strace"):
        missing("there is no strace")
    return FaultBench(tmp_path_factory.mktemp("bench") / "faults")


def test_every_fault_is_told_and_the_index_stays_whole(bench: FaultBench) -> None:
    """16 faults, each kind of call in turn: a message or success, a whole index, nothing staged, a next ingest."""
    points = record_points(bench, WRITING_CALLS)
    assert {"write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir", "openat"} <= {p.call for p in points}
    outcomes = inject_all(bench, choose_faults(points, ERRORS, 1, sample=16, seed=1), jobs=2)
    assert len(outcomes) == 16
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_a_kill_at_any_kind_of_call_leaves_old_or_new(bench: FaultBench) -> None:
    """SIGKILL at ten calls, each of another kind: the old index or the new one is whole, and the next ingest works."""
    points = record_points(bench, [*WRITING_CALLS, *READING_CALLS])
    outcomes = inject_all(bench, choose_faults(points, (KILL,), 1, sample=10, seed=1), jobs=2)
    assert len({o.point.call for o in outcomes}) == 10
    assert all(o.exit_code == KILLED and not o.broken_promises for o in outcomes), summary(outcomes)


def test_too_little_memory_is_said_and_the_index_stays_whole(bench: FaultBench) -> None:
    """At the highest of three limits of either kind an ingest ends well; below, it says which limit to raise."""
    for kind in ("as", "data"):
        ends = list(shrink(bench, kind, steps=3))
        assert not any(broken for _, _, broken in ends), ends
        assert [process.returncode for _, process, _ in ends] == [0, 1, 1]
        assert all("raise the limit (ulimit" in process.stderr for _, process, _ in ends[1:])


def test_of_two_ingests_at_once_one_is_refused(bench: FaultBench) -> None:
    """Started at the same moment, one is published whole; the other is, after it, or says that another is at work."""
    outcome, broken = race(bench, bench.folder / "together")
    assert not broken
    assert outcome in ("both, one after the other", "one, the other refused")


def test_each_file_that_cannot_be_opened_or_written_is_the_one_named(bench: FaultBench) -> None:
    """SQLite and ONNX name no file of themselves: where either meets a fault, the message names that very file."""
    points = record_points(bench, ["openat", "write"])
    chosen = [p for p in points if p.call == "openat" and 'documents.sqlite", O_RDONLY|O_NOFOLLOW' in p.trace_text]
    chosen += [p for p in points if p.call == "write" and "/cross-encoder.onnx>" in p.trace_text]
    assert len(chosen) >= 3
    outcomes = inject_all(bench, [(point, "EIO") for point in chosen], jobs=2)
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_a_broken_promise_is_counted(bench: FaultBench) -> None:
    """The check can fail: another index than was to be made, and a fault that was never met, are counted."""
    bench, made = copy(bench), bench.new_id
    bench.new_id = "0123abcd"  # what no ingest makes
    broken = inject(bench, FaultPoint("rename", 60_000, "never met"), "EIO", bench.folder / "planted")
    assert not broken.reached
    assert [said.split()[0] for said in broken.broken_promises] == [made, "the"]
    assert "2 faults, 2 not reached, 1 kept every promise" in summary([broken, replace(broken, broken_promises=())])
