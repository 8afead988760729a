"""Opening a PDF file: the refusals by name, the bounds, and what its metadata says."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from pypdf import PdfReader
from pypdf.errors import DependencyError, DeprecationError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from pincite.index.errors import ReadError
from pincite.index.types import Source
from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS
from pincite.ingestion.reading.readers.language_tag import canonical_language_tag

MAX_PAGES = 2000
MAX_LABEL_ENTRIES = 4000  # numbers and ranges of labels, two for each page
MAX_LABEL_CHARACTERS = 32
MAX_STREAM_BYTES = 10_000_000  # of one stream when it is unpacked
# What pypdf and its arithmetic raise for files that break the format's rules.
FORMAT_ERRORS = (
    PyPdfError,
    DependencyError,
    DeprecationError,
    ImportError,
    OSError,
    EOFError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
    RecursionError,
)
_FILE_NAME = re.compile(
    r"(?i)(?:microsoft (?:word|powerpoint|excel) - |untitled|.*\.(?:docx?|odt|pptx?|xlsx?|indd|tex|html?|dvi|pdf|qxd)$)"
)


@contextmanager
def naming_format_errors(name: str) -> Iterator[None]:
    """Turn what is raised for a broken file into ReadError. What pypdf would log of it is not shown."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # of its children, too
    try:
        yield
    except FORMAT_ERRORS as error:
        raise ReadError(
            name,
            "is a broken PDF file, or holds none",
            "open it in a viewer, and print it to a new PDF file",
            "damaged",
        ) from error
    finally:
        logger.setLevel(level)


def open_pdf(data: bytes, name: str) -> PdfReader:
    """Open a PDF. Raises ReadError for one with a password, for a broken one, and for more pages than MAX_PAGES."""
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not _opens_without_password(reader):
        raise ReadError(name, "is protected by a password", "save it without a password", "password")
    count = reader.get_num_pages()
    if count > MAX_PAGES:
        raise ReadError(
            name, f"has {count:,} pages; {MAX_PAGES:,} at most", "split it into several documents", "too_large"
        )
    return reader


def read_title(reader: PdfReader) -> str | None:
    """Return the title of the metadata, unless it names a file or says nothing."""
    title = " ".join(_text_of(reader, "/Title").split())
    if len(title) < 3 or len(title) > MAX_HEADING_CHARACTERS or _FILE_NAME.match(title):
        return None
    return title


def read_source(reader: PdfReader) -> Source:
    """Return the day that the file was last changed or made, as a note: it is no day of review.

    The author of a file is seldom who publishes it, and is not taken.
    """
    if day := _day_of(_text_of(reader, "/ModDate")) or _day_of(_text_of(reader, "/CreationDate")):
        return Source(note=f"PDF file of {day}")
    return Source()


def read_language(reader: PdfReader) -> str | None:
    """Return the language that the file states, such as "en-GB"."""
    stated = reader.root_object.get("/Lang")
    return canonical_language_tag(str(stated).strip()) if stated is not None else None


def read_page_labels(reader: PdfReader) -> tuple[list[str], list[str]]:
    """Return a label for each page, as the file states it or else its number from 1; and a note where none can be read.

    A label of over MAX_LABEL_CHARACTERS, and one of which nothing is seen, is no label.
    """
    numbers = [str(number) for number in range(1, reader.get_num_pages() + 1)]
    try:
        if not _has_few_labels(reader):
            return numbers, ["its page labels are too many to read; its pages were numbered from 1"]
        stated = [one_line(label) for label in reader.page_labels]
    except FORMAT_ERRORS:
        return numbers, ["its page labels are broken; its pages were numbered from 1"]
    labels = zip(stated, numbers, strict=True)
    return [label if 0 < len(label) <= MAX_LABEL_CHARACTERS else number for label, number in labels], []


def _has_few_labels(reader: PdfReader) -> bool:
    """Return whether the tree of page labels is small enough to be gone through for each page."""
    nodes = [reader.root_object.get("/PageLabels")]
    count = 0
    while nodes and count <= MAX_LABEL_ENTRIES:
        node = nodes.pop()
        node = node.get_object() if node is not None else None
        if not isinstance(node, DictionaryObject):
            continue
        entries, kids = (node.get(key) for key in ("/Nums", "/Kids"))
        entries, kids = (value.get_object() if value is not None else None for value in (entries, kids))
        count += 1 + sum(len(array) for array in (entries, kids) if isinstance(array, ArrayObject))
        if isinstance(kids, ArrayObject) and count <= MAX_LABEL_ENTRIES:
            nodes += kids
    return count <= MAX_LABEL_ENTRIES


def _opens_without_password(reader: PdfReader) -> bool:
    try:
        return bool(reader.decrypt(""))
    except ImportError:  # AES needs a package that is not installed
        return False


def _text_of(reader: PdfReader, key: str) -> str:
    metadata = reader.metadata
    value = metadata.get(key) if metadata is not None else None
    return str(value.get_object()) if value is not None else ""


def _day_of(text: str) -> str | None:
    match = re.match(r"(?:D:)?([0-9]{4})([0-9]{2})([0-9]{2})", text)
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None
