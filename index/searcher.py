"""Searcher: from a question to an answer, one step a line."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.answer.answer_cache import AnswerCache
from pincite.index.answer.answerability import NO_EVIDENCE, Answerability, Features, classify, unanswered
from pincite.index.answer.coverage import Coverage, cover_by_terms, coverage_from_tokens
from pincite.index.answer.evidence import choose_ranges, quote_ranges
from pincite.index.answer.unmatched import unmatched_phrases
from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite, cite_passage
from pincite.index.parallel import occupy_cpu
from pincite.index.query.normalise import ParsedQuery, normalise_query, split_query
from pincite.index.ranking.candidates import find_candidates
from pincite.index.ranking.passage_view import PassageView
from pincite.index.ranking.rerank import RankedCandidates, rank, reread, without_copies
from pincite.index.settings import Settings
from pincite.index.store.connect import StoredPassages
from pincite.index.store.passage_store import Observe
from pincite.index.types import Answer, Care, Citation, Hit

MAX_ALSO_IN = 10  # other places that one hit names
UNMATCHED_GAP = 0.4  # rarity x (1 - cosine) above which a word counts as unmatched


class Searcher:
    """Question answering over one open bundle. Threads may share it."""

    def __init__(self, bundle: Bundle, max_characters: int = 2000, cached_answers: int = 0) -> None:
        """Search `bundle`, refusing questions of more than `max_characters` code points.

        The `cached_answers` most recently used answers are kept; 0 keeps none.
        """
        self.bundle = bundle
        self._question_characters = max_characters
        self._answers = AnswerCache(cached_answers) if cached_answers else None

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: NDArray[np.int64] | None = None) -> Answer:
        """Answer a question with the k best passages; `verbatim` leaves its spelling alone.

        With `within`, (w,) int64 rows, the answer is that of those passages alone: others neither appear in it
        nor count as evidence. Raises QuestionError when the question is blank or too long.
        """
        return self.answer(self.parse(question, verbatim), k, within)

    def answer(self, query: ParsedQuery, k: int = 5, within: NDArray[np.int64] | None = None) -> Answer:
        """Answer a parsed question, as ask() does."""
        began = time.perf_counter()
        if self._answers is None:
            return self.answer_with_ranking(query, k, within)[0]
        key = (query, k, _digest(within))
        answer = self._answers.get(key)
        if answer is None:
            answer = self.answer_with_ranking(query, k, within)[0]
            self._answers.keep(key, answer)
        return replace(answer, took_ms=_milliseconds_since(began))

    @occupy_cpu()
    def answer_with_ranking(
        self, query: ParsedQuery, k: int = 5, within: NDArray[np.int64] | None = None
    ) -> tuple[Answer, RankedCandidates]:
        """Answer a parsed question without the cache, and return all candidates with the answer."""
        began = time.perf_counter()
        ranked = self.rank(query, within)
        answerability = self._classify(ranked)
        # without token vectors, a word that is missing may still have synonyms
        report_unmatched = answerability.status != "answered" and ranked.max_sim
        unmatched_terms = self.unmatched_terms(ranked) if report_unmatched else ()
        hits = tuple(self._hit(ranked, position, within) for position in range(min(k, len(ranked.rows))))
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
            care=self._care(ranked),
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
        """Rank the passages for a query, of all or of the rows `within`, (w,); the cross-encoder reads the first."""
        ranked = rank(find_candidates(self.bundle, query, within))
        ranked = replace(ranked, coverages=tuple(self.coverage(ranked)))
        ranked = without_copies(ranked)
        return reread(self.bundle.cross_encoder, ranked) if self.bundle.cross_encoder else ranked

    def features(self, ranked: RankedCandidates) -> Features:
        """Gather the features for answerability: for each, the maximum over the re-ranked candidates."""
        return Features(
            late=float(ranked.scores["late"].max()) if "late" in ranked.scores else 0.0,
            sentence=float(ranked.scores["sentence"].max()),
            best_passage_coverage=ranked.best_coverage,
            overall_coverage=max((c.overall() for c in ranked.coverages), default=0.0),
            cross_encoder=None if ranked.best_logit is None else ranked.best_logit / 10,
        )

    def coverage(self, ranked: RankedCandidates) -> list[Coverage]:
        """Compute how far the candidates cover the content words, for each asking part of the question."""
        if not len(ranked.rows):
            return []
        query, rarity = ranked.query.parsed, self.bundle.word_frequencies.rarity
        contains_word = partial(_passages_with, ranked.view, ranked.rows[: len(ranked.scores["sentence"])])
        coverages = []
        for i in query.question_indices:
            text, words, names = query.texts[i], query.content_words[i], (query.names[i], ranked.holds_names[i])
            if ranked.max_sim:
                spans = ranked.query.encoded_texts[i].spans
                coverages.append(coverage_from_tokens(text, words, spans, ranked.max_sim[i], rarity, *names))
            else:
                coverages.append(cover_by_terms(text, words, contains_word, rarity, *names))
        return coverages

    def unmatched_terms(self, ranked: RankedCandidates) -> tuple[str, ...]:
        """Return the unmatched words of the text that is covered best, in the order asked."""
        query = ranked.query.parsed
        covered = zip(query.question_indices, ranked.coverages, strict=False)  # no coverage where nothing was found
        i, best = max(covered, key=lambda pair: pair[1].overall(), default=(0, None))
        unmatched = best.unmatched(UNMATCHED_GAP) if best else ()
        return unmatched_phrases(query.texts[i], unmatched, query.content_words[i], query.names[i])

    def _care(self, ranked: RankedCandidates) -> Care:
        """Return what the asker may need first, by the vector of the whole question."""
        if self.bundle.care is None or not len(ranked.query.vectors):
            return "none"
        return self.bundle.care.classify(ranked.query.parsed.text, ranked.query.vectors[0])

    def _classify(self, ranked: RankedCandidates) -> Answerability:
        if not len(ranked.rows):
            return NO_EVIDENCE
        features = self.features(ranked)
        if ranked.query.parsed.asks_for_names_alone:  # of which the cross-encoder learnt nothing: "What is C9orf72?"
            features = replace(features, cross_encoder=None)
        found = classify(features, self.bundle.calibration)
        return found if self.is_answerable(ranked) else unanswered(found)

    def is_answerable(self, ranked: RankedCandidates) -> bool:
        """Return whether a question asks anything, and for no name that every passage lacks."""
        query = ranked.query.parsed
        asks = any(query.content_words[i] for i in query.question_indices)
        return asks and not all(c.lacks_name() for c in ranked.coverages)

    def _hit(self, ranked: RankedCandidates, position: int, within: NDArray[np.int64] | None) -> Hit:
        row = int(ranked.rows[position])
        view = ranked.view
        passage = view.passage(row)
        document = view.document(passage.document)
        cosines = ranked.query.parsed.pool(view.sentences.scores(ranked.query.vectors, ranked.rows[position]))
        pair_score = ranked.pair_scores[position] if position < len(ranked.pair_scores) else None
        ranges = choose_ranges(document, passage, ranked.query.parsed, cosines, pair_score)
        evidence = quote_ranges(document, ranges)
        scores = {
            name: float(kind_scores[position])
            for name, kind_scores in ranked.scores.items()
            if position < len(kind_scores)
        }
        others = view.copies.others(row, within)
        return Hit(
            passage=passage,
            rank=position + 1,
            score=float(ranked.score[position]),
            scores=scores,
            evidence=evidence,
            citation=cite(document, passage, evidence),
            also_in=tuple(_cite_row(view, other) for other in others[:MAX_ALSO_IN].tolist()),
            also_in_count=len(others),
        )


def _cite_row(view: PassageView, row: int) -> Citation:
    passage = view.passage(row)
    return cite_passage(view.document(passage.document), passage)


def _passages_with(view: PassageView, rows: NDArray[np.int64], word: str) -> NDArray[np.bool_]:
    """Return whether each of m passages holds a form of a word: (m,) bool."""
    contains: NDArray[np.bool_] = view.lexical_scores(word, rows) > 0
    return contains


def _digest(rows: NDArray[np.int64] | None) -> bytes | None:
    """Return the SHA-256 of rows, (w,) int64, for a key: a filter may keep most of a large index."""
    return None if rows is None else hashlib.sha256(rows.astype(np.int64).tobytes()).digest()


def _milliseconds_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def open_searcher(settings: Settings, folder: Path | None = None, observe: Observe | None = None) -> Searcher:
    """Open a searcher as the settings say, over the live bundle or the one in `folder`.

    observe: called after each call to the store, if the settings name one. Raises BundleError or StorageError, naming
    the file and the remedy, or StoreError.
    """
    open_parts = StoredPassages(settings, observe) if settings.store_url else None
    bundle = Bundle(folder or Path(settings.index), bool(settings.cross_encoder), open_parts)
    return Searcher(bundle, settings.question_characters, settings.answer_cache)
