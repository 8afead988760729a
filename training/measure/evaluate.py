"""Measures of an exported cross-encoder on what it was not trained on.

    python -m training.measure.evaluate index/models/cross-encoder.onnx BENCH \
        --data var/training/data --asked var/training/asked.jsonl

Pairs: AUROC of windows that answer against each kind that does not, by collection. Questions: AUROC of the best of the
first five windows, for questions with an answer against each kind without. Sentences: how often the best is the one.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pincite.evaluation.metrics.answerability import auroc_of_scores
from pincite.index.models.cross_encoder import CrossEncoder
from training.data.embeddings import vectors
from training.data.pairs import Pair, read_objects, read_pairs
from training.data.reading_comprehension import Collection, nearest, read_collection
from training.data.windows import sentence_ranges
from training.measure.load_exported import load_exported
from training.measure.metrics import interval

PASSAGES_PER_QUESTION = 5


def compare(right: Sequence[float], wrong: Sequence[float]) -> dict[str, Any]:
    """Compute an AUROC with its 95% interval and sample sizes."""
    low, high = interval(right, wrong)
    return {
        "auroc": round(auroc_of_scores(right, wrong), 3),
        "interval": [round(low, 3), round(high, 3)],
        "n": [len(right), len(wrong)],
    }


def of_pairs(model: CrossEncoder, pairs: Sequence[Pair], limit: int) -> dict[str, Any]:
    """Compare each collection's answering windows with its other kinds, `limit` pairs a kind at most."""
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        here = scores[pair.source][pair.kind]
        if len(here) < limit:
            here.append(model.score(pair.question, pair.passage, ()).answer_logit)
    return {
        f"{source}: own over {kind}": compare(kinds["own"], kinds[kind])
        for source, kinds in sorted(scores.items())
        for kind in sorted(kinds)
        if kind != "own"
    }


def of_headless(model: CrossEncoder, pairs: Sequence[Pair], limit: int) -> dict[str, Any]:
    """Measure the medical windows without a section heading, which must be scored by what they say."""
    bare = [p for p in pairs if p.source == "medquad-train" and " > " not in p.passage.split("\n")[0]]
    measures = of_pairs(model, bare, limit)
    return {f"{name}, no heading": value for name, value in measures.items() if "section" in name}


def of_questions(
    model: CrossEncoder, collection: Collection, cache: Path, limit: int, rng: random.Random
) -> dict[str, Any]:
    """Score held-out questions, each by the best of its PASSAGES_PER_QUESTION nearest windows of the collection."""
    windows = vectors([w.text for w in collection.windows], cache)
    held_out = [a for a in collection.questions if a.split == "test"]
    kinds = {
        "in": [a.text for a in held_out if a.answers],
        "near": [a.text for a in held_out if not a.answers],
        "absent": [q for kind, q in collection.far if kind == "absent"],
        "far": [q for kind, q in collection.far if kind == "far"],
    }
    scores = {}
    for kind, questions in kinds.items():
        chosen = rng.sample(questions, min(limit, len(questions)))
        if chosen:
            ranked = nearest(vectors(chosen, cache), windows, PASSAGES_PER_QUESTION, np.arange(len(windows)))
            texts = [[collection.windows[i].text for i in row] for row in ranked]
            scores[kind] = [best(model, q, t) for q, t in zip(chosen, texts, strict=True)]
    name = collection.name
    return {
        f"{name}: in over {k}, best of {PASSAGES_PER_QUESTION}": compare(scores["in"], scores[k])
        for k in scores
        if k != "in"
    }


