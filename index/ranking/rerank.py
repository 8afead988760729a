"""Ranking: candidates of two retrievers fused, the best of them re-ranked, and the first of those read.

Measured in docs/decisions/0004-ranking.md and 0021-reading-the-head.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.answer.coverage import Coverage
from pincite.index.models.cross_encoder import CrossEncoder, PairScore
from pincite.index.models.encoder import EncodedText
from pincite.index.parallel import offload
from pincite.index.query.normalise import ParsedQuery
from pincite.index.ranking.candidates import MAX_COPIES, Candidates, EncodedQuery, Scores
from pincite.index.ranking.passage_view import PassageView
from pincite.index.retrieval.fusion import FUSION_WEIGHTS, RERANK_WEIGHTS, fuse, with_logits
from pincite.index.retrieval.late_interaction import late_interaction, token_weights
from pincite.index.retrieval.name_match import passages_with_names, without_look_alikes
from pincite.index.store.passage_parts import TokenScores

RERANK_DEPTH = 60  # candidates that are re-ranked
READ_TOGETHER = 2  # passages that the cross-encoder reads before it is asked whether one of them settles the question
MAX_READ = 6  # passages that it reads at most: each costs as much as encoding it
SETTLED_LOGIT = 1.0  # logit of an answer that lets it stop
MIN_COVERAGE = 0.5  # of the question by one passage, below which it reads no more than READ_TOGETHER


@dataclass(frozen=True, slots=True)
class RankedCandidates:
    """All candidates, best first: h re-ranked candidates, then the rest by their fused retriever scores."""

    query: EncodedQuery  # without encoded texts when nothing was searched
    view: PassageView
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


def rank(candidates: Candidates) -> RankedCandidates:
    """Order candidates by their fused retriever scores, then re-rank the first RERANK_DEPTH of them."""
    encoded_query, view, rows, retriever_scores = candidates.query, candidates.view, candidates.rows, candidates.scores
    if not len(rows):
        return RankedCandidates(encoded_query, view, rows, np.empty(0), {}, (), ())
    fused = fuse(retriever_scores, FUSION_WEIGHTS)
    order = _rank_order(fused, rows)
    order = order[view.copies.earlier(rows[order]) < MAX_COPIES]  # each text of a question may have found others
    head, rest = order[:RERANK_DEPTH], order[RERANK_DEPTH:]
    scores = {name: kind_scores[head] for name, kind_scores in retriever_scores.items()}
    scores["sentence"] = encoded_query.parsed.pool(view.sentences.best(encoded_query.vectors, rows[head]))
    names = encoded_query.parsed.names
    holds_names = [passages_with_names(view.has_terms, view.passage_text, of_text, rows[head]) for of_text in names]
    max_sim: list[NDArray[np.float32]] = []
    if view.tokens:
        max_sim = _max_sim(view.tokens, encoded_query.encoded_texts, rows[head])
        sections = view.section_numbers(rows[head])
        weights = [
            token_weights(words, encoded.spans)
            for words, encoded in zip(encoded_query.parsed.content_words, encoded_query.encoded_texts, strict=True)
        ]
        spans = [encoded.spans for encoded in encoded_query.encoded_texts]
        own = [
            without_look_alikes(*of_text, rows[head], view.passage_text)
            for of_text in zip(max_sim, spans, names, holds_names, strict=True)
        ]
        late = [late_interaction(m, w, sections) for m, w in zip(own, weights, strict=True)]
        scores["late"] = encoded_query.parsed.pool(np.stack(late))
    score = fuse(scores, RERANK_WEIGHTS)
    best = _rank_order(score, rows[head])
    return RankedCandidates(
        encoded_query,
        view,
        np.concatenate([rows[head][best], rows[rest]]),
        np.concatenate([score[best], fused[rest] - 1]),  # below every re-ranked score
        {name: kind_scores[best] for name, kind_scores in scores.items()},
        tuple(m[best] for m in max_sim),
        tuple(h[best] for h in holds_names),
    )


def without_copies(ranked: RankedCandidates) -> RankedCandidates:
    """Leave of candidates with the same words the best alone, so that the cross-encoder reads no words twice."""
    is_first = ranked.view.copies.earlier(ranked.rows) == 0
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


def reread(cross_encoder: CrossEncoder, ranked: RankedCandidates) -> RankedCandidates:
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
        pair_scores += read(ranked.view, cross_encoder, ranked.query.parsed, following)
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


def read(view: PassageView, cross_encoder: CrossEncoder, parsed: ParsedQuery, rows: Sequence[int]) -> list[PairScore]:
    """Score the passages of some rows with the cross-encoder, in parallel where CPUs are idle."""
    tasks = [partial(_pair_score, view, cross_encoder, parsed.read_text, row) for row in rows]
    offloaded = [offload(task) for task in tasks[1:]]
    return [*(task() for task in tasks[:1]), *(result_of() for result_of in offloaded)]


def _pair_score(view: PassageView, cross_encoder: CrossEncoder, question: str, row: int) -> PairScore:
    passage, text = view.passage(row), view.passage_text(row)
    prefix_length = len(text) - passage.end  # the passage stands last in its text
    return cross_encoder.score(question, text, [(s + prefix_length, e + prefix_length) for s, e in passage.sentences])


def _max_sim(index: TokenScores, encoded: Sequence[EncodedText], rows: NDArray[np.int64]) -> list[NDArray[np.float32]]:
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
