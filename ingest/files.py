"""Which files are documents, and what they are called. Loads no reader: an ingest of nothing new needs none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import CorpusError, ReadError
from index.manifest import file_sha256

ENDINGS = (".md", ".markdown", ".txt", ".text")  # of the files that ingest.read has readers for


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found."""

    place: str  # its path; as text, which takes a tenth of the memory of a Path
    name: str  # its path inside the folder that was given; of a file given outright, its own name

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.place)

    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal. Raises ReadError when they cannot be read."""
        try:
            return file_sha256(self.path)
        except OSError as error:
            raise unreadable(self.path, error) from error


def find_files(paths: Sequence[Path]) -> tuple[list[File], list[str]]:
    """The documents below `paths`, each once, and notes on the files that are left out.

    In a folder, README files, hidden files and files with an ending that no reader knows are left out, the last
    with a note. Raises CorpusError when a path is missing or nothing is found.
    """
    notes: list[str] = []
    files = list(_find(paths, notes))
    if not files:
        places = ", ".join(str(p) for p in paths)
        raise CorpusError(
            places, "holds no documents", f"add files ending in {', '.join(ENDINGS)}, or give another path"
        )
    return files, notes


def unreadable(path: Path, error: OSError) -> ReadError:
    """What is raised for a file that the system does not let be read."""
    return ReadError(str(path), f"cannot be read: {error.strerror}", "check that it exists and who may read it")


def _find(paths: Sequence[Path], notes: list[str]) -> Iterator[File]:
    seen: set[str] = set()
    for given in paths:
        if not given.exists():
            raise CorpusError(
                str(given), "no such file or folder", "give the path of a document or of a folder of documents"
            )
        places = sorted(_below(given), key=_by_parts) if given.is_dir() else [str(given)]
        for path in map(Path, places):
            inside = path.relative_to(given) if given.is_dir() else Path(path.name)
            if given.is_dir() and (_hidden(inside) or path.stem.upper() == "README"):
                continue
            if given.is_dir() and path.suffix.lower() not in ENDINGS:
                notes.append(f"{path}: left out, no reader for {path.suffix or 'a file without an ending'}")
            elif (whole := os.path.realpath(path)) not in seen:
                seen.add(whole)
                yield File(str(path), str(inside))


def _below(folder: Path) -> Iterator[str]:
    return (str(path) for path in folder.rglob("*") if path.is_file())


def _by_parts(place: str) -> str:
    """What paths are sorted by for a folder's files to stand together."""
    return place.replace(os.sep, "\0")


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
