"""Small talk is met with a question to ask, on the page, in the terminal and in JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from pincite.service.small_talk import is_small_talk

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.mark.parametrize(
    "said", ["hi", "Hi there!", "hello?", "good morning", "thanks", "Thank you so much", "test", "testing 123", "ok"]
)
def test_greetings_thanks_and_tries_are_small_talk(said: str) -> None:
    """They ask nothing."""
    assert is_small_talk(said)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "?",
        "what is a test",
        "is there a test",
        "tests",
        "tests done",
        "hi, what is ALS",
        "night",
        "riluzole",
        "help",
    ],
)
def test_what_asks_something_is_no_small_talk(asked: str) -> None:
    """A word that carries content makes a question of it."""
    assert not is_small_talk(asked)


def test_no_ordinary_question_and_no_emergency_is_small_talk() -> None:
    """On the lists that the signs of an emergency are held to, nothing is taken for small talk."""
    lines = [
        line for name in ("ordinary.txt", "emergencies.txt") for line in (DATA / name).read_text("utf-8").splitlines()
    ]
    assert [line for line in lines if is_small_talk(line)] == []
