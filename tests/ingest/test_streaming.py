"""Ingest as a stream: what is in memory at once does not grow with the corpus; what is there is not embedded again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tiny_encoder import DIMENSION, Tiny, write_documents

from pincite.index.bundle import Bundle
from pincite.index.retrieval import dense
from pincite.index.settings import Settings
from pincite.index.storage import bm25_writer
from pincite.index.storage.dense_files import VECTORS_FILE
from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.index.types import Passage
from pincite.ingestion import pipeline
from pincite.ingestion.build import build
from pincite.ingestion.embedding import embed_corpus
from pincite.ingestion.embedding.reuse import PASSAGE_DIGESTS, SENTENCE_DIGESTS
from pincite.ingestion.progress import Progress, silent
from pincite.ingestion.report import BuildReport

EACH = 300  # bytes a passage that may stay: ids and digests of documents, lengths, where rows begin

ALONE = """
import re, sys
from pathlib import Path
sys.path[:0] = ["tests/support", "tests/ingest"]
from test_streaming import ingest
ingest(Path(sys.argv[2]), Path(sys.argv[1]))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def ingest(root: Path, *paths: Path, **given: int) -> BuildReport:
    return build(paths, Settings(index=str(root), **given), lambda stage: lambda done, of: None, Tiny)  # type: ignore[arg-type]


def files(root: Path) -> dict[str, dict[str, str]]:
    return dict(read_manifest(find_bundle(root))["files"])


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that any corpus of these tests fills more than once."""
    monkeypatch.setattr(embed_corpus, "WINDOW_PASSAGES", 16)
    monkeypatch.setattr(bm25_writer, "CHUNK_POSTINGS", 256)


def peak(root: Path, folder: Path) -> tuple[int, int]:
    """Return the peak of Python's and NumPy's memory in an ingest, in bytes, and the number of passages."""
    tracemalloc.start()
    report = ingest(root, folder)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, report.counts["passages"]


def test_memory_does_not_grow_with_the_corpus(
    tmp_path: Path, small_windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With four times as many passages the peak grows by EACH bytes a passage; their texts alone take more."""
    monkeypatch.setattr(pipeline, "words_by_frequency", lambda: ["bell"])  # 160,000 words would hide what is looked for
    few, many = write_documents(tmp_path / "few", 60), write_documents(tmp_path / "many", 240)
    ingest(tmp_path / "warm", write_documents(tmp_path / "two", 2))  # what is loaded or cached once
    (less, less_passages), (more, more_passages) = peak(tmp_path / "a", few), peak(tmp_path / "b", many)
    assert more_passages == 4 * less_passages == 2400
    assert more - less < EACH * (more_passages - less_passages)


