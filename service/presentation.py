"""Presentation of an answer: what may be shown of it, decided once for page, JSON, command line and MCP tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from pincite.index.citation.embedded_text import carried_lead_ins
from pincite.index.query.analysis import content_words
from pincite.index.types import Answer, Care, Document, Evidence, Hit, Range
from pincite.service.care.help import HELP_QUESTION, hits_that_offer_help
from pincite.service.care.signs import advises_urgent_care, care_asked_for, worse
from pincite.service.languages import Language, language_of, language_to_meet
from pincite.service.small_talk import is_small_talk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pincite.index.searcher import Searcher

MIN_ALARM_CONFIDENCE = 0.85  # of an answer whose sentence may raise the emergency card by itself

OMISSION = " [...] "  # for words between two sentences that are quoted


@dataclass(frozen=True, slots=True)
class Presentation:
    """An answer as it may be shown."""

    answer: Answer  # its status lowered and its hits left out if it is less sure than was asked for
    quotable: tuple[Hit, ...]  # hits to quote to a reader: none if the documents do not say
    care: Care  # what the asker may need first: emergency numbers, or a crisis line
    language: str | None  # of the question, a tag of BCP 47; None if it is English or unsure
    met_in: Language | None  # the language in which to say that the documents are in English
    small_talk: bool  # a greeting or a try, which asks nothing

    @property
    def best(self) -> Hit | None:
        """The hit that answers; None if none is offered as an answer."""
        return self.quotable[0] if self.answer.status == "answered" and self.quotable else None

    @property
    def matches_nothing(self) -> bool:
        """True if a question has content words, and all of them are unmatched."""
        searched = self.answer.searched
        unmatched = {word.casefold() for term in self.answer.unmatched_terms for word in _words(term)}
        return bool(unmatched) and unmatched.issuperset(word.casefold() for word in _words(searched))


def present(
    answer: Answer,
    searcher: Searcher,
    minimum_confidence: float = 0.0,
    within: NDArray[np.int64] | None = None,
    *,
    watch: bool = True,
) -> Presentation:
    """Decide what may be shown of an answer that `searcher` gave, of all passages or of the rows `within`, (w,).

    Below `minimum_confidence` no hits are shown, and what was `answered` is `related`. JSON has the hits of every
    other answer, with its status; readers are quoted none if that is `not_found`. A question of distress is never
    answered: its hits are passages that offer help, which are searched for. Small talk is not found, whatever it
    resembles. watch: False for documents that are not medical, where neither question nor answer is looked at for care.
    """
    care = care_of(answer) if watch else "none"
    small_talk = care == "none" and is_small_talk(answer.question)
    if care == "distress":
        answer = _with_help(answer, searcher, within)
    elif small_talk:
        answer = replace(answer, hits=(), status="not_found", confidence=0.0, unmatched_terms=())
    elif answer.confidence < minimum_confidence:
        answer = replace(answer, hits=(), status="not_found" if answer.status == "not_found" else "related")
        care = care_of(answer) if watch else "none"
    language = language_of(answer.question)
    return Presentation(
        answer=answer,
        quotable=() if answer.status == "not_found" else answer.hits,
        care=care,
        language=language,
        met_in=language_to_meet(language, (hit.citation.language for hit in answer.hits)),
        small_talk=small_talk,
    )


def care_of(answer: Answer) -> Care:
    """Return what the asker may need first: by classifier and signs of the question, or by the sentence that answers.

    Distress goes before an emergency: its card names the emergency numbers, too.
    """
    care = worse(answer.care, care_in({answer.question, answer.searched}))
    sure = answer.status == "answered" and answer.confidence >= MIN_ALARM_CONFIDENCE
    evidence: Iterable[Evidence] = answer.hits[0].evidence if sure and answer.hits else ()
    return worse(care, "emergency") if any(advises_urgent_care(e.quote) for e in evidence) else care


def care_in(questions: Iterable[str]) -> Care:
    """Return what the wordings of a question give away by their signs alone."""
    return reduce(worse, map(care_asked_for, questions), "none")


def ranges_to_quote(hit: Hit) -> list[Range]:
    """Return what to quote of a hit, in the order of the text: its passage, and before it what that needs to be read.

    An item without its lead-in, or a row without its column names, could say the opposite of what the document says.
    """
    passage = (hit.passage.start, hit.passage.end)
    ranges = {*carried_lead_ins(hit.passage), *((e.start, e.end) for e in hit.evidence)}
    return [*sorted(r for r in ranges if r[1] <= passage[0]), passage]


def joined_quote(document: Document, evidence: Sequence[Evidence]) -> str:
    """Join the sentences that answer: as the document has them, OMISSION where it has words between."""
    text, pieces = document.text, [""]
    for before, sentence in zip([None, *evidence], evidence, strict=False):
        between = text[before.end : sentence.start] if before else ""
        pieces += [OMISSION if between.strip() else between, sentence.quote]
    return "".join(pieces)


def _with_help(answer: Answer, searcher: Searcher, within: NDArray[np.int64] | None) -> Answer:
    """Return an answer to a question of distress: passages that offer help, none of them as the answer."""
    offered = searcher.ask(HELP_QUESTION, k=max(1, len(answer.hits)), within=within)
    found = (*offered.hits, *answer.hits)
    hits = hits_that_offer_help(found, searcher.bundle.document)[: len(answer.hits)]
    return replace(answer, hits=hits, status="related" if hits else "not_found", confidence=0.0, unmatched_terms=())


def _words(text: str) -> list[str]:
    return [text[start:end] for start, end in content_words(text)]
