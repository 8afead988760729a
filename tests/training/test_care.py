"""The care classifier: its features, its fit on a few questions, and the share that is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pincite.index import care
from pincite.index.bundle import Bundle
from pincite.index.care.classifier import NGRAM_SCALE, CareClassifier, ngram_buckets, ngram_value
from pincite.index.searcher import Searcher
from pincite.index.storage.care_files import open_care, read_care, write_care
from pincite.index.types import Care
from training.care.fit import examples, features, fit, measure

EXAMPLES: list[tuple[str, Care]] = [
    ("he cannot breathe and is turning blue", "emergency"),
    ("she is choking on her food, help", "emergency"),
    ("i want to die tonight", "distress"),
    ("there is no point in living any more", "distress"),
    ("what is a breathing test", "none"),
    ("how long do people live", "none"),
]


def test_the_features_of_a_question_have_a_fixed_length() -> None:
    """The n-grams of any question weigh the same together; accents and capitals make no other n-grams."""
    table = features(["No puedo respirar", "help"], np.zeros((2, 3), dtype=np.float32))
    assert np.sqrt(table.multiply(table).sum(axis=1)) == pytest.approx(NGRAM_SCALE)
    assert (ngram_buckets("No está") == ngram_buckets("NO ESTA")).all()
    assert len(ngram_buckets("?!")) == 0


def test_a_fit_learns_its_examples(bundle: Bundle) -> None:
    """The kinds of six questions are separate after the fit, and the probabilities are those of the regression."""
    classifier = fit(EXAMPLES, bundle.encoder)
    for question, kind in EXAMPLES:
        vector = bundle.encoder.encode_query(question).vector
        assert classifier.classify(question, vector) == kind
        row = features([question], vector[None])
        logits = np.concatenate([[0], (row @ classifier.weights.T)[0] + classifier.bias])
        expected = np.exp(logits) / np.exp(logits).sum()
        assert classifier.probabilities(question, vector) == pytest.approx(expected[1:], abs=1e-5)


def test_distress_needs_a_fifth_of_the_alarm() -> None:
    """Below it the question is an emergency, and below half a chance of either it is neither."""
    question, vector = "x", np.ones(1, dtype=np.float32)
    for bias, kind in (((3, 1), "emergency"), ((3, 2), "distress"), ((-1, -1), "none")):
        weights = np.zeros((2, 1 + (1 << 14)), dtype=np.float32)
        classifier = CareClassifier(weights, np.array(bias, dtype=np.float32))
        assert classifier.classify(question, vector) == kind
    assert ngram_value(np.arange(4)) == NGRAM_SCALE / 2


def test_the_files_keep_the_classifier(tmp_path: Path, bundle: Bundle) -> None:
    """Half precision changes no kind."""
    classifier = fit(EXAMPLES, bundle.encoder)
    write_care(tmp_path, classifier, {"model": "m"})
    assert read_care(tmp_path) == {"model": "m"}
    for question, kind in EXAMPLES:
        assert (
            open_care(tmp_path, bundle.encoder.dimension).classify(
                question, bundle.encoder.encode_query(question).vector
            )
            == kind
        )


def test_the_packaged_classifier_notices_what_its_file_says(bundle: Bundle) -> None:
    """The figures of care.json are those of the packaged weights: .95 of each kind at least, about .01 false alarms."""
    folder = Path(care.__file__).parent
    measured = measure(examples("unseen.jsonl"), bundle.encoder, open_care(folder, bundle.encoder.dimension))
    assert measured["emergency"]["share"] >= 0.95
    assert measured["distress"]["share"] >= 0.95
    assert measured["false_alarms"]["share"] <= 0.0125
    assert json.loads((folder / "care.json").read_text(encoding="utf-8"))["measured"] == measured


def test_no_unseen_question_is_among_the_examples() -> None:
    """Nothing was learnt from the questions that the figures are of."""
    learnt = {question.casefold().strip("?.! ") for question, _ in examples("examples.jsonl")}
    assert not learnt & {question.casefold().strip("?.! ") for question, _ in examples("unseen.jsonl")}


def test_a_searcher_says_what_the_asker_may_need(bundle: Bundle) -> None:
    """The answer carries the kind; an ordinary question has none, and nor has one without a word."""
    searcher = Searcher(bundle)
    assert searcher.ask("my wife has collapsed and is not breathing").care == "emergency"
    assert searcher.ask("i can't go on, i have decided to end my life tonight").care == "distress"
    assert searcher.ask("how long is a sabbatical").care == "none"
    assert searcher.ask("?!").care == "none"
