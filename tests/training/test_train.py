"""Training: the order of batches, the learning rate, and a run that is interrupted."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_network import tiny_encoder, tiny_network

from training.data.pairs import Pair, write_pairs
from training.model import train
from training.model.network import collate, load_tokenizer


def test_every_pair_is_in_one_batch() -> None:
    """The batches are those of the seed, in random order, and pairs of like length share one."""
    lengths = np.random.default_rng(1).integers(10, 128, 1000).tolist()
    batches = train.order(lengths, 16, 1)
    assert sorted(row for rows in batches for row in rows) == list(range(1000))
    assert batches == train.order(lengths, 16, 1) != train.order(lengths, 16, 2)
    spreads = [max(lengths[i] for i in rows) - min(lengths[i] for i in rows) for rows in batches]
    assert np.median(spreads) < 5
    assert [len(rows) for rows in batches].count(16) == 62


def test_the_rate_rises_then_falls() -> None:
    """It rises in a line over the first 6% of the steps, and ends near zero."""
    rates = [train.rate(step, 100) for step in range(100)]
    assert rates[:6] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert rates[6:] == sorted(rates[6:], reverse=True)
    assert rates[53] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(0, abs=0.001)
    assert train.rate(0, 1) == 1


def test_unknown_marks_teach_nothing() -> None:
    """Without knowledge of the sentence that answers, only the answer has a loss."""
    network = tiny_network()
    batch = collate([load_tokenizer().encode("When?", "Tides\nIt rings.")], [[(6, 15)]])
    answers, marks = train.losses(network, batch, torch.tensor([1.0]), torch.tensor([False]))
    assert (answers.item() > 0, marks.item()) == (True, 0)
    _, marks = train.losses(network, batch, torch.tensor([1.0]), torch.tensor([True]))
    assert marks.item() > 0


def test_logits_come_in_the_order_of_the_pairs() -> None:
    """Though they are scored by length."""
    tokenizer, network = load_tokenizer(), tiny_network()
    encodings = [tokenizer.encode("When?", "Tides " * count) for count in (9, 1, 5)]
    alone = [train.answer_logits(network, [encoding])[0] for encoding in encodings]
    assert train.answer_logits(network, encodings, batch=2) == pytest.approx(alone, abs=1e-5)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pairs that can be learnt: the passage names the bell of the question, or another. Nothing is drawn at random."""
    monkeypatch.setattr(train, "load_encoder", tiny_encoder)
    dropout = torch.nn.Dropout
    monkeypatch.setattr("training.model.network.nn.Dropout", lambda share: dropout(0.0))
    pairs = [
        Pair(
            f"Where is bell {n}?",
            f"Bells\nBell {n + odd} hangs in hall {n}.",
            not odd,
            () if odd else None,
            source,
            "own",
        )
        for n in range(8)
        for odd in (0, 1)
        for source in ("squad2-open", "medquad-train")
    ]
    for name in ("train", "dev"):
        write_pairs(tmp_path / f"{name}.jsonl", pairs)
    return tmp_path


def run(data: Path, name: str, **changed: Any) -> dict[str, Any]:
    """Train for 8 steps in a folder of its own, with a checkpoint after the fourth. Returns the last checkpoint."""
    options = {"pairs": None, "steps": None, "dev": 8, "start": None, "freeze": 0, "batch": 4, "rate": 1e-3}
    options |= {"every": 1, "seed": 1, "threads": 1, "bfloat16": False, "data": data, "out": data / name, **changed}
    train.train(argparse.Namespace(**options))
    checkpoint: dict[str, Any] = torch.load(data / name / "checkpoint.pt", weights_only=True)
    return checkpoint


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after six steps it goes on from the fourth, with the same batches, and ends with the same weights."""
    whole = run(data, "whole")
    log = train.append_log

    def stop_after_six(path: Path, entry: dict[str, Any]) -> None:
        log(path, entry)
        if entry["step"] == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(train, "append_log", stop_after_six)
        with pytest.raises(KeyboardInterrupt):
            run(data, "stopped")
    resumed = run(data, "stopped")
    steps = [json.loads(line)["step"] for line in (data / "stopped" / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4, 5, 6, 5, 6, 7, 8]
    assert resumed["step"] == whole["step"] == 8
    assert all(torch.equal(resumed["model"][name], tensor) for name, tensor in whole["model"].items())


def test_training_starts_from_the_weights_that_are_given(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --start and every layer frozen, nothing but the heads differs from the earlier run."""
    monkeypatch.setattr("training.model.network.load_encoder", tiny_encoder)
    first = run(data, "first")["model"]
    second = run(data, "second", start=data / "first" / "checkpoint.pt", freeze=2)["model"]
    changed = {name for name in first if not torch.equal(first[name], second[name])}
    assert changed == {"answers.weight", "answers.bias", "marks.weight", "marks.bias"}


def test_bfloat16_takes_the_steps_of_float32(data: Path) -> None:
    """Each step has the weights of that step, rounded: both runs end near each other, far from where they began."""
    whole, half = (run(data, str(b), bfloat16=b, rate=1e-2)["model"] for b in (False, True))
    first = train.CrossEncoderNetwork(tiny_encoder()).state_dict()
    names = [name for name in first if name.endswith("dense.weight")]
    moved, apart = (
        sum(float(((whole[name] - other[name]) ** 2).sum()) ** 0.5 for name in names) for other in (first, half)
    )
    assert apart < moved / 4
