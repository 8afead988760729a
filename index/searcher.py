"""From a question to an answer, one step a line: the whole of searching is on this page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.answer.answerability import NOTHING, Features, Judgement, judge
from pincite.index.answer.coverage import Coverage, cover, cover_by_words
from pincite.index.answer.evidence import choose, evidence
from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite
from pincite.index.citation.embedded_text import passage_text
from pincite.index.models.cross_encoder import Verdict
from pincite.index.parallel import beside, busy
from pincite.index.query.normalise import normalise
from pincite.index.ranking import Ranked, rank
from pincite.index.types import Answer, Hit, Mend

# Hits that the trained judge reads; each costs as much as encoding its passage. Two, so that a passage that joins and
# comes first does not hide what was first before: more evidence never lowers a confidence.
READ = 2
UNMET = 0.4  # rarity x (1 - cosine) from which a word is said to be met nowhere


class Searcher:
    """Answers questions from one open bundle. Threads may share it."""

    def __init__(self, bundle: Bundle, question_characters: int = 2000, kept: int = 0) -> None:
        """`question_characters` is the longest question taken, in code points; `kept`, how many answers are kept.

        Kept answers are those asked for last. They are this bundle's: another one has another searcher.
        """
        self.bundle = bundle
        self._longest = question_characters
        self._answer = lru_cache(kept)(self._work_out) if kept else self._work_out

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: NDArray[np.int64] | None = None) -> Answer:
        """Answer a question with the k best passages; `verbatim` leaves its spelling alone.

        With `within`, (w,) int64 rows, the answer is that of those passages: what others say neither joins it nor makes
        it an answer. Raises QuestionError when the question is blank or too long.
        """
        began = time.perf_counter()
        scope = None if within is None else within.astype(np.int64).tobytes()
        answer = self._answer(question, k, verbatim, scope)
        return replace(answer, took_ms=(time.perf_counter() - began) * 1000)

    @busy()
    def _work_out(self, question: str, k: int, verbatim: bool, scope: bytes | None) -> Answer:
        """The answer, without its time. scope: the rows to answer from, as bytes of int64."""
        within = None if scope is None else np.frombuffer(scope, dtype=np.int64)
        searched, mends = self.read(question, verbatim)
        ranked = rank(self.bundle, searched, within)
        verdicts = self.verdicts(ranked)
        covered = self.coverage(ranked)
        judgement = self._judge(ranked, verdicts, covered)
        told = judgement.status != "answered" and ranked.met  # words alone do not show that nothing comes near
        unmet = self.unmet(covered) if told else ()
        hits = tuple(self._hit(ranked, verdicts, place) for place in range(min(k, len(ranked.rows))))
        self.bundle.check_lengths()  # last: a map reads zeros where its file has ended
        status, confidence = judgement.status, judgement.confidence
        return Answer(question, searched, status, confidence, hits, self.bundle.id, 0.0, mends, unmet)

    def search(self, question: str, within: NDArray[np.int64] | None = None) -> Ranked:
        """Rank all candidates for a question as asked, of all passages or of the rows `within`."""
        return self.rank(self.read(question)[0], within)

    def read(self, question: str, verbatim: bool = False) -> tuple[str, tuple[Mend, ...]]:
        """A question as it is searched, and the words that were mended for it."""
        searched = normalise(question, self._longest)
        return (searched, ()) if verbatim else self.bundle.speller.mend(searched)

    def rank(self, searched: str, within: NDArray[np.int64] | None = None) -> Ranked:
        """Rank passages for a question as `read` gives it, of all or of the rows `within`."""
        return rank(self.bundle, searched, within)

    def verdicts(self, ranked: Ranked) -> list[Verdict]:
        """What the trained judge says of the first READ hits, each read by a processor; nothing without a judge."""
        if self.bundle.judge is None or ranked.asked is None:
            return []
        reads = [partial(self._verdict, ranked.asked.unfolded.question, int(row)) for row in ranked.rows[:READ]]
        others = [beside(read) for read in reads[1:]]
        return [*(read() for read in reads[:1]), *(read() for read in others)]

    def features(
        self, ranked: Ranked, verdicts: Sequence[Verdict], covered: Sequence[Coverage] | None = None
    ) -> Features:
        """The evidence that the judgement rests on: of each kind the most that any candidate of the head gives."""
        covered = self.coverage(ranked) if covered is None else covered
        return Features(
            late=float(ranked.parts["late"].max()) if "late" in ranked.parts else 0.0,
            sentence=float(ranked.parts["sentence"].max()),
            met_passage=max((c.passage() for c in covered), default=0.0),
            met_anywhere=max((c.anywhere() for c in covered), default=0.0),
            judge=max(v.answers for v in verdicts) / 10 if verdicts else None,
        )

    def coverage(self, ranked: Ranked) -> list[Coverage]:
        """How far the candidates meet the words of the question, for each of its asking parts."""
        if ranked.asked is None:
            return []
        texts, encoded = ranked.asked.unfolded.texts, ranked.asked.encoded
        asks, rarity = ranked.asked.unfolded.asks, self.bundle.words.rarity
        if ranked.met:
            return [cover(texts[i], encoded[i], ranked.met[i], rarity) for i in asks]
        head = ranked.rows[: len(ranked.parts["sentence"])]
        return [cover_by_words(texts[i], partial(self._held, head), rarity) for i in asks]

    def unmet(self, covered: Sequence[Coverage]) -> tuple[str, ...]:
        """The words of the question that nothing in the documents comes near, of the part that is met best."""
        return max(covered, key=Coverage.anywhere).unmet(UNMET) if covered else ()

    def _held(self, rows: NDArray[np.int64], word: str) -> NDArray[np.bool_]:
        """Whether each of m passages holds a word, in any form of it: (m,)."""
        held: NDArray[np.bool_] = self.bundle.lexical.scores_of(word, rows) > 0
        return held

    def _verdict(self, question: str, row: int) -> Verdict:
        assert self.bundle.judge is not None
        passage = self.bundle.records.passage(row)
        text = passage_text(self.bundle.document(passage.document), passage)
        before = len(text) - passage.end  # the passage stands last in its text
        return self.bundle.judge.read(question, text, [(s + before, e + before) for s, e in passage.sentences])

    def _judge(self, ranked: Ranked, verdicts: Sequence[Verdict], covered: Sequence[Coverage]) -> Judgement:
        return judge(self.features(ranked, verdicts, covered), self.bundle.calibration) if len(ranked.rows) else NOTHING

    def _hit(self, ranked: Ranked, verdicts: Sequence[Verdict], place: int) -> Hit:
        passage = self.bundle.records.passage(int(ranked.rows[place]))
        document = self.bundle.document(passage.document)
        assert ranked.asked is not None  # there are rows
        cosines = ranked.asked.unfolded.pool(self.bundle.sentences.scores(ranked.asked.vectors, ranked.rows[place]))
        found = evidence(document, choose(passage, cosines, verdicts[place] if place < len(verdicts) else None))
        scores = {name: float(part[place]) for name, part in ranked.parts.items() if place < len(part)}
        return Hit(passage, place + 1, float(ranked.score[place]), scores, found, cite(document, passage, found))
