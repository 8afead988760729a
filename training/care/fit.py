"""Fit of the care classifier, and its figures on questions of people who saw neither its examples nor its signs.

    python -m training.care.fit BENCH --index var/index --out index/care

Fitted on training/care/examples.jsonl, on the questions in tests/data that the signs were written for, and on every
second of PUBLIC questions of the public collections in BENCH, all of which are ordinary. threshold.jsonl is what
MIN_ALARM was chosen on. Measured on unseen.jsonl with the signs as a floor, as the service uses it, and on the other
public questions.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from pincite.evaluation.metrics.statistics import figure
from pincite.index.bundle import Bundle
from pincite.index.care.classifier import KINDS, NGRAM_BUCKETS, CareClassifier, ngram_buckets, ngram_value
from pincite.index.models.encoder import Encoder
from pincite.index.storage.care_files import write_care
from pincite.index.types import Care
from pincite.service.care.signs import care_asked_for, worse

HERE, DATA = Path(__file__).parent, Path(__file__).parents[2] / "tests" / "data"
PUBLIC = {"squad1-open": 1500, "med": 1500, "clapnq-dev": 1500, "scifact": 1500, "medquad-train": 2000}
LABELS: tuple[Care, ...] = ("none", *KINDS)
INVERSE_PENALTY = 10.0

Labelled = tuple[str, Care]


def examples(name: str) -> list[Labelled]:
    """Read a file of labelled questions of this folder."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(entry["question"], entry["care"]) for entry in map(json.loads, lines)]


def questions_of_signs() -> list[Labelled]:
    """Read the questions that the signs were written for, labelled by them, and the ordinary ones."""
    urgent, ordinary = (
        (DATA / name).read_text(encoding="utf-8").splitlines() for name in ("emergencies.txt", "ordinary.txt")
    )
    return [(q, care_asked_for(q)) for q in urgent] + [(q, "none") for q in ordinary]


def public_questions(bench: Path) -> list[Labelled]:
    """Read some questions of each public collection, in an order that is always the same."""
    chosen: list[str] = []
    for collection, count in PUBLIC.items():
        lines = (bench / collection / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        chosen += random.Random(1).sample([json.loads(line)["text"] for line in lines], min(count, len(lines)))
    random.Random(0).shuffle(chosen)
    return [(question, "none") for question in chosen]


def features(questions: Sequence[str], vectors: NDArray[np.float32]) -> csr_matrix:
    """Return the features of n questions, (n, d + NGRAM_BUCKETS), sparse. vectors: (n, d)."""
    buckets = [ngram_buckets(question) for question in questions]
    values = np.concatenate([np.full(len(b), ngram_value(b)) for b in buckets])
    ends = np.cumsum([0, *map(len, buckets)])
    ngrams = csr_matrix((values, np.concatenate(buckets), ends), shape=(len(questions), NGRAM_BUCKETS))
    return hstack([csr_matrix(vectors), ngrams]).tocsr()


def fit(labelled: Sequence[Labelled], encoder: Encoder) -> CareClassifier:
    """Fit the classifier to labelled questions."""
    texts = [question for question, _ in labelled]
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    regression.fit(features(texts, encode(texts, encoder)), [LABELS.index(care) for _, care in labelled])
    weights = (regression.coef_[1:] - regression.coef_[0]).astype(np.float32)
    return CareClassifier(weights, (regression.intercept_[1:] - regression.intercept_[0]).astype(np.float32))


def encode(questions: Iterable[str], encoder: Encoder) -> NDArray[np.float32]:
    """Encode n questions: (n, d) float32, unit rows."""
    return np.stack([encoder.encode_query(question).vector for question in questions])


def measure(labelled: Sequence[Labelled], encoder: Encoder, classifier: CareClassifier) -> dict[str, Any]:
    """Measure the share of each kind that is found as such, and the share of ordinary questions that raise an alarm."""
    found = [worse(classifier.classify(q, encoder.encode_query(q).vector), care_asked_for(q)) for q, _ in labelled]
    figures: dict[str, Any] = {}
    for kind in LABELS:
        given = [f for f, (_, care) in zip(found, labelled, strict=True) if care == kind]
        hits = sum(f != "none" if kind == "none" else f == kind for f in given)
        if given:
            name = "false_alarms" if kind == "none" else kind
            figures[name] = share(hits, len(given))
    return figures


def share(hits: int, count: int) -> dict[str, Any]:
    """Return a share with its 95% interval (Wilson, 1927)."""
    interval = stats.binomtest(hits, count).proportion_ci(method="wilson")
    return {"questions": count, **figure(hits / count, (interval.low, interval.high), "share")}


def main() -> None:
    """Fit, write the classifier with its figures, and print those."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/index"))
    parser.add_argument("--out", type=Path, default=Path("index/care"))
    options = parser.parse_args()
    with closing(Bundle(options.index, cross_encoder=False)) as bundle:
        public = public_questions(options.bench)
        labelled = [*examples("examples.jsonl"), *questions_of_signs()]
        classifier = fit([*labelled, *public[::2]], bundle.encoder)
        facts = {
            "model": bundle.manifest["model"]["sha256"],  # whose vectors it is fitted to
            "dimension": bundle.encoder.dimension,
            "fitted_on": {kind: sum(care == kind for _, care in labelled) for kind in LABELS},
            "threshold_chosen_on": measure(examples("threshold.jsonl"), bundle.encoder, classifier),
            "measured": measure(examples("unseen.jsonl"), bundle.encoder, classifier),
            "measured_on_public_questions": measure(public[1::2], bundle.encoder, classifier),
        }
    write_care(options.out, classifier, facts)
    print(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main()
