"""Presentation: which hits are quoted, the least confidence, and care, for all four ways to ask alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher

from pincite.index.types import Answer, Evidence, Status
from pincite.service.presentation import care_in, joined_quote, present

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


def test_small_talk_is_not_found_whatever_it_resembles() -> None:
    """A try of the box finds nothing, though the documents speak of tests."""
    presentation = present(ask("test", "answered", 0.9), SEARCHER)
    shown = presentation.answer
    assert (shown.status, shown.hits, shown.confidence) == ("not_found", (), 0.0)
    assert presentation.small_talk


def test_a_question_matches_nothing_if_all_its_content_words_are_unmatched() -> None:
    """Function words do not count."""
    answer = replace(ask("what is asdf qwer", "not_found"), unmatched_terms=("asdf qwer",))
    assert present(answer, SEARCHER).matches_nothing
    assert not present(replace(answer, unmatched_terms=("asdf",)), SEARCHER).matches_nothing
    assert not present(replace(answer, unmatched_terms=()), SEARCHER).matches_nothing


def test_a_question_in_another_language_is_met_in_it() -> None:
    """The language is that of the question; English is not named."""
    spanish, english = (
        present(ask("cuantos dias de licencia hay", "not_found"), SEARCHER),
        present(ask("tides", "related"), SEARCHER),
    )
    assert (spanish.language, spanish.met_in and spanish.met_in.code) == ("es", "es")
    assert (english.language, english.met_in) == (None, None)


@pytest.mark.parametrize(("status", "offered"), [("answered", True), ("related", False), ("not_found", False)])
def test_only_an_answered_question_has_a_best_hit(status: Status, offered: bool) -> None:
    """Passages that are near are never offered as the answer."""
    assert (present(ask("how long is a sabbatical", status), SEARCHER).best is not None) == offered


def test_sentences_are_joined_as_the_document_has_them() -> None:
    """White space between neighbours stays; words between them are marked as left out."""
    text = TIDES.text
    first, second, third = (
        (text.rindex(word), text.rindex(word) + len(word)) for word in ("The bell", "rings", "water")
    )
    evidence = [Evidence(start, end, text[start:end]) for start, end in (first, second, third)]
    assert joined_quote(TIDES, evidence) == "The bell rings [...] water"
