"""A bundle whose bytes are not the ones it was made of is refused, naming the file and the remedy."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import manifest as manifest_module
from index.bundle import Bundle
from index.errors import BundleError
from index.manifest import FORMAT, MANIFEST, POINTER, check_files, describe, find_bundle, read_manifest, seal


@pytest.fixture(scope="module")
def copy(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that tests may damage and must mend."""
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
    assert [*sorted(read_manifest(folder)["files"]), MANIFEST] == sorted(
        names(folder), key=lambda n: (n == MANIFEST, n)
    )


def test_a_flipped_byte_in_any_file_is_refused(copy: Path) -> None:
    """Flipping the first, middle or last byte of any file, manifest or pointer is refused with its name."""
    folder = find_bundle(copy)
    for path in [copy / POINTER, *(folder / name for name in names(folder))]:
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
    path = find_bundle(copy) / MANIFEST
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
    name = data.draw(st.sampled_from([n for n in names(folder) if n not in (MANIFEST, "encoder.weights")]))
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
    (tmp_path / MANIFEST).write_bytes(seal({**manifest, "format": 99}))
    with pytest.raises(BundleError, match=f"of format 99; this pincite reads format {FORMAT}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "[" * 100_000, "\0", '{"format": 1, "made": {}}'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    """Anything else in place of a manifest is refused without a traceback."""
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match="is damaged"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["", "..", "../bundles/x", "gone", "a/b"])
def test_a_pointer_to_nothing(tmp_path: Path, name: str) -> None:
    """A pointer that names no finished bundle below the root is damaged."""
    (tmp_path / POINTER).write_text(name)
    with pytest.raises(BundleError, match=f"{POINTER}: is damaged"):
        find_bundle(tmp_path)


def test_no_index(tmp_path: Path) -> None:
    """A folder without an index says how to make one."""
    with pytest.raises(BundleError, match="holds no index\n  remedy: run `pincite ingest` first"):
        find_bundle(tmp_path)


def test_the_id_does_not_depend_on_when_it_was_made(copy: Path) -> None:
    """Two manifests that differ in `made` alone have the same id and different seals."""
    manifest = read_manifest(find_bundle(copy))
    other = json.loads(seal({**manifest, "made": {"at": "another time"}}))
    assert (other["id"], other["seal"] == manifest["seal"]) == (manifest["id"], False)


def test_of_a_large_file_the_ends_are_compared_at_opening(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage at either end is refused at once; damage between, by whatever reads all: ingest and roll-back."""
    monkeypatch.setattr(manifest_module, "LARGE", 100)
    monkeypatch.setattr(manifest_module, "END", 10)
    folder = find_bundle(copy)
    path = folder / "sentences.npy"
    whole = path.read_bytes()
    manifest = read_manifest(folder)
    manifest["files"][path.name] = describe(path)
    assert manifest["files"][path.name]["ends"] != manifest["files"][path.name]["sha256"]
    for at, found_at_opening in ((0, True), (len(whole) // 2, False), (len(whole) - 1, True)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BundleError, match=r"sentences\.npy: is damaged"):
            check_files(folder, manifest)
        with pytest.raises(BundleError) if found_at_opening else nullcontext():
            check_files(folder, manifest, whole=False)
    path.write_bytes(whole)
