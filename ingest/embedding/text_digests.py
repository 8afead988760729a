"""Digests of the texts whose vectors a bundle has: the first 16 bytes of each SHA-256, as two numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def digest_texts(groups: Iterable[tuple[str, ...]]) -> NDArray[np.uint64]:
    """Digest each text, or texts that share one vector: (m, 2) uint64."""
    digest_bytes = b"".join(hashlib.sha256("\0".join(group).encode("utf-8")).digest()[:16] for group in groups)
    return np.frombuffer(digest_bytes, dtype="<u8").astype(np.uint64).reshape(-1, 2)


class DigestIndex:
    """Index of rows by digest. In memory: 24 bytes a digest."""

    def __init__(self, digests: NDArray[np.uint64]) -> None:
        """Sort the digests, (n, 2) uint64; some may be equal."""
        self._sorted_rows = np.argsort(digests[:, 0], kind="stable")
        self._sorted_digests = np.asarray(digests)[self._sorted_rows]

    @classmethod
    def from_file(cls, path: Path) -> DigestIndex:
        """Load the digests in a file of a bundle."""
        return cls(np.load(path, mmap_mode="r", allow_pickle=False))

    def rows(self, digests: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the row of each digest, -1 if it is not there. digests: (m, 2) uint64. Returns (m,) int64."""
        rows = np.full(len(digests), -1, dtype=np.int64)
        positions = np.searchsorted(self._sorted_digests[:, 0], digests[:, 0])
        pending = np.flatnonzero(
            positions < len(self._sorted_digests)
        )  # those that may still be found, each at its place
        while len(pending):
            pending = pending[self._sorted_digests[positions[pending], 0] == digests[pending, 0]]
            is_equal = self._sorted_digests[positions[pending], 1] == digests[pending, 1]
            rows[pending[is_equal]] = self._sorted_rows[positions[pending[is_equal]]]
            pending = pending[~is_equal]  # the next may have the same first number
            positions[pending] += 1
            pending = pending[positions[pending] < len(self._sorted_digests)]
        return rows
