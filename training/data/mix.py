"""Mix of training pairs: those of the written questions with a teacher's scores, and those of the public collections.

    python -m training.data.mix var/training/written/train.jsonl --public var/training/data \
        --scores training/teacher-scores.npz --out var/training/mixed

Of each question stand in it the passages that answer and two of the best ranked that do not. A pair's target is the
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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.data.augment import as_typed
from training.data.pairs import Pair, digest, read_objects, read_pairs, write_pairs
from training.data.written_questions import by_question

SOURCE = "written"
LABEL_SHARE = 0.5  # of the target; the rest is the teacher's
WRONG_RANKS = {"in": 6, "near_out": 6, "far": 3}  # wrong passages of a question to choose from, by its kind
KINDS = {"in": "section", "near_out": "near", "far": "far"}  # kind of a wrong pair, by its question's
HELD_OUT_SHARE = 0.12  # of the train documents
WRITTEN_ROUNDS = 4
MOST_OF_COLLECTION = {"squad2-open": 8_000, "squad1-open": 2_000, "medquad-train": 3_000}  # public pairs, at random


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
        chosen = [*wrong[:1], *rng.sample(wrong[1:], min(1, len(wrong[1:])))]
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
    ranked: Sequence[Mapping[str, Any]], scores: Mapping[int, float], split: str, rng: random.Random
) -> list[Pair]:
    """Choose written pairs: once for dev, in WRITTEN_ROUNDS rounds for train, as typed from the second on."""
    here = [p for p in ranked if is_held_out(p["document"]) == (split == "dev")]
    pairs = list(written_pairs(here, scores, rng))
    for _ in range(WRITTEN_ROUNDS - 1 if split == "train" else 0):
        pairs += [replace(p, question=as_typed(p.question, rng)) for p in written_pairs(here, scores, rng)]
    return pairs


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
    counts = {}
    for split in ("train", "dev"):
        rng = random.Random(f"{options.seed}:{split}")
        of_split = mixed_pairs(ranked, scores, split, rng)
        if options.public:
            of_split += public_pairs(read_pairs(options.public / f"{split}.jsonl"), unseen, rng)
        rng.shuffle(of_split)
        write_pairs(options.out / f"{split}.jsonl", of_split)
        counts[split] = dict(sorted(Counter(f"{p.source} {p.kind}" for p in of_split).items()))
    (options.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
