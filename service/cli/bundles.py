"""Bundles on disk, for the command line: a line on each, and the way back from a damaged one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pincite.index.errors import BundleError, PinciteError
from pincite.index.storage.manifest import BUNDLES_FOLDER, find_bundle, read_manifest
from pincite.index.storage.plain_files import REBUILD_REMEDY


def line(root: Path, name: str, live: bool) -> str:
    """Describe a bundle of an index in one line: whether it is live, when it was made, and how much it holds."""
    return f"{'live' if live else '    '} {name}  {description(root, name)}"


def listed(root: Path) -> list[tuple[str, bool]]:
    """Return the bundles of an index, the newest first, each with whether it is live. Raises BundleError."""
    from pincite.ingestion.publishing.publisher import MIN_KEPT, Publisher

    _require(root)
    return Publisher(root, MIN_KEPT).bundles()


def roll_back(root: Path, name: str | None, keep: int) -> str:
    """Publish an earlier bundle, the last before the live one or the one called `name`; describe what is live now."""
    from pincite.ingestion.publishing.publisher import Publisher

    _require(root)
    with Publisher(root, keep) as publisher:
        chosen = next(bundle for bundle, live in publisher.roll_back(name) if live)
    return f"Live again: {chosen}, {description(root, chosen)}"


@contextmanager
def way_back(root: Path) -> Iterator[None]:
    """Add roll-back to the remedy of a damaged index that has an earlier bundle."""
    try:
        yield
    except BundleError as error:
        earlier = _earlier(root) if REBUILD_REMEDY in error.remedy else None
        if earlier is None:
            raise
        remedy = f"{error.remedy}; or run `pincite rollback`, which publishes {earlier}, {description(root, earlier)}"
        raise BundleError(error.place, error.problem, remedy) from error


def _earlier(root: Path) -> str | None:
    from pincite.ingestion.publishing.publisher import MIN_KEPT, Publisher

    with suppress(PinciteError):
        name = Publisher(root, MIN_KEPT).earlier_bundle()
        if name:
            read_manifest(root / BUNDLES_FOLDER / name)  # one of an earlier format is no way back
        return name
    return None


def _require(root: Path) -> None:
    """Raise BundleError where there is no index: no folder is made then."""
    if not (root / BUNDLES_FOLDER).is_dir():
        find_bundle(root)


def description(root: Path, name: str) -> str:
    """Describe a bundle of an index: when it was made, and how much it holds."""
    try:
        manifest = read_manifest(root / BUNDLES_FOLDER / name)
    except PinciteError as error:
        return f"not usable: {error.problem}"
    count = manifest["counts"]["documents"]
    made = manifest["made"]["at"][:16].replace("T", " ")
    return f"made {made} UTC, {count:,} {'document' if count == 1 else 'documents'}"
