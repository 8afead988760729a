"""From a question to an answer, one step a line: the whole of searching is on this page."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from threading import BoundedSemaphore

import numpy as np
from numpy.typing import NDArray

from index.answerability import NOTHING, Features, Judgement, judge
from index.bundle import Bundle
from index.citation import cite
from index.encoder import Encoded
from index.evidence import choose, evidence
from index.fuse import CANDIDATES, FINER, fuse
from index.late import weigh
from index.lexical import terms
from index.question import Unfolded, normalise, unfold
from index.vocabulary import Answer, Hit, Mend

DEPTH = 100  # candidates from each arm, whatever k is: ranks must not depend on k
HEAD = 60  # candidates that are ranked by the finer scores
JUDGED = 5  # hits that the judgement looks at

Scores = dict[str, NDArray[np.float32]]  # by name, each (m,)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched: its texts and what the encoder made of each."""

    unfolded: Unfolded
    encoded: tuple[Encoded, ...]  # one a text

    @property
    def vectors(self) -> NDArray[np.float32]:
        """(u, d), one row a text."""
        return np.stack([e.vector for e in self.encoded])


@dataclass(frozen=True, slots=True)
class Ranked:
    """All candidates, best first; those of the head were ranked by finer scores than the rest."""

    asked: Asked | None  # None when nothing could be searched for
    rows: NDArray[np.int64]  # (m,)
    score: NDArray[np.float64]  # (m,), falling
    parts: Scores  # the scores that were fused: each (h,), of the head, h <= m


