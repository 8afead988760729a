"""Ingestion as a whole, with the real model: parity, re-use, sameness, and refusal of other weights."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pincite.index.bundle import Bundle
from pincite.index.errors import ModelError
from pincite.index.models.encoder import ENCODER_GRAPH, ENCODER_WEIGHTS, TOKEN_EMBEDDINGS
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.storage.manifest import VARYING_FIELDS, find_bundle, read_manifest
from pincite.ingestion.build import build
from pincite.ingestion.encoder import model_files, quantize
from pincite.ingestion.encoder.encoder_files import EncoderFiles
from pincite.ingestion.encoder.model_files import ModelFiles, find_model
from pincite.ingestion.encoder.sentence_transformer import MIN_PARITY_COSINE, Embedder
from pincite.ingestion.report import BuildReport

Ingest = Callable[..., BuildReport]


def files(root: Path) -> dict[str, dict[str, str]]:
    return dict(read_manifest(find_bundle(root))["files"])


def test_every_passage_agrees_with_pytorch(bundle: Bundle) -> None:
    """The manifest states the least cosine between PyTorch and ONNX Runtime, and it is above the bar."""
    assert bundle.manifest["made"]["parity"]["least_cosine"] >= MIN_PARITY_COSINE


def test_an_export_that_differs_stops_ingest(
    corpus: Path, tmp_path: Path, embedder: Callable[[ModelFiles], Embedder]
) -> None:
    """A graph that gives other vectors than PyTorch stops ingest, quoting a passage, and nothing is published."""

    class Off:
        def __init__(self, files: ModelFiles) -> None:
            self._real = embedder(files)

        def export(self) -> EncoderFiles:
            return self._real.export()

        def embed(self, texts: list[str], progress: Callable[[int, int], None]) -> object:
            vectors = self._real.embed(texts, progress)
            vectors[-1] = np.roll(vectors[-1], 1)
            return vectors

    with pytest.raises(ModelError, match="different vectors"):
        build([corpus], Settings(index=str(tmp_path)), lambda stage: lambda done, of: None, Off)
    assert not (tmp_path / "CURRENT").exists()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default model file that differs from the pinned one by one byte is refused before it is loaded."""
    folder = Path(shutil.copytree(find_model("default").folder, tmp_path / "model"))
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)[0]
        file.seek(1_000_000)
        file.write(bytes([byte ^ 1]))
    monkeypatch.setattr(model_files, "_package_folder", lambda: folder)
    with pytest.raises(ModelError, match=r"model\.safetensors: is not the pinned file"):
        find_model("default")


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """A model name that is no folder and not in the cache, and a folder without weights, are errors that say so."""
    with pytest.raises(ModelError, match="no such folder, and no such model"):
        find_model("nobody/nothing")
    with pytest.raises(ModelError, match=r"holds no \.safetensors weights"):
        find_model(str(tmp_path))


def test_the_same_input_changes_nothing(corpus: Path, index: Path, ingest: Ingest) -> None:
    """Ingesting the same documents again leaves the live bundle alone and embeds nothing."""
    before = find_bundle(index)
    report = ingest(index, corpus)
    assert (report.changed, report.texts.embedded, report.folder) == (False, 0, before)


def test_only_what_changed_is_embedded_again_and_the_bytes_are_the_same(
    corpus: Path, index: Path, ingest: Ingest, tmp_path: Path
) -> None:
    """The rest is taken over, and a bundle made afresh of the same input is byte for byte the same."""
    old = Path(shutil.copytree(index, tmp_path / "old"))
    changed = Path(shutil.copytree(corpus, tmp_path / "changed"))
    with (changed / "tides.md").open("a") as file:
        file.write("\n## Fog\n\nIn fog the horn sounds twice a minute.\n")
    grown = ingest(old, changed)
    assert grown.changed
    assert (grown.texts.embedded, grown.texts.reused > 10) == (2, True)  # one passage, one sentence
    ingest(tmp_path / "fresh", changed)
    assert files(old) == files(tmp_path / "fresh")
    ours, theirs = (read_manifest(find_bundle(root)) for root in (old, tmp_path / "fresh"))
    assert {k: v for k, v in ours.items() if k not in VARYING_FIELDS} == {
        k: v for k, v in theirs.items() if k not in VARYING_FIELDS
    }
    assert ours["id"] == theirs["id"]


