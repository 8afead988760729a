"""Media types: which reader a reply is for, by its header Content-Type, its first bytes, or its address."""

from __future__ import annotations

from pathlib import PurePosixPath

from werkzeug.http import parse_options_header

from pincite.ingestion.reading.files import DOCUMENT_SUFFIXES

SUFFIXES_BY_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
# types by which servers send what they do not know
_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream", "application/zip", "application/x-download")
_TEXT_SIGNATURES = (b"<!doctype html", b"<html", b"<head", b"<body")
_MARKDOWN_SUFFIXES = (".md", ".markdown")


def parse_content_type(header: str) -> tuple[str, str | None]:
    """Return the media type in lower case, and the charset where one is stated."""
    media_type, options = parse_options_header(header)
    return media_type.strip().lower(), options.get("charset") or None


def suffix_of(media_type: str, path: str, data: bytes) -> str | None:
    """Return the ending that names the reader of a reply; None where there is none.

    First bytes that are a PDF file's hold against any type. Markdown is often sent as plain text, so there the ending
    of the address decides, as it does where the type is unknown.
    """
    stated = SUFFIXES_BY_TYPE.get(media_type)
    ending = PurePosixPath(path).suffix.lower()
    if data.startswith(b"%PDF-"):
        return ".pdf"
    if stated == ".txt" and ending in _MARKDOWN_SUFFIXES:
        return ".md"
    if stated or media_type not in _UNKNOWN_TYPES:
        return stated
    if data[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_TEXT_SIGNATURES):
        return ".html"
    return ending if ending in DOCUMENT_SUFFIXES else None
