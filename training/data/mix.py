"""Mix of training pairs: those of the written questions with a teacher's scores, and those of the public collections.

    python -m training.data.mix var/training/written/train.jsonl --public var/training/data \
        --scores training/teacher-scores.npz --out var/training/mixed

Of each question stand in it the passages that answer and some of the best ranked that do not; of pairs that answer,
changed copies too (training.data.contrast). A pair's target is the
mean of its label and of the teacher's probability; where either is missing, the other. The written questions are taken
WRITTEN_ROUNDS times, as written at first and as people might type them from then on. Some of the train documents are
held out: they are in no training pair, dev.jsonl has them to choose among weights, and what is fitted on top of the
cross-encoder's scores is fitted on them. Of the documents of split dev only the titles are read: public pairs on the
same disease are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.data.augment import as_typed
from training.data.contrast import like_words, with_word_exchanged, without_another_sentence, without_answer, words
from training.data.embeddings import vectors
from training.data.pairs import Pair, digest, read_objects, read_pairs, write_pairs
from training.data.written_questions import by_question

SOURCE = "written"
LABEL_SHARE = 0.5  # of the target; the rest is the teacher's
WRONG_RANKS = {"in": 6, "near_out": 6, "far": 8}  # wrong passages of a question to choose from, by its kind
WRONG_PASSAGES = {"in": 2, "near_out": 2, "far": 4}  # ... and how many are chosen
LABELLED = ("in", "near_out")  # kinds of questions on their own document
KINDS = {"in": "section", "near_out": "near", "far": "far"}  # kind of a wrong pair, by its question's
HELD_OUT_SHARE = 0.12  # of the train documents
WRITTEN_ROUNDS = 4
MOST_OF_COLLECTION = {"squad2-open": 12_000, "squad1-open": 3_000, "medquad-train": 4_000}  # public pairs, at random
CUT_SHARE = 0.6  # of the pairs that answer, that are there again without the sentences that answer
EXCHANGED_SHARE = 0.3  # ... with a word of the question exchanged
SHORTER_SHARE = 0.5  # ... that lose another sentence, so that a short passage says nothing of the answer

LikeWords = dict[str, dict[str, list[str]]]  # by question, by its word


def read_scores(path: Path) -> dict[int, float]:
    """Read what the teacher wrote: logits by the digests of their pairs."""
    with np.load(path) as arrays:
        return dict(zip(arrays["digests"].tolist(), arrays["logits"].astype(float).tolist(), strict=True))


def written_pairs(
    ranked: Iterable[Mapping[str, Any]], scores: Mapping[int, float], rng: random.Random
) -> Iterator[Pair]:
    """Yield pairs of some ranked passages of the written questions: RankedPair, as JSON has it.

    Of each question those that answer, the best ranked that does not, and one more of those at random.
    """
    for kind, passages in by_question(ranked):
        wrong = [p for p in passages if p["answers"] is False][: WRONG_RANKS[kind]]
        others = wrong[1:]
        chosen = [*wrong[:1], *rng.sample(others, min(WRONG_PASSAGES[kind] - 1, len(others)))]
        for p in (*(p for p in passages if p["answers"] is not False), *chosen):
            target = _target(p["answers"], scores.get(digest(p["question"], p["passage"])))
            if target is not None:
                marks = tuple((start, end) for start, end in p["marks"])
                answers = target > 0.5 if p["answers"] is None else bool(p["answers"])
                own = "own" if answers else KINDS[kind]
                yield Pair(p["question"], p["passage"], answers, marks, SOURCE, own, round(target, 4))


def _target(answers: bool | None, logit: float | None) -> float | None:
    """Mix a label with a teacher's logit; None if there is neither."""
    if logit is None:
        return None if answers is None else float(answers)
    probability = 1 / (1 + math.exp(-logit))
    return probability if answers is None else LABEL_SHARE * answers + (1 - LABEL_SHARE) * probability


def is_held_out(document: str) -> bool:
    """Return whether a train document is held out, by a hash of its id."""
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % 1000 < HELD_OUT_SHARE * 1000


