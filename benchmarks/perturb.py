"""Perturbed questions: as stories, and misspelt. The same question always gives the same ones."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Sequence
from dataclasses import replace

from pincite.evaluation import Question

STORY_SENTENCES = (
    "My mum was told last week what is wrong with her and I have not slept since.",
    "We live two hours from the nearest hospital and the drive is hard.",
    "I am 43 and have two small children at home.",
    "He has always been a strong man who worked outdoors.",
    "It started in the spring, after a long winter.",
    "Nobody at the clinic had time to explain things to us.",
    "I have read so many websites that my head is spinning.",
    "Sorry if this has been asked before.",
    "My sister thinks I worry too much.",
    "She used to sing in a choir every week.",
    "I retired two years ago and was looking forward to travelling.",
    "Our family doctor is very kind but always in a hurry.",
)
CLOSINGS = ("Thank you so much for any help.", "I just do not know where to turn.", "Any advice would be welcome.", "")


def as_stories(questions: Sequence[Question]) -> list[Question]:
    """Put two or three sentences of other matter before each question, and often one after."""
    return [replace(q, text=_story(q.text, random.Random(q.id))) for q in questions]


def misspelt(questions: Sequence[Question]) -> list[Question]:
    """Misspell the longest word of each question by one letter."""
    return [replace(q, text=_misspell(q.text, random.Random(q.id))) for q in questions]


def _story(text: str, rng: random.Random) -> str:
    question = text.strip()
    question = question[0].upper() + question[1:]
    opening = rng.sample(STORY_SENTENCES, rng.choice((2, 3)))
    return " ".join([*opening, question if question[-1] in ".?!" else f"{question}?", rng.choice(CLOSINGS)]).strip()


def _misspell(text: str, rng: random.Random) -> str:
    words = list(re.finditer(r"[a-z]{6,}", text))
    if not words:
        return text
    word = max(words, key=lambda found: len(found.group()))
    position = rng.randrange(word.start() + 1, word.end() - 1)
    changed = rng.choice(
        (
            text[position + 1],  # left out
            rng.choice(string.ascii_lowercase) + text[position : position + 2],  # put in
            rng.choice(string.ascii_lowercase) + text[position + 1],  # another
            text[position + 1] + text[position],  # swapped
        )
    )
    return text[:position] + changed + text[position + 2 :]
