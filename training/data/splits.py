"""Splits: articles that are trained on, looked at while training (dev), or only measured on (test)."""

from __future__ import annotations

import hashlib
from typing import Literal

Split = Literal["train", "dev", "test"]

SQUAD2_TEST = {"Huguenot", "Civil disobedience", "Ctenophora", "Black Death", "Sky (United Kingdom)"}
SQUAD2_DEV = {"Normans"}
SQUAD1_TEST = {"Chloroplast", "Genghis Khan"}
# Questions of the `absent` kind in squad1-open are about articles that are not in its corpus. None is trained on.


def article_split(article: str) -> Split:
    """Return the split of a SQuAD article, by its title."""
    if article in SQUAD2_TEST | SQUAD1_TEST:
        return "test"
    return "dev" if article in SQUAD2_DEV else "train"


def disease_split(title: str) -> Split:
    """Return the split of a medical topic: a quarter is test, a fiftieth dev. One disease, one split."""
    fraction = _fraction(" ".join(title.lower().split()))
    return "test" if fraction < 0.25 else "dev" if fraction < 0.27 else "train"


def paragraph_split(key: str) -> Split:
    """Return the split of a paragraph that belongs to no larger article: a third is test."""
    return "test" if _fraction(key) < 1 / 3 else "train"


def is_development_topic(title: str) -> bool:
    """Return whether a topic is that of the development questions (ALS), which nothing may be learnt from."""
    words = title.lower()
    return "amyotrophic" in words or "motor neuron" in words or "lou gehrig" in words or "als" in words.split()


def _fraction(key: str) -> float:
    """Return the hash of a key as a fraction in [0, 1)."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:12], 16) / 16**12
