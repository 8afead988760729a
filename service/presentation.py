"""Presentation of an answer: what may be shown of it, decided once for page, JSON, command line and MCP tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pincite.index.citation.embedded_text import carried_lead_ins
from pincite.index.query.analysis import content_words
from pincite.index.types import Answer, Document, Evidence, Hit, Range
from pincite.service.languages import Language, language_of, language_to_meet
from pincite.service.small_talk import is_small_talk
from pincite.service.urgency import advises_urgent_care, asks_urgently

OMISSION = " [...] "  # for words between two sentences that are quoted


@dataclass(frozen=True, slots=True)
class Presentation:
    """An answer as it may be shown."""

    answer: Answer  # its status lowered and its hits left out if it is less sure than was asked for
    quotable: tuple[Hit, ...]  # hits to quote to a reader: none if the documents do not say
    urgent: bool  # speaks of an emergency: emergency numbers come first
    language: str | None  # of the question, a tag of BCP 47; None if it is English or unsure
    met_in: Language | None  # the language in which to say that the documents are in English
    small_talk: bool  # a greeting or a try, which asks nothing

    @property
    def best(self) -> Hit | None:
        """The hit that answers; None if none is offered as an answer."""
        return self.quotable[0] if self.answer.status == "answered" and self.quotable else None

    @property
    def matches_nothing(self) -> bool:
        """Whether a question has content words, and all of them are unmatched."""
        searched = self.answer.searched
        unmatched = {word.casefold() for term in self.answer.unmatched_terms for word in _words(term)}
        return bool(unmatched) and unmatched.issuperset(word.casefold() for word in _words(searched))


def present(answer: Answer, minimum_confidence: float = 0.0) -> Presentation:
    """Decide what may be shown of an answer.

    Below `minimum_confidence` no hits are shown, and what was `answered` is `related`. JSON has the hits of every
    other answer, with its status; readers are quoted none if that is `not_found`. Urgent are a question that sounds
    like an emergency, and an answer whose first hit says to get help. Small talk is not found, whatever it resembles.
    """
    small_talk = is_small_talk(answer.question)
    if small_talk:
        answer = replace(answer, hits=(), status="not_found", confidence=0.0, unmatched_terms=())
    if answer.confidence < minimum_confidence:
        answer = replace(answer, hits=(), status="not_found" if answer.status == "not_found" else "related")
    language = language_of(answer.question)
    evidence = answer.hits[0].evidence if answer.status == "answered" and answer.hits else ()
    return Presentation(
        answer=answer,
        quotable=() if answer.status == "not_found" else answer.hits,
        urgent=is_urgent({answer.question, answer.searched}, evidence),
        language=language,
        met_in=language_to_meet(language, (_language_of_quote(hit) for hit in answer.hits)),
        small_talk=small_talk,
    )


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


def is_urgent(questions: Iterable[str], evidence: Iterable[Evidence] = ()) -> bool:
    """Return whether any wording of a question, or a sentence that answers it, speaks of an emergency."""
    return any(map(asks_urgently, questions)) or any(advises_urgent_care(e.quote) for e in evidence)


def _language_of_quote(hit: Hit) -> str | None:
    return getattr(hit.citation, "language", None)


def _words(text: str) -> list[str]:
    return [text[start:end] for start, end in content_words(text)]
