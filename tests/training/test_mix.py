"""Mix of pairs: which passages of a written question are learnt from, and with what target."""

from __future__ import annotations

import math
from typing import Any

import pytest

from training.data.mix import is_dev, written_pairs
from training.data.pairs import digest


def passage(kind: str, rank: int, answers: bool | None) -> dict[str, Any]:
    marks = [[0, 4]] if answers else []
    names = {"question": "when?", "passage": f"text {rank}", "document": "bell", "source": "general", "id": "b1"}
    return names | {"kind": kind, "rank": rank, "answers": answers, "marks": marks}


def test_passages_of_a_question() -> None:
    """All that answer and the four best ranked that do not; an unknown one only if a teacher scored it."""
    ranked = [passage("in", rank, {2: True, 7: None}.get(rank, False)) for rank in range(1, 9)]
    pairs = [pair for _, pair in written_pairs(ranked, {})]
    assert [(p.passage, p.kind, p.target) for p in pairs] == [
        ("text 2", "own", 1.0), ("text 1", "section", 0.0), ("text 3", "section", 0.0), ("text 4", "section", 0.0),
        ("text 5", "section", 0.0),
    ]  # fmt: skip
    scored = [pair for _, pair in written_pairs(ranked, {digest("when?", "text 7"): 3.0})]
    assert [(p.passage, p.answers) for p in scored[:2]] == [("text 2", True), ("text 7", True)]


@pytest.mark.parametrize(("answers", "logit", "target"), [(True, 0.0, 0.75), (False, 2.0, 0.5 / (1 + math.exp(-2.0)))])
def test_a_target_is_half_the_label_and_half_the_teacher(answers: bool, logit: float, target: float) -> None:
    """The label stays what the pair is measured by."""
    ((_, pair),) = written_pairs([passage("in", 1, answers)], {digest("when?", "text 1"): logit})
    assert (pair.answers, pair.target) == (answers, pytest.approx(target, abs=1e-4))


def test_whole_documents_are_kept_for_dev() -> None:
    """About one in twelve, always the same."""
    kept = [n for n in range(1000) if is_dev(f"document-{n}")]
    assert 50 < len(kept) < 110
    assert kept == [n for n in range(1000) if is_dev(f"document-{n}")]
