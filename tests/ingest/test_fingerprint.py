"""An ingest that finds nothing new: what it takes to know, what it loads, what it says."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_encoder import Tiny, write_documents

from pincite.index.settings import Settings
from pincite.index.storage.manifest import file_sha256, find_bundle, read_manifest
from pincite.index.storage.npy import RowReader
from pincite.ingestion.build import build
from pincite.ingestion.embedding.reuse import PreviousVectors
from pincite.ingestion.encoder.model_files import DEFAULT_MODEL, find_model, weights_sha256
from pincite.ingestion.reading.files import SourceFile
from pincite.ingestion.report import BuildReport

HEAVY = {"numpy", "faiss", "onnxruntime", "onnx", "torch", "tokenizers", "markdown_it", "yaml", "sentencex", "Stemmer"}
RUN = """
import sys
from pincite.service.cli.commands import main
try:
    main(sys.argv[1:])
finally:
    print("loaded", *sorted(sys.modules), file=sys.stderr)
"""


def ingest(root: Path, *paths: Path, **given: int) -> BuildReport:
    return build(paths, Settings(index=str(root), **given), lambda stage: lambda done, of: None, Tiny)  # type: ignore[arg-type]


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of documents, one of which has something left out, and an index of it."""
    folder = write_documents(tmp_path / "documents", 2)
    (folder / "odd.md").write_text("A bell\u200b rings.\n")
    (folder / "chart.xyz").write_bytes(b"")
    ingest(tmp_path / "root", folder)
    return folder, tmp_path / "root"


def test_nothing_heavy_is_loaded(made: tuple[Path, Path]) -> None:
    """The command line says that nothing changed, with all notes, and has imported no reader and no NumPy for it."""
    folder, root = made
    command = [sys.executable, "-c", RUN, "ingest", str(folder), "--index", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"Unchanged: index {find_bundle(root).name} in {root}\ndocuments 3, sections 21, ")
    loaded = done.stderr.partition("loaded ")[2].split()
    assert "pincite.ingestion.publishing.fingerprint" in loaded
    assert not HEAVY & set(loaded)
    assert "chart.xyz: left out, no reader for .xyz" in done.stderr
    assert "note: odd.md: left out: invisible or control characters (1)" in done.stderr


def test_the_report_is_that_of_the_ingest_that_made_it(made: tuple[Path, Path]) -> None:
    """Counts and notes are the same when nothing changed; nothing is embedded."""
    folder, root = made
    manifest = read_manifest(find_bundle(root))
    again = ingest(root, folder)
    assert (again.changed, again.texts.embedded, again.texts.reused, again.folder) == (False, 0, 0, find_bundle(root))
    assert again.counts == manifest["counts"]
    assert again.notes == ingest(root.with_name("fresh"), folder).notes
    assert str(folder) not in str(manifest)  # what a bundle says of itself names no place on a machine


def _renamed(folder: Path) -> None:
    (folder / "odd.md").rename(folder / "even.md")


def _edited(folder: Path) -> None:
    with (folder / "odd.md").open("a") as file:
        file.write("\n")


def _removed(folder: Path) -> None:
    (folder / "odd.md").unlink()


@pytest.mark.parametrize("change", [_renamed, _edited, _removed])
def test_any_change_of_a_file_is_seen(made: tuple[Path, Path], change: Callable[[Path], None]) -> None:
    """Another name, another byte, or a file less is another input, and the bundle says so the next time."""
    folder, root = made
    change(folder)
    assert ingest(root, folder).changed
    assert not ingest(root, folder).changed


def test_where_the_folder_stands_does_not_matter(made: tuple[Path, Path]) -> None:
    """The same files in a folder elsewhere, at other times or one by one, are the same input."""
    folder, root = made
    moved = Path(shutil.move(folder, folder.with_name("moved")))
    for path in moved.iterdir():
        os.utime(path, (0, 0))
    assert not ingest(root, moved).changed
    assert not ingest(root, *sorted(moved.glob("*.md"))).changed


def test_other_settings_are_another_input(made: tuple[Path, Path]) -> None:
    """Settings that a bundle depends on make a new one; those of the service do not."""
    folder, root = made
    assert not ingest(root, folder, port=1234).changed
    assert ingest(root, folder, passage_words=30).changed


def test_a_file_that_changes_while_it_is_read(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle says that it was made of the bytes that were read, not of those that lay there before."""
    folder, root = made
    real, reads = SourceFile.read, Counter[str]()

    def grown(file: SourceFile) -> bytes:
        """Read a file that has one line more each time."""
        reads[file.name] += 1
        return real(file) + b"\nIt rings twice.\n" * (file.name == "odd.md") * (reads[file.name] - 1)

    _edited(folder)
    monkeypatch.setattr(SourceFile, "read", grown)
    assert ingest(root, folder).changed
    monkeypatch.undo()
    assert ingest(root, folder).changed


def test_the_default_weights_need_not_be_read(tmp_path: Path) -> None:
    """The pinned digest stands for the default weights, which are checked before any use; other models are read."""
    assert weights_sha256(DEFAULT_MODEL) == find_model(DEFAULT_MODEL).sha256
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert weights_sha256(str(tmp_path)) == file_sha256(tmp_path / "model.safetensors")


@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "documents.sqlite", "encoder.onnx", "sentences.npy"])
def test_a_live_bundle_that_cannot_be_read_stops_no_ingest(
    made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """If a file of the live bundle cannot be read, nothing is reused, and the next ingest finds nothing new."""
    folder, root = made
    before = find_bundle(root)
    refused = str(root / name if name == "CURRENT" else before / name)
    open_path, open_file = Path.open, os.open

    def refuse(path: Any) -> None:
        if str(path) == refused:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "open", lambda path, *rest, **more: refuse(path) or open_path(path, *rest, **more))
    monkeypatch.setattr(os, "open", lambda path, *rest, **more: refuse(path) or open_file(path, *rest, **more))
    report = ingest(root, folder)
    monkeypatch.undo()
    assert (report.changed, report.texts.reused) == (True, 0)
    assert find_bundle(root) != before
    assert not ingest(root, folder).changed


def test_vectors_that_can_be_read_no_more_are_made_anew(
    made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the live bundle fails while it is being reused, the ingest goes on without it, to the same bundle."""
    folder, root = made
    _edited(folder)
    fresh = ingest(root.with_name("fresh"), folder)

    def cut(self: PreviousVectors, rows: Any) -> Any:
        return RowReader(self._bundle.folder / "sentences.npy")[rows] if self._bundle else np.empty((0, 0), np.float32)

    monkeypatch.setattr(PreviousVectors, "passage_vectors", cut)
    monkeypatch.setattr(os, "preadv", lambda *given: 0)
    report = ingest(root, folder)
    assert (report.texts.reused, report.id) == (0, fresh.id)


def test_an_encoder_that_cannot_be_copied_is_exported(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the encoder that fails while it is copied from the live bundle is exported again."""
    folder, root = made
    _edited(folder)

    real = shutil.copyfile

    def broken(source: Path, target: Path) -> Any:
        if root in source.parents:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(source))
        return real(source, target)

    monkeypatch.setattr(shutil, "copyfile", broken)
    before = Tiny.exported
    assert ingest(root, folder).changed
    assert Tiny.exported == before + 1
