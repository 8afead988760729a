"""Document before it is read: a file that was found, or a page that was fetched. Opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pincite.ingestion.reading.draft import WebOrigin


class SourceDocument(Protocol):
    """Bytes with a name."""

    @property
    def name(self) -> str:
        """Name that no other document of the ingest has, and that is the same the next time."""

    @property
    def place(self) -> str:
        """Path or address, as messages name it."""

    @property
    def display_name(self) -> str:
        """Name as text that any page, record or terminal takes, without its ending."""

    @property
    def suffix(self) -> str:
        """Ending, in lower case, that names the reader."""

    @property
    def origin(self) -> WebOrigin | None:
        """Origin of a page that was fetched; None of a file."""

    @property
    def fingerprint_fields(self) -> list[str | None]:
        """Inputs of the document besides its bytes."""

    def read(self) -> bytes:
        """Return the bytes. Raises ReadError when they cannot be read."""

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes, in hexadecimal. Raises ReadError when they cannot be read."""
