"""Finding documents among files, and their names. Loads no reader: an ingest of nothing new needs none.

The bytes of a file are read here and nowhere else: from regular files alone, and never more of one than it may have.
Those of a page come from web/.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pincite.index.errors import CorpusError, Fault, PinciteError, ReadError
from pincite.index.storage.manifest import BUNDLES_FOLDER, POINTER_FILE
from pincite.index.system_errors import TRANSLATED_ERRORS, printable_path, to_storage_error
from pincite.ingestion.reading.source_document import SourceDocument
from pincite.ingestion.report import FileNote

DOCUMENT_SUFFIXES = (
    ".md",
    ".markdown",
    ".txt",
    ".text",
    ".html",
    ".htm",
    ".xhtml",
    ".docx",
    ".odt",
    ".fodt",
    ".epub",
    ".pdf",
)  # of the files that pincite.ingestion.reading.read has readers for
REMEDIES_BY_SUFFIX = {  # of files that hold text, but that no reader reads
    ".doc": "save it as .docx",
    ".docm": "it may hold macros; save it as .docx, which holds none",
    ".dotm": "it may hold macros; save it as .docx, which holds none",
    ".ott": "save it as .odt",
    ".odm": "save it as .odt, with the parts that it is made of",
    ".oth": "save it as .odt",
    ".sxw": "save it as .odt",
    ".rtf": "save it as .docx or .odt",
    ".pages": "export it as .docx or .epub",
    ".mobi": "convert it to .epub",
    ".azw": "convert it to .epub; a book that is protected against copying cannot be read",
    ".azw3": "convert it to .epub; a book that is protected against copying cannot be read",
    ".kfx": "convert it to .epub; a book that is protected against copying cannot be read",
    ".fb2": "convert it to .epub",
    ".ibooks": "export it as .epub",
}
MAX_DOCUMENT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was found."""

    path_text: str  # its path; as text, which takes a tenth of the memory of a Path
    name: (
        str  # its path inside the folder that was given; of a file given outright, its own name; no two files' are one
    )
    link_root: str = ""  # where its links may lead: below this folder; "" where it was given outright

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.path_text)

    @property
    def place(self) -> str:
        """The path, as messages name it."""
        return printable_path(self.path_text)

    @property
    def suffix(self) -> str:
        """The ending, in lower case, which names the reader."""
        return self.path.suffix.lower()

    @property
    def origin(self) -> None:
        """No address: a file was not fetched."""
        return None

    @property
    def fingerprint_fields(self) -> list[str | None]:
        """Inputs of the document besides its bytes."""
        return [self.name]

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
                        printable_path(self.path_text),
                        "is no regular file",
                        "give a file or a folder of files",
                        "unreadable",
                    )
                if not self._is_below_link_root(file.fileno()):
                    raise ReadError(
                        printable_path(self.path_text),
                        "was replaced while it was read",
                        "run the command again",
                        "unreadable",
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
                "too_large",
            )
        return data

    def _is_below_link_root(self, descriptor: int) -> bool:
        """Return whether the open file is still inside the folder: a link may have taken its place."""
        if not self.link_root:
            return True
        real_path = os.path.realpath(self.path_text)
        return real_path.startswith(self.link_root) and os.path.samestat(os.fstat(descriptor), os.lstat(real_path))


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """Documents that were found, each once, and what was found besides them."""

    files: Sequence[SourceDocument]  # in the order of their names, whatever order the paths were given in
    left_out: list[FileNote]
    faults: list[Fault]  # paths that are missing or cannot be read, or hold no documents at all


def given_path(path: str | os.PathLike[str]) -> Path:
    """Return a path as a person gave it. Raises CorpusError for an empty one, which would stand for this folder."""
    if not os.fspath(path).strip() and not os.path.lexists(path):
        raise CorpusError(
            "PATH", "is empty", "give the path of a document or of a folder of documents; '.' is the current folder"
        )
    if os.fspath(path).lower().startswith(("http://", "https://")):
        raise CorpusError(
            printable_path(path), "is a web address; only the command line fetches one", "run pincite ingest ADDRESS"
        )
    return Path(path)


