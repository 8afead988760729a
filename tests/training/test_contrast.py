"""Contrast pairs: what is cut and exchanged, and what is left as it was."""

from __future__ import annotations

import random
from dataclasses import replace

from training.data.contrast import like_words, with_word_exchanged, without_another_sentence, without_answer
from training.data.pairs import Pair

HEAD = "Bell > Care\n"
FIRST = "The bell hangs in the northern tower of the church."
ANSWER = "It was cast from bronze in 1431."
LAST = "Four people ring it by hand on feast days, and on no other days."
PASSAGE = f"{HEAD}{FIRST} {ANSWER} {LAST}"
PAIR = Pair(
    "Which metal is the bell cast from?",
    PASSAGE,
    True,
    ((PASSAGE.index(ANSWER), PASSAGE.index(ANSWER) + len(ANSWER)),),
    "written",
    "own",
    0.9,
)


def test_a_passage_without_its_answer() -> None:
    """Its other sentences stay, and it is wrong from then on, whatever the teacher thought."""
    assert without_answer(PAIR) == replace(
        PAIR, passage=f"{HEAD}{FIRST} {LAST}", answers=False, marks=(), kind="cut", target=None
    )


def test_what_is_not_cut() -> None:
    """A passage that does not answer, one without marks, and one of which too little would be left."""
    assert without_answer(replace(PAIR, answers=False)) is None
    assert without_answer(replace(PAIR, marks=None)) is None
    alone = f"{HEAD}{ANSWER} Ring it."
    assert without_answer(replace(PAIR, passage=alone, marks=((len(HEAD), len(HEAD) + len(ANSWER)),))) is None


def test_a_passage_without_another_sentence_still_answers() -> None:
    """Only a sentence after the marks is cut, so that they stay where they are."""
    shorter = without_another_sentence(PAIR, random.Random(1))
    assert shorter == replace(PAIR, passage=f"{HEAD}{FIRST} {ANSWER}")
    assert without_another_sentence(replace(PAIR, marks=((len(PASSAGE) - 1, len(PASSAGE)),)), random.Random(1)) is None


def test_an_exchanged_word_stands_in_the_passage_and_its_stand_in_does_not() -> None:
    """A word that the passage does not hold is left, and none is exchanged for one that it holds."""
    like = {"bell": ["tower", "belltower", "organ"], "metal": ["wood"]}
    exchanged = with_word_exchanged(PAIR, like, random.Random(1))
    assert exchanged == replace(
        PAIR, question="Which metal is the organ cast from?", answers=False, marks=(), kind="exchanged", target=None
    )
    assert with_word_exchanged(PAIR, {"metal": ["wood"]}, random.Random(1)) is None


def test_like_words_are_of_one_shape() -> None:
    """No forms of the word, no other endings, no numbers for words; the most similar first."""
    others = ["doses", "cost", "price", "priced", "1431", "moon"]
    assert like_words("dose", others, [0.9, 0.5, 0.6, 0.8, 0.7, 0.1]) == ["price", "cost"]
    assert like_words("1430", others, [0.9] * len(others)) == ["1431"]
