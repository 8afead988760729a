"""Companion of a store: an index without its passages, for machines that search them in the store."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from pincite.index.errors import BundleError
from pincite.index.storage.manifest import (
    MANIFEST_FILE,
    POINTER_FILE,
    STANDS_FOR,
    check_files,
    find_bundle,
    read_manifest,
    seal_manifest,
)
from pincite.index.system_errors import naming_file
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.stores.write_bundle import PASSAGE_FILES


def publish_companion(index: Path, root: Path, keep: int) -> Path:
    """Publish the live bundle of an index, without its passages, below another root. Returns its folder there.

    Raises BundleError where the bundle is damaged or the other root has an index of passages, StorageError when the
    disk is full.
    """
    if (root / POINTER_FILE).exists() and STANDS_FOR not in read_manifest(find_bundle(root)):
        raise BundleError(str(root), "holds an index with its passages", "name a folder of the companion's own")
    live = find_bundle(index)
    manifest = read_manifest(live)
    check_files(live, manifest)
    files = {name: entry for name, entry in manifest["files"].items() if name not in PASSAGE_FILES}
    made = {**manifest["made"], "at": datetime.now(UTC).isoformat(timespec="seconds")}
    of = manifest.get(STANDS_FOR) or manifest["id"]
    kept = {key: value for key, value in manifest.items() if key not in ("id", "seal")}
    with Publisher(root, keep) as publisher:
        staging = publisher.stage()
        for name in files:
            with naming_file(staging / name):
                shutil.copyfile(live / name, staging / name)
        with naming_file(staging / MANIFEST_FILE):
            (staging / MANIFEST_FILE).write_bytes(seal_manifest({**kept, "files": files, "made": made, STANDS_FOR: of}))
        return publisher.publish(staging, read_manifest(staging)["id"])
