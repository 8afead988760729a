"""Documents taken over from the live index: unchanged files are not read, and the bundle is that of a fresh ingest."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_encoder import WORDS, Tiny

from pincite.index.settings import Settings
from pincite.index.storage import bm25_writer
from pincite.index.storage.manifest import VARYING_FIELDS, find_bundle, read_manifest
from pincite.ingestion import incremental, pipeline
from pincite.ingestion.build import build
from pincite.ingestion.embedding import embed_corpus
from pincite.ingestion.publishing.document_names import read_names
from pincite.ingestion.reading.sandbox.reader_process import ReaderProcess
from pincite.ingestion.report import BuildReport

NAMES = ["a.md", "A.md", "b/a.md", "a-b.md", "é.md", "Z.md", "m.md"]  # some have one slug, so that ids come and go


SEED = 1  # of the changes; others gave the same


def quiet(stage: str) -> Callable[[int, int], None]:
    return lambda done, of: None


def ingest(root: Path, *paths: Path, **given: int) -> BuildReport:
    return build(paths, Settings(index=str(root), **given), quiet, Tiny)  # type: ignore[arg-type]


def contents(root: Path) -> dict[str, object]:
    """Return the bytes of every file of the live bundle, and the manifest without the fields that may vary."""
    folder = find_bundle(root)
    data: dict[str, object] = {path.name: path.read_bytes() for path in folder.iterdir()}
    data["manifest.json"] = {k: v for k, v in read_manifest(folder).items() if k not in VARYING_FIELDS}
    return data


def write(path: Path, chance: random.Random) -> None:
    """Write a document of a few sections, some of which other documents have, too."""
    path.parent.mkdir(exist_ok=True, parents=True)
    stated = f"---\nid: {chance.choice(['b', 'm', 'x'])}-{path.stem}\n---\n" if chance.random() < 0.2 else ""
    sections = []
    for _ in range(chance.randrange(1, 5)):
        words = random.Random(chance.randrange(12)).choices(WORDS, k=30)
        sentences = [f"{' '.join(part).capitalize()}." for part in (words[3:16], words[16:])]
        sections.append(f"## {' '.join(words[:3])}\n\n{' '.join(sentences)}\n")
    path.write_text(f"{stated}# {chance.choice(WORDS)}\n\n" + "\n".join(sections))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that a handful of documents fills more than once, and a list of English words that is quickly written."""
    monkeypatch.setattr(embed_corpus, "WINDOW_PASSAGES", 3)
    monkeypatch.setattr(bm25_writer, "CHUNK_PASSAGES", 2)
    monkeypatch.setattr(bm25_writer, "CHUNK_POSTINGS", 64)
    monkeypatch.setattr(pipeline, "words_by_frequency", lambda: ["bell"])


@pytest.fixture
def read_names_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that readers have parsed since the test began."""
    names: list[str] = []
    parse = ReaderProcess.read

    def read(self: ReaderProcess, data: bytes, name: str, *more: str) -> object:
        names.append(Path(name).name)
        return parse(self, data, name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(ReaderProcess, "read", read)
    return names


def test_any_changes_give_the_bundle_of_a_fresh_ingest(tmp_path: Path, small_chunks: None) -> None:
    """After documents came, went, were edited or renamed, every byte is that of an index made of them afresh."""
    chance, folder = random.Random(SEED), tmp_path / "documents"
    for name in NAMES[2:]:
        write(folder / name, chance)
    ingest(tmp_path / "root", folder)
    for step in range(4):
        for _ in range(chance.randrange(1, 3)):
            path, other = (folder / name for name in chance.sample(NAMES, 2))
            act = chance.choice(["edit", "remove", "rename"])
            if path.exists() and act == "remove" and len(list(folder.rglob("*.md"))) > 1:
                path.unlink()
            elif path.exists() and act == "rename":
                path.rename(other)
            else:
                write(path, chance)
        ingest(tmp_path / "root", folder)
        ingest(tmp_path / f"fresh-{step}", folder)
        assert contents(tmp_path / "root") == contents(tmp_path / f"fresh-{step}"), step


def test_additions_and_removals_give_the_bundle_of_a_fresh_ingest(tmp_path: Path, small_chunks: None) -> None:
    """One document more, one edited and one less, each published by itself: every byte is that of a fresh ingest."""
    chance, folder, root = random.Random(3), tmp_path / "documents", tmp_path / "root"
    settings = Settings(index=str(root))
    for name in ("b.md", "d.md", "f.md"):
        write(folder / name, chance)
    ingest(root, folder)
    for name in ("a.md", "c.md", "d.md"):
        write(folder / name, chance)
        incremental.add([folder / name], settings, quiet, Tiny)  # type: ignore[arg-type]
    ingest(tmp_path / "more", folder)
    assert contents(root) == contents(tmp_path / "more")
    (folder / "c.md").unlink()
    (document_id,) = (i for i, name in read_names(root).names.items() if name == "c.md")
    incremental.remove([document_id], settings, quiet, Tiny)  # type: ignore[arg-type]
    ingest(tmp_path / "less", folder)
    assert contents(root) == contents(tmp_path / "less")


def test_a_file_that_is_as_it_was_is_not_read_again(tmp_path: Path, read_names_of: list[str]) -> None:
    """Readers parse the file that was edited and the one that came, under other settings as well."""
    folder, chance = tmp_path / "documents", random.Random(4)
    for name in ("a.md", "b.md", "c.md"):
        write(folder / name, chance)
    ingest(tmp_path / "root", folder)
    read_names_of.clear()
    write(folder / "b.md", chance)
    write(folder / "d.md", chance)
    ingest(tmp_path / "root", folder)
    assert read_names_of == ["b.md", "d.md"]
    ingest(tmp_path / "root", folder, passage_words=20)
    assert read_names_of == ["b.md", "d.md"]
    ingest(tmp_path / "fresh", folder, passage_words=20)
    assert contents(tmp_path / "root") == contents(tmp_path / "fresh")


@pytest.mark.parametrize("name", ["documents.sqlite", "lexical-forward.npy"])
def test_nothing_is_taken_over_from_a_damaged_bundle(
    tmp_path: Path, small_chunks: None, read_names_of: list[str], name: str
) -> None:
    """With one byte of one file changed, all files are read again, and the bundle is that of a fresh ingest."""
    folder, chance = tmp_path / "documents", random.Random(5)
    write(folder / "a.md", chance)
    write(folder / "b.md", chance)
    ingest(tmp_path / "root", folder)
    path = find_bundle(tmp_path / "root") / name
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    write(folder / "b.md", chance)
    read_names_of.clear()
    ingest(tmp_path / "root", folder)
    assert read_names_of == ["a.md", "b.md"]
    ingest(tmp_path / "fresh", folder)
    assert contents(tmp_path / "root") == contents(tmp_path / "fresh")
