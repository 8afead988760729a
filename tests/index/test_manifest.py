"""A bundle whose bytes are not the ones it was made of is refused, naming the file and the remedy."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.index.bundle import Bundle
from pincite.index.errors import BundleError, PinciteError, StorageError
from pincite.index.storage import manifest as manifest_module
from pincite.index.storage.manifest import (
    BUNDLE_FORMAT,
    MANIFEST_FILE,
    POINTER_FILE,
    check_files,
    describe_file,
    find_bundle,
    read_manifest,
    seal_manifest,
)


@pytest.fixture(scope="module")
def copy(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that tests may damage and must restore."""
    return Path(shutil.copytree(index, tmp_path_factory.mktemp("damaged") / "index"))


def flip(path: Path, at: int, bit: int = 0) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_the_manifest_covers_every_file(copy: Path) -> None:
    """No file of a bundle but the manifest itself is outside the manifest."""
    folder = find_bundle(copy)
    assert [*sorted(read_manifest(folder)["files"]), MANIFEST_FILE] == sorted(
        names(folder), key=lambda n: (n == MANIFEST_FILE, n)
    )


def test_a_flipped_byte_in_any_file_is_refused(copy: Path) -> None:
    """Flipping the first, middle or last byte of any file, manifest or pointer is refused with its name."""
    folder = find_bundle(copy)
    for path in [copy / POINTER_FILE, *(folder / name for name in names(folder))]:
        for at in {0, path.stat().st_size // 2, path.stat().st_size - 1}:
            flip(path, at)
            with pytest.raises(BundleError) as caught:
                Bundle(copy)
            assert caught.value.place == str(path)
            assert "pincite ingest" in caught.value.remedy
            flip(path, at)
    Bundle(copy).close()


def test_every_bit_of_the_manifest_counts(copy: Path) -> None:
    """Each single bit of manifest.json, flipped, is refused: white space and field names as well as digests."""
    path = find_bundle(copy) / MANIFEST_FILE
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in (0, 5):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            with pytest.raises(BundleError):
                read_manifest(path.parent)
    path.write_bytes(whole)


@settings(max_examples=50)
@given(st.data())
def test_cut_and_grown_files_are_refused(copy: Path, data: st.DataObject) -> None:
    """A file with bytes cut off or added is refused, and so is a missing one."""
    folder = find_bundle(copy)
    name = data.draw(st.sampled_from([n for n in names(folder) if n not in (MANIFEST_FILE, "encoder.weights")]))
    whole = (folder / name).read_bytes()
    change = data.draw(st.sampled_from(["cut", "grown", "missing"]))
    (folder / name).write_bytes(
        whole[: data.draw(st.integers(0, len(whole) - 1))] if change == "cut" else whole + b"\0"
    )
    if change == "missing":
        (folder / name).unlink()
    try:
        with pytest.raises(BundleError, match=name):
            check_files(folder, read_manifest(folder))
    finally:
        (folder / name).write_bytes(whole)


def test_another_format_is_refused_with_the_remedy(copy: Path, tmp_path: Path) -> None:
    """A whole manifest of a later format is refused by its number, not as damage."""
    manifest = read_manifest(find_bundle(copy))
    (tmp_path / MANIFEST_FILE).write_bytes(seal_manifest({**manifest, "format": 99}))
    with pytest.raises(BundleError, match=f"of format 99; this pincite reads format {BUNDLE_FORMAT}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "[" * 100_000, "\0", '{"format": 1, "made": {}}'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is not a manifest is refused without a traceback."""
    (tmp_path / MANIFEST_FILE).write_text(text)
    with pytest.raises(BundleError, match="is damaged"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["", "..", "../bundles/x", "gone", "a/b"])
def test_a_pointer_to_nothing(tmp_path: Path, name: str) -> None:
    """A pointer that names no finished bundle below the root is damaged."""
    (tmp_path / POINTER_FILE).write_text(name)
    with pytest.raises(BundleError, match=f"{POINTER_FILE}: is damaged"):
        find_bundle(tmp_path)


def test_no_index(tmp_path: Path) -> None:
    """A folder without an index says how to make one."""
    with pytest.raises(BundleError, match="holds no index\n  remedy: run `pincite ingest` first"):
        find_bundle(tmp_path)


def test_the_id_does_not_depend_on_when_it_was_made(copy: Path) -> None:
    """Two manifests that differ in `made` alone have the same id and different seals."""
    manifest = read_manifest(find_bundle(copy))
    other = json.loads(seal_manifest({**manifest, "made": {"at": "another time"}}))
    assert (other["id"], other["seal"] == manifest["seal"]) == (manifest["id"], False)


def test_of_a_large_file_the_ends_are_compared_at_opening(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage at either end is refused at once; damage between, by whatever reads all: ingest and roll-back."""
    monkeypatch.setattr(manifest_module, "LARGE_FILE", 100)
    monkeypatch.setattr(manifest_module, "CHECKED_END", 10)
    folder = find_bundle(copy)
    path = folder / "sentences.npy"
    whole = path.read_bytes()
    manifest = read_manifest(folder)
    manifest["files"][path.name] = describe_file(path)
    assert manifest["files"][path.name]["ends"] != manifest["files"][path.name]["sha256"]
    for at, found_at_opening in ((0, True), (len(whole) // 2, False), (len(whole) - 1, True)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BundleError, match=r"sentences\.npy: is damaged"):
            check_files(folder, manifest)
        with pytest.raises(BundleError) if found_at_opening else nullcontext():
            check_files(folder, manifest, full=False)
    path.write_bytes(whole)


@pytest.mark.parametrize(
    "name", ["extra.bin", "documents.sqlite-wal", "documents.sqlite-journal", "passages.npy", "x/"]
)
def test_what_the_manifest_does_not_list_is_refused(copy: Path, name: str) -> None:
    """A file or folder more than the manifest lists is refused with its name, and nothing of it is used."""
    path = find_bundle(copy) / name
    path.mkdir() if name == "x/" else path.write_bytes(b"x")
    try:
        with pytest.raises(BundleError, match="the manifest does not list it") as caught:
            Bundle(copy)
        assert caught.value.place == str(path)
    finally:
        path.rmdir() if name == "x/" else path.unlink()
    Bundle(copy).close()


def test_parts_are_asked_of_the_manifest(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that lies in the folder and is not listed is not opened, even where the folder was not looked through."""
    folder = find_bundle(copy)
    manifest = read_manifest(folder)
    parts = ("tokens.npy", "cross-encoder.onnx", "questions.json")
    listed = {name: said for name, said in manifest["files"].items() if name not in parts}
    monkeypatch.setattr("pincite.index.bundle.read_manifest", lambda folder: manifest | {"files": listed})
    monkeypatch.setattr("pincite.index.bundle.check_files", lambda *given, **more: None)
    with closing(Bundle(copy)) as bundle:
        assert (bundle.tokens, bundle.cross_encoder, bundle.suggestions) == (None, None, ())


def _folder(path: Path) -> None:
    path.mkdir()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _long(path: Path) -> None:
    path.write_text("n" * 300)


def _no_ascii(path: Path) -> None:
    path.write_bytes(b"\xff" * 200)


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("harm", [_folder, os.mkfifo, _device, _long, _no_ascii, _loop])
def test_a_pointer_that_is_none(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """Whatever stands where the pointer should, it is named, nothing is waited for, and it is not "no index"."""
    harm(tmp_path / POINTER_FILE)
    with pytest.raises(PinciteError) as caught:
        find_bundle(tmp_path)
    assert caught.value.place == str(tmp_path / POINTER_FILE)
    assert "no index" not in caught.value.problem


@pytest.mark.parametrize("harm", [_folder, os.mkfifo, _device])
def test_a_manifest_that_is_none(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """A folder, a pipe or a device in a manifest's place is refused at once with its name."""
    harm(tmp_path / MANIFEST_FILE)
    with pytest.raises(PinciteError) as caught:
        read_manifest(tmp_path)
    assert caught.value.place == str(tmp_path / MANIFEST_FILE)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_what_may_not_be_read_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A pointer, manifest or file that the system does not give is named with the system's reason."""
    folder = find_bundle(copy)
    real = os.open

    for path in (copy / POINTER_FILE, folder / MANIFEST_FILE):

        def refuse(name: str, *rest: int, refused: Path = path, **more: int) -> int:
            if Path(name) == refused:
                raise OSError(number, os.strerror(number), str(name))
            return real(name, *rest, **more)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", refuse)
            with pytest.raises(StorageError) as caught:
                Bundle(copy)
        assert caught.value.place == str(path)


def test_a_file_that_fails_while_it_is_read(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An input/output error in the middle of a file names the file, though the system's error has no name."""

    def broken(file: object, digest: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("hashlib.file_digest", broken)
    with pytest.raises(StorageError, match=r"calibration\.json: the disk reports an input/output error"):
        Bundle(copy)


def test_a_loader_that_gets_no_file_is_not_the_file_s_fault(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If descriptors run out while parts are opened, the message says so, whatever the loader says."""
    import resource

    def greedy(folder: Path) -> None:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limit[1]))
        try:
            raise RuntimeError("could not open")
        finally:
            opened.append(limit)

    opened: list[tuple[int, int]] = []
    monkeypatch.setattr("pincite.index.bundle.open_dense", greedy)
    try:
        with pytest.raises(StorageError, match="too many files are open"):
            Bundle(copy)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, opened[0])
