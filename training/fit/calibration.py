"""Fit of the default calibration, over many documents; its figures are of documents that nothing was fitted on.

    python -m training.fit.calibration BENCH ALS-DEV --index var/index --indexes var/written \
        --out index/answer/calibration.json

Fitted on the train documents of the written questions that the cross-encoder did not learn from, and on ALS-DEV, a
labelled question file about the documents of --index. Each question is asked of its own document, and the answerable
ones of the next document, too, where they are far off. Measured on the dev documents, in the same way. Printed as well
are the figures by cross-validation over the documents of the fit, and those of each kind of dev documents.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pincite.evaluation import read_questions
from pincite.evaluation.calibrate import Budgets, LabelledEvidence, calibrate, collect, evidence, measure, variants
from pincite.evaluation.datasets.quoted import SOURCES, QuotedQuestion, read_quoted, with_strange_documents
from pincite.evaluation.indexes import searching
from pincite.index.answer.answerability import evidence_kind
from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from training.data.mix import is_held_out

FAR = "far_out"
SHOWN = ("AUROC", "calibration error (answerable)", "false answers")


def written_evidence(bench: Path, source: str, indexes: Path, settings: Settings) -> dict[str, list[LabelledEvidence]]:
    """Collect the evidence of a question file: `fit` of held-out train documents, `dev` of dev documents."""
    documents, questions = read_quoted(bench, source)
    chosen = {
        "fit": [q for q in questions if q.split == "train" and is_held_out(q.document)],
        "dev": [q for q in questions if q.split == "dev"],
    }
    with searching(documents, indexes / source, settings, lambda stage: partial(print, stage, end="\r")) as searcher:
        return {name: list(ask_all(searcher, of_part)) for name, of_part in chosen.items()}


def ask_all(searcher: Searcher, questions: list[QuotedQuestion]) -> Iterator[LabelledEvidence]:
    """Yield the evidence of each question in its own document, and of answerable ones in the next."""
    for q, document in with_strange_documents(questions):
        kind = q.kind if document == q.document else FAR
        yield from evidence(searcher, q.text, kind, q.document, searcher.bundle.rows_of(document))


def figures_by_source(dev: dict[str, list[LabelledEvidence]], fitted: dict[str, Any]) -> dict[str, Any]:
    """Measure the fit on the dev documents of each source, and of both patient files."""
    groups = {**dev, "both patient files": [*dev["patient"], *dev["patient-long"]]}
    return {name: measured(asked, fitted)["figures"] for name, asked in groups.items()}


def measured(asked: list[LabelledEvidence], fitted: dict[str, Any]) -> dict[str, Any]:
    """Measure a fit on evidence that it did not see."""
    documents = len({e.group for e in asked})
    method = f"on questions about {documents} patient articles and manuals that nothing was learnt from or fitted to"
    return measure(asked, [e.classify(fitted) for e in asked], method)


def main() -> None:
    """Fit, write the calibration and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("als_dev", type=Path, metavar="ALS-DEV")
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--indexes", type=Path, default=Path("var/written"))
    parser.add_argument("--without-token-vectors", action="store_true")
    parser.add_argument("--near", type=float, default=Budgets().near)
    parser.add_argument("--missed", type=float, default=Budgets().missed)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    settings = Settings(token_vectors=int(not options.without_token_vectors))
    parts = {source: written_evidence(options.bench, source, options.indexes, settings) for source in SOURCES}
    dev = {source: of_source["dev"] for source, of_source in parts.items()}
    searcher = Searcher(Bundle(options.index), settings.question_characters)
    fit = [e for of_source in parts.values() for e in of_source["fit"]]
    fit += collect(searcher, read_questions(options.als_dev))
    documents = len({e.group for of_source in parts.values() for e in of_source["fit"]})
    name = f"the written questions on {documents} documents, and {options.als_dev.name}"
    fitted = calibrate(fit, name, Budgets(options.near, options.missed))
    for variant in variants(fit):
        dev_of_variant = {source: variants(asked)[variant] for source, asked in dev.items()}
        cross_validated = fitted[variant]["measured"]["figures"]
        report = {"cross-validated": cross_validated, **figures_by_source(dev_of_variant, fitted)}
        fitted[variant]["measured"] = measured([e for asked in dev_of_variant.values() for e in asked], fitted)
        print(json.dumps({variant: fitted[variant] | {"other figures": _shown(report)}}, indent=2))
    of = {"of": evidence_kind(searcher.bundle.manifest)}
    options.out.write_text(json.dumps({"default": True, **of, **fitted}, indent=2) + "\n", encoding="utf-8")


def _shown(report: dict[str, Any]) -> dict[str, Any]:
    return {
        group: {name: value for name, value in figures.items() if name.startswith(SHOWN)}
        for group, figures in report.items()
    }


if __name__ == "__main__":
    main()
