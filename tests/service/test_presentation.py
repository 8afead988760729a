"""Presentation: which hits are quoted, the least confidence, and care, for all four ways to ask alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher

from pincite.index.types import Answer, Evidence, Status
from pincite.service.presentation import care_in, present

SEARCHER = StubSearcher(Shelf((HANDBOOK, TIDES)))


def ask(question: str, status: Status, confidence: float = 0.5) -> Answer:
    return replace(SEARCHER.ask(question), status=status, confidence=confidence)


@pytest.mark.parametrize(("status", "quoted"), [("answered", 5), ("related", 5), ("not_found", 0)])
def test_readers_are_quoted_nothing_if_the_documents_do_not_say(status: Status, quoted: int) -> None:
    """Five hits are kept for JSON whatever the status; a reader is quoted them unless it is not_found."""
    presentation = present(ask("how long is a sabbatical", status), SEARCHER)
    assert (len(presentation.answer.hits), len(presentation.quotable)) == (5, quoted)


@pytest.mark.parametrize(
    ("status", "shown"), [("answered", "related"), ("related", "related"), ("not_found", "not_found")]
)
def test_below_the_minimum_confidence_nothing_is_shown(status: Status, shown: Status) -> None:
    """At the minimum an answer stays; just above its confidence it loses its hits, and `answered` is `related`."""
    answer = ask("how long is a sabbatical", status)
    assert present(answer, SEARCHER, 0.5).answer == answer
    presentation = present(answer, SEARCHER, 0.51)
    assert (presentation.answer.status, presentation.answer.hits, presentation.quotable) == (shown, (), ())


def test_an_answer_may_raise_the_alarm() -> None:
    """A cry for help does whatever its status; a sentence that says to get help where it answers for sure."""
    assert present(ask("i cannot breathe", "not_found"), SEARCHER).care == "emergency"
    ordinary = ask("how long is a sabbatical", "answered", confidence=0.9)
    assert present(ordinary, SEARCHER).care == "none"
    help_first = replace(ordinary.hits[0], evidence=(Evidence(0, 17, "Call 911 at once."),))
    alarming = replace(ordinary, hits=(help_first, *ordinary.hits[1:]))
    assert present(alarming, SEARCHER).care == "emergency"
    assert present(replace(alarming, status="related"), SEARCHER).care == "none"
    assert present(replace(alarming, confidence=0.84), SEARCHER).care == "none"
    assert present(alarming, SEARCHER, minimum_confidence=1.0).care == "none"


def test_any_wording_of_a_question_may_raise_the_alarm() -> None:
    """A typed wording counts even if what was searched lost the sign, and the reverse."""
    ordinary = ask("tides", "related")
    assert present(ordinary, SEARCHER).care == "none"
    assert present(replace(ordinary, question="he is choking"), SEARCHER).care == "emergency"
    assert present(replace(ordinary, searched="he is choking"), SEARCHER).care == "emergency"
    assert care_in(["tides", "he is choking"]) == "emergency"
