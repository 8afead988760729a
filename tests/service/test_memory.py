"""Memory tuning when an index is open: nothing in memory may change."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import numpy as np
import pytest

from pincite.index.models.encoder import ENCODER_WEIGHTS
from pincite.service.runtime import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux about its pages")


def address(values: memoryview | mmap.mmap) -> int:
    return int(np.frombuffer(values, dtype=np.uint8).__array_interface__["data"][0])


def test_compaction_changes_no_value_in_memory() -> None:
    """An array has the same values before and after."""
    held = np.random.default_rng(3).integers(0, 255, 16 << 20, dtype=np.uint8)
    before = held.copy()
    memory.compact_memory()
    assert np.array_equal(held, before)


def test_only_what_is_nearly_resident_becomes_huge_pages() -> None:
    """A range that was written to is listed, one that was only reserved is not."""
    size = 16 << 20
    with mmap.mmap(-1, size) as full, mmap.mmap(-1, size) as empty:
        full.write(b"x" * size)
        empty.write(b"x")
        start = address(full)
        found = memory._resident_huge_pages(start, start + size)
        assert len(found) >= 7
        assert all(place % (2 << 20) == 0 for place in found)
        start = address(empty)
        assert memory._resident_huge_pages(start, start + size) == []


@pytest.mark.parametrize("written", [False, True])
def test_mapped_weights_are_dropped_unless_written_to(tmp_path: Path, written: bool) -> None:
    """Dropped pages are read from the file again; written ones keep what was written."""
    path = tmp_path / ENCODER_WEIGHTS
    path.write_bytes(bytes(range(256)) * 4096)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as held:
        assert held[:256] == bytes(range(256))
        if written:
            held[:4] = b"mine"
        start = address(held)
        assert memory._written(start, start + len(held)) == written
        memory.compact_memory()
        there = (memory._page_entries(start, start + len(held)) & memory._PRESENT) > 0
        assert there.any() == written
        assert held[:4] == (b"mine" if written else bytes(range(4)))
        assert held[4:256] == bytes(range(4, 256))
