"""The file of pairs."""

from __future__ import annotations

from pathlib import Path

from training.data.pairs import Pair, digest, read_objects, read_pairs, write_pairs

PAIRS = [
    Pair("How high?", "Tides\nThe tide is “high”. It turns.", True, ((6, 25), (26, 35)), "squad2-open", "own"),
    Pair("how low", "Tides\nIt turns.", False, (), "squad2-open", "near"),
    Pair("Wie hoch?", "Tides\nEs steigt.", True, None, "medquad-train", "own", 0.75),
]


def test_pairs_that_are_written_are_read_again(tmp_path: Path) -> None:
    """Marks come back as tuples; unknown marks stay apart from no marks."""
    assert write_pairs(tmp_path / "pairs.jsonl", PAIRS) == 3
    assert read_pairs(tmp_path / "pairs.jsonl") == PAIRS


def test_a_pair_is_one_line_of_plain_text(tmp_path: Path) -> None:
    """Line breaks are escaped, and letters outside ASCII are not."""
    write_pairs(tmp_path / "pairs.jsonl", PAIRS)
    assert len((tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert "“high”" in (tmp_path / "pairs.jsonl").read_text(encoding="utf-8")
    assert [fields["kind"] for fields in read_objects(tmp_path / "pairs.jsonl")] == ["own", "near", "own"]


def test_a_pair_is_found_again_by_its_digest() -> None:
    """The same for the same texts, another when a word moves from the question to the passage; 64 bits."""
    assert digest("a b", "c") == digest("a b", "c") != digest("a", "b c")
    assert 0 <= digest("a", "b") < 2**64
