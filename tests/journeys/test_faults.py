"""A disk that is full or broken: a sample of what `python -m tools.inject_faults` does to every call of an ingest."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace

import pytest
from browser import missing

from tools.inject_faults import CALLS, Bench, Point, choose, run, told


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """An index of two small documents, one of which changes."""
    if not shutil.which("strace"):
        missing("there is no strace")
    return Bench(tmp_path_factory.mktemp("bench") / "faults")


def test_every_fault_is_told_and_the_index_stays_whole(bench: Bench) -> None:
    """24 faults, each kind of call in turn: a message or success, a whole index, nothing staged, a next ingest."""
    points = bench.points(CALLS)
    assert {"write", "pwrite64", "fsync", "fdatasync", "rename", "mkdir", "openat"} <= {p.call for p in points}
    outcomes = run(bench, choose(points, 1, sample=24, seed=1), jobs=2)
    assert len(outcomes) == 24
    assert all(o.reached and not o.broken for o in outcomes), told(outcomes)


def test_each_file_that_cannot_be_opened_or_written_is_the_one_named(bench: Bench) -> None:
    """SQLite and ONNX name no file of themselves: where either meets a fault, the message names that very file."""
    points = bench.points(["openat", "write"])
    chosen = [p for p in points if p.call == "openat" and 'documents.sqlite", O_RDONLY|O_NOFOLLOW' in p.what]
    chosen += [p for p in points if p.call == "write" and "/cross-encoder.onnx>" in p.what]
    assert len(chosen) >= 3
    outcomes = run(bench, [(point, "EIO") for point in chosen], jobs=2)
    assert all(o.reached and not o.broken for o in outcomes), told(outcomes)


def test_a_broken_promise_is_counted(bench: Bench) -> None:
    """The check can fail: another index than was to be made, and a fault that was never met, are counted."""
    bench.points(["rename"])
    bench, made = copy(bench), bench.new
    bench.new = "0123abcd"  # what no ingest makes
    broken = bench.inject(Point("rename", 60_000, "never met"), "EIO", bench.folder / "planted")
    assert not broken.reached
    assert [said.split()[0] for said in broken.broken] == [made, "the"]
    assert "2 faults, 2 not reached, 1 kept every promise" in told([broken, replace(broken, broken=())])
