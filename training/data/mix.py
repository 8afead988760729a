"""Mix of training pairs: those of the written questions with a teacher's scores, and those of the public collections.

    python -m training.data.mix var/training/written/train.jsonl --public var/training/data \
        --scores training/teacher-scores.npz --out var/training/mixed

Of each question stand in it the passages that answer and the best ranked that do not. A pair's target is the mean of
its label and of the teacher's probability; where either is missing, the other. Some of the train documents are kept for
dev.jsonl, which chooses among weights; the documents of split dev are not read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.data.pairs import Pair, digest, read_objects, read_pairs, write_pairs
from training.data.written_questions import by_question

SOURCE = "written"
LABEL_SHARE = 0.5  # of the target; the rest is the teacher's
MAX_WRONG = {"in": 4, "near_out": 4, "far": 2}  # wrong passages of a question, by its kind
KINDS = {"in": "section", "near_out": "near", "far": "far"}  # kind of a wrong pair, by its question's
DEV_SHARE = 0.08  # of the train documents


def read_scores(path: Path) -> dict[int, float]:
    """Read what the teacher wrote: logits by the digests of their pairs."""
    with np.load(path) as arrays:
        return dict(zip(arrays["digests"].tolist(), arrays["logits"].astype(float).tolist(), strict=True))


def written_pairs(ranked: Iterable[Mapping[str, Any]], scores: Mapping[int, float]) -> Iterator[tuple[str, Pair]]:
    """Yield (document, pair) for the ranked passages of the written questions. ranked: RankedPair, as JSON has it."""
    for kind, passages in by_question(ranked):
        wrong = [p for p in passages if p["answers"] is False][: MAX_WRONG[kind]]
        for p in (*(p for p in passages if p["answers"] is not False), *wrong):
            target = _target(p["answers"], scores.get(digest(p["question"], p["passage"])))
            if target is not None:
                marks = tuple((start, end) for start, end in p["marks"])
                answers = target > 0.5 if p["answers"] is None else bool(p["answers"])
                own = "own" if answers else KINDS[kind]
                yield p["document"], Pair(p["question"], p["passage"], answers, marks, SOURCE, own, round(target, 4))


def _target(answers: bool | None, logit: float | None) -> float | None:
    """Mix a label with a teacher's logit; None if there is neither."""
    if logit is None:
        return None if answers is None else float(answers)
    probability = 1 / (1 + math.exp(-logit))
    return probability if answers is None else LABEL_SHARE * answers + (1 - LABEL_SHARE) * probability


def is_dev(document: str) -> bool:
    """Return whether a train document is kept for dev.jsonl, by a hash of its id."""
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % 1000 < DEV_SHARE * 1000


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
    pairs: dict[str, list[Pair]] = {"train": [], "dev": []}
    scores = read_scores(options.scores) if options.scores else {}
    for document, pair in written_pairs(read_objects(options.written), scores):
        pairs["dev" if is_dev(document) else "train"].append(pair)
    counts = {}
    for split, of_split in pairs.items():
        if options.public:
            of_split += read_pairs(options.public / f"{split}.jsonl")
        random.Random(f"{options.seed}:{split}").shuffle(of_split)
        write_pairs(options.out / f"{split}.jsonl", of_split)
        counts[split] = dict(sorted(Counter(f"{p.source} {p.kind}" for p in of_split).items()))
    (options.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
