"""Zip archive of a document: its parts by name and by relationship, unpacked under limits.

Only parts that are asked for are unpacked: pictures, fonts, embedded files and macros never are. Relationships that
lead out of the archive are not known here.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.refusals import Format
from pincite.ingestion.reading.readers.package.xml_tree import parse_xml

MAX_MEMBERS = 10_000  # files of an archive; a book with as many pictures is one of a kind
MAX_UNPACKED_BYTES = 100_000_000  # of all parts that are read, counted while they are unpacked
MAX_RATIO = 200  # of a part's size to its size in the archive, over the first MIN_RATIO_BYTES; most XML has 5 to 40
MIN_RATIO_BYTES = 10_000_000
_CHUNK_BYTES = 65_536
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_IS_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Package:
    """Parts of one document."""

    def __init__(self, data: bytes, name: str, of: Format) -> None:
        """Open an archive. Raises ReadError for what is none, or has more members than MAX_MEMBERS."""
        self._name = name
        self._format = of
        self._unpacked = 0
        if data.startswith(_OLE_SIGNATURE):
            raise of.refusal(name, "password" if _ENCRYPTED_STREAM in data else "old_word")
        if not data.startswith(b"PK"):
            raise of.refusal(name, "not_it")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
            raise of.refusal(name, "broken", "the archive cannot be opened") from error
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise of.refusal(name, "too_many_parts", f"{len(members):,}; {MAX_MEMBERS:,} at most")
        self._members = {member.filename.lower(): member for member in members}  # names differ by more than case
        if len(self._members) < len(members):
            raise of.refusal(name, "broken", "two files in it have one name")

    def part(self, part: str) -> Element | None:
        """Return the tree of a part, None where there is none. Raises ReadError for one that cannot be read."""
        member = self._members.get(part.lower())
        return None if member is None else parse_xml(self._chunks(member), f"{self._name}, {part}", self._format)

    def data(self, part: str) -> bytes | None:
        """Return the bytes of a part, None where there is none. Raises ReadError for one that cannot be unpacked."""
        member = self._members.get(part.lower())
        return None if member is None else b"".join(self._chunks(member))

    def related(self, part: str) -> Mapping[str, tuple[str, ...]]:
        """Return the parts that a part leads to, by the last word of the relationship's type, such as "styles".

        part: "" for the archive as a whole.
        """
        folder, file = posixpath.split(part)
        relationships = self.part(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, tuple[str, ...]] = {}
        for relationship in () if relationships is None else relationships:
            if relationship.get("TargetMode") == "External":
                continue
            kind = relationship.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, relationship.get("Target", ""))).lstrip("/")
            found[kind] = (*found.get(kind, ()), target)
        return found

    def _chunks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        place = f"{self._name}, {member.filename}"
        if member.flag_bits & _IS_ENCRYPTED:
            raise self._format.refusal(place, "password")
        if member.compress_type not in _METHODS:
            raise self._format.refusal(place, "broken", "it is packed in a way that is not known")
        size = 0
        try:
            with self._zip.open(member) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    is_bomb = size > MIN_RATIO_BYTES and size > MAX_RATIO * max(1, member.compress_size)
                    if is_bomb or self._unpacked > MAX_UNPACKED_BYTES:
                        raise self._format.refusal(place, "too_large", f"{MAX_UNPACKED_BYTES:,} bytes at most")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            raise self._format.refusal(place, "broken", "it cannot be unpacked") from error
