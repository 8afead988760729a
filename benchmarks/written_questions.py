"""Written questions, each asked of its own document alone: right passages, marked sentences, answerability.

    python -m benchmarks.written_questions [--bench ../shared/bench] [--split dev] [--indexes var/written]
    python -m benchmarks.written_questions --without denials     # one part left out: PARTS names them

For each kind of documents and for all together: the share of answerable questions whose first passage, or one of the
first 3, 5 and 10, holds every quote of the answer; the share whose marked sentences do, of those whose first passage
is right; the measures of docs/evaluation.md for confidences; and how often which status is given. Each question of
kind `far` is an answerable one, asked of the document that follows its own. With --features, one line a question with
what was measured, for fits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from pincite.evaluation.datasets.questions import ANSWERABLE
from pincite.evaluation.datasets.quoted import (
    SOURCES,
    QuotedQuestion,
    quoted_ranges,
    read_quoted,
    with_strange_documents,
)
from pincite.evaluation.indexes import searching
from pincite.evaluation.metrics.answerability import answerability
from pincite.evaluation.metrics.statistics import figure, intervals
from pincite.index import searcher
from pincite.index.answer import evidence
from pincite.index.query import normalise, spelling
from pincite.index.ranking import rerank
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Hit

FAR = "far"
CUTOFFS = (1, 3, 5, 10)
PARTS: dict[str, tuple[ModuleType, str, Callable[..., Any]]] = {  # what stands in for a part that is left out
    "names": (normalise, "find_names", lambda text, is_english: ()),
    "names in the ranking": (rerank, "without_look_alikes", lambda max_sim, *others: max_sim),
    "names in the status": (searcher, "unanswered", lambda found: found),
    "names in the evidence": (evidence, "eligible_sentences", lambda d, p, q: np.ones(len(p.sentences), dtype=bool)),
    "offered corrections": (spelling, "_is_slip", lambda typed, name: True),
    "cross-encoder": (searcher, "reread", lambda cross_encoder, ranked: ranked),
    "cross-encoder in the ranking": (rerank, "with_logits", lambda score, logits: score),
    "denials": (evidence, "_denials", lambda d, p, q: np.zeros(len(p.sentences), dtype=bool)),
    "whole lists": (evidence, "_whole_lists", lambda passage, near: set(near)),
    "replies": (evidence, "_replies", lambda document, passage, chosen: chosen),
}
SHOWN = ("AUROC", "calibration error (answerable)", "false answers near_out@0.85", "false answers far@0.85")


@dataclass(frozen=True, slots=True)
class Measured:
    """Result of one question."""

    id: str
    source: str
    document: str
    kind: str
    style: str
    status: str
    confidence: float
    rank: int  # of the first passage that holds all quotes; 0 if none of the first ten does
    marked: bool  # the marked sentences of the first passage hold all quotes
    marks: int  # how many sentences of the first passage are marked
    features: dict[str, float | None]


def measure(
    current: Searcher, question: QuotedQuestion, document: str, source: str, kind: str, with_features: bool
) -> Measured:
    """Ask one question of one document. with_features: gather them, too."""
    answer, ranked = current.answer_with_ranking(
        current.parse(question.text), max(CUTOFFS), current.bundle.rows_of(document)
    )
    gathered = current.features(ranked) if with_features and len(ranked.rows) else None
    quotes = question.quotes if kind == ANSWERABLE else ()
    text = current.bundle.document(document).text
    right = [hit.rank for hit in answer.hits if quotes and _holds(text, hit, quotes)]
    return Measured(
        id=question.id,
        source=source,
        document=document,
        kind=kind,
        style=question.style,
        status=answer.status,
        confidence=answer.confidence,
        rank=right[0] if right else 0,
        marked=bool(right and right[0] == 1) and _marks(text, answer.hits[0], quotes),
        marks=len(answer.hits[0].evidence) if answer.hits else 0,
        features=asdict(gathered) if gathered else {},
    )


def _holds(text: str, hit: Hit, quotes: Sequence[str]) -> bool:
    return None not in quoted_ranges(text[hit.passage.start : hit.passage.end], quotes)


def _marks(text: str, hit: Hit, quotes: Sequence[str]) -> bool:
    """Return whether the marked sentences, joined, hold every quote."""
    joined = " ".join(text[marked.start : marked.end] for marked in hit.evidence)
    return None not in quoted_ranges(joined, quotes)


def measure_all(bench: Path, source: str, split: str, indexes: Path, with_features: bool) -> Iterator[Measured]:
    """Ask every question of a split, and the answerable ones of the next document, too."""
    documents, questions = read_quoted(bench, source)
    with searching(documents, indexes / source, Settings(), lambda stage: partial(print, stage, end="\r")) as current:
        for q, document in with_strange_documents([q for q in questions if q.split == split]):
            kind = q.kind if document == q.document else FAR
            yield measure(current, q, document, source, kind, with_features)


def report(measured: Sequence[Measured]) -> dict[str, Any]:
    """Compute the figures of some questions, with 95% intervals by resampling questions."""
    answerable = [m for m in measured if m.kind == ANSWERABLE]
    values = {f"right@{k}": [float(0 < m.rank <= k) for m in answerable] for k in CUTOFFS}
    values["marks hold the quotes"] = [float(m.marked) for m in answerable if m.rank == 1]
    values["marked sentences"] = [float(m.marks) for m in answerable if m.rank == 1]
    figures = {name: _share(of_questions) for name, of_questions in values.items()}
    kinds = np.array([m.kind for m in measured])
    of_confidence = answerability(
        np.array([m.confidence for m in measured]),
        kinds,
        np.array([m.kind == ANSWERABLE and m.rank == 1 for m in measured]),
    )
    figures |= {name: value for name, value in of_confidence.items() if name.startswith(SHOWN)}
    for kind in sorted(set(kinds.tolist())):
        statuses = [m.status for m in measured if m.kind == kind]
        figures[f"{kind} answered"] = _share([float(status == "answered") for status in statuses])
    return {"questions": len(measured), "answerable": len(answerable), **figures}


def _share(values: Sequence[float]) -> dict[str, Any]:
    column = np.array(values)[:, None]
    return figure(float(column.mean()), intervals(column)[:, 0])


def _shown(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    (mean,) = (value[name] for name in ("mean", "value") if name in value)
    return f"{mean:.3f} {value['interval']}"


def main() -> None:
    """Measure and print, one kind of documents at a time, then patient documents and all together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=Path("../shared/bench"))
    parser.add_argument("--split", choices=("dev", "train"), default="dev")
    parser.add_argument("--indexes", type=Path, default=Path("var/written"))
    parser.add_argument("--features", type=Path, default=None, help="a file for one line a question")
    parser.add_argument("--without", choices=PARTS, default=None, help="a part to leave out")
    options = parser.parse_args()
    if options.without:
        module, name, stand_in = PARTS[options.without]
        setattr(module, name, stand_in)
    measured = {
        source: list(measure_all(options.bench, source, options.split, options.indexes, bool(options.features)))
        for source in SOURCES
    }
    if options.features:
        lines = [json.dumps(asdict(m)) for of_source in measured.values() for m in of_source]
        options.features.write_text("\n".join(lines) + "\n", encoding="utf-8")
    patient = [*measured["patient"], *measured["patient-long"]]
    groups = {**measured, "both patient files": patient, "all": [*patient, *measured["general"]]}
    for name, group in groups.items():
        print(f"\n{name}")
        for label, value in report(group).items():
            print(f"  {label:40} {_shown(value)}")


if __name__ == "__main__":
    main()
