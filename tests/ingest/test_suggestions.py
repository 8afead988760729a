"""Questions to offer: headings as they stand, each answered by its own section."""

from __future__ import annotations

import dataclasses

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher

from pincite.index.bundle import Bundle
from pincite.index.errors import QuestionError
from pincite.index.searcher import Searcher
from pincite.index.types import Answer
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.suggestions import MAX_TRIED, candidate_headings, find_suggestions


def test_what_is_offered_is_answered(bundle: Bundle, searcher: Searcher) -> None:
    """Each question in a bundle is a heading of its document, and asking it finds that section first."""
    assert bundle.suggestions
    for offered in bundle.suggestions:
        section = next(s for s in bundle.document(offered.document).sections if s.id == offered.section)
        assert section.path[-1] == offered.question
        answer = searcher.ask(offered.question)
        assert answer.status == "answered"
        assert answer.hits[0].passage.section == offered.section


def test_headings_that_ask_come_first() -> None:
    """Among the headings of a document those with a question mark come first, otherwise in the order of the text."""
    parts = [Part("heading", text, 1) for text in ("Tides", "Who rings?", "Bells", "Who pays?")]
    document = compose(Draft(tuple(parts)), "d", "D")
    assert [c.question for c in candidate_headings(document)] == ["Who rings?", "Who pays?", "Tides", "Bells"]


class Counting(StubSearcher):
    """Counts questions; refuses all."""

    asked = 0

    def ask(self, question: str, k: int = 5, verbatim: bool = False) -> Answer:
        self.asked += 1
        raise QuestionError("question", "is empty", "type a question")


def test_few_headings_are_tried_and_none_stops_ingest() -> None:
    """At most MAX_TRIED of thousands of headings are asked, and one that cannot be asked is skipped."""
    parts = tuple(Part("heading", f"Heading {n}", 1) for n in range(3000))
    stub = Counting(Shelf((HANDBOOK,)))
    assert find_suggestions(stub, [compose(Draft(parts), "d", "D")]) == ()  # type: ignore[arg-type]
    assert stub.asked == MAX_TRIED


def test_a_heading_that_is_not_answered_is_not_offered() -> None:
    """A heading is left out when the answer is less than `answered`, or when another section comes first."""
    stub = StubSearcher(Shelf((HANDBOOK, TIDES)))
    found = find_suggestions(stub, [HANDBOOK, TIDES])  # type: ignore[arg-type]
    assert {c.question for c in found} < {c.question for d in (HANDBOOK, TIDES) for c in candidate_headings(d)}
    moved = dataclasses.replace(HANDBOOK, sections=tuple(dataclasses.replace(s, id="x") for s in HANDBOOK.sections))
    assert find_suggestions(stub, [moved]) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("documents", [[], [TIDES]])
def test_a_corpus_may_have_nothing_to_offer(documents: list[object]) -> None:
    """No documents, or none whose headings are answered, offer nothing."""
    assert find_suggestions(StubSearcher(Shelf((HANDBOOK,))), documents) == ()  # type: ignore[arg-type]
