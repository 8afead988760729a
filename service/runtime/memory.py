"""Best-effort memory tuning on Linux with glibc: one malloc arena, transparent huge pages. A no-op elsewhere.

Each is a wish: another C library than GNU's, or another system than Linux, goes without.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.cross_encoder import CROSS_ENCODER_WEIGHTS as JUDGE_WEIGHTS
from pincite.index.models.encoder import ENCODER_WEIGHTS

_HEAPS = -8  # glibc's M_ARENA_MAX
_DROP, _COLLAPSE = 4, 25  # Linux's MADV_DONTNEED and MADV_COLLAPSE
_PAGE, _LARGE = mmap.PAGESIZE, 1 << 21  # bytes
_THERE, _OF_A_FILE = np.uint64(1 << 63), np.uint64(1 << 61)  # what the map of pages says of one
_FULL = 0.95  # of a large page: with less, there would be more memory than before


def limit_malloc_arenas() -> None:
    """Keep one heap for all threads: each of its own would hold on to what a question once took."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_HEAPS, 1)


def compact_memory() -> None:
    """Give back what opening an index left behind, and put the rest into large pages.

    Weights that ONNX Runtime has packed lie in the map of their file as well, and are not read there again. In large
    pages a run of the encoder takes 7% less (docs/decisions/0012-speed.md); making them takes .02 to .05 s.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.malloc_trim(0)
        library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end, file in _writable():
            if not file:
                for at in _full(start, end):
                    library.madvise(at, _LARGE, _COLLAPSE)  # refused where the system will not
            elif Path(file).name in (ENCODER_WEIGHTS, JUDGE_WEIGHTS) and not _written(start, end):
                library.madvise(start, end - start, _DROP)


def _writable() -> Iterator[tuple[int, int, str]]:
    """Yield the ranges of memory that this process may write to, with the file behind each."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, allowed, _, _, node, *file = line.split(maxsplit=5)
        if allowed.startswith("rw"):
            start, end = span.split("-")
            yield int(start, 16), int(end, 16), file[0] if node != "0" else ""


def _pages(start: int, end: int) -> NDArray[np.uint64]:
    """Return the kernel's entry for each page of a range (/proc/self/pagemap)."""
    with open("/proc/self/pagemap", "rb", buffering=0) as pages:
        pages.seek(start // _PAGE * 8)
        return np.frombuffer(pages.read((end - start) // _PAGE * 8), dtype=np.uint64)


def _full(start: int, end: int) -> list[int]:
    """Yield the parts of a range where a huge page would hold hardly more than is resident."""
    start, end = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
    if start >= end:
        return []
    there = ((_pages(start, end) & _THERE) > 0).reshape(-1, _LARGE // _PAGE).mean(axis=1)
    return [start + _LARGE * int(place) for place in np.flatnonzero(there >= _FULL)]


def _written(start: int, end: int) -> bool:
    """Return whether a page of a file's range was written to since it was mapped: that would be lost."""
    pages = _pages(start, end)
    return bool((((pages & _THERE) > 0) & ((pages & _OF_A_FILE) == 0)).any())