def find_files(paths: Sequence[Path]) -> FoundFiles:
    """Find the documents below `paths`, each once, and list what is left out or cannot be read.

    In a folder, README files, files with an ending that no reader knows, links to folders or to nothing, links that
    lead out of it, and indexes of pincite are left out; hidden files are no part of it. A path that is given may itself
    be a link.
    """
    search = _Search()
    for path in sorted(paths, key=lambda path: (os.path.realpath(path), str(path))):  # a folder before those in it
        search.add(path)
    if not search.files and not search.faults:
        search.faults.append(_no_documents(paths, search.left_out))
    return FoundFiles(_with_distinct_names(search.files), search.notes(), search.faults)


def as_read_error(path: Path | str, error: BaseException) -> ReadError:
    """Return the error for a file that the system does not let be read."""
    reason = to_storage_error(error, path)
    return ReadError(reason.place, f"cannot be read: {reason.problem}", reason.remedy, "unreadable")


def _open_nonblocking(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to opens at once and is found out."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


class _Search:
    """Search for documents, one given path after another. A folder that cannot be read is a fault, and it goes on."""

    def __init__(self) -> None:
        self.files: list[SourceFile] = []
        self.faults: list[Fault] = []
        self.left_out: dict[str, FileNote] = {}  # by place
        self._paths: dict[str, str] = {}  # by the place of each file that is read, the path that it was found by
        self._empty_folders: list[str] = []

    def notes(self) -> list[FileNote]:
        """Return what is left out of all folders, without what another given path has read after all."""
        for folder in self._empty_folders if self.files else ():
            inside = os.path.join(os.path.realpath(folder), "")
            if not any(path.startswith(inside) for path in self._paths):
                self._leave_out(folder, "a folder that holds no documents")
        unread = (n for place, n in self.left_out.items() if _place(self._paths.get(place, "")) != place)
        return sorted(unread, key=lambda note: path_sort_key(note.file or ""))

    def add(self, path: Path) -> None:
        """Add the documents at a given path."""
        try:
            is_folder = _is_folder(path)
        except PinciteError as error:
            self.faults.append(Fault.of(error, "missing"))
            return
        if is_folder:
            self._add_folder(path)
        else:
            self._add_file(SourceFile(str(path), path.name))

    def _add_folder(self, folder: Path) -> None:
        """Add the documents in a folder, those of each folder in it together."""
        link_root = os.path.join(os.path.realpath(folder), "")
        is_empty = True
        for path_text in sorted(self._walk(str(folder), link_root), key=path_sort_key):
            path = Path(path_text)
            if path.stem.upper() == "README":
                self._leave_out(path_text, "a README, which describes a folder; give its own path to have it read")
            elif path.suffix.lower() in DOCUMENT_SUFFIXES:
                is_empty = False
                self._add_file(SourceFile(path_text, str(path.relative_to(folder)), link_root))
            else:
                suffix = printable_path(path.suffix) if path.suffix else "a file without an ending"
                remedy = REMEDIES_BY_SUFFIX.get(path.suffix.lower())
                self._leave_out(path_text, f"no reader for {suffix}" + (f": {remedy}" if remedy else ""))
        if is_empty:
            self._empty_folders.append(str(folder))

    def _add_file(self, file: SourceFile) -> None:
        first = self._paths.setdefault(os.path.realpath(file.path_text), file.path_text)
        if first is file.path_text:
            self.files.append(file)
        elif _place(first) != _place(file.path_text):
            self._leave_out(file.path_text, f"the same file as {printable_path(first)}")

    def _leave_out(self, path_text: str, reason: str) -> None:
        note = FileNote(printable_path(path_text), f"left out, {reason}")
        self.left_out.setdefault(_place(path_text), note)

    def _walk(self, folder: str, link_root: str) -> Iterator[str]:
        """Yield every file below a folder except hidden ones. Linked folders may lead in a circle, and are left out."""
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                with os.scandir(current) as entries:
                    sorted_entries = sorted(entries, key=lambda entry: entry.name)
            except PermissionError:
                self._leave_out(current, "this user may not look into it")
                continue
            except OSError as error:
                self.faults.append(Fault.of(as_read_error(current, error)))
                continue
            if current != folder and {POINTER_FILE, BUNDLES_FOLDER} <= {entry.name for entry in sorted_entries}:
                self._leave_out(current, "an index, whose files are no documents")
                continue
            for entry in sorted_entries:
                if entry.name.startswith("."):
                    continue
                try:
                    reason = _reason_to_leave_out(entry, link_root)
                except OSError as error:
                    self.faults.append(Fault.of(as_read_error(entry.path, error)))
                    continue
                if reason:
                    self._leave_out(entry.path, reason)
                elif entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    yield entry.path


def _place(path_text: str) -> str:
    """Return where an entry of a folder lies: its path without links, but for its own last part."""
    folder, name = os.path.split(os.path.abspath(path_text))
    return os.path.join(os.path.realpath(folder), name)


def _reason_to_leave_out(entry: os.DirEntry[str], link_root: str) -> str | None:
    """Return why an entry is neither a folder to look into nor a file to read; None if it is one of these.

    Raises OSError when that cannot be known.
    """
    if not entry.is_symlink():
        return None if entry.is_dir() or entry.is_file() else "no regular file"
    if not os.path.join(os.path.realpath(entry.path), "").startswith(link_root):
        return "a link that leads out of the folder"
    try:
        status = entry.stat()
    except OSError as error:
        return "a link that leads round in a circle" if error.errno == errno.ELOOP else "a link to nothing"
    if stat.S_ISDIR(status.st_mode):
        return "a link to a folder; its files are read where they lie"
    return None if stat.S_ISREG(status.st_mode) else "a link to no regular file"


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise CorpusError(
            printable_path(path), "no such file or folder", "give the path of a document or of a folder of documents"
        ) from error
    except OSError as error:
        raise as_read_error(path, error) from error


def _no_documents(paths: Sequence[Path], left_out: Mapping[str, FileNote]) -> Fault:
    """Return the fault of paths without one document, which names what was left out there."""
    notes = [*left_out.values()]
    remedy = f"add files ending in {', '.join(DOCUMENT_SUFFIXES)}, or give another path"
    problem = "holds no documents"
    if notes:
        more = f" and {len(notes) - 1:,} more files" if len(notes) > 1 else ""
        problem += f", only files that are left out: {notes[0].file}{more}"
    if any("a README" in note.text for note in notes):
        remedy += "; a README is read if its own path is given"
    return Fault(", ".join(map(printable_path, paths)), problem, remedy, "no_documents")


def _with_distinct_names(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Return the files in the order of their names, no two with one name.

    Files of several folders that have one name inside them take as many folders above it into their names as tell them
    apart: "2023/intro" and "2024/intro".
    """
    named = list(files)
    while repeated := {name for name, count in Counter(file.name for file in named).items() if count > 1}:
        named = [replace(file, name=_longer_name(file)) if file.name in repeated else file for file in named]
    return sorted(named, key=lambda file: path_sort_key(file.name))


def _longer_name(file: SourceFile) -> str:
    """Return a file's name with one more of the folders that it lies in."""
    parts = Path(os.path.abspath(file.path_text)).parts
    return os.path.join(*parts[-len(Path(file.name).parts) - 1 :])


def path_sort_key(path_text: str) -> str:
    """Return the key that sorts paths so that a folder's files stand together."""
    return path_text.replace(os.sep, "\0")
