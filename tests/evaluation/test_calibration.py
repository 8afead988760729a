"""Fitting the judgement to somebody's own questions, and publishing the index with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file, save_file

from pincite.evaluation import calibrate as calibrate_module
from pincite.evaluation.calibrate import Budgets, LabelledEvidence, calibrate
from pincite.index.answer.answerability import Features, classify, evidence_kind, mismatch, probability
from pincite.index.bundle import Bundle
from pincite.index.errors import PinciteError
from pincite.index.models.cross_encoder import CROSS_ENCODER_GRAPH
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import file_sha256
from pincite.ingestion.encoder.model_files import PINNED_SHA256, find_model
from pincite.ingestion.pipeline import CALIBRATION_DROPPED
from pincite.ingestion.publishing.fingerprint import MODELS
from pincite.ingestion.publishing.recalibrate import publish_calibration
from pincite.ingestion.report import BuildReport
from pincite.service.api.about import about
from pincite.service.cli.commands import main

ROOT = Path(__file__).resolve().parents[2]


def sample(seed: int = 0, judged: bool = True) -> list[LabelledEvidence]:
    """120 questions whose kinds differ in their evidence, with some overlap."""
    rng = np.random.default_rng(seed)
    found = []
    for kind, middle in (("in", 0.8), ("near_out", 0.6), ("far_out", 0.2)):
        for _ in range(40):
            late, sentence, passage, anywhere, read = rng.normal(middle, 0.1, 5).tolist()
            features = Features(late, sentence, passage, anywhere, read if judged else None)
            found.append(LabelledEvidence(features, kind, str(len(found))))
    return found


def test_a_fit_keeps_its_budgets_and_measures_itself_on_other_folds() -> None:
    """At most the budgeted share of near misses is above the threshold; weights are not negative; figures have n."""
    found = sample()
    result = calibrate(found, "mine.jsonl", Budgets(near=0.1, missed=0.05))
    assert result["fitted_on"] == {"questions": "mine.jsonl", "far_out": 40, "in": 40, "near_out": 40}
    for variant in ("with_cross_encoder", "without_cross_encoder"):
        models = result[variant]
        assert all(w >= 0 for name in ("answers", "touches") for w in models[name]["weights"].values())
        shares = models["measured"]["statuses"]
        assert shares["near_out"]["answered"] <= 0.2
        assert shares["far_out"]["answered"] == 0
        assert shares["in"]["answered"] > 0.6
        assert models["measured"]["figures"]["AUROC near_out"]["value"] > 0.9
    assert (
        "cross_encoder" in result["with_cross_encoder"]["answers"]["weights"],
        "cross_encoder" in result["without_cross_encoder"]["answers"]["weights"],
    ) == (True, False)


def test_without_a_judge_only_one_variant_is_fitted() -> None:
    """A bundle without the trained judge is calibrated by its other features."""
    found = sample(judged=False)
    assert set(calibrate(found, "q", Budgets())) == {"fitted_on", "budgets", "without_cross_encoder"}


def test_questions_about_one_document_are_in_one_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """No question is classified by a fit on others about its document."""
    found = [replace(e, group=str(i % 12)) for i, e in enumerate(sample())]
    fitted: list[set[str]] = []
    fit_both = calibrate_module._fit_both

    def watched(asked: Sequence[LabelledEvidence], budgets: Budgets) -> dict[str, Any]:
        fitted.append({e.group for e in asked})
        return fit_both(asked, budgets)

    monkeypatch.setattr(calibrate_module, "_fit_both", watched)
    calibrate(found, "mine", Budgets())
    whole = {str(i) for i in range(12)}
    left_out = [whole - groups for groups in fitted if groups != whole]
    assert sorted(name for names in left_out for name in names) == sorted([*whole, *whole])  # once a variant


def test_a_question_for_a_name_that_no_passage_holds_is_not_answered() -> None:
    """It is classified as an answer is: related at best, whatever the evidence."""
    calibration = calibrate(sample(), "mine", Budgets())
    strong = Features(1.0, 1.0, 1.0, 1.0, 1.0)
    assert LabelledEvidence(strong, "in", "1").classify(calibration).status == "answered"
    assert LabelledEvidence(strong, "in", "1", is_answerable=False).classify(calibration).status == "related"


def test_both_names_of_off_topic_questions_are_understood() -> None:
    """Collections say `far`, question files `far_out`."""
    asked = [replace(e, kind="far") if e.kind == "far_out" else e for e in sample()]
    assert calibrate(asked, "q", Budgets())["with_cross_encoder"] != {}
    as_near = [replace(e, kind="other") if e.kind == "far_out" else e for e in sample()]
    threshold = [calibrate(q, "q", Budgets())["with_cross_encoder"]["touches"]["threshold"] for q in (asked, as_near)]
    assert threshold[0] > threshold[1] == 0


def test_confidence_is_the_chance_of_both() -> None:
    """It is P(touches) x P(answers); where no question is off topic, P(answers) alone."""
    asked = sample()
    models = calibrate(asked, "q", Budgets())["with_cross_encoder"]
    both = probability(asked[0].features, models["touches"]) * probability(asked[0].features, models["answers"])
    assert classify(asked[0].features, {"with_cross_encoder": models}).confidence == pytest.approx(both)
    on_topic = [e for e in asked if e.kind != "far_out"]
    models = calibrate(on_topic, "q", Budgets())["with_cross_encoder"]
    assert probability(asked[0].features, models["touches"]) == pytest.approx(1)


def test_too_few_questions_are_an_error_that_counts_them() -> None:
    """A fit on a handful of questions would promise what it cannot keep."""
    found = sample()
    with pytest.raises(
        PinciteError, match="mine: has 5 answerable questions and 0 near misses; a fit needs 20 of each"
    ):
        calibrate(found[:5], "mine", Budgets())


def test_a_calibration_is_published_and_outlives_the_next_ingest(
    index: Path, corpus: Path, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    """The new bundle differs in its calibration alone; documents that change later keep it."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    found = sample()
    fitted = {"default": False, **calibrate(found, "mine", Budgets())}
    name = publish_calibration(root, fitted, keep=2)
    opened = Bundle(root)
    assert (opened.id, opened.calibration["fitted_on"]["questions"]) == (name, "mine")
    opened.close()
    changed = Path(shutil.copytree(corpus, tmp_path / "changed"))
    (changed / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
    ingest(root, changed)
    grown = Bundle(root)
    assert grown.id != name
    assert grown.calibration == json.loads(json.dumps(fitted))
    grown.close()


def test_a_calibration_fitted_to_another_cross_encoder_is_dropped(
    index: Path, corpus: Path, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    """Its confidences would be those of other logits: ingest says so and takes the default."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    opened = Bundle(root)
    of = evidence_kind(opened.manifest) | {"cross_encoder": "0" * 64}
    opened.close()
    publish_calibration(root, {"default": False, "of": of, **calibrate(sample(), "mine", Budgets())}, keep=2)
    changed = Path(shutil.copytree(corpus, tmp_path / "changed"))
    (changed / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
    assert CALIBRATION_DROPPED in [note.text for note in ingest(root, changed).notes]
    grown = Bundle(root)
    assert grown.calibration["default"] is True
    grown.close()


@pytest.fixture(scope="module")
def without_tokens(
    article: Searcher, ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searcher]:
    """A searcher over the documents that pincite comes with, of a bundle without token vectors."""
    root = Path(shutil.copytree(article.bundle.folder.parents[1], tmp_path_factory.mktemp("without") / "root"))
    ingest(root, ROOT / "corpus", token_vectors=0)
    opened = Bundle(root)
    yield Searcher(opened)
    opened.close()


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("How long do people live with ALS", "answered"),
        ("What is riluzole", "answered"),
        ("What causes ALS", "answered"),
        ("How do I bake sourdough bread", "not_found"),
        ("What is the capital of Australia", "not_found"),
    ],
)
def test_without_token_vectors_the_same_is_answered(without_tokens: Searcher, question: str, status: str) -> None:
    """The packaged calibration for such bundles answers plain questions, and none from far off."""
    assert without_tokens.bundle.tokens is None
    assert without_tokens.ask(question).status == status


@pytest.mark.parametrize(("part", "answered"), [("with_cross_encoder", 0.5), ("without_cross_encoder", 0.3)])
def test_the_packaged_calibrations_keep_their_budget_on_other_documents(
    article: Searcher, without_tokens: Searcher, part: str, answered: float
) -> None:
    """On documents that nothing was fitted to, near misses are answered about as often as the budget says."""
    for searcher in (article, without_tokens):
        calibration = searcher.bundle.calibration
        shares = calibration[part]["measured"]["statuses"]
        budget, chosen_on = calibration["budgets"]["near"], calibration["fitted_on"]["near_out"]
        measured_on = calibration[part]["measured"]["questions"]["near_out"]
        assert measured_on > 500
        two_errors = 2 * (budget * (1 - budget) * (1 / measured_on + 1 / chosen_on)) ** 0.5  # standard, of both samples
        assert shares["near_out"]["answered"] <= budget + two_errors
        assert shares["far_out"]["answered"] <= 0.01
        assert shares["in"]["answered"] > answered
        assert shares["in"]["not_found"] < 0.04


def test_each_packaged_calibration_says_what_it_was_fitted_to(article: Searcher, without_tokens: Searcher) -> None:
    """Both are of the default model, one with token vectors and one without; neither is a misfit where it stands."""
    for searcher, tokens in ((article, 1), (without_tokens, 0)):
        calibration, manifest = searcher.bundle.calibration, searcher.bundle.manifest
        assert calibration["of"] == {
            "model": PINNED_SHA256["model.safetensors"],
            "cross_encoder": file_sha256(MODELS / CROSS_ENCODER_GRAPH),
            "token_vectors": tokens,
        }
        assert mismatch(calibration, manifest) is None


def test_another_model_is_told_that_the_calibration_is_not_its_own(
    index: Path, corpus: Path, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    """Ingest has a note, and /v1/about as well, until somebody calibrates."""
    model = tmp_path / "mine"
    shutil.copytree(find_model("default").folder, model)
    weights = load_file(model / "model.safetensors")
    save_file({**weights, "pooler.dense.bias": weights["pooler.dense.bias"] + 1}, model / "model.safetensors")
    root = tmp_path / "root"
    report = ingest(root, corpus, model=str(model), encoder_precision="float32")
    assert any(
        "not fitted to the model mine" in note.text and "`pincite calibrate`" in note.text for note in report.notes
    )
    opened = Bundle(root)
    assert "`pincite calibrate`" in about(opened)["calibration"]["note"]
    fitted = {"default": False, "of": evidence_kind(opened.manifest), **calibrate(sample(), "mine", Budgets())}
    opened.close()
    publish_calibration(root, fitted, keep=1)
    assert ingest(root, corpus, model=str(model), encoder_precision="float32").notes == ()
    report = ingest(root, corpus, token_vectors=0, model=str(model), encoder_precision="float32")
    assert [note.text for note in report.notes] == [CALIBRATION_DROPPED, *misfits(root)]


def misfits(root: Path) -> list[str]:
    """Return the note on the calibration of an index."""
    opened = Bundle(root)
    said = mismatch(opened.calibration, opened.manifest)
    opened.close()
    return [said] if said else []


def test_the_command_names_what_is_missing(index: Path, tmp_path: Path) -> None:
    """`pincite calibrate` with too few questions says how many there are and leaves the index alone."""
    questions = tmp_path / "few.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": "how many days of leave", "kind": "in"}) + "\n")
    before = (index / "CURRENT").read_text()
    result = CliRunner().invoke(main, ["calibrate", str(questions), "--index", str(index)])
    assert result.exit_code == 1
    assert "few.jsonl: has 1 answerable questions and 0 near misses" in result.stderr
    assert (index / "CURRENT").read_text() == before
