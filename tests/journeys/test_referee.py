"""The referee: two records are compared value by value, except for names that changed on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools import referee


def record(folder: Path, reply: Any) -> Path:
    folder.mkdir()
    (folder / "set.replies.json").write_text(json.dumps({"q1": [200, reply]}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("after", "difference"),
    [
        ({"status": "related", "hits": [1, 2]}, 'set.replies.json: /q1/1/status: "answered" -> "related"'),
        ({"status": "answered", "hits": [1, 3]}, "set.replies.json: /q1/1/hits/1: 2 -> 3"),
        ({"status": "answered", "hits": [1]}, "set.replies.json: /q1/1/hits: [1, 2] -> [1]"),
        ({"status": "answered"}, "set.replies.json: /q1/1/hits: only in the first record"),
    ],
)
def test_a_difference_is_named_with_its_place(tmp_path: Path, after: Any, difference: str) -> None:
    """Each value that differs is one line: file, place in it, both values."""
    old = record(tmp_path / "old", {"status": "answered", "hits": [1, 2]})
    assert referee.compare(old, record(tmp_path / "new", after), (), {}) == [difference]


def test_a_name_that_changed_on_purpose_is_no_difference(tmp_path: Path) -> None:
    """A renamed key, or a value that is such a name, is mapped before records are compared."""
    old = record(tmp_path / "old", {"mends": [], "file": "judge.onnx"})
    new = record(tmp_path / "new", {"corrections": [], "file": "cross-encoder.onnx"})
    assert len(referee.compare(old, new, (), {})) == 3
    assert referee.compare(old, new, (), {"mends": "corrections", "judge.onnx": "cross-encoder.onnx"}) == []


def test_a_record_that_lacks_a_file_differs(tmp_path: Path) -> None:
    """A set that only one record has is a difference; asked for by name, other sets are not looked at."""
    old = record(tmp_path / "old", {})
    (tmp_path / "new").mkdir()
    assert len(referee.compare(old, tmp_path / "new", (), {})) == 1
    assert referee.compare(old, tmp_path / "new", ["other"], {}) == []
