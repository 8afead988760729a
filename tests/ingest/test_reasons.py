"""Reasons of refusals: a closed list, given at every place and explained to people."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pincite.index.errors import REASONS
from pincite.ingestion.reading.readers.package.refusals import REFUSALS

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "ingest").rglob("*.py"))


def without_reason(source: str) -> list[int]:
    """Return the lines of calls that make a ReadError and give no reason."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if ast.unparse(call.func) == "ReadError" and len(call.args) < 4]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_refusal_of_a_document_has_a_reason(path: Path) -> None:
    """No ReadError of ingest is left to the default reason."""
    assert without_reason(path.read_text(encoding="utf-8")) == []


def test_a_refusal_without_a_reason_would_be_seen() -> None:
    """A planted call turns the check red."""
    assert without_reason('raise ReadError(name, "is bad", "make it good")') == [1]


def test_people_find_every_reason_explained() -> None:
    """The table in docs/operations.md has the reasons of the code, in their order."""
    table = (
        (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("| reason |")[2].partition("\n\n")[0]
    )
    assert tuple(line.split("`")[1] for line in table.splitlines() if line.startswith("| `")) == REASONS


def test_a_word_document_is_refused_for_reasons_of_the_list() -> None:
    """Each fault of a package has a reason."""
    assert {reason for _, _, reason in REFUSALS.values()} <= set(REASONS)
