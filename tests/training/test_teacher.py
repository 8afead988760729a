"""Teacher: which pairs it learns from, how its tokens are labelled, and by what a score is found again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from pincite.ingestion.encoder.model_files import find_model
from training.model.teacher import collate, labelled, token_labels


def pair(question_id: str, kind: str, rank: int, answers: bool | None) -> dict[str, Any]:
    return {"id": question_id, "kind": kind, "rank": rank, "answers": answers}


def test_pairs_that_are_learnt_from(tmp_path: Path) -> None:
    """Two that answer, the best ranked that do not, one of a far question; none of which it is not known."""
    pairs = [pair("a", "in", rank, rank in (2, 3, 4)) for rank in range(1, 8)]
    pairs += [pair("b", "in", 1, None), pair("c", "near_out", 1, False), pair("c", "near_out", 2, False)]
    pairs += [pair("a", "far", 1, False), pair("a", "far", 2, False)]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    chosen = [(p["id"], p["kind"], p["rank"]) for p in labelled(path, wrong=2, near=1)]
    assert chosen == [
        ("a", "in", 2), ("a", "in", 3), ("a", "in", 1), ("a", "in", 5), ("c", "near_out", 1), ("a", "far", 1)
    ]  # fmt: skip


def test_tokens_of_the_quote_are_marked() -> None:
    """Only tokens of the passage count, and of those the ones within the quoted range are 1."""
    tokenizer = Tokenizer.from_file(str(find_model("default").folder / "tokenizer.json"))
    tokenizer.no_padding()
    long, short = tokenizer.encode_batch([("bell", "the bell rings at six"), ("bell", "no")])
    marked, of_passage = token_labels([long, short], [[(4, 14)], []])
    assert [long.tokens[i] for i in torch.nonzero(marked[0]).flatten().tolist()] == ["bell", "rings"]
    assert of_passage.sum(1).tolist() == [5, 1]
    ids, mask = collate([long, short], pad=7)
    assert ids.shape == mask.shape == marked.shape
    assert ids[1, mask[1] == 0].unique().tolist() == [7]
