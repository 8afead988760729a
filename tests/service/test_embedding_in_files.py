"""`pincite ingest --runner` and `--work`: what they need, what they leave, and what they refuse."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.service.cli.commands import main


def ingest(*words: str | Path) -> Result:
    """Run `pincite ingest ...`."""
    return CliRunner().invoke(main, ["ingest", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def root(index: Path, tmp_path: Path) -> Path:
    """An index of the small corpus that may be changed."""
    return Path(shutil.copytree(index, tmp_path / "root"))


@pytest.mark.parametrize(
    ("words", "package", "place"),
    [
        (["--runner", "ray"], "ray", "pincite ingest --runner ray"),
        (["--runner", "ray"], "pyarrow", "pincite ingest --runner ray"),
        (["--work", "WORK"], "pyarrow", "pincite ingest --work"),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], package: str, place: str
) -> None:
    """The error has the command to install it, before any document is read; nothing is written."""
    monkeypatch.setitem(sys.modules, package, None)
    result = ingest("GONE", *words, "--index", tmp_path / "root")
    problem = f"pincite: {place}: needs the package {package}, which is not installed"
    remedy = "remedy: install the ray extra: pip install 'pincite[ray]'"
    assert (result.exit_code, result.stderr) == (1, f"{problem}\n  {remedy}\n")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_runner_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """The command is not understood, and its message lists both runners."""
    result = ingest("--runner", "spark", "--index", tmp_path)
    assert result.exit_code == 2
    assert "'spark' is not one of 'local', 'ray'" in result.stderr


def test_a_work_folder_is_gone_when_the_index_is_published(root: Path, tmp_path: Path) -> None:
    """An ingest through files publishes, and its work folder goes; one that finds nothing new makes none."""
    (tmp_path / "bell.md").write_text("# Bell\n\n## Noon\n\nThe bell rings at noon.\n")
    (tmp_path / "work").mkdir()
    words = (tmp_path / "bell.md", "--work", tmp_path / "work", "--index", root)
    assert "embedded 2, taken over 0" in ingest(*words).stdout
    assert list(read_manifest(find_bundle(root))["documents"]) == ["bell"]
    assert ingest(*words).stdout.startswith("Unchanged")
    assert list((tmp_path / "work").iterdir()) == []


def test_a_work_folder_that_cannot_be_made_is_an_error(root: Path, tmp_path: Path) -> None:
    """A file in its place is named, and the live index stays."""
    (tmp_path / "bell.md").write_text("# Bell\n\n## Noon\n\nThe bell rings at noon.\n")
    (tmp_path / "taken").write_text("mine")
    before = find_bundle(root)
    result = ingest(tmp_path / "bell.md", "--work", tmp_path / "taken", "--index", root)
    assert result.exit_code == 1
    assert f"pincite: {tmp_path / 'taken' / 'pincite-embedding'}: a part of its path is no folder" in result.stderr
    assert find_bundle(root) == before
