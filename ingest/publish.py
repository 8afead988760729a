"""Publishing: a bundle is staged beside the live one, synced, and goes live by one atomic rename.

    root/CURRENT              the name of the live bundle; renamed over, never rewritten
    root/bundles/<name>/      finished bundles, never changed; the newest few stay for roll-back
    root/staging/             the bundle being written; thrown away by the next ingest if it was cut short
    root/lock                 held by one ingest at a time; let go by the kernel when the process dies

Whatever is killed when, CURRENT names a finished bundle that was synced before it was named.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType

from index.errors import BundleError, BusyError
from index.manifest import BUNDLES, POINTER, check_files, find_bundle, read_manifest


class Publisher:
    """Holds the right to publish below one root, as a context manager."""

    def __init__(self, root: Path, keep: int) -> None:
        """`keep` bundles stay on disk, the live one included."""
        self._root = root
        self._keep = keep
        self._lock = -1

    def __enter__(self) -> Publisher:
        """Take the lock. Raises BusyError when another ingest holds it, BundleError when the folder cannot be made."""
        try:
            (self._root / BUNDLES).mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise BundleError(
                str(self._root), f"cannot be written: {error.strerror}", "name another folder with --index"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise BusyError(str(self._root), "another ingest is at work here", "wait until it has ended") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what was staged and not published, and let the lock go."""
        shutil.rmtree(self._root / "staging", ignore_errors=True)
        os.close(self._lock)

    def stage(self) -> Path:
        """A new, empty folder to write a bundle in."""
        staging = self._root / "staging"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        return staging

    def publish(self, staging: Path, name: str) -> Path:
        """Make the staged bundle the live one, and drop the oldest beyond those kept. Returns its folder."""
        for path in sorted(staging.iterdir()):
            _sync(path)
        _sync(staging)
        folder = self._free(name)
        os.rename(staging, folder)
        _sync(folder.parent)
        self._point_to(folder.name)
        self._prune(folder)
        return folder

    def roll_back(self, name: str | None = None) -> list[tuple[str, bool]]:
        """Make an earlier bundle the live one, after checking every byte of it: the last before it, or the one named.

        Returns the bundles on disk, newest first, each with whether it is live. Raises BundleError.
        """
        live = find_bundle(self._root)
        folders = sorted((self._root / BUNDLES).iterdir(), key=lambda p: p.stat().st_mtime_ns, reverse=True)
        older = folders[folders.index(live) + 1 :] if live in folders else folders
        chosen = next((f for f in (folders if name else older) if name in (None, f.name)), None)
        if chosen is None:
            problem = f"holds no bundle {name}" if name else "holds no bundle before the one that is live"
            held = ", ".join(f.name for f in folders) or "none"
            raise BundleError(str(self._root / BUNDLES), problem, f"name one of those on disk: {held}")
        check_files(chosen, read_manifest(chosen))
        self._point_to(chosen.name)
        return [(folder.name, folder == chosen) for folder in folders]

    def _free(self, name: str) -> Path:
        """A folder name not yet taken: the same bundle may have been published before, and be damaged by now."""
        folder, n = self._root / BUNDLES / name, 1
        while folder.exists():
            n += 1
            folder = self._root / BUNDLES / f"{name}-{n}"
        return folder

    def _point_to(self, name: str) -> None:
        aside = self._root / f"{POINTER}.new"
        aside.write_text(f"{name}\n", encoding="ascii")
        _sync(aside)
        os.replace(aside, self._root / POINTER)
        _sync(self._root)

    def _prune(self, live: Path) -> None:
        others = [p for p in (self._root / BUNDLES).iterdir() if p != live]
        others.sort(key=lambda p: p.stat().st_mtime_ns, reverse=True)
        for old in others[self._keep - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
