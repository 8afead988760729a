"""Fitting the judgement to somebody's own questions, and publishing the index with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from index.answerability import Features
from index.bundle import Bundle
from index.errors import PinciteError
from ingest.build import Report
from ingest.recalibrate import republish
from service.cli import main
from service.evaluation.calibration import Budgets, calibrate


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
    for variant in ("with_judge", "without_judge"):
        models = result[variant]
        assert all(w >= 0 for name in ("answers", "touches") for w in models[name]["weights"].values())
        shares = models["measured"]["statuses"]
        assert shares["near_out"]["answered"] <= 0.2
        assert shares["far_out"]["answered"] == 0
        assert shares["in"]["answered"] > 0.6
        assert models["measured"]["figures"]["AUROC near_out"]["value"] > 0.9
    assert (
        "judge" in result["with_judge"]["answers"]["weights"],
        "judge" in result["without_judge"]["answers"]["weights"],
    ) == (True, False)


def test_without_a_judge_only_one_variant_is_fitted() -> None:
    """A bundle without the trained judge is calibrated by its other features."""
    found, kinds = sample(judged=False)
    assert set(calibrate(found, kinds, "q", Budgets())) == {"fitted_on", "budgets", "without_judge"}


def test_too_few_questions_are_an_error_that_counts_them() -> None:
    """A fit on a handful of questions would promise what it cannot keep."""
    found, kinds = sample()
    with pytest.raises(
        PinciteError, match="mine: has 5 answerable questions and 0 near misses; a fit needs 20 of each"
    ):
        calibrate(found[:5], kinds[:5], "mine", Budgets())


def test_a_calibration_is_published_and_outlives_the_next_ingest(
    index: Path, corpus: Path, ingest: Callable[..., Report], tmp_path: Path
) -> None:
    """The new bundle differs in its calibration alone; documents that change later keep it."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    found, kinds = sample()
    fitted = {"default": False, **calibrate(found, kinds, "mine", Budgets())}
    name = republish(root, fitted, keep=2)
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


def test_the_command_names_what_is_missing(index: Path, tmp_path: Path) -> None:
    """`pincite calibrate` with too few questions says how many there are and leaves the index alone."""
    questions = tmp_path / "few.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": "how many days of leave", "kind": "in"}) + "\n")
    before = (index / "CURRENT").read_text()
    result = CliRunner().invoke(main, ["calibrate", str(questions), "--index", str(index)])
    assert result.exit_code == 1
    assert "few.jsonl: has 1 answerable questions and 0 near misses" in result.stderr
    assert (index / "CURRENT").read_text() == before
