"""Pairs from collections whose questions were written against one paragraph: SQuAD 1.1, SQuAD 2.0, CLAPNQ.

Positive: the window with the sentence that answers. Negative: other windows that the default encoder finds nearest,
and every window of its paragraph for a question labelled as unanswerable.
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
from training.data.augment import STOP_WORDS, as_typed
from training.data.pairs import Pair, read_objects
from training.data.splits import Split, article_split, paragraph_split
from training.data.windows import Window, cut_windows

HARD_NEGATIVES = 8  # nearest windows, of which negatives are drawn


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question and the paragraph that it was written against."""

    text: str
    paragraph: str  # its id
    answers: tuple[str, ...]  # answer strings; none when the paragraph does not answer
    split: Split


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection in windows."""

    name: str
    windows: tuple[Window, ...]
    questions: tuple[LabelledQuestion, ...]
    far: tuple[tuple[str, str], ...] = ()  # kind (absent or far) and question, to measure on

    def windows_of(self, paragraph: str) -> list[int]:
        """Return the rows of the windows of one paragraph."""
        return [i for i, w in enumerate(self.windows) if w.document == paragraph]


def read_collection(folder: Path) -> Collection:
    """Read squad1-open, squad2-open or clapnq-dev."""
    clean = _detokenise if folder.name.startswith("clapnq") else str
    by_article = folder.name.startswith("squad")
    titles = {p["_id"]: p["title"] for p in read_objects(folder / "corpus.jsonl")}
    windows = [
        w for p in read_objects(folder / "corpus.jsonl") for w in cut_windows(p["_id"], p["title"], clean(p["text"]))
    ]
    lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    paragraphs = {query: paragraph for query, paragraph, _ in (line.split("\t") for line in lines)}
    questions, far = [], []
    for q in read_objects(folder / "queries.jsonl"):
        paragraph = paragraphs[q["_id"]]
        answers = q["metadata"].get("sentences") or q["metadata"]["answers"]
        split = article_split(titles[paragraph]) if by_article else paragraph_split(paragraph)
        questions.append(LabelledQuestion(q["text"], paragraph, tuple(clean(a) for a in answers), split))
    for q in read_objects(folder / "unanswerable.jsonl"):
        about = q["metadata"].get("about")
        if about is None:
            if q["metadata"]["kind"] != "far" or paragraph_split(q["text"]) == "test":
                far.append((q["metadata"]["kind"], q["text"]))
            continue
        paragraph = about if isinstance(about, str) else about[0]
        questions.append(
            LabelledQuestion(
                q["text"], paragraph, (), article_split(titles[paragraph]) if by_article else paragraph_split(paragraph)
            )
        )
    return Collection(folder.name, tuple(windows), tuple(questions), tuple(far))


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


def source_sentence(collection: Collection, question: LabelledQuestion) -> tuple[int, Range] | None:
    """Find the window and sentence that a question was written about: with the answer and most of its words."""
    words = _content(question.text)
    best: tuple[int, int, Range] | None = None
    for row in collection.windows_of(question.paragraph):
        window = collection.windows[row]
        for sentence in answering(window, question.answers):
            overlap = len(words & _content(window.text[slice(*sentence)]))
            if best is None or overlap > best[0]:
                best = (overlap, row, sentence)
    return best and (best[1], best[2])


def pairs(
    collection: Collection, ranked: NDArray[np.int64], split: Split, rounds: int, rng: random.Random
) -> Iterator[Pair]:
    """Make the pairs of one split. Each question has `rounds` turns, with other negatives and typed in other ways.

    ranked: (q, n) int64, the nearest windows of every question of the collection, best first.
    """
    for labelled, near in zip(collection.questions, ranked, strict=True):
        if labelled.split != split:
            continue
        own = collection.windows_of(labelled.paragraph)
        source = source_sentence(collection, labelled) if labelled.answers else None
        if labelled.answers and source is None:
            continue  # the answer runs over two sentences or windows
        negatives = _negatives(collection, labelled, near.tolist(), own)
        for turn in range(rounds):
            question = as_typed(labelled.text, rng) if split == "train" else labelled.text
            if source:
                yield _pair(collection, question, source[0], (source[1],), "own")
                if negatives:
                    yield _pair(collection, question, rng.choice(negatives), (), "article")
                continue
            first = [i for i in near.tolist() if i in own] or own  # nearest first
            yield _pair(collection, question, first[turn % len(first)], (), "near")
            if rng.random() < 0.5:
                yield _pair(collection, question, rng.choice(first + negatives[:3]), (), "near")


def _negatives(collection: Collection, question: LabelledQuestion, near: list[int], own: list[int]) -> list[int]:
    """Return windows near a question without its answer; those of its own paragraph, the hardest, twice."""
    candidates = [*own, *own, *near[:HARD_NEGATIVES]] if question.answers else near[:HARD_NEGATIVES]
    return [i for i in candidates if not answering(collection.windows[i], question.answers)]


def _pair(collection: Collection, question: str, row: int, marks: tuple[Range, ...], kind: str) -> Pair:
    return Pair(question, collection.windows[row].text, kind == "own", marks, collection.name, kind)


def _content(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.lower()) if w not in STOP_WORDS}


def _detokenise(text: str) -> str:
    """Join punctuation to its words again."""
    text = text.replace("`` ", '"').replace(" ''", '"').replace(" n't", "n't").replace("-- ", "– ")
    text = re.sub(r" ([.,;:?!%)\]]|'s\b|')", r"\1", text)
    return re.sub(r"([(\[]) ", r"\1", text)
