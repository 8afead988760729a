"""Urgency: emergencies are noticed, ordinary questions about the same things are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app
from pincite.service.urgency import advises_urgent_care, asks_urgently

DATA = Path(__file__).parents[1] / "data"
CARD = "Happening now? Call for help"


def questions(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("question", questions("urgent.txt"))
def test_every_known_emergency_is_noticed(question: str) -> None:
    """Each of the questions that the signs were written for is urgent, in capitals and with curly quotes, too."""
    assert asks_urgently(question)
    assert asks_urgently(question.upper().replace("'", "’"))


def test_ordinary_questions_are_seldom_taken_for_emergencies() -> None:
    """One in a hundred at most of 800 ordinary questions, many about breathing, hospitals and dying."""
    asked = questions("ordinary.txt")
    assert len(asked) >= 800
    assert len([q for q in asked if asks_urgently(q)]) <= len(asked) // 100


@pytest.mark.parametrize(
    "sentence",
    [
        "If you are having trouble breathing, contact emergency services.",
        "For trouble breathing, seek emergency care.",
        "Call 911 at once.",
        "Go to the nearest emergency room.",
        "This is a medical emergency.",
    ],
)
def test_a_sentence_that_says_to_get_help_is_noticed(sentence: str) -> None:
    """Documents write such sentences where a reader must not wait."""
    assert advises_urgent_care(sentence)


@pytest.mark.parametrize("sentence", ["Your provider may refer you to a neurologist.", "Ask the office for help."])
def test_a_sentence_about_care_is_no_emergency(sentence: str) -> None:
    """Ordinary advice is not taken for an alarm."""
    assert not advises_urgent_care(sentence)


@pytest.fixture
def client() -> FlaskClient:
    app = create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES)))), Settings(emergency="000 in <Australia>"))
    return app.test_client()


@pytest.mark.parametrize(
    "query", ["i+cant+breathe", "help%21+sabatical+he+is+choking", "jacket%2C+I+can%E2%80%99t+breathe"]
)
def test_an_urgent_question_gets_the_card_before_anything_else(client: FlaskClient, query: str) -> None:
    """Whatever the answer, the card stands above the box and names the configured numbers; the notice makes room."""
    page = client.get(f"/?q={query}").text
    assert page.count("<aside") == 1
    assert page.index(CARD) < page.index("<p>Call <b>000</b> in &lt;Australia&gt;") < page.index("<form")


def test_a_question_that_cannot_be_searched_may_be_urgent(client: FlaskClient) -> None:
    """A cry for help that is too long to search gets the card, too."""
    response = client.get("/?q=I+cannot+breathe" + "+help" * 500)
    assert response.status_code == 422
    assert CARD in response.text


def test_an_ordinary_question_gets_the_notice_alone(client: FlaskClient) -> None:
    """No card, one notice."""
    page = client.get("/?q=how+long+is+a+sabbatical").text
    assert CARD not in page
    assert page.count("<aside") == 1
