"""Contrast pairs: a pair that answers, changed in one place so that it no longer does, or so that it still does.

A passage loses the sentences that answer, or another one; a question has one word exchanged for a like word of another
question of its document. Contrast sets: Gardner et al., "Evaluating Models' Local Decision Boundaries via Contrast
Sets", EMNLP 2020.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pincite.index.types import Range
from training.data.augment import STOP_WORDS
from training.data.pairs import Pair
from training.data.windows import sentence_ranges

MIN_LEFT_WORDS = 8  # a passage that would keep fewer is not cut
STEM = 4  # words with this many first letters in common are taken for forms of one word
LIKE_WORDS = 4  # nearest words that one is exchanged for
MIN_SIMILARITY = 0.3  # cosine of two words that are
ENDINGS = ("ing", "ed", "ly", "s")  # both words have the same of these, or neither has one


def without_answer(pair: Pair) -> Pair | None:
    """Cut the marked sentences out of a passage: what is left does not answer. None if too little is left."""
    if not pair.answers or not pair.marks:
        return None
    cut = [s for s in sentence_ranges(pair.passage) if any(s[0] < end and start < s[1] for start, end in pair.marks)]
    passage = _cut(pair.passage, cut)
    if passage is None:
        return None
    return replace(pair, passage=passage, answers=False, marks=(), kind="cut", target=None)


def without_another_sentence(pair: Pair, rng: random.Random) -> Pair | None:
    """Cut one sentence that is not marked out of a passage that answers. None if there is none, or too little left."""
    if not pair.answers or not pair.marks:
        return None
    last = max(end for _, end in pair.marks)
    others = [s for s in sentence_ranges(pair.passage) if s[0] >= last]  # so that the marks stay where they are
    if not others:
        return None
    passage = _cut(pair.passage, [rng.choice(others)])
    return None if passage is None else replace(pair, passage=passage)


def with_word_exchanged(pair: Pair, like: Mapping[str, Sequence[str]], rng: random.Random) -> Pair | None:
    """Exchange one word of a question that its passage holds for a like one that it does not. None if there is none.

    like: words by the word that they may stand for.
    """
    if not pair.answers:
        return None
    held = {stem(w) for w in words(pair.passage)}
    places = [(m.start(), m.end()) for m in re.finditer(r"\w+", pair.question) if stem(m.group()) in held]
    rng.shuffle(places)
    for start, end in places:
        others = [w for w in like.get(pair.question[start:end].lower(), ()) if stem(w) not in held]
        if others:
            question = pair.question[:start] + rng.choice(others) + pair.question[end:]
            return replace(pair, question=question, answers=False, marks=(), kind="exchanged", target=None)
    return None


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without stop words and short ones; numbers are kept."""
    found = re.findall(r"\w+", text.lower())
    return [w for w in found if w not in STOP_WORDS and (len(w) > 3 or w.isdecimal())]


def stem(word: str) -> str:
    """Return the first letters of a word, of a number all."""
    return word if word.isdecimal() else word.lower()[:STEM]


def shape(word: str) -> str:
    """Return what two words must have in common to stand for each other: being a number, or an ending."""
    return "0" if word.isdecimal() else next((e for e in ENDINGS if word.endswith(e)), "")


def like_words(word: str, others: Sequence[str], similarities: Sequence[float]) -> list[str]:
    """Choose the words of like shape most similar to one, no forms of it among them."""
    fits = [
        (-s, w)
        for w, s in zip(others, similarities, strict=True)
        if s >= MIN_SIMILARITY and shape(w) == shape(word) and stem(w) != stem(word)
    ]
    return [w for _, w in sorted(fits)[:LIKE_WORDS]]


def _cut(passage: str, ranges: Sequence[Range]) -> str | None:
    """Cut ranges out of a passage. None if fewer than MIN_LEFT_WORDS of its text are left."""
    kept, at = "", 0
    for start, end in ranges:
        kept += passage[at:start]
        at = end
    kept += passage[at:]
    head, _, body = kept.partition("\n")
    body = re.sub(r" {2,}", " ", re.sub(r"\n{3,}", "\n\n", body)).strip()
    return f"{head}\n{body}" if len(body.split()) >= MIN_LEFT_WORDS else None