def test_memory_is_below_what_is_stated(tmp_path: Path) -> None:
    """A process that does nothing but ingest stays below MOST_MEMORY, all libraries and mapped files counted."""
    folder = write_documents(tmp_path / "documents", 200)
    command = [sys.executable, "-c", ALONE, str(folder), str(tmp_path / "root")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert 1 << 20 < int(done.stdout) * 1024 < pipeline.MAX_MEMORY


def test_rows_stand_in_the_order_of_passage_ids(tmp_path: Path) -> None:
    """Whatever characters ids are made of, and whatever order files come in: the row is the place in that order."""
    names = ["b", "a", "a-b", "a.b", "a_b", "a1", "ab", "é", "Z", "a-", "ä-1", "筋"]
    folder = tmp_path / "documents"
    folder.mkdir()
    for number, name in enumerate(names):
        body = "".join(f"## Part {n % 4}\n\nThe bell number {n} rings {'and rings ' * 40}.\n\n" for n in range(12))
        (folder / f"{number}.md").write_text(f"---\nid: {name}\n---\n{body}")
    ingest(tmp_path / "root", folder)
    bundle = Bundle(tmp_path / "root")
    rows = [bundle.records.passage(row) for row in range(len(bundle))]
    bundle.close()
    assert {p.document for p in rows} == set(names)
    assert [p.id for p in rows] == sorted(p.id for p in rows)
    assert bundle.records.section_numbers(np.arange(len(bundle))).tolist() == numbered(rows)


def numbered(rows: list[Passage]) -> list[int]:
    """Number each passage's section in order of first appearance."""
    places: dict[tuple[str, str], int] = {}
    return [places.setdefault((p.document, p.section), len(places)) for p in rows]


def test_windows_change_no_byte(tmp_path: Path, small_windows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much is in memory at once is nothing that a bundle shows."""
    folder = write_documents(tmp_path / "documents", 12)
    ingest(tmp_path / "small", folder)
    monkeypatch.undo()
    ingest(tmp_path / "large", folder)
    assert files(tmp_path / "small") == files(tmp_path / "large")


def test_what_moved_is_not_embedded_again(tmp_path: Path, small_windows: None) -> None:
    """A renamed document, one that comes before all others and one that goes: only the new one's texts are embedded.

    The bundle is the one that is made afresh.
    """
    folder = write_documents(tmp_path / "documents", 12)
    root = tmp_path / "root"
    ingest(root, folder)
    (folder / "note-00003.md").rename(folder / "zz.md")
    (folder / "note-00007.md").unlink()
    (folder / "aa.md").write_text("# Ladders\n\n## East wall\n\nThe ladder on the east wall ends above the boats.\n")
    grown = ingest(root, folder)
    assert (grown.texts.embedded, grown.texts.reused > 100) == (2, True)  # one passage, one sentence
    ingest(tmp_path / "fresh", folder)
    assert files(root) == files(tmp_path / "fresh")


def test_sentences_are_taken_over_without_their_passage(tmp_path: Path) -> None:
    """The old sentences of a passage that grew by one are not embedded again."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.md").write_text("## Bells\n\nThe bell rings. It is loud.\n")
    root = tmp_path / "root"
    ingest(root, folder)
    (folder / "a.md").write_text("## Bells\n\nThe bell rings. It is loud. It is old.\n")
    grown = ingest(root, folder)
    assert (grown.texts.embedded, grown.texts.reused) == (2, 2)


def test_an_edit_embeds_what_it_changed(tmp_path: Path) -> None:
    """A section edited or added and a renamed file embed their own texts; a new title embeds all passages.

    A passage is embedded with the document's title and its headings, a sentence alone.
    """
    folder = tmp_path / "documents"
    folder.mkdir()
    path, root = folder / "harbour.md", tmp_path / "root"
    sections = [f"## Part {n}\n\nBell {n} rings at noon. Horn {n} sounds in fog.\n" for n in range(6)]

    def embedded(title: str = "Harbour") -> int:
        path.write_text("\n".join([f"# {title}\n", *sections]))
        return ingest(root, folder).texts.embedded

    assert embedded() == 18  # six passages, twelve sentences
    sections[2] = sections[2].replace("at noon", "at dusk")
    assert embedded() == 2  # its passage, and the sentence
    sections.insert(3, "## Ladders\n\nThe ladder ends above the boats.\n")
    assert embedded() == 2
    path.rename(folder / "quay.md")
    path = folder / "quay.md"
    assert embedded() == 0
    assert embedded("Quay") == 7  # every passage, no sentence


def test_token_vectors_that_are_wanted_now(tmp_path: Path) -> None:
    """Passages without token vectors are embedded again where these are wanted; their sentences are not, and back."""
    folder = write_documents(tmp_path / "documents", 3)
    root = tmp_path / "root"
    without = ingest(root, folder, token_vectors=0)
    assert without.texts.embedded == without.counts["passages"] + without.counts["sentences"]
    wanted = ingest(root, folder)
    assert (wanted.texts.embedded, wanted.texts.reused) == (wanted.counts["passages"], wanted.counts["sentences"])
    assert ingest(root, folder, token_vectors=0).texts.embedded == 0


def test_the_encoder_is_taken_over_and_the_files_are_the_bundles_own(tmp_path: Path) -> None:
    """A second ingest exports nothing; digests stand for every passage and sentence; nothing that was staged stays."""
    folder = write_documents(tmp_path / "documents", 3)
    root = tmp_path / "root"
    before = Tiny.exported
    report = ingest(root, folder)
    (folder / "note-00000.md").unlink()
    ingest(root, folder)
    assert Tiny.exported == before + 1
    assert {p.name for p in report.folder.iterdir()} == {*read_manifest(report.folder)["files"], "manifest.json"}
    assert np.load(report.folder / PASSAGE_DIGESTS).shape == (report.counts["passages"], 2)
    assert np.load(report.folder / SENTENCE_DIGESTS).shape == (report.counts["sentences"], 2)


def test_a_graph_keeps_its_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond exact search the vectors are stored next to the codes, and are reused from there."""
    monkeypatch.setattr(dense, "EXACT_BELOW", 20)
    folder = write_documents(tmp_path / "documents", 4)
    root = tmp_path / "root"
    report = ingest(root, folder)
    assert np.load(report.folder / VECTORS_FILE).shape == (report.counts["passages"], DIMENSION)
    shutil.copyfile(folder / "note-00001.md", folder / "again.md")
    assert ingest(root, folder).texts.embedded == 0


def test_progress_is_told_in_passages(tmp_path: Path, small_windows: None) -> None:
    """It never goes back, and ends with all of them."""
    told: list[tuple[int, int]] = []
    folder = write_documents(tmp_path / "documents", 6)
    settings = Settings(index=str(tmp_path / "root"))

    def progress_for(stage: str) -> Progress:
        return (lambda done, of: told.append((done, of))) if stage == "embedding passages" else silent(stage)

    report = build([folder], settings, progress_for, Tiny)  # type: ignore[arg-type]
    whole = report.counts["passages"]
    assert {of for _, of in told} == {whole}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (whole, whole)
    assert len({done for done, _ in told}) > whole / 2
    assert told.count((whole, whole)) == 1  # a terminal ends its line there
