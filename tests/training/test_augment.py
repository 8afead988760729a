"""Questions as people type them."""

from __future__ import annotations

import random

import pytest

from training.data.augment import LAY_QUESTIONS, RELATIVES, as_typed, keywords, lay_question, misspelt, worried_sentence
from training.data.off_topic import off_topic_text

QUESTION = "How long do people live with the disease after it is diagnosed?"


def drawn(seed: int) -> list[str | None]:
    rng = random.Random(seed)
    typed = [as_typed(QUESTION, rng, "gout") for _ in range(200)]
    return [
        *typed,
        *(lay_question(kind, "gout", rng) for kind in LAY_QUESTIONS),
        *(off_topic_text(rng) for _ in range(50)),
    ]


def test_the_same_seed_gives_the_same_questions() -> None:
    """And another seed gives others."""
    assert drawn(1) == drawn(1) != drawn(2)


def test_half_of_the_questions_stay_as_they_are() -> None:
    """The others are typed in many ways."""
    typed = [as_typed(QUESTION, random.Random(seed)) for seed in range(1000)]
    assert typed.count(QUESTION) == pytest.approx(500, abs=60)
    assert len(set(typed)) > 100


def test_keywords_lose_the_small_words() -> None:
    """A question of small words alone stays as it is."""
    assert keywords("What is the cause of gout?", random.Random(1)) == "cause gout"
    assert keywords("What is it?", random.Random(1)) == "What is it?"


def test_a_slip_is_in_one_or_two_longer_words() -> None:
    """Words of up to four letters are spelt right, and no word is lost."""
    for seed in range(100):
        words = misspelt(QUESTION, random.Random(seed)).split(" ")
        changed = [old for old, new in zip(QUESTION.split(" "), words, strict=True) if old != new]
        assert len(changed) <= 2
        assert all(len(word) > 4 for word in changed)


def test_a_worry_names_a_relative_and_no_illness_that_is_not_known() -> None:
    """Nothing is left to be filled in."""
    worries = [worried_sentence(random.Random(seed)) for seed in range(100)]
    assert not any("{" in text or "  " in text for text in worries)
    assert any(kin in text for text in worries for kin in RELATIVES)


def test_a_kind_without_lay_words_has_no_lay_question() -> None:
    """MedQuAD's `considerations` are asked in its own words only."""
    assert lay_question("considerations", "gout", random.Random(1)) is None
