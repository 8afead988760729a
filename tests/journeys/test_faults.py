"""A disk that is full or broken: a sample of what `python -m tools.inject_faults` does to every call of an ingest."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace

import pytest
from browser import missing

from tools.inject_faults import SYSTEM_CALLS, FaultBench, FaultPoint, choose_faults, inject_all, summary


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> FaultBench:
    """An index of two small documents, one of which changes."""
    if not shutil.which("strace"):
        missing("there is no strace")
    return FaultBench(tmp_path_factory.mktemp("bench") / "faults")


def test_every_fault_is_told_and_the_index_stays_whole(bench: FaultBench) -> None:
    """24 faults, each kind of call in turn: a message or success, a whole index, nothing staged, a next ingest."""
    points = bench.record_points(SYSTEM_CALLS)
    assert {"write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir", "openat"} <= {p.call for p in points}
    outcomes = inject_all(bench, choose_faults(points, 1, sample=24, seed=1), jobs=2)
    assert len(outcomes) == 24
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_each_file_that_cannot_be_opened_or_written_is_the_one_named(bench: FaultBench) -> None:
    """SQLite and ONNX name no file of themselves: where either meets a fault, the message names that very file."""
    points = bench.record_points(["openat", "write"])
    chosen = [p for p in points if p.call == "openat" and 'documents.sqlite", O_RDONLY|O_NOFOLLOW' in p.trace_text]
    chosen += [p for p in points if p.call == "write" and "/cross-encoder.onnx>" in p.trace_text]
    assert len(chosen) >= 3
    outcomes = inject_all(bench, [(point, "EIO") for point in chosen], jobs=2)
    assert all(o.reached and not o.broken_promises for o in outcomes), summary(outcomes)


def test_a_broken_promise_is_counted(bench: FaultBench) -> None:
    """The check can fail: another index than was to be made, and a fault that was never met, are counted."""
    bench.record_points(["rename"])
    bench, made = copy(bench), bench.new_id
    bench.new_id = "0123abcd"  # what no ingest makes
    broken = bench.inject(FaultPoint("rename", 60_000, "never met"), "EIO", bench.folder / "planted")
    assert not broken.reached
    assert [said.split()[0] for said in broken.broken_promises] == [made, "the"]
    assert "2 faults, 2 not reached, 1 kept every promise" in summary([broken, replace(broken, broken_promises=())])
