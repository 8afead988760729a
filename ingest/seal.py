"""Sealing of a bundle: its manifest is written, the bundle opens and answers, and the manifest is written for good."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pincite.index.bundle import SUGGESTIONS_FILE, Bundle
from pincite.index.searcher import Searcher
from pincite.index.storage.manifest import MANIFEST_FILE, describe_file, seal_manifest
from pincite.index.system_errors import naming_file
from pincite.ingestion.suggestions import MAX_TRIED, find_suggestions, write_suggestions


def seal_bundle(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Add the suggestions and the manifest to a folder that holds everything else. Returns the index id.

    manifest: its fields; under "files" the entries of those files that need not be read again. Raises BundleError or
    StorageError when the bundle does not open.
    """
    known = dict(manifest.get("files", {}))
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != MANIFEST_FILE)
    files = {name: known.get(name) or describe_file(folder / name) for name in names}
    _write_manifest(folder, manifest, files)
    with closing(Bundle(folder)) as bundle:
        documents = [bundle.document(name) for name, _ in bundle.titles(MAX_TRIED)]
        write_suggestions(folder, find_suggestions(Searcher(bundle), documents))
    files[SUGGESTIONS_FILE] = describe_file(folder / SUGGESTIONS_FILE)
    return _write_manifest(folder, manifest, files)


def _write_manifest(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, Any]) -> str:
    """Write the manifest with the entries of all files. Returns the index id."""
    data = seal_manifest({**manifest, "files": files})
    with naming_file(folder / MANIFEST_FILE):
        (folder / MANIFEST_FILE).write_bytes(data)
    return str(json.loads(data)["id"])
