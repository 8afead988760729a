"""Searcher: from a question to an answer, one step a line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.answer.answerability import NO_EVIDENCE, Answerability, Features, classify, unanswered
from pincite.index.answer.coverage import Coverage, cover_by_terms, coverage_from_tokens
from pincite.index.answer.evidence import choose_ranges, quote_ranges
from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite
from pincite.index.citation.embedded_text import passage_text
from pincite.index.models.cross_encoder import CrossEncoder, PairScore
from pincite.index.parallel import occupy_cpu, offload
from pincite.index.query.normalise import ParsedQuery, normalise_query, split_query
from pincite.index.ranking import RankedCandidates, rank
from pincite.index.settings import Settings
from pincite.index.types import Answer, Hit

# Hits that the cross-encoder reads; each costs as much as encoding its passage. Two, to keep confidence monotone: a new
# passage that takes rank 1 must not hide the score of the previous one.
CROSS_ENCODED_HITS = 2
UNMATCHED_GAP = 0.4  # rarity x (1 - cosine) above which a word counts as unmatched


class Searcher:
    """Question answering over one open bundle. Threads may share it."""

    def __init__(self, bundle: Bundle, max_characters: int = 2000, cached_answers: int = 0) -> None:
        """Search `bundle`, refusing questions of more than `max_characters` code points.

        The `cached_answers` most recently used answers are kept; 0 keeps none.
        """
        self.bundle = bundle
        self._question_characters = max_characters
        self._cached_answer = lru_cache(cached_answers)(self._compute) if cached_answers else self._compute

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: NDArray[np.int64] | None = None) -> Answer:
        """Answer a question with the k best passages; `verbatim` leaves its spelling alone.

        With `within`, (w,) int64 rows, the answer is that of those passages alone: others neither appear in it
        nor count as evidence. Raises QuestionError when the question is blank or too long.
        """
        return self.answer(self.parse(question, verbatim), k, within)

    def answer(self, query: ParsedQuery, k: int = 5, within: NDArray[np.int64] | None = None) -> Answer:
        """Answer a parsed question, as ask() does."""
        began = time.perf_counter()
        scope = None if within is None else within.astype(np.int64).tobytes()
        answer = self._cached_answer(query, k, scope)
        return replace(answer, took_ms=_milliseconds_since(began))

    def _compute(self, query: ParsedQuery, k: int, scope: bytes | None) -> Answer:
        """Compute an answer. scope: the rows to answer from, as bytes of int64, which a cache can compare."""
        within = None if scope is None else np.frombuffer(scope, dtype=np.int64)
        return self.answer_with_ranking(query, k, within)[0]

    @occupy_cpu()
    def answer_with_ranking(
        self, query: ParsedQuery, k: int = 5, within: NDArray[np.int64] | None = None
    ) -> tuple[Answer, RankedCandidates]:
        """Answer a parsed question without the cache, and return all candidates with the answer."""
        began = time.perf_counter()
        ranked = rank(self.bundle, query, within)
        pair_scores = self.pair_scores(ranked)
        coverages = self.coverage(ranked)
        answerability = self._classify(ranked, pair_scores, coverages)
        # without token vectors, a word that is missing may still have synonyms
        report_unmatched = answerability.status != "answered" and ranked.max_sim
        unmatched_terms = self.unmatched_terms(coverages) if report_unmatched else ()
        hits = tuple(
            self._hit(ranked, pair_scores, position, rank)
            for rank, position in enumerate(self._distinct_positions(ranked, k), start=1)
        )
        self.bundle.check_lengths()  # last: a mapped file that was cut short reads as zeros
        answer = Answer(
            question=query.question,
            searched=query.text,
            status=answerability.status,
            confidence=answerability.confidence,
            hits=hits,
            index=self.bundle.id,
            took_ms=_milliseconds_since(began),
            corrections=query.corrections,
            did_you_mean=query.did_you_mean,
            unmatched_terms=unmatched_terms,
        )
        return answer, ranked

    def search(self, question: str, within: NDArray[np.int64] | None = None) -> RankedCandidates:
        """Rank all candidates for a question as asked, of all passages or of the rows `within`."""
        return self.rank(self.parse(question), within)

    def parse(self, question: str, verbatim: bool = False) -> ParsedQuery:
        """Parse a question: normalise it, correct its spelling unless `verbatim`, split it into its sentences.

        Raises QuestionError when the question is blank or too long.
        """
        query = normalise_query(question, self._question_characters)
        speller = self.bundle.speller
        corrected = (query, (), None) if verbatim else speller.correct(query)
        return split_query(*corrected, speller.is_english, question)

    def rank(self, query: ParsedQuery, within: NDArray[np.int64] | None = None) -> RankedCandidates:
        """Rank the passages for a query, of all or of the rows `within`. within: (w,)."""
        return rank(self.bundle, query, within)

    def pair_scores(self, ranked: RankedCandidates) -> list[PairScore]:
        """Score the first CROSS_ENCODED_HITS hits with the cross-encoder, in parallel; empty without one."""
        if self.bundle.cross_encoder is None:
            return []
        score = partial(self._pair_score, self.bundle.cross_encoder, ranked.query.parsed.question_text)
        tasks = [partial(score, int(row)) for row in ranked.rows[:CROSS_ENCODED_HITS]]
        offloaded = [offload(task) for task in tasks[1:]]
        return [*(task() for task in tasks[:1]), *(result_of() for result_of in offloaded)]

    def features(
        self, ranked: RankedCandidates, pair_scores: Sequence[PairScore], coverages: Sequence[Coverage] | None = None
    ) -> Features:
        """Gather the features for answerability: for each, the maximum over the re-ranked candidates."""
        coverages = self.coverage(ranked) if coverages is None else coverages
        return Features(
            late=float(ranked.scores["late"].max()) if "late" in ranked.scores else 0.0,
            sentence=float(ranked.scores["sentence"].max()),
            best_passage_coverage=max((c.best_passage() for c in coverages), default=0.0),
            overall_coverage=max((c.overall() for c in coverages), default=0.0),
            cross_encoder=max(v.answer_logit for v in pair_scores) / 10 if pair_scores else None,
        )

    def coverage(self, ranked: RankedCandidates) -> list[Coverage]:
        """Compute how far the candidates cover the content words, for each asking part of the question."""
        if not len(ranked.rows):
            return []
        query, rarity = ranked.query.parsed, self.bundle.word_frequencies.rarity
        contains_word = partial(self._passages_with, ranked.rows[: len(ranked.scores["sentence"])])
        coverages = []
        for i in query.question_indices:
            text, words, names = query.texts[i], query.content_words[i], (query.names[i], ranked.holds_names[i])
            if ranked.max_sim:
                spans = ranked.query.encoded_texts[i].spans
                coverages.append(coverage_from_tokens(text, words, spans, ranked.max_sim[i], rarity, *names))
            else:
                coverages.append(cover_by_terms(text, words, contains_word, rarity, *names))
        return coverages

    def unmatched_terms(self, coverages: Sequence[Coverage]) -> tuple[str, ...]:
        """Return the unmatched words of the text that is covered best."""
        return max(coverages, key=Coverage.overall).unmatched(UNMATCHED_GAP) if coverages else ()

    def _passages_with(self, rows: NDArray[np.int64], word: str) -> NDArray[np.bool_]:
        """Return whether each of m passages holds a form of a word: (m,) bool."""
        contains: NDArray[np.bool_] = self.bundle.bm25.scores_of(word, rows) > 0
        return contains

    def _pair_score(self, cross_encoder: CrossEncoder, question: str, row: int) -> PairScore:
        passage = self.bundle.records.passage(row)
        text = passage_text(self.bundle.document(passage.document), passage)
        prefix_length = len(text) - passage.end  # the passage stands last in its text
        return cross_encoder.score(
            question, text, [(s + prefix_length, e + prefix_length) for s, e in passage.sentences]
        )

    def _classify(
        self, ranked: RankedCandidates, pair_scores: Sequence[PairScore], coverages: Sequence[Coverage]
    ) -> Answerability:
        if not len(ranked.rows):
            return NO_EVIDENCE
        found = classify(self.features(ranked, pair_scores, coverages), self.bundle.calibration)
        query = ranked.query.parsed
        asks_nothing = not any(query.content_words[i] for i in query.question_indices)
        return unanswered(found) if asks_nothing or all(c.lacks_name() for c in coverages) else found

    def _distinct_positions(self, ranked: RankedCandidates, k: int) -> list[int]:
        """Return the positions of the best k candidates, of equal texts the first alone."""
        positions: dict[str, int] = {}
        for position, row in enumerate(ranked.rows.tolist()):
            passage = self.bundle.records.passage(row)
            text = self.bundle.document(passage.document).text[passage.start : passage.end]
            positions.setdefault(text, position)
            if len(positions) == k:
                break
        return list(positions.values())

    def _hit(self, ranked: RankedCandidates, pair_scores: Sequence[PairScore], position: int, rank: int) -> Hit:
        passage = self.bundle.records.passage(int(ranked.rows[position]))
        document = self.bundle.document(passage.document)
        cosines = ranked.query.parsed.pool(self.bundle.sentences.scores(ranked.query.vectors, ranked.rows[position]))
        pair_score = pair_scores[position] if position < len(pair_scores) else None
        ranges = choose_ranges(document, passage, ranked.query.parsed, cosines, pair_score)
        evidence = quote_ranges(document, ranges)
        scores = {
            name: float(kind_scores[position])
            for name, kind_scores in ranked.scores.items()
            if position < len(kind_scores)
        }
        return Hit(passage, rank, float(ranked.score[position]), scores, evidence, cite(document, passage, evidence))


def _milliseconds_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def open_searcher(settings: Settings, folder: Path | None = None) -> Searcher:
    """Open a searcher as the settings say, over the live bundle or the one in `folder`.

    Raises BundleError or StorageError, naming the file and the remedy.
    """
    bundle = Bundle(folder or Path(settings.index), bool(settings.cross_encoder))
    return Searcher(bundle, settings.question_characters, settings.answer_cache)
