"""The dense arm: exact cosine search over passage vectors in FAISS. Vectors come in, rows and scores go out."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

FILE = "passages.faiss"


def write_dense(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Write passage vectors as a flat inner-product index. vectors: (n, d) float32, unit rows."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(folder / FILE))


class DenseIndex:
    """Passage vectors, searched exactly: measured best up to some 10^6 passages, filtered or not."""

    def __init__(self, folder: Path) -> None:
        """Open the index that write_dense wrote."""
        self._index = faiss.read_index(str(folder / FILE))
        # FAISS would start a team of threads for each question; one search is far below their cost
        faiss.omp_set_num_threads(1)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""
        return int(self._index.d)

    def nearest(
        self, query: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the passages closest to one query, of all or of the rows `within`.

        query: (d,) float32, unit length. within: (w,) int64, distinct.
        Returns rows (m,) int64 and cosines (m,) float32, best first, m <= k. FAISS pads short lists with -1; the
        padding is dropped here and seen nowhere else.
        """
        scope = None if within is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(within))  # type: ignore[call-arg]
        cosines, rows = self._index.search(query[None, :], min(k, len(self)), params=scope)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of some rows. Returns (len(rows), d) float32."""
        if len(rows) == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        found: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found
