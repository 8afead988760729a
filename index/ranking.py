"""Ranking: candidates from two retrievers, the best of them re-ranked, and the first of those read with the question.

Measured in docs/decisions/0004-ranking.md and 0021-reading-the-head.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.answer.coverage import Coverage
from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text
from pincite.index.models.cross_encoder import CrossEncoder, PairScore
from pincite.index.models.encoder import EncodedText, Encoder
from pincite.index.parallel import offload
from pincite.index.query.analysis import terms
from pincite.index.query.normalise import ParsedQuery
from pincite.index.retrieval.bm25 import BM25Index, RowsAndScores, top_rows
from pincite.index.retrieval.copies import Copies
from pincite.index.retrieval.dense import EXACT_BELOW
from pincite.index.retrieval.fusion import FUSION_WEIGHTS, RERANK_WEIGHTS, fuse, with_logits
from pincite.index.retrieval.late_interaction import TokenIndex, late_interaction, token_weights
from pincite.index.retrieval.name_match import passages_with_names, without_look_alikes

RETRIEVER_DEPTH = 100  # candidates of each retriever, whatever k is: ranks must not depend on k
RERANK_DEPTH = 60  # candidates that are re-ranked
READ_TOGETHER = 2  # passages that the cross-encoder reads before it is asked whether one of them settles the question
MAX_COPIES = 3  # candidates with the same words, under other headings
MAX_READ = 6  # passages that it reads at most: each costs as much as encoding it
SETTLED_LOGIT = 1.0  # logit of an answer that lets it stop
MIN_COVERAGE = 0.5  # of the question by one passage, below which it reads no more than READ_TOGETHER

Scores = dict[str, NDArray[np.float32]]  # by name, each (m,)


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A query with the vectors of each of its texts."""

    parsed: ParsedQuery
    encoded_texts: tuple[EncodedText, ...]  # one a text
    vectors: NDArray[np.float32]  # (u, d) float32, unit rows, one for each of u texts


@dataclass(frozen=True, slots=True)
class RankedCandidates:
    """All candidates, best first: h re-ranked candidates, then the rest by their fused retriever scores."""

    query: EncodedQuery  # without encoded texts when nothing was searched
    rows: NDArray[np.int64]  # (m,)
    score: NDArray[np.float64]  # (m,), falling
    scores: Scores  # the scores that were fused: each (h,), of the head, h <= m
    max_sim: tuple[NDArray[np.float32], ...]  # for each text of the query: (h, t), its tokens' best cosines; or empty
    holds_names: tuple[NDArray[np.bool_], ...]  # for each text of the query: (h, n), which passages hold its n names
    coverages: tuple[Coverage, ...] = ()  # for each part that asks, how far the head covers its content words
    pair_scores: tuple[PairScore, ...] = ()  # of the first passages, which the cross-encoder read

    @property
    def best_coverage(self) -> float:
        """Share of the question's content words that the best passage meets, in [0, 1]."""
        return max((c.best_passage() for c in self.coverages), default=0.0)

    @property
    def best_logit(self) -> float | None:
        """The greatest logit that a passage answers, SETTLED_LOGIT at most; None if none was read."""
        return min(SETTLED_LOGIT, max(p.answer_logit for p in self.pair_scores)) if self.pair_scores else None


def rank(bundle: Bundle, parsed: ParsedQuery, scope: NDArray[np.int64] | None = None) -> RankedCandidates:
    """Rank the passages for a query, of all or of the rows `scope`. scope: (w,)."""
    if not terms(parsed.text) or (scope is not None and not len(scope)):
        return _nothing_ranked(parsed)
    find_lexical = partial(_lexical_candidates, bundle, parsed, scope)
    lexical = offload(find_lexical) if len(bundle) > EXACT_BELOW else find_lexical
    query = _encode_query(bundle.encoder, parsed)
    dense_rows = [
        _search_past_copies(bundle.copies, scope, partial(bundle.dense.nearest, vector, within=scope))[0]
        for vector in query.vectors
    ]
    rows, retriever_scores = _merge_candidates(bundle, query, np.concatenate(dense_rows), lexical())
    return _rerank(bundle, query, rows, retriever_scores)


def _nothing_ranked(parsed: ParsedQuery) -> RankedCandidates:
    """Return the ranking of a query without a word to search for, or of a scope without a passage."""
    query = EncodedQuery(parsed, (), np.empty((0, 0), dtype=np.float32))
    return RankedCandidates(query, np.empty(0, dtype=np.int64), np.empty(0), {}, (), ())


