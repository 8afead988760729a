"""Fitting the judgement to somebody's own questions, and publishing the index with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file, save_file

from pincite.evaluation.calibrate import Budgets, calibrate
from pincite.index.answer.answerability import Features, evidence_kind, mismatch
from pincite.index.bundle import Bundle
from pincite.index.errors import PinciteError
from pincite.index.searcher import Searcher
from pincite.ingestion.encoder.model_files import PINNED_SHA256, find_model
from pincite.ingestion.pipeline import CALIBRATION_DROPPED
from pincite.ingestion.recalibrate import publish_calibration
from pincite.ingestion.report import BuildReport
from pincite.service.api.about import about
from pincite.service.cli.commands import main

ROOT = Path(__file__).resolve().parents[2]


def sample(seed: int = 0, judged: bool = True) -> tuple[list[Features], np.ndarray]:
    """120 questions whose kinds differ in their evidence, with some overlap."""
    rng = np.random.default_rng(seed)
    found, kinds = [], []
    for kind, middle in (("in", 0.8), ("near_out", 0.6), ("far_out", 0.2)):
        for _ in range(40):
            late, sentence, passage, anywhere, read = rng.normal(middle, 0.1, 5).tolist()
            found.append(Features(late, sentence, passage, anywhere, read if judged else None))
            kinds.append(kind)
    return found, np.array(kinds)


def test_a_fit_keeps_its_budgets_and_measures_itself_on_other_folds() -> None:
    """At most the budgeted share of near misses is above the threshold; weights are not negative; figures have n."""
    found, kinds = sample()
    result = calibrate(found, kinds, "mine.jsonl", Budgets(near=0.1, missed=0.05))
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
    found, kinds = sample(judged=False)
    assert set(calibrate(found, kinds, "q", Budgets())) == {"fitted_on", "budgets", "without_cross_encoder"}


def test_too_few_questions_are_an_error_that_counts_them() -> None:
    """A fit on a handful of questions would promise what it cannot keep."""
    found, kinds = sample()
    with pytest.raises(
        PinciteError, match="mine: has 5 answerable questions and 0 near misses; a fit needs 20 of each"
    ):
        calibrate(found[:5], kinds[:5], "mine", Budgets())


def test_a_calibration_is_published_and_outlives_the_next_ingest(
    index: Path, corpus: Path, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    """The new bundle differs in its calibration alone; documents that change later keep it."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    found, kinds = sample()
    fitted = {"default": False, **calibrate(found, kinds, "mine", Budgets())}
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


@pytest.mark.parametrize("judge", [True, False])
def test_without_token_vectors_no_more_is_answered_in_vain(
    article: Searcher, without_tokens: Searcher, judge: bool
) -> None:
    """Measured on folds that its fit did not see, it answers no more near misses in vain than the other calibration."""
    part = "with_cross_encoder" if judge else "without_cross_encoder"
    shares, others = (s.bundle.calibration[part]["measured"]["statuses"] for s in (without_tokens, article))
    assert shares["far_out"]["answered"] == 0
    assert shares["near_out"]["answered"] <= others["near_out"]["answered"]
    assert shares["in"]["answered"] > 0.5
    assert shares["in"]["not_found"] < 0.04


def test_each_packaged_calibration_says_what_it_was_fitted_to(article: Searcher, without_tokens: Searcher) -> None:
    """Both are of the default model, one with token vectors and one without; neither is a misfit where it stands."""
    for searcher, tokens in ((article, 1), (without_tokens, 0)):
        calibration, manifest = searcher.bundle.calibration, searcher.bundle.manifest
        assert calibration["of"] == {"model": PINNED_SHA256["model.safetensors"], "token_vectors": tokens}
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
    assert any("not fitted to the model mine" in note and "`pincite calibrate`" in note for note in report.notes)
    opened = Bundle(root)
    assert "`pincite calibrate`" in about(opened)["calibration"]["note"]
    fitted = {"default": False, "of": evidence_kind(opened.manifest), **calibrate(*sample(), "mine", Budgets())}
    opened.close()
    publish_calibration(root, fitted, keep=1)
    assert ingest(root, corpus, model=str(model), encoder_precision="float32").notes == ()
    assert ingest(root, corpus, token_vectors=0, model=str(model), encoder_precision="float32").notes == (
        CALIBRATION_DROPPED,
        *misfits(root),
    )


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
