"""Which files are documents, and what they are called. Loads no reader: an ingest of nothing new needs none.

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
from pincite.index.system_errors import TRANSLATED, shown, translated

ENDINGS = (".md", ".markdown", ".txt", ".text")  # of the files that pincite.ingestion.reading.read has readers for
MAX_DOCUMENT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found."""

    place: str  # its path; as text, which takes a tenth of the memory of a Path
    name: str  # its path inside the folder that was given; of a file given outright, its own name
    inside: str = ""  # where its links may lead: below this folder; "" where it was given outright

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.place)

    @property
    def words(self) -> str:
        """Its name as text that any page, record or terminal takes, without its ending."""
        return shown(Path(self.name).with_suffix(""))

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes, in hexadecimal. Raises ReadError when they cannot be read."""
        return hashlib.sha256(self.read()).hexdigest()

    def read(self) -> bytes:
        """Read the bytes. Raises ReadError when they cannot be read, or are too many.

        A pipe or a device is not waited for, and a file that grows meanwhile is read no further than MOST_BYTES.
        """
        try:
            with open(self.place, "rb", opener=_open_without_waiting) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ReadError(shown(self.place), "is no regular file", "give a file or a folder of files")
                if not self._is_inside(file.fileno()):
                    raise ReadError(shown(self.place), "was replaced while it was read", "run the command again")
                data = file.read(MAX_DOCUMENT_BYTES + 1)
                size = max(len(data), os.fstat(file.fileno()).st_size)
        except TRANSLATED as error:
            raise unreadable(self.place, error) from error
        if size > MAX_DOCUMENT_BYTES:
            raise ReadError(
                shown(self.place),
                f"is {size:,} bytes; {MAX_DOCUMENT_BYTES:,} at most",
                "split it into several documents",
            )
        return data

    def _is_inside(self, descriptor: int) -> bool:
        """Return whether the open file is still inside the folder: a link may have taken its place."""
        if not self.inside:
            return True
        whole = os.path.realpath(self.place)
        return whole.startswith(self.inside) and os.path.samestat(os.fstat(descriptor), os.lstat(whole))


def find_files(paths: Sequence[Path]) -> tuple[list[File], list[str]]:
    """Find the documents below `paths`, each once, and notes on the files that are left out.

    In a folder, README files, hidden files, files with an ending that no reader knows and links that lead out of it are
    left out, the last two with a note. A path that is given may itself be a link. Raises CorpusError when a path is
    missing or nothing is found, and ReadError for a folder that cannot be read.
    """
    notes: list[str] = []
    files = list(_find(paths, notes))
    if not files:
        places = ", ".join(map(shown, paths))
        raise CorpusError(
            places, "holds no documents", f"add files ending in {', '.join(ENDINGS)}, or give another path"
        )
    return files, notes


def unreadable(path: Path | str, error: BaseException) -> ReadError:
    """Return the error for a file that the system does not let be read."""
    reason = translated(error, path)
    return ReadError(reason.place, f"cannot be read: {reason.problem}", reason.remedy)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to opens at once and is found out."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _find(paths: Sequence[Path], notes: list[str]) -> Iterator[File]:
    seen: set[str] = set()
    for given in paths:
        for file in _in_folder(given, notes) if _is_folder(given) else [File(str(given), given.name)]:
            if (whole := os.path.realpath(file.place)) not in seen:
                seen.add(whole)
                yield file


def _is_folder(given: Path) -> bool:
    try:
        return stat.S_ISDIR(given.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise CorpusError(
            shown(given), "no such file or folder", "give the path of a document or of a folder of documents"
        ) from error
    except OSError as error:
        raise unreadable(given, error) from error


def _in_folder(folder: Path, notes: list[str]) -> Iterator[File]:
    """Find the documents in a folder, those of each folder in it together."""
    inside = os.path.join(os.path.realpath(folder), "")
    for place in sorted(_below(str(folder), inside, notes), key=_by_parts):
        path = Path(place)
        if path.stem.upper() == "README":
            continue
        if path.suffix.lower() in ENDINGS:
            yield File(place, str(path.relative_to(folder)), inside)
        else:
            ending = shown(path.suffix) if path.suffix else "a file without an ending"
            notes.append(f"{shown(path)}: left out, no reader for {ending}")


def _below(folder: str, inside: str, notes: list[str]) -> Iterator[str]:
    """Yield every file below a folder except hidden ones. Linked folders are skipped: they may lead in a circle."""
    waiting = [folder]
    while waiting:
        at = waiting.pop()
        try:
            with os.scandir(at) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            notes.append(f"{shown(at)}: left out, this user may not look into it")
            continue
        except OSError as error:
            raise unreadable(at, error) from error
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not os.path.realpath(entry.path).startswith(inside):
                notes.append(f"{shown(entry.path)}: left out, a link that leads out of the folder")
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif _is_file(entry):
                yield entry.path


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file or links to one. Raises OSError when that cannot be known."""
    try:
        return entry.is_file()
    except OSError as error:
        if entry.is_symlink():
            return False
        raise unreadable(entry.path, error) from error


def _by_parts(place: str) -> str:
    """Return the key that sorts paths so that a folder's files stand together."""
    return place.replace(os.sep, "\0")
