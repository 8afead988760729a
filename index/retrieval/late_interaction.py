"""Late interaction: the MaxSim of each query token with a passage's tokens, in context, weighted and averaged.

After Khattab and Zaharia, "ColBERT" (2020), with a mean instead of a sum and the default encoder's own token
vectors: for each token of the question the best cosine with any token of the passage (headings included), averaged.
A word that the passage lacks and another passage of its section has counts in part. Measured in
docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.types import Range

ZERO_POINT = np.uint8(
    128
)  # what stands for 0 in a token's vector: ONNX Runtime multiplies bytes without a sign fastest
# Each query value is stored as two int8 digits in [-63, 63], so that AVX2's pairwise u8 x s8 sums cannot overflow
# int16. Together they lose less than a thousandth of what the int8 quantisation of the passage loses.
MAX_DIGIT = 63
FUNCTION_WORD_WEIGHT = 0.5  # weight of a function word's token, where that of a content word's is 1
SECTION_WEIGHT = 0.3  # the share of the best cosine in any of the section's candidates; the rest is the passage's own


@dataclass(frozen=True, slots=True)
class QuantizedTokens:
    """Token vectors of one passage, quantised to uint8 with a scale for each: cosines are off by .002 at most."""

    values: NDArray[np.uint8]  # (t, d), around ZERO_POINT
    scales: NDArray[np.float32]  # (t,)

    def dequantize(self) -> NDArray[np.float32]:
        """Dequantize the vectors: (t, d) float32."""
        vectors: NDArray[np.float32] = (self.values.astype(np.float32) - np.float32(ZERO_POINT)) * self.scales[:, None]
        return vectors


def quantize(vectors: NDArray[np.float32]) -> QuantizedTokens:
    """Quantise token vectors, (t, d) float32, to 127 steps of each vector's largest absolute value."""
    scales = np.abs(vectors).max(axis=1) / np.float32(127)
    scales = np.where(scales > 0, scales, np.float32(1))
    return QuantizedTokens((np.rint(vectors / scales[:, None]) + np.float32(ZERO_POINT)).astype(np.uint8), scales)


class TokenIndex:
    """Token vectors of every passage, quantised."""

    def __init__(
        self, values: NDArray[np.uint8], scales: NDArray[np.float32], starts: NDArray[np.int64], product: Any
    ) -> None:
        """Score by the quantised vectors of all tokens, passage after passage.

        values: (t, d). scales: (t,). starts: (n + 1,), the first token of each of n passages, and the end of the last
        one's. product: the ONNX Runtime session of ingest/encoder/token_product.py, which multiplies uint8 by int8.
        """
        self._values, self._scales, self._starts = values, scales, starts
        self._session = product

    def tokens(self, row: int) -> QuantizedTokens:
        """Return the token vectors of one passage."""
        span = slice(self._starts[row], self._starts[row + 1])
        return QuantizedTokens(self._values[span], self._scales[span])

    def max_sim(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the MaxSim of each query token with each passage.

        query: (t, d) float32. Returns (m, t) float32 for m rows.
        """
        if 2 * len(rows) >= len(self._starts) - 1:  # most passages: all of them, without gathering rows
            return self._max_sim(query, self._values, self._scales, self._starts[:-1])[rows]
        begins, counts = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        group_starts = np.cumsum(counts) - counts  # where each passage's tokens begin among those of all
        token_rows = np.repeat(begins - group_starts, counts) + np.arange(counts.sum())
        return self._max_sim(query, self._values[token_rows], self._scales[token_rows], group_starts)

    def _max_sim(
        self,
        query: NDArray[np.float32],
        values: NDArray[np.uint8],
        scales: NDArray[np.float32],
        group_starts: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Return the MaxSim of query tokens, (t, d), with the tokens from each of m places on: (m, t) float32."""
        query_scales = np.maximum(np.abs(query).max(axis=1), np.finfo(np.float32).tiny) / np.float32(MAX_DIGIT)
        scaled = query / query_scales[:, None]
        high_digits = np.rint(scaled)
        digits = np.concatenate([high_digits, np.rint((scaled - high_digits) * np.float32(2 * MAX_DIGIT))]).astype(
            np.int8
        )
        sums = self._session.run(None, {"tokens": values, "digits": digits.T})[0].T.astype(np.float32, order="C")
        cosines = sums[: len(query)]
        cosines += sums[len(query) :] / np.float32(2 * MAX_DIGIT)
        cosines *= scales
        best: NDArray[np.float32] = np.maximum.reduceat(cosines, group_starts, axis=1).T * query_scales
        return best


def late_interaction(
    max_sim: NDArray[np.float32], weights: NDArray[np.float32], sections: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Score m passages by late interaction with one query text.

    max_sim: (m, t). weights: (t,), summing to 1. sections: (m,), one number a section. Returns (m,) float32.
    """
    order = np.argsort(sections, kind="stable")
    _, starts, counts = np.unique(sections[order], return_index=True, return_counts=True)
    section_max_sim = np.empty_like(max_sim)
    section_max_sim[order] = np.repeat(np.maximum.reduceat(max_sim[order], starts), counts, axis=0)
    scores: NDArray[np.float32] = ((1 - SECTION_WEIGHT) * max_sim + SECTION_WEIGHT * section_max_sim) @ weights
    return scores


def token_weights(content_words: Sequence[Range], spans: Sequence[Range]) -> NDArray[np.float32]:
    """Weigh the tokens of a query, function words at FUNCTION_WORD_WEIGHT of the others.

    content_words: ranges of the query's content words. spans: (t), the range of each token. Returns (t,) float32,
    summing to 1.

    >>> [round(weight, 2) for weight in token_weights([(3, 7)], [(0, 2), (3, 7)]).tolist()]  # of "is lost"
    [0.33, 0.67]
    """
    is_content = [any(s <= start and end <= e for s, e in content_words) for start, end in spans]
    weights = np.where(is_content, np.float32(1), np.float32(FUNCTION_WORD_WEIGHT))
    normalised: NDArray[np.float32] = weights / weights.sum()
    return normalised