def _lexical_candidates(bundle: Bundle, query: ParsedQuery, scope: NDArray[np.int64] | None) -> RowsAndScores:
    """Find the best passages by BM25, of all or of a scope, the scores of the texts of a query pooled."""

    def best(text: str) -> RowsAndScores:
        return _search_past_copies(bundle.copies, None, partial(bundle.bm25.top_k, text))

    if scope is None and len(query.texts) == 1:
        return best(query.text)
    rows = np.unique(np.concatenate([best(text)[0] for text in query.texts])) if scope is None else scope
    return _search_past_copies(bundle.copies, scope, partial(top_rows, _lexical_scores(bundle.bm25, query, rows), rows))


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


def without_copies(copies: Copies, ranked: RankedCandidates) -> RankedCandidates:
    """Leave of candidates with the same words the best alone, so that the cross-encoder reads no words twice."""
    is_first = copies.earlier(ranked.rows) == 0
    return ranked if is_first.all() else _take(ranked, np.flatnonzero(is_first))


def _take(ranked: RankedCandidates, positions: NDArray[np.intp]) -> RankedCandidates:
    """Return some of the candidates, or all of them in another order. positions: (n,), those of the head first."""
    head = positions[positions < len(ranked.scores["dense"])]
    return replace(
        ranked,
        rows=ranked.rows[positions],
        score=ranked.score[positions],
        scores={name: kind_scores[head] for name, kind_scores in ranked.scores.items()},
        max_sim=tuple(m[head] for m in ranked.max_sim),
        holds_names=tuple(h[head] for h in ranked.holds_names),
    )


