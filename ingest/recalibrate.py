"""A new calibration for the live bundle: published like any other bundle, everything else taken as it is."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.bundle import CALIBRATION, Bundle
from index.manifest import MANIFEST, check_files, file_sha256, find_bundle, read_manifest, seal
from ingest.publish import Publisher


def republish(root: Path, calibration: dict[str, Any], keep: int) -> str:
    """Publish the live bundle below `root` with another calibration. Returns the new index id.

    Raises BundleError when the live bundle is damaged, BusyError when an ingest is at work.
    """
    with Publisher(root, keep) as publisher:
        live = find_bundle(root)
        manifest = read_manifest(live)
        check_files(live, manifest)
        folder = publisher.stage()
        for path in live.iterdir():
            if path.name != MANIFEST:
                shutil.copyfile(path, folder / path.name)
        written = folder / CALIBRATION
        written.write_text(json.dumps(calibration, indent=2) + "\n", encoding="utf-8")
        manifest["files"][CALIBRATION] = {"bytes": written.stat().st_size, "sha256": file_sha256(written)}
        manifest["made"]["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        data = seal(manifest)
        (folder / MANIFEST).write_bytes(data)
        Bundle(folder).close()  # a bundle that does not open is not published
        name = str(json.loads(data)["id"])
        publisher.publish(folder, name)
        return name
