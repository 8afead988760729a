"""Bytes of a page to text, by its byte order mark, what its server states, what it declares, or what can be read."""

from __future__ import annotations

import codecs
import re

from pincite.ingestion.reading.decode import clean_lines
from pincite.ingestion.reading.notes import lost_note

_DECLARED_WITHIN = 4_096  # bytes
_DECLARATION = re.compile(
    rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Python's names of what browsers know, and what browsers read it as
_ENCODINGS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis-620": "cp874",
    "utf-16": "utf-8",  # it says so in bytes that are not
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
} | {
    name: name
    for name in (
        "utf-8 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 "
        "iso8859-15 iso8859-16 koi8-r koi8-u mac-roman cp866 cp874 cp949 cp932 cp1250 cp1251 cp1252 cp1253 cp1254 "
        "cp1255 cp1256 cp1257 cp1258 gb18030 big5 big5hkscs euc_jp iso2022_jp"
    ).split()
}


def decode_html(data: bytes, charset: str | None = None) -> tuple[str, int, tuple[str, ...]]:
    """Decode a page. Returns its text, lines ended by \\n alone, how many characters were taken out, and notes.

    charset: that of the header Content-Type, which holds against what the page declares, as HTML says.

    What no encoding reads is replaced by U+FFFD and counted in a note.
    """
    text, notes = _decode(data, encoding_of_header(charset))
    return *clean_lines(text), notes


def encoding_of_header(charset: str | None) -> str | None:
    """Return Python's name of the encoding that a header states; None for one that browsers do not know."""
    try:
        name = codecs.lookup(charset or "").name
    except LookupError:
        return None
    if name.startswith("utf-16"):  # which a header, unlike the page's own bytes, can state
        return "utf-16-be" if name == "utf-16-be" else "utf-16-le"
    return _ENCODINGS.get(name)


def _decode(data: bytes, stated: str | None) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _with_replacements(data[len(mark) :], encoding)
    declared = stated or _declared_encoding(data)
    for candidate in filter(None, (declared, "utf-8")):
        try:
            return data.decode(candidate), ()
        except UnicodeDecodeError:
            continue
    text, notes = _with_replacements(data, declared or "cp1252")
    return text, notes if declared else ("declares no encoding and is not UTF-8: read as Windows-1252", *notes)


def _declared_encoding(data: bytes) -> str | None:
    match = _DECLARATION.search(data[:_DECLARED_WITHIN])
    if match is None:
        return None
    try:
        return _ENCODINGS.get(codecs.lookup((match[1] or match[2]).decode("ascii")).name)
    except (LookupError, UnicodeDecodeError):
        return None


def _with_replacements(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    text = data.decode(encoding, errors="replace")
    count = text.count("\ufffd")
    return text, (lost_note(f"bytes that are no {encoding} text, where U+FFFD stands", count),) if count else ()
