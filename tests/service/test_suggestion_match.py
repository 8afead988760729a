"""Match of typed words: inside words, without case and accents, every word, in a stable order."""

from __future__ import annotations

import pytest
from fake_searcher import StubSearcher
from fixed_source import FixedSource
from hypothesis import given
from hypothesis import strategies as st
from twelve_documents import SUGGESTIONS, shelf_of_twelve

from pincite.index.settings import Settings
from pincite.index.types import Suggestion
from pincite.service.runtime.app import create_app
from pincite.service.suggestion_match import matching

DOG, BOOKS, SWIM, OPENING, BUSES, ALLERGIES, CAFE, HARDNESS = (s.question for s in SUGGESTIONS)


def questions(typed: str) -> list[str]:
    return [s.question for s in matching(SUGGESTIONS, typed)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dog", [DOG]),
        ("lergi", [ALLERGIES]),  # inside a word
        ("CREPES cafe", [CAFE]),
        ("crêpes", [CAFE]),
        ("dog bring", [DOG]),  # in any order
        ("dog swim", []),  # every word, not any
        ("ho", [BOOKS, OPENING, CAFE]),  # "How" begins, "hours" begins a word, "Who" has it inside
        ("zebra", []),
        ("?!", [s.question for s in SUGGESTIONS]),
        ("", [s.question for s in SUGGESTIONS]),
    ],
)
def test_every_typed_word_stands_inside_some_word(typed: str, found: list[str]) -> None:
    """Questions that begin as typed come first, then those whose words begin so; otherwise the order is kept."""
    assert questions(typed) == found


@given(st.text(max_size=30))
def test_whatever_is_typed_can_be_matched(typed: str) -> None:
    """Any text at all gives some of the suggestions, none twice, and more text never gives more of them."""
    found = questions(typed)
    assert set(found) <= {s.question for s in SUGGESTIONS}
    assert len(set(found)) == len(found)
    assert set(questions(f"{typed} dog")) <= set(found)


def test_apostrophes_count_for_nothing() -> None:
    """ "cant" and "can’t" find "can't"."""
    offered = [Suggestion("What if I can't breathe?", "d", "s")]
    assert matching(offered, "cant") == matching(offered, "CAN’T") == offered


def test_the_endpoint_matches_in_the_same_way() -> None:
    """/v1/suggest gives the same questions in the same order, as many as are asked for."""
    client = create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings()).test_client()
    found = client.get("/v1/suggest?prefix=ho&limit=2").get_json()["suggestions"]
    assert [(s["question"], s["document"]) for s in found] == [(BOOKS, "library-faq"), (OPENING, "museum")]
