"""Candidates for a question: what dense retrieval and BM25 find, each scored by both.

Measured in docs/decisions/0004-ranking.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.models.encoder import EncodedText, Encoder
from pincite.index.parallel import offload
from pincite.index.query.analysis import terms
from pincite.index.query.normalise import ParsedQuery
from pincite.index.ranking.passage_view import PassageView
from pincite.index.retrieval.bm25 import RowsAndScores, top_rows
from pincite.index.retrieval.copies import Copies
from pincite.index.retrieval.dense import EXACT_BELOW

RETRIEVER_DEPTH = 100  # candidates of each retriever, whatever k is: ranks must not depend on k
MAX_COPIES = 3  # candidates with the same words, under other headings

Scores = dict[str, NDArray[np.float32]]  # by name, each (m,)


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A query with the vectors of each of its texts."""

    parsed: ParsedQuery
    encoded_texts: tuple[EncodedText, ...]  # one a text
    vectors: NDArray[np.float32]  # (u, d) float32, unit rows, one for each of u texts


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that a query is ranked over, with the scores of both retrievers."""

    query: EncodedQuery  # without encoded texts when nothing was searched
    view: PassageView
    rows: NDArray[np.int64]  # (m,), rising
    scores: Scores  # "dense" and "lexical", each (m,); empty when nothing was searched


def find_candidates(bundle: Bundle, parsed: ParsedQuery, scope: NDArray[np.int64] | None = None) -> Candidates:
    """Find the candidates for a query in a bundle, among all passages or the rows `scope`. scope: (w,)."""
    if not terms(parsed.text) or (scope is not None and not len(scope)):
        return nothing_found(parsed, bundle)
    find_lexical = partial(_lexical_candidates, bundle, parsed, scope)
    lexical = offload(find_lexical) if len(bundle) > EXACT_BELOW else find_lexical
    query = encode_query(bundle.encoder, parsed)
    dense_rows = [
        _search_past_copies(bundle.copies, scope, partial(bundle.dense.nearest, vector, within=scope))[0]
        for vector in query.vectors
    ]
    return merge_candidates(bundle, query, np.concatenate(dense_rows), lexical())


def nothing_found(parsed: ParsedQuery, view: PassageView) -> Candidates:
    """Return the candidates for a query without a word to search for, or in a scope without a passage."""
    query = EncodedQuery(parsed, (), np.empty((0, 0), dtype=np.float32))
    return Candidates(query, view, np.empty(0, dtype=np.int64), {})


def _lexical_candidates(bundle: Bundle, query: ParsedQuery, scope: NDArray[np.int64] | None) -> RowsAndScores:
    """Find the best passages by BM25, of all or of a scope, the scores of the texts of a query pooled."""

    def best(text: str) -> RowsAndScores:
        return _search_past_copies(bundle.copies, scope, partial(bundle.bm25.top_k, text, within=scope))

    if len(query.texts) == 1:
        return best(query.text)
    rows = np.unique(np.concatenate([best(text)[0] for text in query.texts]))
    return _search_past_copies(bundle.copies, scope, partial(top_rows, lexical_scores(bundle, query, rows), rows))


def _search_past_copies(
    copies: Copies, scope: NDArray[np.int64] | None, search: Callable[[int], RowsAndScores]
) -> RowsAndScores:
    """Search as deep as it takes for RETRIEVER_DEPTH passages, MAX_COPIES of them at most with the same words.

    Of passages with the same words and headings the first stands for all, since rounding alone would choose. search:
    from a depth to rows and scores. Returns rows (m,) int64 and scores (m,) float32, best first.
    """
    depth = RETRIEVER_DEPTH
    while True:
        found, scores = search(depth)
        rows = copies.representatives(found, scope)
        distinct = np.sort(np.unique(rows, return_index=True)[1])
        kept = distinct[copies.earlier(rows[distinct]) < MAX_COPIES][:RETRIEVER_DEPTH]
        if len(kept) == RETRIEVER_DEPTH or len(found) < depth:
            return rows[kept], scores[kept]
        depth *= 4


def lexical_scores(view: PassageView, query: ParsedQuery, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Score passages by BM25, the scores of the texts of a query pooled. rows: (m,). Returns (m,) float32."""
    return query.pool(np.stack([view.lexical_scores(text, rows) for text in query.texts]))


def encode_query(encoder: Encoder, parsed: ParsedQuery) -> EncodedQuery:
    """Encode the whole query, and separately each part that asks; other parts take the whole's token vectors.

    If no part ends in a question mark, any may be the one that asks, and each is encoded separately.
    """
    text, *parts = parsed.texts
    runs = {number: offload(partial(encoder.encode_query, parts[number - 1])) for number in parsed.encoded_indices}
    whole = encoder.encode_query(text)
    encoded = [whole]
    for number, part in enumerate(parts, start=1):
        if number in runs:
            encoded.append(runs[number]())
        else:
            start = text.index(part)
            encoded.append(encoder.encode_part(whole, start, start + len(part)) or encoder.encode_query(part))
    return EncodedQuery(parsed, tuple(encoded), np.stack([e.vector for e in encoded]))


def merge_candidates(
    view: PassageView, query: EncodedQuery, dense_rows: NDArray[np.int64], lexical: RowsAndScores
) -> Candidates:
    """Merge the rows that both retrievers found, and score each by both.

    BM25 scores only the passages that dense retrieval alone found. Cosines are computed for all: a product of many rows
    rounds otherwise than FAISS, and both kinds in one ranking would let rounding decide.
    """
    lexical_rows, lexical_found = lexical
    rows = np.union1d(dense_rows, lexical_rows)
    is_found = np.isin(rows, lexical_rows)
    pooled = np.empty(len(rows), dtype=np.float32)
    pooled[is_found] = lexical_found[np.argsort(lexical_rows)]
    pooled[~is_found] = lexical_scores(view, query.parsed, rows[~is_found])
    cosines = query.parsed.pool(query.vectors @ view.vectors(rows).T)
    return Candidates(query, view, rows, {"dense": cosines, "lexical": pooled})
