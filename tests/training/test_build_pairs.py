"""All pairs of a split, from tiny collections."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from tiny_collections import word_vectors, write_collections

from training.data import build
from training.data.pairs import Pair, write_pairs
from training.data.splits import SQUAD1_TEST, SQUAD2_DEV, SQUAD2_TEST, Split, is_development_topic

DIGESTS = {"train": "dc8d5053b5c1ecea", "dev": "5120bbe0689165bb", "test": "f5db7b30b718acc2"}


@pytest.fixture
def collections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build, "vectors", word_vectors)
    return write_collections(tmp_path / "bench")


def pairs_of(collections: Path, split: Split) -> list[Pair]:
    return build.read_pairs_of(collections, collections, split, random.Random(f"1:{split}"))


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_same_seed_gives_the_same_bytes(collections: Path, split: Split) -> None:
    """The digests are of the code that made the data of the shipped model: no draw was added, dropped or moved."""
    write_pairs(collections / "pairs.jsonl", pairs_of(collections, split))
    assert hashlib.sha256((collections / "pairs.jsonl").read_bytes()).hexdigest()[:16] == DIGESTS[split]


def test_no_article_is_in_two_splits(collections: Path) -> None:
    """Nothing that is measured on was trained on, but for passages of `far` pairs, which are from the same split."""
    titles = {
        split: {p.passage.split("\n")[0].split(" > ")[0] for p in pairs_of(collections, split)}
        for split in ("train", "dev", "test")
    }
    assert not titles["train"] & (SQUAD2_TEST | SQUAD1_TEST | SQUAD2_DEV)
    assert titles["dev"] & SQUAD2_DEV
    assert not titles["train"] & titles["test"] - {title for title in titles["test"] if title.startswith("Trial")}
    assert not any(is_development_topic(title) for group in titles.values() for title in group)


def test_every_kind_of_pair_is_made(collections: Path) -> None:
    """Right pairs come out, and wrong ones of each kind that the model card lists."""
    kinds = {p.kind for p in pairs_of(collections, "train")}
    assert kinds == {"own", "article", "near", "section", "phrase", "mistaken", "far"}
