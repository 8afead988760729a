"""Bytes to text, losing nothing silently: invalid bytes are an error that names the first of them.

Invisible and control characters go, which can hide text from a reader or steer a terminal. A file's bytes may hold
them, and so may whatever is unescaped later (`&#x202e;`, "\\u200b" in front matter): draft.Draft takes them out
of all that a reader hands over.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from pincite.index.errors import ReadError

# Control characters but tab and newline; lone surrogates; bidirectional overrides and isolates; zero-width spaces,
# word joiners, soft hyphens and invisible operators; Hangul and Khmer fillers, which are letters that nobody sees
# (modern Korean and Khmer are written without them); marks of annotation, shorthand and music; tag characters and what
# else is unassigned and ignored by default.
_INVISIBLE = (
    "\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u115f\u1160\u17b4\u17b5\u200b\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
# What else is not seen stays where text needs it. Directional marks are part of Arabic and Hebrew text that holds
# figures or Latin words; grapheme joiners say how marks are ordered.
_FORMAT_MARKS = "\u034f\u061c\u200e\u200f"
# Joiners shape Arabic and Indic letters and emoji; selectors choose a glyph of an ideograph, a Mongolian letter (with
# whose vowel separator they stand here) or an emoji. After other characters they change nothing that is seen.
_JOINERS = "\u200c\u200d"
_VARIATION_SELECTORS = "\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"

_ALWAYS_REMOVED = re.compile(f"[{_INVISIBLE}]")
_STRAY_FORMAT_CHARACTERS = re.compile(
    f"(?<=[{_FORMAT_MARKS}{_JOINERS}{_VARIATION_SELECTORS}])[{_FORMAT_MARKS}]"  # a run of them spells an unseen text
    f"|(?<![^\\x00-\\x7f\\s{_FORMAT_MARKS}{_JOINERS}])[{_JOINERS}]"
    f"|(?<![0-9#*]|[^\\x00-\\x7f\\s{_FORMAT_MARKS}{_JOINERS}{_VARIATION_SELECTORS}])[{_VARIATION_SELECTORS}]"
)
_NEWLINES = re.compile("\r\n|[\r\x85\u2028\u2029]")


def decode_utf8(data: bytes, name: str) -> tuple[str, int]:
    """Decode UTF-8 text. Returns the text, lines ended by \\n alone, and how many characters were taken out.

    Those that some text needs are still there, since markup may stand before them. Raises ReadError naming the file,
    the byte and its place when the data is not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the position is counted from after the byte order mark
        position = error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
        raise ReadError(
            f"{name}, byte {position}",
            f"not UTF-8: 0x{data[position]:02x} cannot stand here",
            "save the file as UTF-8 (the source encoding is most often Windows-1252 or UTF-16)",
            "encoding",
        ) from error
    return clean_lines(text)


def clean_lines(text: str) -> tuple[str, int]:
    """Return a text with lines ended by \\n alone, and how many characters were taken out that no text needs."""
    return _ALWAYS_REMOVED.subn("", _NEWLINES.sub("\n", text))


def strip_invisible(text: str) -> tuple[str, int]:
    """Take invisible and control characters out of text without markup, and compose its characters (NFC).

    Returns the text, and how many characters were taken out.
    """
    if text.isascii() and text.isprintable():  # most texts, decided at once
        return text, 0
    text, removed_always = _ALWAYS_REMOVED.subn("", text)
    removed = 0
    while True:  # until none is left that another one, now gone, stood before
        text, count = _STRAY_FORMAT_CHARACTERS.subn("", text)
        removed += count
        if not count:
            return unicodedata.normalize("NFC", text), removed_always + removed


def one_line(text: str) -> str:
    """Make one line of a text: no invisible characters, white space folded to single spaces."""
    return " ".join(strip_invisible(" ".join(text.split()))[0].split())
