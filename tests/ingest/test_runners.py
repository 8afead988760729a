"""Embedding from file to file: the same vectors, finished files that stay, and files that cannot be used."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_encoder import WORDS, Tiny, write_documents

from pincite.index.errors import IndexLockedError, StorageError
from pincite.index.models.encoder import Encoder
from pincite.index.settings import Settings
from pincite.index.storage.manifest import read_manifest
from pincite.ingestion.build import build
from pincite.ingestion.embedding import embed_corpus
from pincite.ingestion.embedding.embed_texts import EmbedApart, EmbeddedTexts, MissingTexts, embed_texts
from pincite.ingestion.encoder.packing import passage_encoder
from pincite.ingestion.runners import texts_file
from pincite.ingestion.runners.local import run_here
from pincite.ingestion.runners.work_folder import WORK_FOLDER, RunFiles, WorkFolder

WINDOWS = [
    MissingTexts(2, ("bel band dol", "gork must"), frozenset({"bel band dol"})),
    MissingTexts(3, (), frozenset()),  # all taken over
    MissingTexts(2, ("kest", "nim lol"), frozenset()),
    MissingTexts(1, ("rand sol tem", "kest"), frozenset({"rand sol tem", "kest"})),
]


class Counting:
    """Runner in this process that notes which files it embeds, and may be stopped after some."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.embedded: list[str] = []
        self._stop_after = stop_after

    def __call__(self, files: Sequence[Path], encoder: Path, precision: str) -> Generator[Path, None, None]:
        """Embed files until it is stopped."""
        for path in run_here(files, encoder, precision):
            self.embedded.append(path.stem)
            yield path
            if len(self.embedded) == self._stop_after:
                raise KeyboardInterrupt


def silent(done: int, total: int) -> None:
    pass


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows and files that a few documents fill more than once."""
    monkeypatch.setattr(embed_corpus, "WINDOW_PASSAGES", 8)
    monkeypatch.setattr(texts_file, "FILE_WINDOWS", 1)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tiny encoder."""
    folder = tmp_path_factory.mktemp("encoder")
    Tiny().export().save(folder)
    return folder


def embed(parent: Path, encoder: Path, run: RunFiles, windows: Sequence[MissingTexts] = WINDOWS) -> list[EmbeddedTexts]:
    """Embed windows in a work folder, which stays, and return their vectors."""
    work = WorkFolder(parent, run)
    try:
        give = work(encoder, "float32", iter(windows), silent)
        return [give(missing, silent) for missing in windows]
    finally:
        work.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)


def as_lists(embedded: Sequence[EmbeddedTexts]) -> list[object]:
    """Return vectors and token vectors as values that can be compared."""
    return [
        (
            {text: vector.tolist() for text, vector in window.vectors.items()},
            {text: (tokens.values.tolist(), tokens.scales.tolist()) for text, tokens in window.tokens.items()},
        )
        for window in embedded
    ]


def test_the_vectors_are_those_of_the_encoder(tmp_path: Path, encoder: Path) -> None:
    """Each window gets its own texts' vectors, and token vectors of those texts alone for which they are wanted."""
    encode = passage_encoder(Encoder.open(encoder, bulk=True), encoder, "float32")
    direct = [embed_texts(encode, missing, silent) for missing in WINDOWS]
    assert as_lists(embed(tmp_path, encoder, run_here)) == as_lists(direct)
    assert [len(window.tokens) for window in direct] == [1, 0, 0, 2]
    assert not np.allclose(direct[0].vectors["gork must"], direct[2].vectors["kest"])


def test_a_bundle_does_not_show_how_it_was_embedded(tmp_path: Path) -> None:
    """Through files or as a stream, the bundle is the same to the byte; the work folder is gone, nothing else is."""
    documents = write_documents(tmp_path / "documents", 6)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "texts-000000.parquet").write_text("mine")

    def files(root: str, embed_apart: EmbedApart | None) -> object:
        settings = Settings(index=str(tmp_path / root))
        report = build([documents], settings, lambda stage: silent, Tiny, embed_apart=embed_apart)  # type: ignore[arg-type]
        return read_manifest(report.folder)["files"], report.texts

    run = Counting()
    with WorkFolder(tmp_path / "work", run) as work:
        through_files = files("files", work)
        assert (tmp_path / "work" / WORK_FOLDER).is_dir()
    assert len(run.embedded) > 5
    assert through_files == files("stream", None)
    assert [path.read_text() for path in (tmp_path / "work").iterdir()] == ["mine"]


