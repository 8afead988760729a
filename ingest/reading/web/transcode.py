"""Text of a stated charset to UTF-8, which the readers of Markdown and plain text take."""

from __future__ import annotations

import codecs

from pincite.ingestion.reading.readers.webpage.encoding import encoding_of_header
from pincite.ingestion.reading.web.refusals import FetchError


def to_utf8(data: bytes, charset: str | None) -> bytes:
    """Return the bytes of a text in UTF-8. charset: as the header states it. Raises FetchError where it is another.

    A byte order mark holds against the header. A charset that nobody knows is none: the reader then says which byte is
    no UTF-8.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data
    has_utf16_mark = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if has_utf16_mark else encoding_of_header(charset)
    if encoding in (None, "utf-8"):
        return data
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise FetchError(f"is no text of the charset that its server states, {encoding}") from error
