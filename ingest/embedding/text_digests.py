"""Which texts a bundle holds the vectors of, by digest. It keeps 16 bytes of the SHA-256 of each, in two numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def digests(texts: Iterable[tuple[str, ...]]) -> NDArray[np.uint64]:
    """Digest each text, or texts that share one vector: (m, 2) uint64."""
    found = b"".join(hashlib.sha256("\0".join(text).encode("utf-8")).digest()[:16] for text in texts)
    return np.frombuffer(found, dtype="<u8").astype(np.uint64).reshape(-1, 2)


class Digests:
    """Finds the row of a digest. In memory: 24 bytes for each that is held."""

    def __init__(self, held: NDArray[np.uint64]) -> None:
        """held: (n, 2) uint64; equal ones may stand in it."""
        self._order = np.argsort(held[:, 0], kind="stable")
        self._held = np.asarray(held)[self._order]

    @classmethod
    def of_file(cls, path: Path) -> Digests:
        """Load the digests in a file of a bundle."""
        return cls(np.load(path, mmap_mode="r", allow_pickle=False))

    def rows(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the row of each digest, -1 if it is not there. wanted: (m, 2) uint64. Returns (m,) int64."""
        found = np.full(len(wanted), -1, dtype=np.int64)
        at = np.searchsorted(self._held[:, 0], wanted[:, 0])
        open_ = np.flatnonzero(at < len(self._held))  # those that may still be found, each at its place
        while len(open_):
            open_ = open_[self._held[at[open_], 0] == wanted[open_, 0]]
            same = self._held[at[open_], 1] == wanted[open_, 1]
            found[open_[same]] = self._order[at[open_[same]]]
            open_ = open_[~same]  # the next may have the same first number
            at[open_] += 1
            open_ = open_[at[open_] < len(self._held)]
        return found
