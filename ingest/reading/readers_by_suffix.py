"""Readers by file ending. Imports every reader: the process that reads does, and no other part of an ingest."""

from __future__ import annotations

from pincite.ingestion.reading.draft import Draft, Reader, WebOrigin
from pincite.ingestion.reading.readers.docx.reader import read_docx
from pincite.ingestion.reading.readers.epub.reader import read_epub
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.odt.reader import read_flat_odt, read_odt
from pincite.ingestion.reading.readers.pdf.read_pdf import read_pdf
from pincite.ingestion.reading.readers.webpage import read_webpage
from pincite.ingestion.reading.readers.webtext import read_webtext
from pincite.ingestion.reading.web.page import with_address

READERS_BY_SUFFIX: dict[str, Reader] = {  # its keys are pincite.ingestion.reading.files.DOCUMENT_SUFFIXES
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_webtext,
    ".text": read_webtext,
    ".html": read_webpage,
    ".htm": read_webpage,
    ".xhtml": read_webpage,
    ".docx": read_docx,
    ".odt": read_odt,
    ".fodt": read_flat_odt,
    ".epub": read_epub,
    ".pdf": read_pdf,
}


def read_document(data: bytes, name: str, suffix: str, origin: WebOrigin | None) -> Draft:
    """Read a document by the reader of its ending. origin: of one that was fetched, which is where citations lead."""
    reader = READERS_BY_SUFFIX[suffix]
    if origin is None:
        return reader(data, name)
    return with_address(read_webpage(data, name, origin) if reader is read_webpage else reader(data, name), origin)
