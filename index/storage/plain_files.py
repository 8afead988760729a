"""Plain files of an index: read whole, and checked for truncation while they are open."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from pincite.index.errors import BundleError, StorageError
from pincite.index.system_errors import printable_path

LARGE_FILE = 1 << 28  # bytes: a larger file is never read whole to open a bundle
REBUILD_REMEDY = "run `pincite ingest` to make a new one"


def read_regular_file(path: Path) -> bytes:
    """Read a plain file whole. Raises BundleError for a pipe or a device, which might never end, and OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe that nobody writes to opens at once
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise BundleError(printable_path(path), "is no plain file", REBUILD_REMEDY)
        return file.read()


class OpenFiles:
    """The lengths of files that are open: past the end of one that was cut short, a map or SQLite reads zeros."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Remember files as they are now. Raises OSError."""
        stats = [(str(path), path.stat()) for path in paths]
        self._lengths = [(path, status.st_ino, status.st_size) for path, status in stats]

    def check(self) -> None:
        """Raise StorageError for a file that is shorter than when it was opened.

        A file that was deleted or replaced keeps its content for a process that has it open.
        """
        for path, inode, size in self._lengths:
            try:
                status = os.stat(path)
            except OSError:
                continue
            if status.st_ino == inode and status.st_size < size:
                raise truncated_error(path)


def truncated_error(path: Path | str) -> StorageError:
    """Return the error for a file that ends before what is read of it."""
    return StorageError(printable_path(path), "is shorter than it was when it was opened", REBUILD_REMEDY)
