"""Memory tuning, best-effort, on Linux with glibc: one malloc arena, transparent huge pages. A no-op elsewhere."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.cross_encoder import CROSS_ENCODER_WEIGHTS
from pincite.index.models.encoder import ENCODER_WEIGHTS

_M_ARENA_MAX = -8  # of mallopt()
_MADV_DONTNEED, _MADV_COLLAPSE = 4, 25
_PAGE_BYTES, _HUGE_PAGE_BYTES = mmap.PAGESIZE, 1 << 21
_PRESENT, _FILE_BACKED = np.uint64(1 << 63), np.uint64(1 << 61)  # bits of an entry in /proc/self/pagemap
_MIN_RESIDENT = 0.95  # share of a huge page that is resident already; with less, it would take more memory


def limit_malloc_arenas() -> None:
    """Keep one malloc arena for all threads: one for each thread would keep what a question once took."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def compact_memory() -> None:
    """Return memory that opening an index left unused to the system, and collapse the rest into huge pages.

    ONNX Runtime has packed the weights into memory of its own, so the mapped pages of their files are dropped. With
    huge pages a run of the encoder takes 7% less (docs/decisions/0012-speed.md); making them takes .02 to .05 s.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.malloc_trim(0)
        library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end, file in _writable_ranges():
            if not file:
                for page in _resident_huge_pages(start, end):
                    library.madvise(page, _HUGE_PAGE_BYTES, _MADV_COLLAPSE)  # the kernel may refuse
            elif Path(file).name in (ENCODER_WEIGHTS, CROSS_ENCODER_WEIGHTS) and not _written(start, end):
                library.madvise(start, end - start, _MADV_DONTNEED)


def _writable_ranges() -> Iterator[tuple[int, int, str]]:
    """Yield start and end of each writable range of memory, with the file behind it or an empty text."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, allowed, _, _, node, *file = line.split(maxsplit=5)
        if allowed.startswith("rw"):
            start, end = span.split("-")
            yield int(start, 16), int(end, 16), file[0] if node != "0" else ""


def _page_entries(start: int, end: int) -> NDArray[np.uint64]:
    """Return the entry of each of the p pages of a range in /proc/self/pagemap: (p,) uint64."""
    with open("/proc/self/pagemap", "rb", buffering=0) as pages:
        pages.seek(start // _PAGE_BYTES * 8)
        return np.frombuffer(pages.read((end - start) // _PAGE_BYTES * 8), dtype=np.uint64)


def _resident_huge_pages(start: int, end: int) -> list[int]:
    """Return the start of each aligned huge page in a range that is nearly all resident."""
    start, end = -(-start // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES, end // _HUGE_PAGE_BYTES * _HUGE_PAGE_BYTES
    if start >= end:
        return []
    resident = ((_page_entries(start, end) & _PRESENT) > 0).reshape(-1, _HUGE_PAGE_BYTES // _PAGE_BYTES).mean(axis=1)
    return [start + _HUGE_PAGE_BYTES * int(number) for number in np.flatnonzero(resident >= _MIN_RESIDENT)]


def _written(start: int, end: int) -> bool:
    """Return whether any page of a mapped file was written to, and would be lost if it were dropped."""
    pages = _page_entries(start, end)
    return bool((((pages & _PRESENT) > 0) & ((pages & _FILE_BACKED) == 0)).any())
