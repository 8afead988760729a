"""A new calibration for the live bundle, and the questions to offer under it: everything else is taken as it is."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pincite.index.bundle import CALIBRATION_FILE
from pincite.index.storage.manifest import (
    MANIFEST_FILE,
    check_files,
    find_bundle,
    read_manifest,
)
from pincite.index.system_errors import naming_file
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.seal import seal_bundle


def publish_calibration(root: Path, calibration: dict[str, Any], keep: int) -> str:
    """Publish the live bundle below `root` with another calibration. Returns the new index id.

    Raises BundleError when the live bundle is damaged, IndexLockedError when an ingest is at work.
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
        del manifest["files"][CALIBRATION_FILE]  # to be read again; so are the suggestions, which may be others now
        index_id = seal_bundle(folder, manifest)
        publisher.publish(folder, index_id)
        return index_id
