"""The dense arm: cosine search over passage vectors in FAISS. Vectors come in, rows and scores go out.

Up to EXACT passages every vector is compared. Beyond, a graph of neighbours (Malkov and Yashunin, "Efficient and robust
approximate nearest neighbor search using Hierarchical Navigable Small World graphs", 2018) over vectors in one byte a
number finds candidates, which are compared as they are; within a scope, where such a graph loses most of them, all of
the scope are candidates. Measured in docs/decisions/0013-scale.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.arrays import opened

FILE = "passages.faiss"
VECTORS = "passages.npy"  # as they are, beside a graph
EXACT = 50_000  # passages: 3 ms a question on one core
LINKS = 32  # of each passage in the graph
BUILDING = 200  # candidates held while the graph is built
SEARCHING = 800  # candidates held in a search
COMPARED = 100  # candidates at least whose vectors are compared as they are


def write_dense(folder: Path) -> str:
    """Make the index that the number of passages asks for, of the vectors in VECTORS: (n, d) float32, unit rows.

    They are mapped, not read in: in memory is what FAISS holds of them. Beside a flat index, which has them as they
    are, VECTORS goes. Returns the kind. On one thread: the graph would otherwise not be the same twice.
    """
    vectors = np.asarray(np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False))
    faiss.omp_set_num_threads(1)
    dimension = vectors.shape[1]
    index: Any  # what FAISS says of its own types leaves these out
    if len(vectors) <= EXACT:
        kind, index = "flat", faiss.IndexFlatIP(dimension)
    else:
        kind, eight_bits = "hnsw over sq8", faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexHNSWSQ(dimension, eight_bits, LINKS, faiss.METRIC_INNER_PRODUCT)  # type: ignore[arg-type]
        index.hnsw.efConstruction = BUILDING
        index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(folder / FILE))
    if kind == "flat":
        (folder / VECTORS).unlink()
    return kind


class DenseIndex:
    """Passage vectors, and the nearest of them to a query."""

    def __init__(self, folder: Path) -> None:
        """Open the index that write_dense wrote."""
        index = faiss.read_index(str(folder / FILE))
        self._index: Any = index
        self._graph: Any = None
        if isinstance(index, faiss.IndexHNSW):
            self._graph, self._index = index, faiss.downcast_index(index.storage)
            self._vectors = opened(folder / VECTORS)
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
        if self._graph is None:
            return self._search(self._index, query, k, self._scope(within))
        if within is None:
            held = faiss.SearchParametersHNSW(efSearch=max(SEARCHING, k))  # type: ignore[attr-defined]
            rows, _ = self._search(self._graph, query, max(COMPARED, k), held)
        else:
            rows, _ = self._search(self._index, query, max(COMPARED, k), self._scope(within))
        cosines = self.vectors(rows) @ query
        best = np.lexsort((rows, -cosines))[:k]
        return rows[best], cosines[best]

    def _search(
        self, index: Any, query: NDArray[np.float32], k: int, parameters: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        cosines, rows = index.search(query[None, :], min(k, len(self)), params=parameters)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def _scope(self, within: NDArray[np.int64] | None) -> Any:
        if within is None:
            return None
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[within] = True
        scope = faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))  # type: ignore[call-arg, arg-type]
        return faiss.SearchParameters(sel=scope)  # type: ignore[call-arg]

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of some rows. Returns (len(rows), d) float32."""
        if len(rows) == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        if self._graph is not None:
            kept: NDArray[np.float32] = self._vectors[rows]
            return kept
        found: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found