class Searcher:
    """Answers questions from one open bundle. Holds no state of a question: threads may share it."""

    def __init__(self, bundle: Bundle, question_characters: int = 2000) -> None:
        """`question_characters` is the longest question taken, in code points."""
        self.bundle = bundle
        self._longest = question_characters
        # More questions at once than processors only take turns at the interpreter's lock: with 16 clients on two
        # cores the slowest in a hundred waited 1.6 s without this and 0.6 s with it, at equal throughput.
        self._turns = BoundedSemaphore(os.cpu_count() or 1)

    def ask(self, question: str, k: int = 5, verbatim: bool = False) -> Answer:
        """Answer a question with the k best passages; `verbatim` leaves its spelling alone.

        Raises QuestionError when it is blank or too long.
        """
        began = time.perf_counter()
        searched, mends = self.read(question, verbatim)
        ranked = self.rank(searched)
        judgement = self._judge(searched, ranked)
        hits = tuple(self._hit(ranked, place) for place in range(min(k, len(ranked.rows))))
        took = (time.perf_counter() - began) * 1000
        return Answer(question, searched, judgement.status, judgement.confidence, hits, self.bundle.id, took, mends)

    def search(self, question: str, within: NDArray[np.int64] | None = None) -> Ranked:
        """Rank all candidates for a question as asked, of all passages or of the rows `within`."""
        return self.rank(self.read(question)[0], within)

    def read(self, question: str, verbatim: bool = False) -> tuple[str, tuple[Mend, ...]]:
        """A question as it is searched, and the words that were mended for it."""
        searched = normalise(question, self._longest)
        return (searched, ()) if verbatim else self.bundle.speller.mend(searched)

    def rank(self, searched: str, within: NDArray[np.int64] | None = None) -> Ranked:
        """Rank passages for a question as `read` gives it, of all or of the rows `within`."""
        if not terms(searched):
            return _NOTHING
        with self._turns:
            unfolded = unfold(searched)
            asked = Asked(unfolded, tuple(self.bundle.encoder.encode_query(text) for text in unfolded.texts))
            rows, arms = self._candidates(asked, within)
            return self._finer(asked, rows, arms)

    def _candidates(self, asked: Asked, within: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], Scores]:
        """The best of each arm, with the scores of both arms."""
        pool, vectors = asked.unfolded.pool, asked.vectors
        lexical = pool(np.stack([self.bundle.lexical.scores(text) for text in asked.unfolded.texts]))
        nearest = [self.bundle.dense.nearest(vector, DEPTH, within)[0] for vector in vectors]
        rows = np.union1d(np.concatenate(nearest), _top(lexical, DEPTH, within))
        return rows, {"dense": pool(vectors @ self.bundle.dense.vectors(rows).T), "lexical": lexical[rows]}

    def _finer(self, asked: Asked, rows: NDArray[np.int64], arms: Scores) -> Ranked:
        """Order candidates by their fused arms, then the head of them by finer scores."""
        first = fuse(arms, CANDIDATES)
        order = _order(first, rows)
        head, rest = order[:HEAD], order[HEAD:]
        parts = {name: arm[head] for name, arm in arms.items()}
        pool = asked.unfolded.pool
        parts["sentence"] = pool(self.bundle.sentences.best(asked.vectors, rows[head]))
        if self.bundle.tokens:
            sections = self.bundle.records.sections[rows[head]]
            tokens = [weigh(text, encoded) for text, encoded in zip(asked.unfolded.texts, asked.encoded, strict=True)]
            parts["late"] = pool(np.stack([self.bundle.tokens.scores(t, rows[head], sections) for t in tokens]))
        score = fuse(parts, FINER)
        best = _order(score, rows[head])
        return Ranked(
            asked,
            np.concatenate([rows[head][best], rows[rest]]),
            np.concatenate([score[best], first[rest] - 1]),  # below every score of the head
            {name: part[best] for name, part in parts.items()},
        )

    def _judge(self, searched: str, ranked: Ranked) -> Judgement:
        if len(ranked.rows) == 0:
            return NOTHING
        return judge(self.features(searched, ranked), self.bundle.calibration)

    def features(self, searched: str, ranked: Ranked) -> Features:
        """The evidence that the judgement rests on, from the first JUDGED hits."""
        weights = self.bundle.lexical.rarity(searched)
        whole = sum(weights.values()) or 1.0
        held = self.bundle.lexical.held(list(weights), ranked.rows[:JUDGED])
        covers = [sum(w for w, h in zip(weights.values(), column, strict=True) if h) for column in held.T]
        anywhere = sum(w for term, w in weights.items() if self.bundle.lexical.knows(term))
        return Features(
            late=float(ranked.parts["late"][:JUDGED].max()) if "late" in ranked.parts else 0.0,
            sentence=float(ranked.parts["sentence"][:JUDGED].max()),
            dense=float(ranked.parts["dense"][:JUDGED].max()),
            passage_cover=max(covers) / whole,
            corpus_cover=anywhere / whole,
        )

    def _hit(self, ranked: Ranked, place: int) -> Hit:
        passage = self.bundle.records.passage(int(ranked.rows[place]))
        document = self.bundle.document(passage.document)
        assert ranked.asked is not None  # there are rows
        sentences = ranked.asked.unfolded.pool(self.bundle.sentences.scores(ranked.asked.vectors, ranked.rows[place]))
        found = evidence(document, choose(passage, sentences))
        scores = {name: float(part[place]) for name, part in ranked.parts.items() if place < len(part)}
        return Hit(passage, place + 1, float(ranked.score[place]), scores, found, cite(document, passage, found))


_NOTHING = Ranked(None, np.empty(0, dtype=np.int64), np.empty(0), {})


def _order(score: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places by (-score, passage id): rows stand in the order of passage ids. Both (m,). Returns (m,) int64."""
    return np.lexsort((rows, -score))


def _top(scores: NDArray[np.float32], k: int, within: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Rows of the k best scores above 0, ties by row. scores: (n,). Returns (m,) int64, m <= k."""
    found = np.flatnonzero(scores > 0)
    if within is not None:
        found = np.intersect1d(found, within)
    return found[np.lexsort((found, -scores[found]))[:k]]
