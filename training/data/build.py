"""Prepare the pairs: public collections in, three files of pairs out, the same for the same seed.

    python -m training.data.build BENCH --out var/training/data

BENCH is the folder with squad2-open, squad1-open, clapnq-dev, scifact and medquad-train. Written are train.jsonl,
dev.jsonl (looked at while training) and test.jsonl (measured once), parted by article or disease, and counts.json.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.data import medquad, reading_comprehension
from training.data.augment import as_typed
from training.data.embeddings import vectors
from training.data.off_topic import stranger
from training.data.pairs import Pair, read_objects, write_pairs
from training.data.splits import Split, third
from training.data.windows import cut

ROUNDS = {"squad2-open": 3, "squad1-open": 1, "clapnq-dev": 2}
FAR = 0.07  # share of the questions that are asked again of a passage about something else
STRANGE = 0.02  # as many texts that no passage answers


def read_pairs_of(bench: Path, cache: Path, split: Split, rng: random.Random) -> list[Pair]:
    """Read all pairs of a split, in random order."""
    found = [p for name in ROUNDS for p in reading_pairs(bench / name, cache, split, rng)]
    found += medical_pairs(bench / "medquad-train", split, rng)
    found += claims(bench / "scifact", split, rng)
    found += unrelated(bench / "squad1-open", found, split, rng)
    rng.shuffle(found)
    return found


def reading_pairs(folder: Path, cache: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Pairs of a collection of questions on paragraphs, with hard negatives from the same split."""
    collection = reading_comprehension.read_collection(folder)
    windows = vectors([w.text for w in collection.windows], cache)
    questions = vectors([a.text for a in collection.asked], cache)
    of_split = {a.about for a in collection.asked if a.split == split}
    among = [i for i, w in enumerate(collection.windows) if w.document in of_split]
    if among:
        ranked = reading_comprehension.nearest(questions, windows, 20, np.array(among))
        yield from reading_comprehension.pairs(
            collection, ranked, split, ROUNDS[folder.name] if split == "train" else 1, rng
        )


def medical_pairs(folder: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Pairs of the diseases of a split."""
    diseases = medquad.of_split(medquad.read_diseases(folder, rng), split)
    for disease in diseases:
        yield from medquad.sections(disease, rng)
        yield from medquad.lacking(disease, rng)
        if rng.random() < 0.5:
            yield from medquad.phrases(disease, rng.choice(diseases), rng)
        yield from medquad.mistaken(disease, rng.choice(diseases), rng)


def claims(folder: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Claims against the window of their abstract with the most of their words, and that of a neighbour's abstract."""
    abstracts = {d["_id"]: d for d in read_objects(folder / "corpus.jsonl")}
    texts = {q["_id"]: q["text"] for q in read_objects(folder / "queries.jsonl")}
    lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    judged = [line.split("\t")[:2] for line in lines]
    for (query, document), (_, other) in zip(judged, rng.sample(judged, len(judged)), strict=True):
        if third(query) != split or other == document:
            continue
        for place, right in ((document, True), (other, False)):
            windows = cut(place, abstracts[place]["title"], abstracts[place]["text"])
            window = medquad.hardest(texts[query], windows, rng)[0]
            yield Pair(
                texts[query], window.text, right, None if right else (), "scifact", "own" if right else "article"
            )


def unrelated(folder: Path, pairs: list[Pair], split: Split, rng: random.Random) -> list[Pair]:
    """Questions and texts with a passage from anywhere else: of other pairs, of other collections, and no questions."""
    asked: list[tuple[str, Pair | None]] = [(p.question, p) for p in pairs if rng.random() < FAR]
    if split == "train":
        asked += [(stranger(rng), None) for _ in range(int(len(pairs) * STRANGE))]
    for q in read_objects(folder / "unanswerable.jsonl"):
        if q["metadata"]["kind"] == "far" and third(q["text"]) == split:  # the third that is test is measured on
            asked += [(as_typed(q["text"], rng), None)] * (3 if split == "train" else 1)
    return [
        Pair(question, other.passage, False, (), other.source, "far")
        for (question, own), other in zip(asked, rng.choices(pairs, k=len(asked)), strict=True)
        if own is None or _about(own) != _about(other)
    ]


def _about(pair: Pair) -> str:
    return pair.passage.split("\n")[0].split(" > ")[0]


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/data"))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for split in ("train", "dev", "test"):
        rng = random.Random(f"{given.seed}:{split}")
        found = read_pairs_of(given.bench, given.out.parent / "vectors", split, rng)
        write_pairs(given.out / f"{split}.jsonl", found)
        tally = Counter(f"{p.source} {p.kind}" for p in found)
        counts[split] = {"pairs": len(found), "positive": sum(p.answers for p in found)} | dict(sorted(tally.items()))
    (given.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
