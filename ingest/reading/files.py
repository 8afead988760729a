"""Finding documents among files, and their names. Loads no reader: an ingest of nothing new needs none.

The bytes of a file are read here and nowhere else: from regular files alone, and never more of one than it may have.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pincite.index.errors import CorpusError, ReadError
from pincite.index.system_errors import TRANSLATED_ERRORS, printable_path, to_storage_error

DOCUMENT_SUFFIXES = (
    ".md",
    ".markdown",
    ".txt",
    ".text",
)  # of the files that pincite.ingestion.reading.read has readers for
MAX_DOCUMENT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was found."""

    path_text: str  # its path; as text, which takes a tenth of the memory of a Path
    name: str  # its path inside the folder that was given; of a file given outright, its own name
    link_root: str = ""  # where its links may lead: below this folder; "" where it was given outright

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.path_text)

    @property
    def display_name(self) -> str:
        """The file's name as text that any page, record or terminal takes, without its ending."""
        return printable_path(Path(self.name).with_suffix(""))

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes, in hexadecimal. Raises ReadError when they cannot be read."""
        return hashlib.sha256(self.read()).hexdigest()

    def read(self) -> bytes:
        """Read the bytes. Raises ReadError when they cannot be read, or are too many.

        A pipe or a device is not waited for, and a file that grows meanwhile is read to MAX_DOCUMENT_BYTES at most.
        """
        try:
            with open(self.path_text, "rb", opener=_open_nonblocking) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ReadError(
                        printable_path(self.path_text), "is no regular file", "give a file or a folder of files"
                    )
                if not self._is_below_link_root(file.fileno()):
                    raise ReadError(
                        printable_path(self.path_text), "was replaced while it was read", "run the command again"
                    )
                data = file.read(MAX_DOCUMENT_BYTES + 1)
                size = max(len(data), os.fstat(file.fileno()).st_size)
        except TRANSLATED_ERRORS as error:
            raise as_read_error(self.path_text, error) from error
        if size > MAX_DOCUMENT_BYTES:
            raise ReadError(
                printable_path(self.path_text),
                f"is {size:,} bytes; {MAX_DOCUMENT_BYTES:,} at most",
                "split it into several documents",
            )
        return data

    def _is_below_link_root(self, descriptor: int) -> bool:
        """Return whether the open file is still inside the folder: a link may have taken its place."""
        if not self.link_root:
            return True
        real_path = os.path.realpath(self.path_text)
        return real_path.startswith(self.link_root) and os.path.samestat(os.fstat(descriptor), os.lstat(real_path))


def find_files(paths: Sequence[Path]) -> tuple[list[SourceFile], list[str]]:
    """Find the documents below `paths`, each once, and notes on the files that are left out.

    In a folder, README files, hidden files, files with an ending that no reader knows and links that lead out of it are
    left out, the last two with a note. A path that is given may itself be a link. Raises CorpusError when a path is
    missing or nothing is found, and ReadError for a folder that cannot be read.
    """
    notes: list[str] = []
    files = list(_walk_paths(paths, notes))
    if not files:
        places = ", ".join(map(printable_path, paths))
        raise CorpusError(
            places, "holds no documents", f"add files ending in {', '.join(DOCUMENT_SUFFIXES)}, or give another path"
        )
    return files, notes


def as_read_error(path: Path | str, error: BaseException) -> ReadError:
    """Return the error for a file that the system does not let be read."""
    reason = to_storage_error(error, path)
    return ReadError(reason.place, f"cannot be read: {reason.problem}", reason.remedy)


def _open_nonblocking(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to opens at once and is found out."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _walk_paths(paths: Sequence[Path], notes: list[str]) -> Iterator[SourceFile]:
    seen: set[str] = set()
    for path in paths:
        for file in _documents_in_folder(path, notes) if _is_folder(path) else [SourceFile(str(path), path.name)]:
            if (real_path := os.path.realpath(file.path_text)) not in seen:
                seen.add(real_path)
                yield file


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise CorpusError(
            printable_path(path), "no such file or folder", "give the path of a document or of a folder of documents"
        ) from error
    except OSError as error:
        raise as_read_error(path, error) from error


def _documents_in_folder(folder: Path, notes: list[str]) -> Iterator[SourceFile]:
    """Find the documents in a folder, those of each folder in it together."""
    link_root = os.path.join(os.path.realpath(folder), "")
    for path_text in sorted(_walk_folder(str(folder), link_root, notes), key=_path_sort_key):
        path = Path(path_text)
        if path.stem.upper() == "README":
            continue
        if path.suffix.lower() in DOCUMENT_SUFFIXES:
            yield SourceFile(path_text, str(path.relative_to(folder)), link_root)
        else:
            suffix = printable_path(path.suffix) if path.suffix else "a file without an ending"
            notes.append(f"{printable_path(path)}: left out, no reader for {suffix}")


def _walk_folder(folder: str, link_root: str, notes: list[str]) -> Iterator[str]:
    """Yield every file below a folder except hidden ones. Linked folders are skipped: they may lead in a circle."""
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as entries:
                sorted_entries = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            notes.append(f"{printable_path(current)}: left out, this user may not look into it")
            continue
        except OSError as error:
            raise as_read_error(current, error) from error
        for entry in sorted_entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not os.path.realpath(entry.path).startswith(link_root):
                notes.append(f"{printable_path(entry.path)}: left out, a link that leads out of the folder")
            elif entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif _is_regular_file(entry):
                yield entry.path


def _is_regular_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file or links to one. Raises OSError when that cannot be known."""
    try:
        return entry.is_file()
    except OSError as error:
        if entry.is_symlink():
            return False
        raise as_read_error(entry.path, error) from error


def _path_sort_key(path_text: str) -> str:
    """Return the key that sorts paths so that a folder's files stand together."""
    return path_text.replace(os.sep, "\0")
