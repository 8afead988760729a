"""Mix of pairs: which passages of a written question are learnt from, and with what target."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.data.mix import (
    WRITTEN_ROUNDS,
    is_held_out,
    like_words_of,
    mixed_pairs,
    public_pairs,
    titles_of,
    written_pairs,
)
from training.data.pairs import Pair, digest


def passage(kind: str, rank: int, answers: bool | None) -> dict[str, Any]:
    marks = [[0, 4]] if answers else []
    names = {"question": "when?", "passage": f"text {rank}", "document": "bell", "source": "general", "id": "b1"}
    return names | {"kind": kind, "rank": rank, "answers": answers, "marks": marks}


def test_passages_of_a_question() -> None:
    """All that answer, and two that do not, the best ranked among them; an unknown one only if a teacher scored it."""
    ranked = [passage("in", rank, {2: True, 7: None}.get(rank, False)) for rank in range(1, 9)]
    pairs = [*written_pairs(ranked, {}, random.Random(1))]
    assert [(p.passage, p.kind, p.target) for p in pairs[:2]] == [("text 2", "own", 1.0), ("text 1", "section", 0.0)]
    others = {written[2].passage for written in (list(written_pairs(ranked, {}, random.Random(n))) for n in range(60))}
    assert others == {"text 3", "text 4", "text 5", "text 6", "text 8"}
    scored = [*written_pairs(ranked, {digest("when?", "text 7"): 3.0}, random.Random(1))]
    assert [(p.passage, p.answers) for p in scored[:2]] == [("text 2", True), ("text 7", True)]


def test_a_question_whose_passages_all_answer_has_no_wrong_one() -> None:
    """Then there is none to choose."""
    pairs = [*written_pairs([passage("in", 1, True)], {}, random.Random(1))]
    assert [p.kind for p in pairs] == ["own"]


@pytest.mark.parametrize(("answers", "logit", "target"), [(True, 0.0, 0.75), (False, 2.0, 0.5 / (1 + math.exp(-2.0)))])
def test_a_target_is_half_the_label_and_half_the_teacher(answers: bool, logit: float, target: float) -> None:
    """The label stays what the pair is measured by."""
    (pair,) = written_pairs([passage("in", 1, answers)], {digest("when?", "text 1"): logit}, random.Random(1))
    assert (pair.answers, pair.target) == (answers, pytest.approx(target, abs=1e-4))


def test_whole_documents_are_held_out() -> None:
    """About one in eight, always the same."""
    kept = [n for n in range(1000) if is_held_out(f"document-{n}")]
    assert 80 < len(kept) < 160
    assert kept == [n for n in range(1000) if is_held_out(f"document-{n}")]


def test_public_pairs_on_a_dev_disease_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the title of its passage, whatever its case; of the rest no more than a collection's most."""
    pairs = [Pair("q?", f"{title} > Causes\ntext", False, (), "medquad-train", "near") for title in "ABABCCC"]
    unseen = titles_of([{"passage": "b > Outlook\nother"}])
    chosen = public_pairs(pairs, unseen, random.Random(1))
    assert [p.passage[0] for p in chosen].count("B") == 0
    assert len(chosen) == 5
    monkeypatch.setattr("training.data.mix.MOST_OF_COLLECTION", {"medquad-train": 2})
    assert len(public_pairs(pairs, unseen, random.Random(1))) == 2


def test_written_questions_are_taken_as_written_and_as_typed() -> None:
    """Each as often as there are rounds, in train; once for dev. Labels stay."""
    documents = {held: next(str(n) for n in range(99) if is_held_out(str(n)) == held) for held in (False, True)}
    ranked = [
        passage("in", 1, True) | {"question": f"What is the cause of sudden fever {n}?", "document": name, "id": f"{n}"}
        for name in documents.values()
        for n in range(30)
    ]
    train, dev = (mixed_pairs(ranked, {}, {}, split, random.Random(1)) for split in ("train", "dev"))
    assert (len(train), len(dev)) == (WRITTEN_ROUNDS * 30, 30)
    written = {p.question for p in dev}
    assert [p.question for p in train[:30]] == [p.question for p in dev]
    assert {p.question for p in train} - written
    assert {(p.passage, p.answers) for p in train} == {("text 1", True)}


def test_contrast_pairs_are_added_to_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like words come from other questions of the same document."""
    monkeypatch.setattr("training.data.mix.vectors", lambda words, cache: np.ones((len(words), 1), dtype=np.float32))
    monkeypatch.setattr("training.data.mix.EXCHANGED_SHARE", 1.0)
    document = next(str(n) for n in range(99) if not is_held_out(str(n)))
    text = "Bell\nIt was cast from bronze. It hangs in a tower and can be heard from far away."
    own = {"document": document, "passage": text, "marks": [[5, 29]]}
    ranked = [
        passage("in", 1, True) | own | {"question": "From which bronze is it cast?"},
        passage("near_out", 1, False) | own | {"question": "Who made the silver one?", "marks": []},
        passage("far", 1, False) | own | {"question": "Where are tulips sold?", "marks": []},
    ]
    like = like_words_of(ranked, Path("unused"))
    assert like["From which bronze is it cast?"]["bronze"] == ["cast", "made", "silver"]
    train, dev = (mixed_pairs(ranked, {}, like, split, random.Random(1)) for split in ("train", "dev"))
    assert {p.kind for p in train} >= {"cut", "exchanged"}
    assert dev == []