def test_a_damaged_bundle_is_made_anew(corpus: Path, index: Path, ingest: Ingest, tmp_path: Path) -> None:
    """Ingest takes nothing over from a live bundle that does not open, and leaves a whole one in its place."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    (find_bundle(root) / "sentences.npy").write_bytes(b"")
    report = ingest(root, corpus)
    assert (report.changed, report.texts.reused) == (True, 0)
    Bundle(root).close()


def test_another_model_by_path(
    corpus: Path, index: Path, tmp_path: Path, embedder: Callable[[ModelFiles], Embedder]
) -> None:
    """A model can be named by its folder; its vectors are those of the package when the files are the same."""
    folder = Path(shutil.copytree(find_model("default").folder, tmp_path / "my-model"))
    settings = replace(Settings(index=str(tmp_path / "root")), model=str(folder))
    report = build([corpus], settings, lambda stage: lambda done, of: None, embedder)
    assert read_manifest(report.folder)["model"]["name"] == "my-model"
    assert files(tmp_path / "root")["passages.faiss"] == files(index)["passages.faiss"]
    assert files(tmp_path / "root")[ENCODER_GRAPH] == files(index)[ENCODER_GRAPH]


def test_ingest_killed_while_it_embeds(corpus: Path, index: Path, tmp_path: Path) -> None:
    """A real ingest, killed once it has begun to write, leaves the old bundle live; the lock is free again."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    changed = tmp_path / "new.md"
    changed.write_text("## A\n\n" + "Another sentence stands here. " * 300)
    command = [
        sys.executable,
        "-c",
        "from pincite.service.cli.commands import main; main()",
        "ingest",
        str(changed),
        "--index",
        str(root),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not (root / "staging" / ENCODER_GRAPH).exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.05)  # polling another process; the condition above is what is waited for
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.wait()
    assert (root / "staging").exists()
    with_old = Bundle(root)
    assert with_old.id == Bundle(index).id
    with_old.close()


def test_a_changed_document_needs_no_export(corpus: Path, index: Path, tmp_path: Path) -> None:
    """The encoder of the live bundle is taken over with its parity; PyTorch's model is not even made."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    grown = Path(shutil.copytree(corpus, tmp_path / "grown"))
    (grown / "fog.md").write_text("## Fog\n\nIn fog the horn sounds twice a minute.\n")

    def never(files: ModelFiles) -> Embedder:
        raise AssertionError("the encoder was exported again")

    before = read_manifest(find_bundle(root))
    report = build([grown], Settings(index=str(root)), lambda stage: lambda done, of: None, never)
    after = read_manifest(report.folder)
    assert (report.changed, report.texts.embedded) == (True, 2)
    assert after["made"]["parity"] == before["made"]["parity"]
    with pytest.raises(AssertionError, match="exported again"):  # other numbers are another encoder
        build([grown], Settings(index=str(root), encoder_precision="int8"), lambda stage: lambda done, of: None, never)


def test_an_encoder_in_eight_bits(corpus: Path, tmp_path: Path, ingest: Ingest) -> None:
    """It is a third of the size at most, its parity is in the manifest, and it finds the same passages."""
    exact = ingest(tmp_path / "exact", corpus, encoder_precision="float32").folder
    report = ingest(tmp_path / "root", corpus, encoder_precision="int8")
    manifest = read_manifest(report.folder)
    parity = manifest["made"]["parity"]
    assert manifest["model"]["precision"] == "int8"
    assert parity["least_cosine"] >= MIN_PARITY_COSINE  # of the export, before it was rounded
    assert parity["int8_least_cosine"] >= 0.995
    assert parity["int8_mean_cosine"] >= 0.998
    assert parity["int8_neighbours"] >= 0.95
    for name in (ENCODER_WEIGHTS, TOKEN_EMBEDDINGS):
        assert files(tmp_path / "root")[name]["bytes"] * 3 < files(exact)[name]["bytes"]
    for question in ("is a sabbatical paid", "when is high tide", "who do I ask for leave"):
        first = [Searcher(Bundle(folder)).ask(question).hits[0] for folder in (report.folder, exact)]
        assert first[0].passage == first[1].passage


def test_an_encoder_that_eight_bits_spoil_stops_ingest_or_is_float32(
    corpus: Path, tmp_path: Path, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights rounded to almost nothing are noticed: int8 is refused and nothing published; auto takes float32."""
    real = quantize.quantize_symmetric

    def coarse(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
        steps, scales = real(values, axis)
        return np.rint(steps / 100) * 100, scales

    monkeypatch.setattr(quantize, "quantize_symmetric", coarse)
    with pytest.raises(ModelError, match="int8 gives other vectors"):
        ingest(tmp_path / "root", corpus, encoder_precision="int8")
    assert not (tmp_path / "root" / "CURRENT").exists()
    automatic = read_manifest(ingest(tmp_path / "root", corpus, encoder_precision="auto").folder)
    assert automatic["model"]["precision"] == "float32"
    assert set(automatic["made"]["parity"]) == {"least_cosine"}
