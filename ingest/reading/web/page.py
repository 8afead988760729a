"""A page that was fetched, as a document to read. Bytes came in already; nothing is connected to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pincite.ingestion.reading.draft import Draft, WebOrigin

if TYPE_CHECKING:
    from pincite.ingestion.reading.web.address import WebAddress


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page that was fetched."""

    address: WebAddress  # as it was typed, in normal form: the document's name, so that it is the same the next time
    origin: WebOrigin
    suffix: str  # ending that names the reader
    data: bytes

    @property
    def name(self) -> str:
        """The address that was typed: no two documents' are one."""
        return self.address.url

    @property
    def place(self) -> str:
        """The address, as messages name it."""
        return self.address.url

    @property
    def display_name(self) -> str:
        """Host and path as text that any page, record or terminal takes, without an ending."""
        path = unquote(self.address.path, errors="replace").rstrip("/")
        folder, slash, last = path.rpartition("/")
        stem = last if last.startswith(".") else last.rpartition(".")[0] or last
        text = f"{self.address.host}{folder}{slash}{stem}"
        return "".join(c if c.isprintable() else "\ufffd" for c in text)

    @property
    def fingerprint_fields(self) -> list[str | None]:
        """Inputs of the document besides its bytes."""
        return [self.name, self.origin.url, self.suffix, self.origin.charset]

    def read(self) -> bytes:
        """Return the bytes."""
        return self.data

    def sha256(self) -> str:
        """Return the SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def with_address(draft: Draft, origin: WebOrigin) -> Draft:
    """Return a draft whose citations lead to where it was fetched, unless the document itself states an address."""
    if draft.source.url:
        return draft
    return replace(draft, source=replace(draft.source, url=origin.url))