def of_retrieved(model: CrossEncoder, path: Path) -> dict[str, Any]:
    """Score questions by the best passage that serving finds, of the first three and of PASSAGES_PER_QUESTION."""
    lines = [line for line in read_objects(path) if line["passages"]]
    measures = {}
    scores: dict[int, dict[str, list[float]]] = {depth: defaultdict(list) for depth in (3, PASSAGES_PER_QUESTION)}
    for line in lines:
        logits = [model.score(line["question"], p, ()).answer_logit for p in line["passages"]]
        for depth, kinds in scores.items():
            kinds[line["kind"]].append(max(logits[:depth]))
    for depth, kinds in scores.items():
        for kind in sorted(kinds):
            if kind != "in":
                measures[f"{path.stem}: in over {kind}, best of {depth}"] = compare(kinds["in"], kinds[kind])
    return measures


def best(model: CrossEncoder, question: str, passages: Sequence[str]) -> float:
    """Return the highest logit among a question's passages."""
    return max(model.score(question, p, ()).answer_logit for p in passages)


def of_sentences(model: CrossEncoder, pairs: Sequence[Pair], cache: Path, limit: int) -> dict[str, Any]:
    """Measure how often the best sentence of an answering window is right, by the model and by the encoder.

    Only windows of two sentences and more, where one sentence is known to answer, count.
    """
    measures = {}
    for source in ("squad2-open", "squad1-open", "clapnq-dev"):
        here = [p for p in pairs if p.source == source and p.answers and p.marks]
        labelled = [(p, sentence_ranges(p.passage)) for p in here]
        labelled = [(p, r) for p, r in labelled if len(r) > 1 and set(p.marks or ()) <= set(r)][:limit]
        if not labelled:
            continue
        right = sum(
            _first(model.score(p.question, p.passage, r).sentence_logits.tolist(), r) in (p.marks or ())
            for p, r in labelled
        )
        texts = [p.passage[slice(*sentence)] for p, r in labelled for sentence in r]
        questions, sentences = vectors([p.question for p, _ in labelled], cache), vectors(texts, cache)
        starts = np.cumsum([0, *(len(r) for _, r in labelled)])
        cosines = [sentences[starts[i] : starts[i + 1]] @ questions[i] for i in range(len(labelled))]
        by_cosine = sum(_first(c.tolist(), r) in (p.marks or ()) for c, (p, r) in zip(cosines, labelled, strict=True))
        measures[f"{source}: best sentence answers"] = {
            "cross-encoder": round(right / len(labelled), 3),
            "encoder": round(by_cosine / len(labelled), 3),
            "n": len(labelled),
            "sentences_a_window": round(len(texts) / len(labelled), 2),
        }
    return measures


def _first(scores: Sequence[float], ranges: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return ranges[int(np.argmax(scores))]


def main() -> None:
    """Measure, and write one JSON file that grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the exported file")
    parser.add_argument("bench", type=Path)
    parser.add_argument("--data", type=Path, default=Path("var/training/data"))
    parser.add_argument("--asked", type=Path, default=None, help="what training.measure.retrieve wrote")
    parser.add_argument("--limit", type=int, default=400, help="pairs or questions a kind")
    parser.add_argument("--out", type=Path, default=Path("var/training/measures.json"))
    options = parser.parse_args()
    model, cache = load_exported(options.model), options.data.parent / "vectors"
    pairs = read_pairs(options.data / "test.jsonl")
    measures: dict[str, Any] = {}
    for measured in _all(model, pairs, cache, options):
        measures |= measured
        options.out.write_text(json.dumps(measures, indent=2) + "\n", encoding="utf-8")
        for name, value in measured.items():
            print(name, json.dumps(value), flush=True)


def _all(
    model: CrossEncoder, pairs: Sequence[Pair], cache: Path, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Compute every measure, the ones that matter most first."""
    if options.asked:
        yield of_retrieved(model, options.asked)
    for name in ("squad2-open", "squad1-open"):
        yield of_questions(model, read_collection(options.bench / name), cache, options.limit, random.Random(name))
    yield of_pairs(model, pairs, options.limit)
    yield of_sentences(model, pairs, cache, options.limit)
    yield of_headless(model, pairs, options.limit)


if __name__ == "__main__":
    main()
