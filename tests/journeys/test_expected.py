"""Quality that was reached: als-dev and a small public set are held to benchmarks/expected.toml."""

from __future__ import annotations

import doctest
import tomllib
from pathlib import Path
from typing import Any

import pytest

from benchmarks import expected

DATA = expected.ROOT.parent / "shared"
ENTRIES = tomllib.loads(expected.EXPECTED_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ENTRIES)
def test_no_measure_is_worse_than_its_tolerance(name: str) -> None:
    """Each measure of a set is as good as it was, or worse within its tolerance."""
    if not (DATA / ENTRIES[name]["data"]).exists():
        pytest.skip("the question sets are not part of the repository and not next to it")
    lines = [*expected.hold(name, ENTRIES[name], DATA)]
    assert lines
    assert not [str(line) for line in lines if line.verdict == "FAIL"]


def test_a_worse_value_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measure beyond its tolerance, one that is missing, and other data are FAIL; a little worse is NEAR."""
    (tmp_path / "q.jsonl").write_text("{}\n")
    measures = {name: {"value": 0.9, "tolerance": 0.02, "better": "higher"} for name in ("a/x", "a/y", "a/z")}
    entry: dict[str, Any] = {"data": "q.jsonl", "sha256": expected.digest(tmp_path / "q.jsonl"), "measures": measures}
    monkeypatch.setattr(expected, "evaluate", lambda path: {"a": {"x": {"mean": 0.87}, "y": {"value": 0.89}}})
    assert [line.verdict for line in expected.hold("set", entry, tmp_path)] == ["FAIL", "NEAR", "FAIL"]
    (tmp_path / "q.jsonl").write_text("{} \n")
    assert {line.verdict for line in expected.hold("set", entry, tmp_path)} == {"FAIL"}


def test_the_examples_hold() -> None:
    """The verdicts in the docstrings are those of the code."""
    assert doctest.testmod(expected).failed == 0


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    """The digest of a folder changes with a name and with a byte, and not with the order of writing."""
    for folder, names in (("one", "ab"), ("two", "ba")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_text(name)
    assert expected.digest(tmp_path / "one") == expected.digest(tmp_path / "two")
    (tmp_path / "two" / "b").rename(tmp_path / "two" / "c")
    assert expected.digest(tmp_path / "one") != expected.digest(tmp_path / "two")
