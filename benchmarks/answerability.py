"""Ablation of answerability: how well answers are separated from near misses and off-topic questions.

    python -m benchmarks.answerability QUESTIONS [FOLDER ...] [--index FOLDER] [--limit N]

The classifier is fitted on QUESTIONS, with the cross-encoder, without it, and with each feature left out. Figures for
QUESTIONS come from 10-fold cross-validation; those for a BEIR folder with unanswerable.jsonl (its index is the one that
`pincite eval FOLDER` left below var/eval) from that fit, which saw nothing of it; N questions of each kind at most.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pincite.evaluation import read_questions
from pincite.evaluation.calibrate import Budgets, LabelledEvidence, calibrate, collect, measure, variants
from pincite.evaluation.datasets.beir import read_collection
from pincite.evaluation.datasets.questions import ANSWERABLE, Question
from pincite.evaluation.evaluate import default_root
from pincite.index.answer.answerability import WITH_CROSS_ENCODER, WITHOUT_CROSS_ENCODER
from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher

FEATURE_GROUPS = {
    "late interaction": ("late",),
    "best sentence": ("sentence",),
    "gap of the best passage": ("best_passage_coverage",),
    "gap of all passages": ("overall_coverage",),
    "both gaps": ("best_passage_coverage", "overall_coverage"),
}


def of_folder(folder: Path, limit: int) -> list[LabelledEvidence]:
    collection = read_collection(folder)
    by_kind: dict[str, list[Question]] = defaultdict(list)
    for q in (*collection.queries, *collection.unanswerable):
        by_kind[q.kind].append(Question(q.id, q.text, q.kind, "", (), ()))
    rng = np.random.default_rng(0)
    picked = [questions[i] for questions in by_kind.values() for i in rng.permutation(len(questions))[:limit]]
    return collect(Searcher(Bundle(Path(str(default_root(folder)))), 10_000), picked)


def without(asked: Sequence[LabelledEvidence], names: Sequence[str]) -> list[LabelledEvidence]:
    """Give some features the same value for every question, so that nothing can be learnt from them."""
    return [replace(e, features=replace(e.features, **dict.fromkeys(names, 0.0))) for e in asked]


def row(
    name: str, sets: Mapping[str, Sequence[LabelledEvidence]], with_cross_encoder: bool, left_out: Sequence[str] = ()
) -> str:
    """Format one line of the table: fitted on the first set, measured on all."""
    variant = WITH_CROSS_ENCODER if with_cross_encoder else WITHOUT_CROSS_ENCODER
    cells = []
    fitted = {}
    for place, (label, of_set) in enumerate(sets.items()):
        kept = without(of_set, left_out)
        asked = variants(kept)[variant]
        if place == 0:
            fitted = calibrate(kept, label, Budgets())
            figures = fitted[variant]["measured"]["figures"]
        else:
            figures = measure(asked, [e.classify(fitted) for e in asked], "other questions")["figures"]
        for figure in (f for f in figures if f.startswith("AUROC")):
            value = figures[figure]
            cells.append(f"{value['value']:.3f} [{value['interval'][0]:.2f}, {value['interval'][1]:.2f}]")
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--limit", type=int, default=300)
    options = parser.parse_args()
    sets = {options.questions.stem: collect(Searcher(Bundle(options.index), 10_000), read_questions(options.questions))}
    sets |= {folder.resolve().name: of_folder(folder, options.limit) for folder in options.folders}
    heads = [f"{name}: {k}" for name, asked in sets.items() for k in sorted({e.kind for e in asked} - {ANSWERABLE})]
    print("| AUROC | " + " | ".join(heads) + " |\n|---|" + "---:|" * len(heads), flush=True)
    print(row("as shipped", sets, with_cross_encoder=True), flush=True)
    print(row("without the cross-encoder", sets, with_cross_encoder=False), flush=True)
    for name, left_out in FEATURE_GROUPS.items():
        print(row(f"without {name}", sets, True, left_out), flush=True)
    print(
        row("the cross-encoder alone", sets, True, ("late", "sentence", "best_passage_coverage", "overall_coverage")),
        flush=True,
    )


if __name__ == "__main__":
    main()
