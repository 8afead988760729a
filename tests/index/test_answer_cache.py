"""Answers that are kept: the most recently used."""

from __future__ import annotations

from pincite.index.answer.answer_cache import AnswerCache
from pincite.index.types import Answer


def answer(question: str) -> Answer:
    return Answer(question, question, "not_found", 0.0, (), "index", 0.0)


def test_the_answer_that_was_used_least_recently_goes_first() -> None:
    """An answer that was asked for again stays, and another one of the same key takes its place."""
    cache = AnswerCache(2)
    for name in ("bell", "tide"):
        cache.keep(name, answer(name))
    assert cache.get("bell") == answer("bell")
    cache.keep("fog", answer("fog"))
    assert (len(cache), cache.get("tide"), cache.get("bell")) == (2, None, answer("bell"))
    cache.keep("fog", answer("mist"))
    assert (len(cache), cache.get("fog")) == (2, answer("mist"))
