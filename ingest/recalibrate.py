"""A new calibration for the live bundle, and the questions to offer under it: everything else is taken as it is."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pincite.index.bundle import CALIBRATION_FILE, SUGGESTIONS_FILE, Bundle
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import (
    MANIFEST_FILE,
    check_files,
    describe_file,
    find_bundle,
    read_manifest,
    seal_manifest,
)
from pincite.index.system_errors import naming_file
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.suggestions import MAX_TRIED, find_suggestions, write_suggestions


def publish_calibration(root: Path, calibration: dict[str, Any], keep: int) -> str:
    """Publish the live bundle below `root` with another calibration. Returns the new index id.

    Raises BundleError when the live bundle is damaged, BusyError when an ingest is at work.
    """
    with Publisher(root, keep) as publisher:
        live = find_bundle(root)
        manifest = read_manifest(live)
        check_files(live, manifest)
        folder = publisher.stage()
        for path in live.iterdir():
            if path.name != MANIFEST_FILE:
                with naming_file(folder / path.name):
                    shutil.copyfile(path, folder / path.name)
        calibration_path = folder / CALIBRATION_FILE
        with naming_file(calibration_path):
            calibration_path.write_text(json.dumps(calibration, indent=2) + "\n", encoding="utf-8")
        manifest["made"]["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        _update_manifest(folder, manifest, CALIBRATION_FILE)
        with closing(Bundle(folder)) as bundle:  # a bundle that does not open is not published
            documents = [bundle.document(name) for name, _ in bundle.titles(MAX_TRIED)]
            write_suggestions(
                folder, find_suggestions(Searcher(bundle), documents)
            )  # what is answered may be others now
        index_id = _update_manifest(folder, manifest, SUGGESTIONS_FILE)
        publisher.publish(folder, index_id)
        return index_id


def _update_manifest(folder: Path, manifest: dict[str, Any], changed_file: str) -> str:
    """Write the manifest with one file of the folder as it is now. Returns the index id."""
    manifest["files"][changed_file] = describe_file(folder / changed_file)
    data = seal_manifest(manifest)
    with naming_file(folder / MANIFEST_FILE):
        (folder / MANIFEST_FILE).write_bytes(data)
    return str(json.loads(data)["id"])
