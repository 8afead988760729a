"""Ranking: candidates from two arms, then finer scores for the head of them. docs/decisions/0004-ranking.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import Bundle
from pincite.index.models.encoder import Encoded, Encoder
from pincite.index.parallel import beside
from pincite.index.query.analysis import terms
from pincite.index.query.normalise import Unfolded, unfold
from pincite.index.retrieval.bm25 import top
from pincite.index.retrieval.fusion import CANDIDATES, FINER, fuse
from pincite.index.retrieval.late_interaction import TokenIndex, interact, weigh

DEPTH = 100  # candidates from each arm, whatever k is: ranks must not depend on k
HEAD = 60  # candidates that are ranked by the finer scores
LARGE = 50_000  # passages from which the lexical arm is offered to another processor

Scores = dict[str, NDArray[np.float32]]  # by name, each (m,)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched: its texts and what the encoder made of each."""

    unfolded: Unfolded
    encoded: tuple[Encoded, ...]  # one a text
    vectors: NDArray[np.float32]  # (u, d), one row a text


@dataclass(frozen=True, slots=True)
class Ranked:
    """All candidates, best first; those of the head were ranked by finer scores than the rest."""

    asked: Asked | None  # None when nothing could be searched for
    rows: NDArray[np.int64]  # (m,)
    score: NDArray[np.float64]  # (m,), falling
    parts: Scores  # the scores that were fused: each (h,), of the head, h <= m
    met: tuple[NDArray[np.float32], ...]  # for each text of the question: (h, t), its tokens' best cosines; or empty


def rank(bundle: Bundle, searched: str, within: NDArray[np.int64] | None = None) -> Ranked:
    """Rank passages for a question as `Searcher.read` gives it, of all or of the rows `within`."""
    if not terms(searched) or (within is not None and not len(within)):
        return NOTHING
    unfolded = unfold(searched)
    lexical = partial(_sharing, bundle, unfolded.texts, within)
    sharing = beside(lexical) if len(bundle) > LARGE else lexical
    asked = _encode(bundle.encoder, unfolded)
    nearest = [bundle.dense.nearest(vector, DEPTH, within)[0] for vector in asked.vectors]
    rows, arms = _candidates(bundle, asked, np.concatenate(nearest), sharing(), within is not None)
    return _finer(bundle, asked, rows, arms)


def _sharing(bundle: Bundle, texts: Sequence[str], within: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The passages that may be best by the words they share with the texts of a question: (m,) int64, ascending."""
    if within is not None:
        return np.unique(within)
    return np.unique(np.concatenate([bundle.lexical.best(text, DEPTH) for text in texts]))


def _encode(encoder: Encoder, unfolded: Unfolded) -> Asked:
    """Run the encoder over the whole question and over each part that asks; what only tells is cut out of the whole.

    Where no part ends in a question mark any may be the one that asks, and each is run.
    """
    text, *parts = unfolded.texts
    runs = {number: beside(partial(encoder.encode_query, parts[number - 1])) for number in unfolded.asking}
    whole = encoder.encode_query(text)
    encoded = [whole]
    for number, part in enumerate(parts, start=1):
        if number in runs:
            encoded.append(runs[number]())
        else:
            start = text.index(part)
            encoded.append(encoder.cut_out(whole, start, start + len(part)) or encoder.encode_query(part))
    return Asked(unfolded, tuple(encoded), np.stack([e.vector for e in encoded]))


def _candidates(
    bundle: Bundle, asked: Asked, nearest: NDArray[np.int64], sharing: NDArray[np.int64], scoped: bool
) -> tuple[NDArray[np.int64], Scores]:
    """The best of each arm, with the scores of both arms."""
    pool, texts = asked.unfolded.pool, asked.unfolded.texts

    def lexical(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return pool(np.stack([bundle.lexical.scores_of(text, rows) for text in texts]))

    if scoped or len(texts) > 1:  # otherwise they are the best already
        sharing = top(lexical(sharing), sharing, DEPTH)
    rows = np.union1d(nearest, sharing)
    return rows, {"dense": pool(asked.vectors @ bundle.dense.vectors(rows).T), "lexical": lexical(rows)}


def _finer(bundle: Bundle, asked: Asked, rows: NDArray[np.int64], arms: Scores) -> Ranked:
    """Order candidates by their fused arms, then the head of them by finer scores."""
    first = fuse(arms, CANDIDATES)
    order = _order(first, rows)
    head, rest = order[:HEAD], order[HEAD:]
    parts = {name: arm[head] for name, arm in arms.items()}
    parts["sentence"] = asked.unfolded.pool(bundle.sentences.best(asked.vectors, rows[head]))
    met: list[NDArray[np.float32]] = []
    if bundle.tokens:
        met = _met(bundle.tokens, asked.encoded, rows[head])
        sections = bundle.records.sections[rows[head]]
        weights = [weigh(text, encoded) for text, encoded in zip(asked.unfolded.texts, asked.encoded, strict=True)]
        late = [interact(m, w, sections) for m, w in zip(met, weights, strict=True)]
        parts["late"] = asked.unfolded.pool(np.stack(late))
    score = fuse(parts, FINER)
    best = _order(score, rows[head])
    return Ranked(
        asked,
        np.concatenate([rows[head][best], rows[rest]]),
        np.concatenate([score[best], first[rest] - 1]),  # below every score of the head
        {name: part[best] for name, part in parts.items()},
        tuple(m[best] for m in met),
    )


def _met(index: TokenIndex, encoded: Sequence[Encoded], rows: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    """How well each token of each text is met by each of m rows: (m, t) each; what was cut out, as in the whole."""
    run = [e for e in encoded if e.of_whole is None]
    ends = np.cumsum([len(e.tokens) for e in run])[:-1]
    apart = iter(np.split(index.met(np.concatenate([e.tokens for e in run]), rows), ends, axis=1))
    met: list[NDArray[np.float32]] = []
    for e in encoded:
        met.append(next(apart) if e.of_whole is None else met[0][:, e.of_whole])
    return met


NOTHING = Ranked(None, np.empty(0, dtype=np.int64), np.empty(0), {}, ())


def _order(score: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places by (-score, passage id): rows stand in the order of passage ids. Both (m,). Returns (m,) int64."""
    return np.lexsort((rows, -score))
