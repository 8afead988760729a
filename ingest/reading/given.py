"""Documents as they are given on the command line: paths, and addresses of web pages, which are fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pincite.index.errors import Fault, ReadError
from pincite.ingestion.progress import ProgressFactory, silent
from pincite.ingestion.reading.files import FoundFiles, find_files, given_path, path_sort_key
from pincite.ingestion.reading.source_document import SourceDocument
from pincite.ingestion.reading.web.address import WebAddress, is_web_address, names_other_scheme, parse_address
from pincite.ingestion.report import FileNote

MAX_FETCHED_BYTES = 100_000_000  # of all pages of one ingest, which are in memory until they are read

GivenDocument = Path | WebAddress


def given_document(text: str) -> GivenDocument:
    """Return a path or an address as a person gave it. Raises CorpusError for an empty path or an impossible address.

    A path that looks like an address of a scheme other than http and https is a path if something is there.
    """
    if is_web_address(text) or (names_other_scheme(text) and not Path(text).exists()):
        return parse_address(text)
    return given_path(text)


def find_documents(given: Sequence[GivenDocument], progress_for: ProgressFactory = silent) -> FoundFiles:
    """Find the documents below paths, and fetch each address once. A page that cannot be fetched is a fault."""
    paths = [one for one in given if isinstance(one, Path)]
    addresses = [one for one in given if isinstance(one, WebAddress)]
    if not addresses:
        return find_files(paths)
    found = find_files(paths) if paths else FoundFiles([], [], [])
    documents: list[SourceDocument] = [*found.files]
    faults = [*found.faults]
    from pincite.ingestion.reading.web.fetch import fetch_page

    size = 0
    for address in dict.fromkeys(addresses):
        progress = progress_for(f"fetching {address}")
        try:
            page = fetch_page(address)
        except ReadError as error:
            faults.append(Fault.of(error))
            continue
        finally:
            progress(1, 1)
        size += len(page.data)
        if size > MAX_FETCHED_BYTES:
            problem = f"makes the pages more than {MAX_FETCHED_BYTES:,} bytes in all"
            faults.append(
                Fault(str(address), problem, "give fewer addresses, or save pages and give a folder", "too_large")
            )
            break
        documents.append(page)
    repeated = sorted({str(address) for address in addresses if addresses.count(address) > 1})
    notes = [FileNote(name, "left out, given more than once") for name in repeated]
    return FoundFiles(
        sorted(documents, key=lambda document: path_sort_key(document.name)), [*found.left_out, *notes], faults
    )
