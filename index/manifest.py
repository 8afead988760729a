"""What a bundle says of itself, and whether its files are the ones it was made of. Reads files; loads no index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.errors import BundleError

FORMAT = 5
MANIFEST = "manifest.json"
POINTER = "CURRENT"
BUNDLES = "bundles"
LARGE = 1 << 28  # bytes: a larger file is compared by size and by its two ends when it is opened
END = 1 << 20
REBUILD = "run `pincite ingest` to make a new one"

# Fields that differ between two ingests of the same input, and so stand outside the index id.
VARYING = ("made", "id", "seal")


def seal(manifest: Mapping[str, Any]) -> bytes:
    """The bytes of manifest.json: its fields with the index id and a checksum of all the others put in.

    id is the SHA-256 (16 hexadecimal digits) of every field but VARYING; seal that of every field but itself.
    """
    body = {key: value for key, value in manifest.items() if key not in VARYING}
    body["id"] = _digest(body)[:16]
    body["made"] = manifest["made"]
    body["seal"] = _digest(body)
    return _dump(body)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check manifest.json. Raises BundleError when it is missing, damaged or of another format."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(str(path), f"cannot be read: {error.strerror}", REBUILD) from error
    try:
        manifest = json.loads(data)
        version = manifest["format"]
        whole = seal(manifest) == data
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(str(path), "is damaged: not a manifest", REBUILD) from error
    # Another version may seal otherwise; but a seal that holds over "format" is never ours to doubt.
    if version != FORMAT:
        raise BundleError(
            str(path), f"is damaged or of format {version!r}; this pincite reads format {FORMAT}", REBUILD
        )
    if not whole:
        raise BundleError(str(path), "is damaged: its checksum does not hold", REBUILD)
    return dict(manifest)


def describe(path: Path) -> dict[str, Any]:
    """What the manifest says of a file: its bytes, their SHA-256, and of a LARGE one that of its two ends as well."""
    size = path.stat().st_size
    said: dict[str, Any] = {"bytes": size, "sha256": file_sha256(path)}
    return said | {"ends": _ends_sha256(path)} if size > LARGE else said


def check_files(folder: Path, manifest: Mapping[str, Any], whole: bool = True) -> None:
    """Compare every file with the manifest, byte for byte. Raises BundleError naming the first that differs.

    Not `whole`: a file with "ends" is compared by its size and its two ends alone, so that 10 GB open in a second.
    """
    for name, said in manifest["files"].items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BundleError(str(path), "is missing", REBUILD)
        if path.stat().st_size != said["bytes"]:
            raise BundleError(str(path), f"has {path.stat().st_size} bytes; the manifest says {said['bytes']}", REBUILD)
        quick = "ends" in said and not whole
        if (quick and _ends_sha256(path) != said["ends"]) or (not quick and file_sha256(path) != said["sha256"]):
            raise BundleError(str(path), "is damaged: its checksum is not the manifest's", REBUILD)


def find_bundle(index: Path) -> Path:
    """The folder of the bundle that `index` stands for: the published one of a root, or a bundle itself.

    Raises BundleError when there is none, or when the pointer is damaged.
    """
    if (index / MANIFEST).is_file():
        return index
    pointer = index / POINTER
    try:
        name = pointer.read_bytes().decode("ascii", "replace").removesuffix("\n")
    except OSError as error:
        raise BundleError(
            str(index), "holds no index", "run `pincite ingest` first, or name another folder with --index"
        ) from error
    folder = index / BUNDLES / name
    if not name or Path(name).name != name or not (folder / MANIFEST).is_file():
        raise BundleError(str(pointer), f"is damaged: it names no bundle ({name[:80]!r})", REBUILD)
    return folder


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ends_sha256(path: Path) -> str:
    """The SHA-256 of a file's first and last END bytes."""
    with path.open("rb") as file:
        first = file.read(END)
        file.seek(-END, 2)
        return hashlib.sha256(first + file.read()).hexdigest()


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_dump(body)).hexdigest()


def _dump(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8")
