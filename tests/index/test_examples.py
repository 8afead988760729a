"""Examples in the docstrings of index/ give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

INDEX = Path(__file__).resolve().parents[2] / "index"
WITH_EXAMPLES = [
    "pincite.index." + ".".join(path.relative_to(INDEX).with_suffix("").parts)
    for path in sorted(INDEX.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    """Every example of a module runs and prints what the docstring shows."""
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
