"""Languages of questions: noticed in fourteen, never where English names something foreign."""

from __future__ import annotations

from pathlib import Path

import pytest

from pincite.index.query.analysis import is_function_word
from pincite.service.languages import language_of, language_to_meet, languages

DATA = Path(__file__).resolve().parents[1] / "data"


def questions(name: str) -> list[tuple[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return [(code, question) for code, question in pairs]


@pytest.mark.parametrize(("name", "least"), [("other-languages.txt", 0.97), ("other-languages-unseen.txt", 0.86)])
def test_a_question_in_another_language_is_noticed_as_often_as_was_measured(name: str, least: float) -> None:
    """The share of foreign questions whose language is right is no lower than docs/decisions/ has it."""
    foreign = [(code, question) for code, question in questions(name) if code != "en"]
    assert sum(language_of(question) == code for code, question in foreign) / len(foreign) >= least


@pytest.mark.parametrize("name", ["other-languages.txt", "other-languages-unseen.txt"])
def test_english_is_never_taken_for_another_language(name: str) -> None:
    """Foreign names, dishes and Latin in an English question leave it English."""
    english = [question for code, question in questions(name) if code == "en"]
    assert [question for question in english if language_of(question)] == []


def test_ordinary_english_questions_are_english() -> None:
    """None of the ordinary questions that the signs of an emergency are held to is in another language."""
    ordinary = (DATA / "ordinary.txt").read_text(encoding="utf-8").splitlines()
    assert [question for question in ordinary if language_of(question)] == []


@pytest.mark.parametrize("code", languages())
def test_a_language_has_a_message_and_no_word_of_english(code: str) -> None:
    """The message is two sentences, from right to left in Arabic; no word that tells the language is English."""
    language = languages()[code]
    assert len([c for c in language.message if c in ".。।"]) == 2
    assert language.direction == ("rtl" if code == "ar" else "ltr")
    assert not [word for word in language.words | language.particles if is_function_word(word)]


@pytest.mark.parametrize(
    ("of_documents", "met"), [((), True), ((None,), True), (("en-GB", None), True), (("en", "es"), False)]
)
def test_nobody_is_asked_for_english_where_a_document_is_in_another_language(
    of_documents: tuple[str | None, ...], met: bool
) -> None:
    """Documents that name no language count as English."""
    assert (language_to_meet("es", of_documents) is not None) == met
    assert language_to_meet(None, of_documents) is None


@pytest.mark.parametrize("question", ["які симптоми", "ای‌ال‌اس چیست", "τι είναι η ALS", "co to jest ALS"])
def test_a_language_that_is_not_known_is_left_unsaid(question: str) -> None:
    """Ukrainian is not Russian, Persian not Arabic."""
    assert language_of(question) is None