def mixed_pairs(
    ranked: Sequence[Mapping[str, Any]], scores: Mapping[int, float], like: LikeWords, split: str, rng: random.Random
) -> list[Pair]:
    """Choose written pairs: once for dev, in WRITTEN_ROUNDS rounds for train, as typed from the second on.

    like: what like_words_of returns. Contrast pairs are added for train.
    """
    here = [p for p in ranked if is_held_out(p["document"]) == (split == "dev")]
    if split == "dev":
        return list(written_pairs(here, scores, rng))
    pairs = []
    for number in range(WRITTEN_ROUNDS):
        of_round = list(written_pairs(here, scores, rng))
        of_round += contrast_pairs(of_round, like, rng)
        pairs += of_round if number == 0 else [replace(p, question=as_typed(p.question, rng)) for p in of_round]
    return pairs


def like_words_of(ranked: Sequence[Mapping[str, Any]], cache: Path) -> LikeWords:
    """Find, by question, what each of its words may be exchanged for: like words of other questions of its document."""
    questions: dict[str, set[str]] = defaultdict(set)
    for pair in ranked:
        if pair["kind"] in LABELLED:  # a far one is asked of a strange document
            questions[pair["document"]].add(pair["question"])
    vocabulary = sorted({w for of_document in questions.values() for q in of_document for w in words(q)})
    rows = {w: row for row, w in enumerate(vocabulary)}
    embedded = vectors(vocabulary, cache)
    like: LikeWords = {}
    for of_document in questions.values():
        here = sorted({w for q in of_document for w in words(q)})
        at = embedded[[rows[w] for w in here]]
        near = {w: like_words(w, here, row) for w, row in zip(here, (at @ at.T).tolist(), strict=True)}
        like |= dict.fromkeys(of_document, near)
    return like


def contrast_pairs(pairs: Sequence[Pair], like: LikeWords, rng: random.Random) -> Iterator[Pair]:
    """Yield changed copies of shares of the pairs that answer."""
    for pair in pairs:
        changes: tuple[tuple[float, Callable[[Pair], Pair | None]], ...] = (
            (CUT_SHARE, without_answer),
            (SHORTER_SHARE, lambda p: without_another_sentence(p, rng)),
            (EXCHANGED_SHARE, lambda p: with_word_exchanged(p, like.get(p.question, {}), rng)),
        )
        for share, change in changes:
            changed = change(pair) if rng.random() < share else None
            if changed is not None:
                yield changed


def titles_of(ranked: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the titles of the documents that ranked passages come from, in lower case."""
    return {_title(pair["passage"]) for pair in ranked}


def public_pairs(pairs: Iterable[Pair], but: Collection[str], rng: random.Random) -> list[Pair]:
    """Choose public pairs at random, MOST_OF_COLLECTION at most, none of a document with a title in `but`."""
    chosen: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if _title(pair.passage) not in but:
            chosen[pair.source].append(pair)
    return [
        pair
        for source, of_source in sorted(chosen.items())
        for pair in rng.sample(of_source, min(len(of_source), MOST_OF_COLLECTION.get(source, len(of_source))))
    ]


def _title(passage: str) -> str:
    return passage.split("\n")[0].split(" > ")[0].lower()


def main() -> None:
    """Write train.jsonl, dev.jsonl and counts.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("written", type=Path)
    parser.add_argument("--public", type=Path, default=None, help="a folder that training.data.build wrote")
    parser.add_argument("--scores", type=Path, default=None, help="a file that training.model.teacher wrote")
    parser.add_argument("--out", type=Path, default=Path("var/training/mixed"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    scores = read_scores(options.scores) if options.scores else {}
    ranked = list(read_objects(options.written))
    unseen = titles_of(read_objects(options.written.with_name("dev.jsonl")))
    like = like_words_of(ranked, options.out.parent / "vectors")
    counts = {}
    for split in ("train", "dev"):
        rng = random.Random(f"{options.seed}:{split}")
        of_split = mixed_pairs(ranked, scores, like, split, rng)
        if options.public:
            public = public_pairs(read_pairs(options.public / f"{split}.jsonl"), unseen, rng)
            of_split += public + (list(contrast_pairs(public, {}, rng)) if split == "train" else [])
        rng.shuffle(of_split)
        write_pairs(options.out / f"{split}.jsonl", of_split)
        counts[split] = dict(sorted(Counter(f"{p.source} {p.kind}" for p in of_split).items()))
    (options.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