def _lexical_scores(bm25: BM25Index, query: ParsedQuery, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Score passages by BM25, the scores of the texts of a query pooled. rows: (m,). Returns (m,) float32."""
    return query.pool(np.stack([bm25.scores_of(text, rows) for text in query.texts]))


def _encode_query(encoder: Encoder, parsed: ParsedQuery) -> EncodedQuery:
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


def _merge_candidates(
    bundle: Bundle, query: EncodedQuery, dense_rows: NDArray[np.int64], lexical: RowsAndScores
) -> tuple[NDArray[np.int64], Scores]:
    """Merge the candidates of both retrievers: rows (m,), ascending, and the scores of both retrievers for each.

    BM25 scores only the passages that dense retrieval alone found. Cosines are computed for all: a product of many rows
    rounds otherwise than FAISS, and both kinds in one ranking would let rounding decide.
    """
    lexical_rows, found_scores = lexical
    rows = np.union1d(dense_rows, lexical_rows)
    is_found = np.isin(rows, lexical_rows)
    lexical_scores = np.empty(len(rows), dtype=np.float32)
    lexical_scores[is_found] = found_scores[np.argsort(lexical_rows)]
    lexical_scores[~is_found] = _lexical_scores(bundle.bm25, query.parsed, rows[~is_found])
    cosines = query.parsed.pool(query.vectors @ bundle.dense.vectors(rows).T)
    return rows, {"dense": cosines, "lexical": lexical_scores}


def _rerank(
    bundle: Bundle, encoded_query: EncodedQuery, rows: NDArray[np.int64], retriever_scores: Scores
) -> RankedCandidates:
    """Order candidates by their fused retriever scores, then re-rank the first RERANK_DEPTH of them."""
    fused = fuse(retriever_scores, FUSION_WEIGHTS)
    order = _rank_order(fused, rows)
    order = order[bundle.copies.earlier(rows[order]) < MAX_COPIES]  # each text of a question may have found others
    head, rest = order[:RERANK_DEPTH], order[RERANK_DEPTH:]
    scores = {name: kind_scores[head] for name, kind_scores in retriever_scores.items()}
    scores["sentence"] = encoded_query.parsed.pool(bundle.sentences.best(encoded_query.vectors, rows[head]))
    names = encoded_query.parsed.names
    holds_names = [passages_with_names(bundle.bm25, bundle.passage_text, of_text, rows[head]) for of_text in names]
    max_sim: list[NDArray[np.float32]] = []
    if bundle.tokens:
        max_sim = _max_sim(bundle.tokens, encoded_query.encoded_texts, rows[head])
        sections = bundle.records.sections[rows[head]]
        weights = [
            token_weights(words, encoded.spans)
            for words, encoded in zip(encoded_query.parsed.content_words, encoded_query.encoded_texts, strict=True)
        ]
        spans = [encoded.spans for encoded in encoded_query.encoded_texts]
        own = [
            without_look_alikes(*of_text, rows[head], bundle.passage_text)
            for of_text in zip(max_sim, spans, names, holds_names, strict=True)
        ]
        late = [late_interaction(m, w, sections) for m, w in zip(own, weights, strict=True)]
        scores["late"] = encoded_query.parsed.pool(np.stack(late))
    score = fuse(scores, RERANK_WEIGHTS)
    best = _rank_order(score, rows[head])
    return RankedCandidates(
        encoded_query,
        np.concatenate([rows[head][best], rows[rest]]),
        np.concatenate([score[best], fused[rest] - 1]),  # below every re-ranked score
        {name: kind_scores[best] for name, kind_scores in scores.items()},
        tuple(m[best] for m in max_sim),
        tuple(h[best] for h in holds_names),
    )


def reread(bundle: Bundle, cross_encoder: CrossEncoder, ranked: RankedCandidates) -> RankedCandidates:
    """Put the passages that the cross-encoder reads into a new order, with its logits among their scores.

    It reads on until a passage settles the question, where some passage covers enough of the question to hope for it.
    """
    if not len(ranked.rows):
        return ranked
    pair_scores: list[PairScore] = []
    depth = MAX_READ if ranked.best_coverage >= MIN_COVERAGE else READ_TOGETHER
    rows = ranked.rows[: min(depth, len(ranked.scores["dense"]))].tolist()
    while len(pair_scores) < len(rows) and not any(p.answer_logit >= SETTLED_LOGIT for p in pair_scores):
        following = rows[len(pair_scores) : len(pair_scores) + READ_TOGETHER]
        pair_scores += read(bundle, cross_encoder, ranked.query.parsed, following)
    logits = np.array([p.answer_logit for p in pair_scores], dtype=np.float32)
    score = with_logits(ranked.score[: len(ranked.scores["dense"])], logits)
    order = _rank_order(score[: len(logits)], ranked.rows[: len(logits)])
    scored = replace(ranked, score=np.concatenate([score, ranked.score[len(score) :]]))
    reordered = _take(scored, np.concatenate([order, np.arange(len(order), len(ranked.rows))]))
    return replace(
        reordered,
        scores=reordered.scores | {"cross_encoder": logits[order]},
        pair_scores=tuple(pair_scores[i] for i in order),
    )


def read(bundle: Bundle, cross_encoder: CrossEncoder, parsed: ParsedQuery, rows: Sequence[int]) -> list[PairScore]:
    """Score the passages of some rows with the cross-encoder, in parallel where CPUs are idle."""
    tasks = [partial(_pair_score, bundle, cross_encoder, parsed.read_text, row) for row in rows]
    offloaded = [offload(task) for task in tasks[1:]]
    return [*(task() for task in tasks[:1]), *(result_of() for result_of in offloaded)]


def _pair_score(bundle: Bundle, cross_encoder: CrossEncoder, question: str, row: int) -> PairScore:
    passage = bundle.records.passage(row)
    text = passage_text(bundle.document(passage.document), passage)
    prefix_length = len(text) - passage.end  # the passage stands last in its text
    return cross_encoder.score(question, text, [(s + prefix_length, e + prefix_length) for s, e in passage.sentences])


def _max_sim(index: TokenIndex, encoded: Sequence[EncodedText], rows: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    """Return the MaxSim of each text's tokens with m passages, (m, t) each; parts of the whole share its columns."""
    separately_encoded = [e for e in encoded if e.slice_of_whole is None]
    ends = np.cumsum([len(e.token_vectors) for e in separately_encoded])[:-1]
    splits = iter(
        np.split(index.max_sim(np.concatenate([e.token_vectors for e in separately_encoded]), rows), ends, axis=1)
    )
    max_sim: list[NDArray[np.float32]] = []
    for e in encoded:
        max_sim.append(next(splits) if e.slice_of_whole is None else max_sim[0][:, e.slice_of_whole])
    return max_sim


def _rank_order(score: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort by (-score, passage id); rows are in the order of passage ids. Both (m,). Returns positions, (m,) int64."""
    return np.lexsort((rows, -score))
