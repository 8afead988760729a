"""Publishing: a bundle is staged, synced, and goes live by one atomic rename.

    root/CURRENT              the name of the live bundle; renamed over, never rewritten
    root/HISTORY              which bundles went live before it, in which order (pincite.ingestion.publishing.history)
    root/bundles/<name>/      finished bundles, never changed; a few stay for roll-back
    root/staging/             the bundle being written; thrown away by the next ingest if it was cut short
    root/leaving/             bundles being deleted, moved here whole; what a kill leaves, the next ingest deletes
    root/pincite-embedding/   vectors of an ingest by files that is not yet published (pincite.ingestion.runners)
    root/lock                 held by one ingest at a time; let go by the kernel when the process dies

Whatever is killed when, CURRENT names a finished bundle that was synced before it was named, and every folder in
bundles/ is whole.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from pincite.index.errors import BundleError, IndexLockedError, PinciteError
from pincite.index.storage.manifest import (
    BUNDLES_FOLDER,
    MANIFEST_FILE,
    POINTER_FILE,
    check_files,
    is_incomplete,
    published_name,
    read_manifest,
)
from pincite.index.storage.plain_files import REBUILD_REMEDY
from pincite.index.system_errors import naming_file, printable_path
from pincite.ingestion.publishing import history

STAGING_FOLDER = "staging"
LEAVING_FOLDER = "leaving"
MIN_KEPT = 2  # bundles: the live one, and the one that was live before it

_BUNDLE_NAME = re.compile(r"[0-9a-f]{16}(-[0-9]+)?")  # names that publishing gives


class Publisher:
    """Publisher of bundles below one root, whose lock it holds; a context manager."""

    def __init__(self, root: Path, keep: int) -> None:
        """`keep` bundles stay on disk, the live one included, and MIN_KEPT at least."""
        self._root = root
        self._keep = max(keep, MIN_KEPT)
        self._lock = -1

    def __enter__(self) -> Publisher:
        """Take the lock, and delete what is left of bundles that were being deleted.

        Raises IndexLockedError when another ingest holds it, BundleError when the folder cannot be made.
        """
        try:
            is_bundle = (self._root / MANIFEST_FILE).exists()
            if not is_bundle:
                (self._root / BUNDLES_FOLDER).mkdir(parents=True, exist_ok=True)
                self._lock = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            place = printable_path(error.filename or self._root)
            raise BundleError(
                place, f"cannot be written: {error.strerror}", "name another folder with --index"
            ) from error
        if is_bundle:
            raise BundleError(
                printable_path(self._root), "is a bundle itself", f"name the folder that holds {POINTER_FILE}"
            )
        try:
            with naming_file(self._root / "lock"):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except PinciteError as error:
            os.close(self._lock)
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            raise IndexLockedError(
                printable_path(self._root), "another ingest is at work here", "wait until it has ended"
            ) from error.__cause__
        _delete(self._root / LEAVING_FOLDER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what was staged and not published, and let the lock go."""
        _delete(self._root / STAGING_FOLDER)
        os.close(self._lock)

    def stage(self) -> Path:
        """Make a new, empty folder to write a bundle in. Raises StorageError when it cannot be made."""
        staging = self._root / STAGING_FOLDER
        _delete(staging)
        with naming_file(staging):
            staging.mkdir()
        return staging

    def publish(self, staging: Path, name: str) -> Path:
        """Make the staged bundle the live one, and drop the oldest beyond those kept. Returns its folder.

        Raises StorageError where the system does not let it be published: the one before stays live then.
        """
        with naming_file(staging):
            for path in sorted(staging.iterdir()):
                _fsync(path)
            _fsync(staging)
        with naming_file(self._root):
            bundle_history = self._read_history(self._live_name())
            folder = self._unused_folder(name)
            _rename(staging, folder)
            _fsync(folder.parent)
            bundle_history = bundle_history.appended("published", folder.name)
            self._make_live(bundle_history)
        with suppress(OSError, PinciteError):  # published it is, and the next ingest prunes again
            self._prune(bundle_history)
        return folder

    def roll_back(self, name: str | None = None) -> list[tuple[str, bool]]:
        """Make an earlier bundle the live one, after checking every byte of it: the last before it, or the one named.

        Returns the bundles on disk, newest first, each with whether it is live. Raises BundleError and StorageError.
        """
        with naming_file(self._root):
            live = self._live_name() if name else published_name(self._root)  # without one, there is none before it
            bundle_history = self._read_history(live)
            names = bundle_history.newest_first(self._whole_bundles())
            chosen = (name if name in self._bundle_folders() else None) if name else self._earlier(bundle_history, live)
            if chosen is None:
                problem = f"holds no bundle {name}" if name else "holds no bundle before the one that is live"
                raise BundleError(printable_path(self._root / BUNDLES_FOLDER), problem, _name_one_remedy(names))
            self._verify_bundle(chosen, names)
            self._make_live(bundle_history.appended("back", chosen))
        return [(bundle_name, bundle_name == chosen) for bundle_name in names]

    def bundles(self) -> list[tuple[str, bool]]:
        """Return the bundles on disk, newest first, each with whether it is live. Raises StorageError."""
        with naming_file(self._root):
            live = self._live_name()
            return [(name, name == live) for name in self._read_history(live).newest_first(self._whole_bundles())]

    def earlier_bundle(self) -> str | None:
        """Return the bundle that roll_back() would publish; None if there is none. Needs no lock."""
        with naming_file(self._root):
            live = self._live_name()
            return self._earlier(self._read_history(live), live)

    def _earlier(self, bundle_history: history.History, live: str | None) -> str | None:
        names = bundle_history.newest_first(self._whole_bundles())
        earlier = [name for name in bundle_history.rollback_path() if name in names and name != live]
        return earlier[-1] if earlier else None

    def _verify_bundle(self, name: str, names: list[str]) -> None:
        folder = self._root / BUNDLES_FOLDER / name
        try:
            check_files(folder, read_manifest(folder))
        except BundleError as error:
            others = [other for other in names if other != name]
            remedy = f"{_name_one_remedy(others)}, or {REBUILD_REMEDY}" if others else REBUILD_REMEDY
            raise BundleError(error.place, error.problem, remedy) from error

    def _live_name(self) -> str | None:
        """Return the name in the pointer; None if there is none or it cannot be read: publishing replaces it."""
        try:
            return published_name(self._root)
        except PinciteError:
            return None

    def _read_history(self, live: str | None) -> history.History:
        return history.read_history(self._root, self._whole_bundles(), live)

    def _whole_bundles(self) -> list[Path]:
        """Return the bundles on disk, without torn ones and without what somebody else put there."""
        return [folder for folder in self._bundle_folders().values() if not is_incomplete(folder)]

    def _bundle_folders(self) -> dict[str, Path]:
        """Return the folders that may be bundles, by name: those whose name the pointer can hold."""
        entries = sorted((self._root / BUNDLES_FOLDER).iterdir())
        return {f.name: f for f in entries if f.name.isascii() and f.name.isprintable() and f.is_dir()}

    def _unused_folder(self, name: str) -> Path:
        """Return a folder name not yet taken: the same bundle may have been published before, and be damaged by now."""
        folder, number = self._root / BUNDLES_FOLDER / name, 1
        while os.path.lexists(folder):
            number += 1
            folder = self._root / BUNDLES_FOLDER / f"{name}-{number}"
        return folder

    def _make_live(self, bundle_history: history.History) -> None:
        """Have the pointer name the last bundle of a history, which is written first."""
        self._replace_file(history.HISTORY_FILE, bundle_history.to_bytes())
        self._replace_file(POINTER_FILE, f"{bundle_history.events[-1].name}\n".encode("ascii"))

    def _replace_file(self, name: str, data: bytes) -> None:
        """Write a file of the root under another name, and rename it over the old one. Both are synced."""
        path, temporary = self._root / name, self._root / f"{name}.new"
        _delete(temporary)
        try:
            with naming_file(temporary):
                temporary.write_bytes(data)
                _fsync(temporary)
            if path.is_dir() and not path.is_symlink():  # somebody else's: no file can be renamed over a folder
                _rename(path, _unused_sibling(path))
            os.replace(temporary, path)
        except BaseException:
            _delete(temporary)
            raise
        _fsync(self._root)

    def _prune(self, bundle_history: history.History) -> None:
        """Delete the bundles beyond those kept, and what is torn.

        Kept are the live one, those that roll-back goes along, the latest first, and then those rolled back from.
        """
        on_disk = {folder.name: folder for folder in self._whole_bundles()}
        rollback_path = [name for name in reversed(bundle_history.rollback_path()) if name in on_disk]
        others = [name for name in bundle_history.newest_first(list(on_disk.values())) if name not in rollback_path]
        dropped = {*[*rollback_path, *others][self._keep :], *self._torn_names(on_disk)}
        if dropped:
            deletion_folder = self._root / LEAVING_FOLDER
            deletion_folder.mkdir(exist_ok=True)
            for name in sorted(dropped):
                with suppress(OSError):
                    os.rename(self._root / BUNDLES_FOLDER / name, deletion_folder / name)
            _fsync(self._root / BUNDLES_FOLDER)  # before anything in them is deleted
            _delete(deletion_folder)

    def _torn_names(self, whole_bundles: dict[str, Path]) -> list[str]:
        """Return the names of the remains of bundles that were deleted in part."""
        return [name for name in self._bundle_folders() if name not in whole_bundles and _BUNDLE_NAME.fullmatch(name)]


def _rename(path: Path, target: Path) -> None:
    try:
        os.rename(path, target)
    except OSError as error:
        error.filename = str(target)  # what cannot be written, not what is moved
        raise


def _name_one_remedy(names: list[str]) -> str:
    return f"name one of those on disk: {', '.join(names) or 'none'}"


def _unused_sibling(path: Path) -> Path:
    """Return a free name in the same folder."""
    number = 1
    while os.path.lexists(sibling := path.with_name(f"{path.name}.aside-{number}")):
        number += 1
    return sibling


def _delete(path: Path) -> None:
    """Delete a file or a folder as far as the system lets it."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _fsync(path: Path) -> None:
    """Wait until a file or folder is on the disk itself."""
    with naming_file(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
