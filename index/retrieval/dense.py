"""Dense retrieval: cosine search over passage vectors with FAISS. Vectors come in, rows and cosines go out.

Up to EXACT_BELOW passages, search is exhaustive over the vectors. Beyond, it is exhaustive over PQ codes: PCA keeps two
thirds of the dimensions, and every SUBVECTOR_DIM of them share a 4-bit code (Jegou, Douze and Schmid, "Product
quantization for nearest neighbor search", 2011; with the tables in registers: Andre, Kermarrec and Le Scouarnec, "Cache
locality is not enough", 2015). The RESCORE_DEPTH nearest by code are scored again with their vectors. A scope limits
the same search to some rows.
Measured in docs/decisions/0013-scale.md.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from pincite.index.parallel import offload
from pincite.index.retrieval.rows import Rows

faiss: Any = typed_faiss  # its own type hints leave out half of its names
# passages up to which every vector is compared as it is (3 ms a query on one core), and BM25 is not offloaded
EXACT_BELOW = 50_000
SUBVECTOR_DIM = 3  # dimensions per PQ sub-vector, after PCA has dropped the third with least variance
TRAIN_SAMPLE = 65_536  # vectors, evenly spaced, that PCA and the codes are trained on
CENTROID_SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
RESCORE_DEPTH = 500  # passages nearest by code that are scored again with their vectors, at least


def build_index(vectors: NDArray[np.float32]) -> tuple[str, Any]:
    """Build a FAISS index over passage vectors: flat up to EXACT_BELOW of them, of PQ codes beyond.

    vectors: (n, d) float32, unit rows. Returns the kind, "flat" or "codes", and the index. Training runs on one thread,
    so that the same vectors give the same codes.
    """
    faiss.omp_set_num_threads(1)
    if len(vectors) <= EXACT_BELOW:
        kind, index = "flat", faiss.IndexFlatIP(vectors.shape[1])
    else:
        kind, index = "codes", _pq_index(vectors[:: -(-len(vectors) // TRAIN_SAMPLE)])
    index.add(vectors)
    return kind, index


def _pq_index(sample: NDArray[np.float32]) -> Any:
    """Train an empty PQ index on a sample, in inverted lists: FAISS can limit a search to a scope only there."""
    dimension = sample.shape[1]
    reduced_dim = min(
        2 * SUBVECTOR_DIM * -(-dimension // (3 * SUBVECTOR_DIM)), dimension // SUBVECTOR_DIM * SUBVECTOR_DIM
    )
    rotation = faiss.PCAMatrix(
        dimension, reduced_dim, 0, True
    )  # and then a random rotation, so that variance is even across dimensions
    rotation.train(np.concatenate([sample, -sample]))  # about zero, not about their mean: products are to stay the same
    coarse_quantizer = faiss.IndexFlatIP(reduced_dim)
    coarse_quantizer.add(_coarse_centroids(rotation.apply(sample)))
    pq_index = faiss.IndexIVFPQFastScan(
        coarse_quantizer, reduced_dim, len(CENTROID_SIGNS), reduced_dim // SUBVECTOR_DIM, 4, faiss.METRIC_INNER_PRODUCT
    )
    pq_index.by_residual = False
    pq_index.pq.cp.max_points_per_centroid = TRAIN_SAMPLE
    index = faiss.IndexPreTransform(rotation, pq_index)
    index.train(sample)
    return index


def _coarse_centroids(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return centroids that split the vectors into four inverted lists of about equal size.

    The signs of the two most balanced dimensions decide. Every query probes all four lists, in parallel, so balance is
    all that matters.
    """
    balanced_dims = np.abs((sample > 0).mean(axis=0) - 0.5).argsort(kind="stable")[:2]
    centroids = np.zeros((len(CENTROID_SIGNS), sample.shape[1]), dtype=np.float32)
    centroids[:, balanced_dims] = CENTROID_SIGNS
    return centroids


RowsAndCosines = tuple[NDArray[np.int64], NDArray[np.float32]]  # rows and cosines, each (m,)


class DenseIndex:
    """Nearest-neighbour search over passage vectors."""

    def __init__(self, index: Any, vectors: Rows | None = None) -> None:
        """Search a FAISS index of `build_index`.

        vectors: (n, d) float32, for an index of PQ codes; None for a flat index, which has them itself.
        """
        self._index = index
        self._vectors = vectors

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""
        return int(self._index.d)

    def nearest(self, query: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None) -> RowsAndCosines:
        """Find the passages closest to one query, of all or of the rows `within`.

        query: (d,) float32, unit length. within: (w,) int64, distinct.
        Returns rows (m,) int64 and cosines (m,) float32, best first, m <= k.
        """
        if self._vectors is None:
            return self._search(
                query, k, within if within is None else faiss.SearchParameters(sel=self._id_selector(within))
            )
        candidates = self._pq_candidates(query, max(RESCORE_DEPTH, k), within)
        cosines = self.vectors(candidates) @ query
        best = np.lexsort((candidates, -cosines))[:k]
        return candidates[best], cosines[best]

    def _pq_candidates(self, query: NDArray[np.float32], k: int, within: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Return the k rows nearest by PQ code, or all if there are fewer; idle CPUs share the inverted lists."""
        if within is not None and len(within) <= k:
            return within
        selector = None if within is None else self._id_selector(within)
        searches = [
            offload(partial(self._search_inverted_list, number, query, k, selector))
            for number in range(len(CENTROID_SIGNS))
        ]
        rows, cosines = (
            np.concatenate(parts) for parts in zip(*(result_of() for result_of in reversed(searches)), strict=True)
        )
        return rows[np.argpartition(-cosines, k)[:k]] if len(rows) > k else rows

    def _search_inverted_list(
        self, list_number: int, query: NDArray[np.float32], k: int, selector: Any
    ) -> RowsAndCosines:
        list_parameters = faiss.SearchParameters(sel=faiss.IDSelectorRange(list_number, list_number + 1))
        ivf_parameters = faiss.SearchParametersIVF(sel=selector, quantizer_params=list_parameters)
        return self._search(query, k, faiss.SearchParametersPreTransform(index_params=ivf_parameters))

    def _search(self, query: NDArray[np.float32], k: int, parameters: Any) -> RowsAndCosines:
        faiss.omp_set_num_threads(1)  # of this thread: a team of others costs far more than one search
        cosines, rows = self._index.search(query[None, :], min(k, len(self)), params=parameters)
        valid = rows[0] >= 0  # FAISS pads short lists with -1, which is seen nowhere else
        return rows[0][valid], cosines[0][valid]

    def _id_selector(self, within: NDArray[np.int64]) -> Any:
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[within] = True
        return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the stored vectors of some rows: (len(rows), d) float32."""
        if len(rows) == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        if self._vectors is not None:
            stored: NDArray[np.float32] = self._vectors[rows]
            return stored
        reconstructed: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return reconstructed
