"""From a question to an answer, one step a line: the whole of searching is on this page."""

from __future__ import annotations

import os
import time
import unicodedata
from dataclasses import dataclass
from threading import BoundedSemaphore

import numpy as np
from numpy.typing import NDArray

from index.answerability import NOTHING, Features, Judgement, judge
from index.bundle import Bundle
from index.citation import cite
from index.errors import BlankQuestionError, LongQuestionError
from index.evidence import choose, evidence
from index.fuse import CANDIDATES, FINER, fuse
from index.late import content_tokens
from index.lexical import terms
from index.vocabulary import Answer, Hit

DEPTH = 100  # candidates from each arm, whatever k is: ranks must not depend on k
HEAD = 60  # candidates that are ranked by the finer scores
JUDGED = 5  # hits that the judgement looks at


@dataclass(frozen=True, slots=True)
class Ranked:
    """The head of the ranking, best first. Every array is (m,)."""

    query: NDArray[np.float32]  # (d,), the question's vector
    rows: NDArray[np.int64]
    score: NDArray[np.float64]
    parts: dict[str, NDArray[np.float32]]  # the scores that were fused, by name


class Searcher:
    """Answers questions from one open bundle. Holds no state of a question: threads may share it."""

    def __init__(self, bundle: Bundle, question_characters: int = 2000) -> None:
        """`question_characters` is the longest question taken, in code points."""
        self.bundle = bundle
        self._longest = question_characters
        # More questions at once than processors only take turns at the interpreter's lock: with 16 clients on two
        # cores the slowest in a hundred waited 1.6 s without this and 0.6 s with it, at equal throughput.
        self._turns = BoundedSemaphore(os.cpu_count() or 1)

    def ask(self, question: str, k: int = 5) -> Answer:
        """Answer a question with the k best passages. Raises QuestionError when it is blank or too long."""
        began = time.perf_counter()
        searched = normalise(question, self._longest)
        with self._turns:
            ranked = self.rank(searched)
        judgement = self._judge(searched, ranked)
        hits = tuple(self._hit(ranked, place) for place in range(min(k, len(ranked.rows))))
        took = (time.perf_counter() - began) * 1000
        return Answer(question, searched, judgement.status, judgement.confidence, hits, self.bundle.id, took)

    def rank(self, searched: str) -> Ranked:
        """Rank passages for a normalised question: candidates from two arms, then finer scores for their head."""
        if not terms(searched):
            return _NOTHING
        query = self.bundle.encoder.encode_query(searched)
        lexical = self.bundle.lexical.scores(searched)
        nearest, _ = self.bundle.dense.nearest(query.vector, DEPTH)
        rows = np.union1d(nearest, _top(lexical, DEPTH))
        arms = {"dense": self.bundle.dense.vectors(rows) @ query.vector, "lexical": lexical[rows]}
        head = _order(fuse(arms, CANDIDATES), rows)[:HEAD]
        rows, parts = rows[head], {name: arm[head] for name, arm in arms.items()}
        parts["sentence"] = self.bundle.sentences.best(query.vector, rows)
        parts["late"] = self.bundle.tokens.scores(content_tokens(searched, query), rows)
        score = fuse(parts, FINER)
        order = _order(score, rows)
        return Ranked(query.vector, rows[order], score[order], {name: part[order] for name, part in parts.items()})

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
            late=float(ranked.parts["late"][:JUDGED].max()),
            sentence=float(ranked.parts["sentence"][:JUDGED].max()),
            dense=float(ranked.parts["dense"][:JUDGED].max()),
            passage_cover=max(covers) / whole,
            corpus_cover=anywhere / whole,
        )

    def _hit(self, ranked: Ranked, place: int) -> Hit:
        passage = self.bundle.records.passage(int(ranked.rows[place]))
        document = self.bundle.document(passage.document)
        sentences = self.bundle.sentences.scores(ranked.query, int(ranked.rows[place]))
        found = evidence(document, choose(passage, sentences))
        scores = {name: float(part[place]) for name, part in ranked.parts.items()}
        return Hit(passage, place + 1, float(ranked.score[place]), scores, found, cite(document, passage, found))


_NOTHING = Ranked(np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64), np.empty(0), {})


def normalise(question: str, longest: int) -> str:
    """A question as it is searched: composed characters, no control characters, single spaces.

    Raises BlankQuestionError when nothing is left, LongQuestionError when more than `longest` code points are asked.
    """
    if len(question) > longest:
        raise LongQuestionError(
            "question", f"has {len(question):,} characters; {longest:,} at most", "ask about one thing, in fewer words"
        )
    seen = "".join(_shown(c) for c in question)
    searched = " ".join(unicodedata.normalize("NFC", seen).split())
    if not searched:
        raise BlankQuestionError("question", "is empty", "type what you want to know")
    return searched


def _order(score: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places by (-score, passage id): rows stand in the order of passage ids. Both (m,). Returns (m,) int64."""
    return np.lexsort((rows, -score))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs"):  # controls, lone surrogates
        return " "
    # of the invisible formatting characters, only the joiners belong to words
    return "" if category == "Cf" and character not in "\u200c\u200d" else character


def _top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Rows of the k best scores above 0, ties by row. scores: (n,). Returns (m,) int64, m <= k."""
    found = np.flatnonzero(scores > 0)
    return found[np.lexsort((found, -scores[found]))[:k]]
