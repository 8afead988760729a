"""Bytes to text, losing nothing silently: invalid bytes are an error that names the first of them."""

from __future__ import annotations

import codecs
import re

from index.errors import ReadError

# Control characters but tab and newline; bidirectional overrides and isolates; zero-width characters and
# tag characters, which can hide text from a reader. Zero-width joiners stay: scripts and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")


def decode(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Decode UTF-8 text. Returns the text, lines ended by \\n alone, and notes on what was taken out.

    Raises ReadError naming the file, the byte and its place when the data is not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the position is counted from after the byte order mark
        at = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
        raise ReadError(
            f"{name}, byte {at}",
            f"not UTF-8: 0x{data[at]:02x} cannot stand here",
            "save the file as UTF-8 (the source encoding is most often Windows-1252 or UTF-16)",
        ) from error
    text = _NEWLINES.sub("\n", text)
    text, unseen = _UNSEEN.subn("", text)
    notes = (f"{unseen} invisible or control characters were left out",) if unseen else ()
    return text, notes
