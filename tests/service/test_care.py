"""Cards for emergencies and distress, which are noticed, where ordinary questions about the same things get none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fake_searcher import HANDBOOK, SUPPORT, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient

from pincite.index.settings import Settings
from pincite.index.types import Care
from pincite.service.care.card import care_card
from pincite.service.care.signs import advises_urgent_care, care_asked_for, offers_help
from pincite.service.presentation import present
from pincite.service.runtime.app import create_app

DATA = Path(__file__).parents[1] / "data"
EMERGENCY_CARD = "Happening now? Call for help"
DISTRESS_CARD = "You do not have to be alone with this"
DISTRESSED = "I want to kill myself, how long is a sabbatical"


def questions(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("question", questions("emergencies.txt"))
def test_every_known_cry_for_help_is_noticed(question: str) -> None:
    """Each of the questions that the signs were written for is noticed, in capitals and with curly quotes, too."""
    assert care_asked_for(question) != "none"
    assert care_asked_for(question.upper().replace("'", "’")) != "none"


def test_ordinary_questions_are_seldom_taken_for_emergencies() -> None:
    """One in a hundred at most of 800 ordinary questions, many about breathing, hospitals and dying."""
    asked = questions("ordinary.txt")
    assert len(asked) >= 800
    assert len([q for q in asked if care_asked_for(q) != "none"]) <= len(asked) // 100


@pytest.mark.parametrize(
    ("question", "care"),
    [
        ("I keep thinking about suicide", "distress"),
        ("how can i die painlessly", "distress"),
        ("I've taken all my pills", "distress"),
        ("so tired of living like this", "distress"),
        ("quiero morirme", "distress"),
        ("ya no quiero vivir", "distress"),
        ("my husband says he would be better off dead", "distress"),
        ("crushing chest pain, what do I do", "emergency"),
        ("no puedo respirar", "emergency"),
        ("mi madre se está ahogando", "emergency"),
        ("he is coughing up blood", "emergency"),
        ("suicide prevalence in motor neurone disease", "none"),
        ("years ago I took an overdose, does that matter now", "none"),
        ("what do we do if one day he can't breathe", "none"),
        ("am I going to die of ALS", "none"),
    ],
)
def test_signs_separate_distress_emergencies_and_talk_about_either(question: str, care: Care) -> None:
    """Thoughts of suicide are distress; the past, plans and studies are neither."""
    assert care_asked_for(question) == care


@pytest.mark.parametrize(
    ("sentence", "offers"),
    [
        ("For help, talk with a mental health provider or with your care team.", True),
        ("If you feel hopeless, speak to your doctor.", True),
        ("Help is available from your care team.", True),
        ("A counselor can help; ask for one.", False),
        ("Ask your doctor before you take ibuprofen.", False),
        ("Tell your care team about feeling short of breath, above all when lying down.", False),
        ("You may feel hopeless, lost or overwhelmed.", False),
    ],
)
def test_a_sentence_that_offers_help_is_more_than_one_that_names_feelings(sentence: str, offers: bool) -> None:
    """Somebody to talk to is named, and for what."""
    assert offers_help(sentence) is offers


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
    return client_of(Settings(emergency="000 in <Australia>", crisis="13 11 14 in <Australia>"))


def client_of(settings: Settings) -> FlaskClient:
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES, SUPPORT)))), settings).test_client()


@pytest.mark.parametrize(
    "query", ["i+cant+breathe", "help%21+sabatical+he+is+choking", "jacket%2C+I+can%E2%80%99t+breathe"]
)
def test_an_emergency_gets_the_card_before_anything_else(client: FlaskClient, query: str) -> None:
    """Whatever the answer, the card stands above the box, announced, with numbers that call; the notice makes room."""
    page = client.get(f"/?q={query}").text
    assert page.count('class="urgent') == 1
    assert 'role="alert" tabindex="-1"' in page
    number = '<a href="tel:000">000</a>'
    assert (
        page.index(EMERGENCY_CARD)
        < page.index(f"Call {number} in &lt;Australia&gt;")
        < page.index(f'<p lang="es">¿Emergencia? Llame: {number}')
        < page.index("<form")
    )


def test_a_question_that_cannot_be_searched_may_be_an_emergency(client: FlaskClient) -> None:
    """A cry for help that is too long to search gets the card, too."""
    response = client.get("/?q=I+cannot+breathe" + "+help" * 500)
    assert response.status_code == 422
    assert EMERGENCY_CARD in response.text


def test_an_ordinary_question_gets_the_notice_alone(client: FlaskClient) -> None:
    """No card, one notice, whose number calls."""
    page = client.get("/?q=how+long+is+a+sabbatical").text
    assert EMERGENCY_CARD not in page
    assert page.count('class="urgent') == 1
    assert '<a href="tel:000">000</a>' in page


def test_distress_is_shown_crisis_lines_and_offers_of_help_alone(client: FlaskClient) -> None:
    """The page names crisis line and emergency number, and folds the passages that offer help; none is an answer."""
    page = client.get("/?q=" + DISTRESSED.replace(" ", "+")).text
    assert page.index(DISTRESS_CARD) < page.index('<a href="tel:131114">13 11 14</a>') < page.index("<form")
    assert '<a href="tel:000">000</a>' in page
    folded = re.search(r"<details.*?</details>", page, re.DOTALL)
    assert folded
    assert "talk with a mental health provider" in folded[0]
    for absent in ("Most likely answer", "After seven years", "passages for", "come near", "do not say"):
        assert absent not in page


@pytest.mark.parametrize("status", ["answered", "related", "not_found"])
def test_distress_is_never_answered(status: str) -> None:
    """Hits offer help, whatever the status was, their evidence is those sentences, and the confidence is 0."""
    searcher = StubSearcher(Shelf((HANDBOOK, TIDES, SUPPORT)))
    presentation = present(replace(searcher.ask(DISTRESSED), status=status), searcher)  # type: ignore[arg-type]
    assert (presentation.care, presentation.answer.status, presentation.answer.confidence) == ("distress", "related", 0)
    assert [hit.rank for hit in presentation.quotable] == list(range(1, len(presentation.quotable) + 1))
    assert all(offers_help(e.quote) for hit in presentation.quotable for e in hit.evidence)
    assert all(hit.evidence for hit in presentation.quotable)


def test_where_no_passage_offers_help_the_card_stands_alone() -> None:
    """A library without such a passage shows the crisis line and nothing else."""
    searcher = StubSearcher(Shelf((HANDBOOK, TIDES)))
    presentation = present(searcher.ask(DISTRESSED), searcher)
    assert (presentation.care, presentation.answer.status, presentation.quotable) == ("distress", "not_found", ())


def test_the_classifier_of_the_bundle_counts_without_any_sign() -> None:
    """The kind that a searcher found counts as the signs of a question do, and distress before an emergency."""
    searcher = StubSearcher(Shelf((HANDBOOK, TIDES)))
    answer = searcher.ask("how long is a sabbatical")
    assert present(answer, searcher).care == "none"
    assert present(replace(answer, care="emergency"), searcher).care == "emergency"
    assert present(replace(answer, care="distress", searched="he is choking"), searcher).care == "distress"


def test_documents_that_are_not_medical_can_do_without_care() -> None:
    """PINCITE_CARE=none leaves out notice, card and "not medical advice", on pages and in JSON."""
    client = client_of(Settings(care="none"))
    for query in ("i+cant+breathe", "i+want+to+die+what+is+a+sabbatical"):
        page = client.get(f"/?q={query}").text
        assert 'class="urgent' not in page
        assert "medical advice" not in page
        assert "tel:" not in page
        assert client.get(f"/v1/query?q={query}").json["care"] == "none"  # type: ignore[index]
    assert "medical" not in client.get("/v1/about").json["notice"]  # type: ignore[index]
    assert "medical" not in client.get("/llms.txt").text


@pytest.mark.parametrize(("care", "heading"), [("emergency", EMERGENCY_CARD), ("distress", DISTRESS_CARD)])
def test_the_card_names_the_numbers_of_the_settings(care: Care, heading: str) -> None:
    """In English with the places where they work, in Spanish alone."""
    card = care_card(care, Settings(emergency="15 in France", crisis="3114 in France"))
    assert card
    assert card.heading == heading
    number, text = ("15", "15 in France") if care == "emergency" else ("3114", "3114 in France")
    assert text in card.text
    assert number in card.spanish
    assert care_card("none", Settings()) is None
