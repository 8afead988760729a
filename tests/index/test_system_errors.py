"""Errors of the system become errors of ours: the file is named, and what to do about it."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from pincite.index.errors import BundleError, StorageError
from pincite.index.system_errors import naming_file, printable_path, to_storage_error


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "input/output error"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "this user may not"),
        (errno.EMFILE, "too many files"),
        (errno.ENAMETOOLONG, "longer than the file system takes"),
        (errno.EXDEV, os.strerror(errno.EXDEV)),
    ],
)
def test_an_error_of_the_system_is_told_in_words(number: int, words: str) -> None:
    """Each number of the system that a full, broken or forbidden disk gives has a sentence, and a remedy."""
    error = to_storage_error(OSError(number, os.strerror(number), "here/tokens.npy"), "elsewhere")
    assert error.place == "here/tokens.npy"
    assert words in error.problem
    assert error.remedy


def test_an_error_without_a_file_names_the_one_at_hand() -> None:
    """An error of a write to an open file names no file; the wrapper's path is named."""
    with (
        pytest.raises(StorageError, match=r"documents\.sqlite: cannot be written: the disk is full"),
        naming_file("documents.sqlite"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_the_innermost_wrap_names_the_file() -> None:
    """An error that is ours already goes through as it is."""
    with pytest.raises(BundleError, match="inner"), naming_file("outer"):
        raise BundleError("inner", "is damaged", "mend it")


def test_sqlite_says_why(tmp_path: Path) -> None:
    """A file that is no database is said to be damaged."""
    (tmp_path / "a.sqlite").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StorageError, match="is damaged"), naming_file(tmp_path / "a.sqlite"):
        sqlite3.connect(tmp_path / "a.sqlite").execute("SELECT * FROM t")


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), UnicodeEncodeError("utf-8", "x", 0, 1, "no")])
def test_limits_of_python_are_told(error: Exception) -> None:
    """Memory, recursion and text that UTF-8 cannot hold have their words, too."""
    with pytest.raises(StorageError, match=r"big\.md"), naming_file("big.md"):
        raise error


def test_a_closed_pipe_is_an_error_with_its_remedy() -> None:
    """`pincite ask | head -0` reports that nobody read its answer."""
    message = r"out: cannot be written: its reader has closed it\n  remedy: keep"
    with pytest.raises(StorageError, match=message), naming_file("out"):
        raise BrokenPipeError


def test_a_path_is_printed_safely() -> None:
    """Bytes that are no UTF-8 and what steers a terminal come out as escapes."""
    assert printable_path(os.fsdecode(b"bad\xff.md")) == "bad\\xff.md"
    assert printable_path("a\x1b[31m\n") == "a\\x1b[31m\\n"
    assert printable_path("Ä 中.md") == "Ä 中.md"


def test_of_a_copy_the_file_that_cannot_be_written_is_named() -> None:
    """When the disk is full, that is the new file; when a sector is bad, the one that was read."""
    for number, named in ((errno.ENOSPC, "new"), (errno.EIO, "old")):
        assert to_storage_error(OSError(number, "", "old", None, "new"), "folder").place == named