def test_a_stopped_run_goes_on(tmp_path: Path, encoder: Path) -> None:
    """The next run embeds the files that are not finished, and the one after that none; all give the same vectors."""
    with pytest.raises(KeyboardInterrupt):
        embed(tmp_path, encoder, Counting(stop_after=2))
    rest, nothing = Counting(), Counting()
    vectors = embed(tmp_path, encoder, rest)
    assert rest.embedded == ["texts-000002"]
    assert as_lists(embed(tmp_path, encoder, nothing)) == as_lists(vectors)
    assert nothing.embedded == []


def test_what_changed_is_embedded_again(tmp_path: Path, encoder: Path) -> None:
    """A finished file of another text, of other wanted token vectors or of another encoder is made again."""
    embed(tmp_path, encoder, Counting())
    other_text = MissingTexts(2, ("kest", "nim lom"), frozenset())
    more_tokens = MissingTexts(1, WINDOWS[3].texts, frozenset({"kest"}))
    for windows in ([*WINDOWS[:2], other_text, WINDOWS[3]], [*WINDOWS[:2], other_text, more_tokens]):
        run = Counting()
        embed(tmp_path, encoder, run, windows)
        assert len(run.embedded) == 1
    other_encoder = Path(shutil.copytree(encoder, tmp_path / "encoder"))
    (config := other_encoder / "encoder.json").write_text(config.read_text() + "\n")
    run = Counting()
    embed(tmp_path, other_encoder, run, windows)
    assert len(run.embedded) == 3


def test_files_that_are_not_asked_for_go(tmp_path: Path, encoder: Path) -> None:
    """Files beyond those of this run, and one that a killed worker was writing, are deleted."""
    embed(tmp_path, encoder, run_here)
    (part := tmp_path / WORK_FOLDER / "vectors-000000.parquet.harbour-17.part").write_bytes(b"PAR1")
    embed(tmp_path, encoder, run_here, WINDOWS[:1])
    assert {path.name for path in part.parent.glob("*parquet*")} == {"texts-000000.parquet", "vectors-000000.parquet"}


@pytest.mark.parametrize("place", [60, -2])
def test_a_damaged_file_is_made_again(tmp_path: Path, encoder: Path, place: int) -> None:
    """A byte that changed is found: in the footer before anything is embedded, elsewhere by an error, once."""
    vectors = embed(tmp_path, encoder, run_here)
    data = bytearray((path := tmp_path / WORK_FOLDER / "vectors-000001.parquet").read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    if place > 0:
        with pytest.raises(StorageError, match=r"vectors-000001\.parquet: is damaged and was deleted: .+\n"):
            embed(tmp_path, encoder, run_here)
    run = Counting()
    assert as_lists(embed(tmp_path, encoder, run)) == as_lists(vectors)
    assert run.embedded == ["texts-000001"]


def test_vectors_of_other_texts_are_refused(tmp_path: Path, encoder: Path) -> None:
    """A window whose texts are not those of the file gets an error, and no vectors."""
    work = WorkFolder(tmp_path, run_here)
    give = work(encoder, "float32", iter(WINDOWS), silent)
    with pytest.raises(StorageError, match=r"vectors-000000\.parquet: does not hold the vectors of these texts"):
        give(WINDOWS[2], silent)
    work.__exit__(None, None, None)


def test_one_ingest_at_a_time_has_a_work_folder(tmp_path: Path, encoder: Path) -> None:
    """A second one is refused while the first is at work, and changes nothing."""

    def meanwhile(files: Sequence[Path], *given: Any) -> Generator[Path, None, None]:
        with pytest.raises(IndexLockedError, match="another ingest embeds here"):
            embed(tmp_path, encoder, run_here)
        yield from run_here(files, *given)

    assert len(embed(tmp_path, encoder, meanwhile)) == len(WINDOWS)


def test_a_runner_that_fails_leaves_no_half_file(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error while a file is written leaves neither the file nor a part of it; the one before stays."""
    calls = iter([embed_texts])

    def second_fails(*given: object) -> EmbeddedTexts:
        return next(calls, None)(*given)  # type: ignore[misc]

    monkeypatch.setattr("pincite.ingestion.runners.embed_file.embed_texts", second_fails)
    with pytest.raises(TypeError):
        embed(tmp_path, encoder, run_here)
    assert [path.name for path in (tmp_path / WORK_FOLDER).glob("vectors-*")] == ["vectors-000000.parquet"]


def test_words_of_these_windows_are_known() -> None:
    """The tiny encoder knows each word, and gives each its own vector."""
    assert {word for missing in WINDOWS for text in missing.texts for word in text.split()} <= set(WORDS)
