"""Questions as people also type them, as stories and misspelt; always the same for the same question."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Sequence
from dataclasses import replace

from pincite.evaluation import Question

BEFORE = (
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
AFTER = ("Thank you so much for any help.", "I just do not know where to turn.", "Any advice would be welcome.", "")


def as_stories(questions: Sequence[Question]) -> list[Question]:
    """Put two or three sentences of other matter before each question, and often one after."""
    return [replace(q, text=_story(q.text, random.Random(q.id))) for q in questions]


def misspelt(questions: Sequence[Question]) -> list[Question]:
    """Put one slip into the longest word of each question."""
    return [replace(q, text=_slip(q.text, random.Random(q.id))) for q in questions]


def _story(text: str, rng: random.Random) -> str:
    asked = text.strip()
    asked = asked[0].upper() + asked[1:]
    before = rng.sample(BEFORE, rng.choice((2, 3)))
    return " ".join([*before, asked if asked[-1] in ".?!" else f"{asked}?", rng.choice(AFTER)]).strip()


def _slip(text: str, rng: random.Random) -> str:
    words = list(re.finditer(r"[a-z]{6,}", text))
    if not words:
        return text
    word = max(words, key=lambda found: len(found.group()))
    at = rng.randrange(word.start() + 1, word.end() - 1)
    changed = rng.choice(
        (
            text[at + 1],  # left out
            rng.choice(string.ascii_lowercase) + text[at : at + 2],  # put in
            rng.choice(string.ascii_lowercase) + text[at + 1],  # another
            text[at + 1] + text[at],  # swapped
        )
    )
    return text[:at] + changed + text[at + 2 :]
