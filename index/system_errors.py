"""Errors of the operating system, SQLite and Python's own limits, turned into ours: file, problem, remedy.

Wrap what touches the disk in naming_file(path). Errors of ours pass through: the innermost wrap names the file.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pincite.index.errors import StorageError

_RETRY = "then run the command again"
_FULL = ("cannot be written: the disk is full", f"free some space, {_RETRY}")
_BROKEN = ("the disk reports an input/output error", f"check the disk and its cables or mount, {_RETRY}")
_READ_ONLY = ("cannot be written: the file system is read-only", "name a folder that can be written with --index")
_FORBIDDEN = ("this user may not read or write it", f"check who may, and who may enter its folders, {_RETRY}")
_MEMORY = ("there is not enough memory", f"close other programs or take a larger machine, {_RETRY}")
_ERRNO_MESSAGES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("cannot be written: this user's share of the disk is used up", f"free some space, {_RETRY}"),
    errno.EFBIG: ("cannot be written: the file is larger than is allowed here", "raise the limit (ulimit -f)"),
    errno.EIO: _BROKEN,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOMEM: _MEMORY,
    errno.EMFILE: ("too many files are open in this process", "raise the limit (ulimit -n)"),
    errno.ENFILE: ("too many files are open on this machine", "raise the system's limit (fs.file-max)"),
    errno.ENAMETOOLONG: ("its name is longer than the file system takes", "give it a shorter name"),
    errno.ENOENT: ("no such file or folder", f"check that it is there, {_RETRY}"),
    errno.ENOTDIR: ("a part of its path is no folder", f"check the path, {_RETRY}"),
    errno.EISDIR: ("is a folder where a file should be", f"move it away, {_RETRY}"),
    errno.EPIPE: ("cannot be written: its reader has closed it", "keep the program that reads it open to the end"),
    errno.ELOOP: ("its links lead round in a circle", f"remove one of them, {_RETRY}"),
}
_SQLITE_MESSAGES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _BROKEN,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_NOMEM: _MEMORY,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", f"check that it is there and who may read and write it, {_RETRY}"),
    sqlite3.SQLITE_CORRUPT: ("is damaged: no SQLite database", "run `pincite ingest` to make a new one"),
    sqlite3.SQLITE_NOTADB: ("is damaged: no SQLite database", "run `pincite ingest` to make a new one"),
}
_WRITE_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
TRANSLATED_ERRORS = (OSError, sqlite3.Error, MemoryError, RecursionError, UnicodeError)


@contextmanager
def naming_file(path: Path | str) -> Iterator[None]:
    """Turn an error of TRANSLATED_ERRORS into a StorageError that names the error's own file, or else `path`."""
    try:
        yield
    except TRANSLATED_ERRORS as error:
        raise to_storage_error(error, path) from error


def to_storage_error(error: BaseException, path: Path | str) -> StorageError:
    """Return the StorageError for one of TRANSLATED_ERRORS. `path` is named if the error names no file."""
    if isinstance(error, OSError):
        reported_path = (
            error.filename2 if error.errno in _WRITE_ERRNOS else error.filename
        )  # of a copy the second is the new file
        error_path = reported_path or error.filename
        error_path = error_path if isinstance(error_path, str | bytes | os.PathLike) else path
        reason = error.strerror or str(error) or type(error).__name__
        number = errno.EPIPE if isinstance(error, BrokenPipeError) else error.errno or 0
        return StorageError(
            printable_path(error_path),
            *_ERRNO_MESSAGES.get(number, (f"fails: {reason}", f"correct that, {_RETRY}")),
        )
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without its extension
        return StorageError(
            printable_path(path), *_SQLITE_MESSAGES.get(code, (f"fails: {error}", f"correct that, {_RETRY}"))
        )
    if isinstance(error, MemoryError):
        return StorageError(printable_path(path), *_MEMORY)
    if isinstance(error, RecursionError):
        return StorageError(printable_path(path), "is nested too deeply", "split it, or take out some of its levels")
    return StorageError(
        printable_path(path), "holds characters that UTF-8 cannot write", "take them out, or rename the file"
    )


def printable_path(path: Path | str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return a path as printable text: bytes that are not UTF-8, and terminal control characters, are escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
