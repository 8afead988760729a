"""The manifest of a bundle, and whether its files are the ones that it lists. Reads files; loads no index."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pincite.index.errors import BundleError
from pincite.index.storage.plain_files import LARGE_FILE, REBUILD_REMEDY, read_regular_file
from pincite.index.system_errors import naming_file, printable_path

BUNDLE_FORMAT = 9
MANIFEST_FILE = "manifest.json"
POINTER_FILE = "CURRENT"
STANDS_FOR = "stands_for"  # field of the manifest of a bundle without passages: the id of the one that has them
BUNDLES_FOLDER = "bundles"
CHECKED_END = 1 << 20
MAX_NAME_BYTES = 255  # bytes of a folder's name that file systems take

# Fields that differ between two ingests of the same input, and so stand outside the index id.
VARYING_FIELDS = ("made", "id", "seal")


def seal_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Serialise a manifest with the index id and a checksum of all other fields: the bytes of manifest.json.

    id is the SHA-256 (16 hexadecimal digits) of every field but VARYING_FIELDS; seal that of every field but itself.
    """
    body = {key: value for key, value in manifest.items() if key not in VARYING_FIELDS}
    body["id"] = _digest(body)[:16]
    body["made"] = manifest["made"]
    body["seal"] = _digest(body)
    return _dump(body)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check manifest.json. Raises BundleError when it is missing, damaged or of another format."""
    path = folder / MANIFEST_FILE
    try:
        with naming_file(path):
            data = _read_file(path)
        manifest = json.loads(data)
        version = manifest["format"]
        intact = seal_manifest(manifest) == data and all(_is_file_name(name) for name in manifest.get("files", ()))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(str(path), "is damaged: not a manifest", REBUILD_REMEDY) from error
    # Another version may seal otherwise; but a seal that holds over "format" is never ours to doubt.
    if version != BUNDLE_FORMAT:
        raise BundleError(
            str(path), f"is damaged or of format {version!r}; this pincite reads format {BUNDLE_FORMAT}", REBUILD_REMEDY
        )
    if not intact:
        raise BundleError(str(path), "is damaged: its checksum does not hold", REBUILD_REMEDY)
    return dict(manifest)


def require_passages(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise BundleError for the companion of a store, which has no passages."""
    if STANDS_FOR in manifest:
        problem = "is the companion of a store, and has no passages"
        raise BundleError(printable_path(folder), problem, "run this where the index is that it is a companion of")


def describe_file(path: Path) -> dict[str, Any]:
    """Return a file's entry in the manifest: bytes, SHA-256, and for a LARGE_FILE the SHA-256 of its two ends."""
    size = path.stat().st_size
    entry: dict[str, Any] = {"bytes": size, "sha256": file_sha256(path)}
    return entry | {"ends": _edges_sha256(path)} if size > LARGE_FILE else entry


def check_files(folder: Path, manifest: Mapping[str, Any], full: bool = True) -> None:
    """Compare every file with the manifest, byte for byte. Raises BundleError naming the first that differs.

    Not `full`: a file with "ends" is compared by its size and its two ends alone, so that 10 GB open in a second. A
    file that the manifest does not list is refused as well. Raises StorageError for one that cannot be read.
    """
    for name, entry in manifest["files"].items():
        path = folder / name
        with naming_file(path):
            _check_size(path, entry["bytes"])
            edges_only = "ends" in entry and not full
            if (edges_only and _edges_sha256(path) != entry["ends"]) or (
                not edges_only and file_sha256(path) != entry["sha256"]
            ):
                raise BundleError(str(path), "is damaged: its checksum is not the manifest's", REBUILD_REMEDY)
    with naming_file(folder):
        for name in sorted({*os.listdir(folder)} - {MANIFEST_FILE, *manifest["files"]}):
            remedy = f"move it out of the bundle, or {REBUILD_REMEDY}"
            raise BundleError(
                printable_path(folder / name), "is no part of the bundle: the manifest does not list it", remedy
            )


def is_incomplete(folder: Path) -> bool:
    """Return whether a bundle lacks its manifest or a part of a file, as after an interrupted copy or deletion.

    Only lengths are compared. A file that cannot be read now counts as whole.
    """
    try:
        for name, entry in json.loads(_read_file(folder / MANIFEST_FILE))["files"].items():
            _check_size(folder / name, entry["bytes"])
    except (BundleError, ValueError, KeyError, TypeError, AttributeError, RecursionError, IsADirectoryError):
        return True
    except (OSError, MemoryError):
        return False
    return False


def find_bundle(index: Path) -> Path:
    """Return the folder of a bundle: the live one of an index root, or the folder itself if it is a bundle.

    Raises BundleError when there is none, or when the pointer is damaged; StorageError when it cannot be read.
    """
    with naming_file(index):
        if (index / MANIFEST_FILE).is_file():
            return index
        folder = index / BUNDLES_FOLDER / published_name(index)
        if not (folder / MANIFEST_FILE).is_file():
            raise _damaged_pointer(index / POINTER_FILE, folder.name)
        return folder


def published_name(root: Path) -> str:
    """Return the name of the live bundle that the pointer of an index root holds, whether that bundle exists or not.

    Raises BundleError when there is no pointer or it is damaged, StorageError when it cannot be read.
    """
    pointer = root / POINTER_FILE
    try:
        with naming_file(pointer):
            name = _read_file(pointer).decode("ascii", "replace").removesuffix("\n")
    except _MissingError as error:
        raise BundleError(
            str(root), "holds no index", "run `pincite ingest` first, or name another folder with --index"
        ) from error
    if not _is_file_name(name) or len(name.encode()) > MAX_NAME_BYTES:
        raise _damaged_pointer(pointer, name)
    return name


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _MissingError(BundleError):
    """A file that is not there."""


def _read_file(path: Path) -> bytes:
    try:
        return read_regular_file(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _MissingError(str(path), "is missing", REBUILD_REMEDY) from error


def _check_size(path: Path, size: int) -> None:
    """Raise BundleError unless there is a plain file of so many bytes, and no link to one."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _MissingError(str(path), "is missing", REBUILD_REMEDY) from error
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(str(path), "is no plain file", REBUILD_REMEDY)
    if status.st_size != size:
        raise BundleError(str(path), f"has {status.st_size} bytes; the manifest says {size}", REBUILD_REMEDY)


def _is_file_name(name: str) -> bool:
    """Return whether a text names something directly inside a folder."""
    return bool(name) and name not in (".", "..") and not {"/", "\0"} & set(name)


def _damaged_pointer(pointer: Path, name: str) -> BundleError:
    return BundleError(str(pointer), f"is damaged: it names no bundle ({name[:80]!r})", REBUILD_REMEDY)


def _edges_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's first and last CHECKED_END bytes."""
    with path.open("rb") as file:
        first = file.read(CHECKED_END)
        file.seek(-CHECKED_END, 2)
        return hashlib.sha256(first + file.read()).hexdigest()


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_dump(body)).hexdigest()


def _dump(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8")
