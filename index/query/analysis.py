"""Text analysis: a text's words, stemmed, and which of them carry content. Text comes in, terms go out.

Stemming is Snowball's English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock

from Stemmer import Stemmer

from pincite.index.query.compatibility import compatible

# English words that carry grammar, not content. BM25 needs no such list (its idf sees to them); coverage does,
# since a small corpus may lack "how" and would then count it as the rarest word of the question.
FUNCTION_WORDS = (
    "a about after again all also am an and any are as at be because been before being between both but by can could "
    "did do does doing done down during each few for from further get had has have having he her here hers herself him "
    "himself his how i if in into is it its itself just may me might mine more most much must my myself no nor not of "
    "off on once one only or other our ours out over own please shall she should so some such than that the their "
    "theirs them themselves then there these they this those through to too under until up us very was we were what "
    "when where whether which while who whom whose why will with would you your yours yourself"
)

_WORD = re.compile(r"\w+(?:['’]\w+)*")
# Scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana and Han.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_stemmer = Stemmer("english")
_one_at_a_time = Lock()  # the stemmer keeps the word it is at


def terms(text: str) -> list[str]:
    """Return the stemmed words of a text, in order, lower-cased and in compatibility form (NFKC).

    A run of a script without spaces gives its characters and every two neighbours.

    >>> terms("Motor neurons")
    ['motor', 'neuron']
    """
    folded = compatible(text).lower()
    if not UNSPACED.search(folded):
        return [_stem(_folded(word)) for word in _WORD.findall(folded)]
    spaced = UNSPACED.sub(lambda run: f" {' '.join(_characters_and_pairs(run.group()))} ", folded)
    return [_stem(_folded(word)) for word in _WORD.findall(spaced)]


def _characters_and_pairs(run: str) -> list[str]:
    return [*run, *(run[i : i + 2] for i in range(len(run) - 1))]


def _folded(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # a very long "word" is no word: stemming is linear, storing it as a term is not wanted
    with _one_at_a_time:
        stem: str = _stemmer.stemWord(word[:64])
    return stem


def content_words(text: str) -> list[tuple[int, int]]:
    """Return the ranges of the words of a text that are no function words, in code points."""
    return [m.span() for m in _WORD.finditer(text) if not is_function_word(m.group())]


def is_function_word(word: str) -> bool:
    """Return whether a word carries grammar, not content."""
    return _stem(_folded(word)) in _FUNCTION_TERMS


_FUNCTION_TERMS = frozenset(terms(FUNCTION_WORDS + " don't doesn't didn't isn't aren't can't won't"))
