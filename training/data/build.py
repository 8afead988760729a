"""Flow of the training data: public collections in, three files of pairs out, the same for the same seed.

    python -m training.data.build BENCH --out var/training/data

BENCH is the folder with squad2-open, squad1-open, clapnq-dev, scifact and medquad-train. Written are train.jsonl,
dev.jsonl (looked at while training) and test.jsonl (measured once), split by article or disease, and counts.json.
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
from training.data.off_topic import off_topic_text
from training.data.pairs import Pair, read_objects, write_pairs
from training.data.splits import Split, paragraph_split
from training.data.windows import cut_windows

ROUNDS_OF_COLLECTION = {"squad2-open": 3, "squad1-open": 1, "clapnq-dev": 2}
FAR_SHARE = 0.07  # of the questions, that are paired again with a passage about something else
OFF_TOPIC_SHARE = 0.02  # as many off-topic texts


def read_pairs_of(bench: Path, cache: Path, split: Split, rng: random.Random) -> list[Pair]:
    """Read all pairs of a split, in random order."""
    pairs = [p for name in ROUNDS_OF_COLLECTION for p in reading_pairs(bench / name, cache, split, rng)]
    pairs += medical_pairs(bench / "medquad-train", split, rng)
    pairs += claims(bench / "scifact", split, rng)
    pairs += unrelated(bench / "squad1-open", pairs, split, rng)
    rng.shuffle(pairs)
    return pairs


def reading_pairs(folder: Path, cache: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Make the pairs of a collection of questions on paragraphs, with hard negatives from the same split."""
    collection = reading_comprehension.read_collection(folder)
    windows = vectors([w.text for w in collection.windows], cache)
    questions = vectors([a.text for a in collection.questions], cache)
    paragraphs = {a.paragraph for a in collection.questions if a.split == split}
    candidates = [i for i, w in enumerate(collection.windows) if w.document in paragraphs]
    if candidates:
        ranked = reading_comprehension.nearest(questions, windows, 20, np.array(candidates))
        yield from reading_comprehension.pairs(
            collection, ranked, split, ROUNDS_OF_COLLECTION[folder.name] if split == "train" else 1, rng
        )


def medical_pairs(folder: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Make the pairs of the diseases of a split."""
    diseases = medquad.diseases_of(medquad.read_diseases(folder, rng), split)
    for disease in diseases:
        yield from medquad.section_pairs(disease, rng)
        yield from medquad.missing_kind_pairs(disease, rng)
        if rng.random() < 0.5:
            yield from medquad.phrase_pairs(disease, rng.choice(diseases), rng)
        yield from medquad.wrong_disease_pairs(disease, rng.choice(diseases), rng)


def claims(folder: Path, split: Split, rng: random.Random) -> Iterator[Pair]:
    """Pair each claim with the window of its abstract that shares most words, and with one of another abstract."""
    abstracts = {d["_id"]: d for d in read_objects(folder / "corpus.jsonl")}
    texts = {q["_id"]: q["text"] for q in read_objects(folder / "queries.jsonl")}
    lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    relevant = [line.split("\t")[:2] for line in lines]
    for (query, document), (_, other) in zip(relevant, rng.sample(relevant, len(relevant)), strict=True):
        if paragraph_split(query) != split or other == document:
            continue
        for place, right in ((document, True), (other, False)):
            windows = cut_windows(place, abstracts[place]["title"], abstracts[place]["text"])
            window = medquad.by_shared_words(texts[query], windows, rng)[0]
            yield Pair(
                texts[query], window.text, right, None if right else (), "scifact", "own" if right else "article"
            )


def unrelated(folder: Path, pairs: list[Pair], split: Split, rng: random.Random) -> list[Pair]:
    """Pair questions of this and other collections, and off-topic texts, with passages about something else."""
    questions: list[tuple[str, Pair | None]] = [(p.question, p) for p in pairs if rng.random() < FAR_SHARE]
    if split == "train":
        questions += [(off_topic_text(rng), None) for _ in range(int(len(pairs) * OFF_TOPIC_SHARE))]
    for q in read_objects(folder / "unanswerable.jsonl"):
        if q["metadata"]["kind"] == "far" and paragraph_split(q["text"]) == split:  # those of test are measured on
            questions += [(as_typed(q["text"], rng), None)] * (3 if split == "train" else 1)
    return [
        Pair(question, other.passage, False, (), other.source, "far")
        for (question, own), other in zip(questions, rng.choices(pairs, k=len(questions)), strict=True)
        if own is None or _title(own) != _title(other)
    ]


def _title(pair: Pair) -> str:
    return pair.passage.split("\n")[0].split(" > ")[0]


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/data"))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for split in ("train", "dev", "test"):
        rng = random.Random(f"{options.seed}:{split}")
        pairs = read_pairs_of(options.bench, options.out.parent / "vectors", split, rng)
        write_pairs(options.out / f"{split}.jsonl", pairs)
        tally = Counter(f"{p.source} {p.kind}" for p in pairs)
        counts[split] = {"pairs": len(pairs), "positive": sum(p.answers for p in pairs)} | dict(sorted(tally.items()))
    (options.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    main()
