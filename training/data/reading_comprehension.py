"""Pairs from collections whose questions were written against one paragraph: SQuAD 1.1, SQuAD 2.0, CLAPNQ.

The window that holds the answering sentence answers; those that the default encoder finds nearest without holding it
do not, and neither does any window of the paragraph of a question marked as having no answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.types import Range
from training.data.augment import STOP, as_typed
from training.data.pairs import Pair, read_objects
from training.data.splits import Split, squad, third
from training.data.windows import Window, cut

NEAREST = 8  # hard negatives are drawn from this many of the nearest windows


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the paragraph that it was written against."""

    text: str
    about: str
    answers: tuple[str, ...]  # answer strings; none when the paragraph does not answer
    split: Split


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection in windows."""

    name: str
    windows: tuple[Window, ...]
    asked: tuple[Asked, ...]
    far: tuple[tuple[str, str], ...] = ()  # kind (absent or far) and question; those to measure on

    def of(self, about: str) -> list[int]:
        """Places of the windows of one paragraph."""
        return [i for i, w in enumerate(self.windows) if w.document == about]


def read_collection(folder: Path) -> Collection:
    """Read squad1-open, squad2-open or clapnq-dev."""
    tidy = _untokenised if folder.name.startswith("clapnq") else str
    by_article = folder.name.startswith("squad")
    titles = {p["_id"]: p["title"] for p in read_objects(folder / "corpus.jsonl")}
    windows = [w for p in read_objects(folder / "corpus.jsonl") for w in cut(p["_id"], p["title"], tidy(p["text"]))]
    lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    about = {query: paragraph for query, paragraph, _ in (line.split("\t") for line in lines)}
    asked, far = [], []
    for q in read_objects(folder / "queries.jsonl"):
        place = about[q["_id"]]
        known = q["metadata"].get("sentences") or q["metadata"]["answers"]
        split = squad(titles[place]) if by_article else third(place)
        asked.append(Asked(q["text"], place, tuple(tidy(a) for a in known), split))
    for q in read_objects(folder / "unanswerable.jsonl"):
        where = q["metadata"].get("about")
        if where is None:
            if q["metadata"]["kind"] != "far" or third(q["text"]) == "test":
                far.append((q["metadata"]["kind"], q["text"]))
            continue
        place = where if isinstance(where, str) else where[0]
        asked.append(Asked(q["text"], place, (), squad(titles[place]) if by_article else third(place)))
    return Collection(folder.name, tuple(windows), tuple(asked), tuple(far))


def nearest(
    questions: NDArray[np.float32], windows: NDArray[np.float32], depth: int, among: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the nearest windows of each question, best first. questions: (q, d), windows: (w, d), unit rows.

    among: (a,) rows of `windows` that may be found. Returns (q, min(depth, a)) int64 rows of `windows`.
    """
    scores = questions @ windows[among].T
    return among[np.argsort(-scores, axis=1, kind="stable")[:, :depth]]


def answering(window: Window, answers: tuple[str, ...]) -> list[Range]:
    """Return the sentences of a window that hold an answer string."""
    patterns = [re.compile(rf"(?<!\w){re.escape(a)}(?!\w)", re.IGNORECASE) for a in answers if a]
    return [r for r in window.sentences if any(p.search(window.text[slice(*r)]) for p in patterns)]


def source_sentence(collection: Collection, asked: Asked) -> tuple[int, Range] | None:
    """Find the window and sentence that a question was asked of: with the answer and most of its words."""
    words = _content(asked.text)
    best: tuple[int, int, Range] | None = None
    for place in collection.of(asked.about):
        window = collection.windows[place]
        for found in answering(window, asked.answers):
            overlap = len(words & _content(window.text[slice(*found)]))
            if best is None or overlap > best[0]:
                best = (overlap, place, found)
    return best and (best[1], best[2])


def pairs(
    collection: Collection, ranked: NDArray[np.int64], split: Split, rounds: int, rng: random.Random
) -> Iterator[Pair]:
    """Pairs of one split, each question `rounds` times, with other negatives and typed otherwise each time.

    ranked: (q, n) int64, the nearest windows of every question of the collection, best first.
    """
    for asked, near in zip(collection.asked, ranked, strict=True):
        if asked.split != split:
            continue
        own = collection.of(asked.about)
        found = source_sentence(collection, asked) if asked.answers else None
        if asked.answers and found is None:
            continue  # the answer runs over two sentences or windows
        wrong = _wrong(collection, asked, near.tolist(), own)
        for round_ in range(rounds):
            question = as_typed(asked.text, rng) if split == "train" else asked.text
            if found:
                yield _pair(collection, question, found[0], (found[1],), "own")
                if wrong:
                    yield _pair(collection, question, rng.choice(wrong), (), "article")
                continue
            first = [i for i in near.tolist() if i in own] or own  # nearest first
            yield _pair(collection, question, first[round_ % len(first)], (), "near")
            if rng.random() < 0.5:
                yield _pair(collection, question, rng.choice(first + wrong[:3]), (), "near")


def _wrong(collection: Collection, asked: Asked, near: list[int], own: list[int]) -> list[int]:
    """Windows near a question that do not hold its answer; those of its own paragraph, the hardest, twice."""
    candidates = [*own, *own, *near[:NEAREST]] if asked.answers else near[:NEAREST]
    return [i for i in candidates if not answering(collection.windows[i], asked.answers)]


def _pair(collection: Collection, question: str, place: int, marks: tuple[Range, ...], kind: str) -> Pair:
    return Pair(question, collection.windows[place].text, kind == "own", marks, collection.name, kind)


def _content(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.lower()) if w not in STOP}


def _untokenised(text: str) -> str:
    """Text whose punctuation stands apart, put together again."""
    text = text.replace("`` ", '"').replace(" ''", '"').replace(" n't", "n't").replace("-- ", "– ")
    text = re.sub(r" ([.,;:?!%)\]]|'s\b|')", r"\1", text)
    return re.sub(r"([(\[]) ", r"\1", text)
