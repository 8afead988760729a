"""Commands that say what an index holds: list, status."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pincite.index.errors import PinciteError
from pincite.index.settings import read_settings
from pincite.index.system_errors import naming_file, printable_path
from pincite.service.cli.group import INDEX, JSON, main, print_text

COLUMNS = ("id", "title", "passages", "publisher", "reviewed", "file")
MAX_COLUMN = 40  # characters of a title, publisher or file name on a terminal; --json has them whole


@main.command("list", short_help="List the documents of the index.")
@INDEX
@JSON
def list_documents(index: str | None, as_json: bool) -> None:
    """List the documents of the live index: id, title, passages, publisher, date of review, file.

    Long titles are cut on a terminal; --json has them whole.
    """
    listed = _documents(Path(read_settings(os.environ, index=index).index))
    if as_json:
        print_text(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        print_text("\n".join(_table([COLUMNS, *([_cell(d, column) for column in COLUMNS] for d in listed)])))


@main.command(short_help="Say what the index holds, and whether it is whole.")
@INDEX
@JSON
def status(index: str | None, as_json: bool) -> None:
    """Say which index is live: its id, when it was made, of what, with which model and settings, how large it is.

    Lists the earlier indexes that are kept, too. Compares every file with the manifest, of large ones both ends
    (`pincite check` reads all of them and compares the texts); exits with 1 if the index is not whole.
    """
    settings = read_settings(os.environ, index=index)
    found = _status(Path(settings.index))
    print_text(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(_status_lines(found)))
    if found["fault"]:
        sys.exit(1)


def _documents(root: Path) -> list[dict[str, Any]]:
    """Return the entry of every document of the live index. Raises BundleError where there is none."""
    from pincite.index.storage.documents import DocumentStore
    from pincite.index.storage.manifest import find_bundle, read_manifest, require_passages
    from pincite.ingestion.publishing.document_names import read_names
    from pincite.service.cli.bundles import way_back

    with way_back(root):
        folder = find_bundle(root)
        require_passages(folder, read_manifest(folder))
        with closing(DocumentStore(folder, cached_documents=1, cached_passages=1)) as records:
            summaries = records.summaries()
    names = read_names(root).names
    return [
        {
            "id": summary.id,
            "title": summary.title,
            "passages": summary.passage_count,
            "publisher": summary.source.publisher,
            "reviewed": summary.source.reviewed,
            "file": names.get(summary.id),
        }
        for summary in summaries
    ]


def _status(root: Path) -> dict[str, Any]:
    """Return what is known of the live index and of the earlier ones. Raises BundleError where there is none."""
    from pincite.index.storage.manifest import BUNDLES_FOLDER, STANDS_FOR, check_files, find_bundle, read_manifest
    from pincite.ingestion.publishing.document_names import read_names
    from pincite.service.cli import bundles

    with bundles.way_back(root):
        folder = find_bundle(root)
        manifest = read_manifest(folder)
    fault = None
    try:
        with bundles.way_back(root):
            check_files(folder, manifest, full=False)
    except PinciteError as error:
        fault = {"place": error.place, "problem": error.problem, "remedy": error.remedy}
    kept = [] if folder == root else bundles.listed(root)
    return {
        "index": manifest.get(STANDS_FOR) or manifest["id"],
        "is_companion": STANDS_FOR in manifest,
        "folder": printable_path(folder),
        "made": manifest["made"]["at"],
        **manifest["counts"],
        "files": len(read_names(root).files),
        "model": manifest["model"]["name"],
        "settings": manifest["settings"],
        "bytes": _size(folder),
        "fault": fault,
        "bundles": [
            {
                "name": name,
                "live": live,
                "bytes": _size(root / BUNDLES_FOLDER / name),
                "description": bundles.description(root, name),
            }
            for name, live in kept
        ],
    }


def _status_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines on an index, for a terminal."""
    yield f"index     {found['index']} in {found['folder']}"
    if found["is_companion"]:
        yield "          the companion of a store, which has the passages"
    yield f"made      {found['made'][:16].replace('T', ' ')} UTC"
    counts = ", ".join(f"{name} {found[name]:,}" for name in ("documents", "sections", "passages", "sentences"))
    without_file = found["documents"] - found["files"]
    yield f"holds     {counts}" + (f"; {without_file:,} of no file" if without_file else "")
    yield f"model     {found['model']}"
    yield "settings  " + ", ".join(f"{name} {value}" for name, value in found["settings"].items())
    yield f"size      {_megabytes(found['bytes'])}"
    fault = found["fault"]
    yield (
        f"whole     no: {fault['place']} {fault['problem']}\n  remedy: {fault['remedy']}" if fault else "whole     yes"
    )
    if found["bundles"]:
        yield "on disk   " + _megabytes(sum(bundle["bytes"] for bundle in found["bundles"]))
        for bundle in found["bundles"]:
            mark = "live" if bundle["live"] else "    "
            yield f"  {mark} {bundle['name']}  {bundle['description']}, {_megabytes(bundle['bytes'])}"


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    with naming_file(folder):
        return sum(entry.stat().st_size for entry in os.scandir(folder))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _cell(document: Mapping[str, Any], column: str) -> str:
    """Return the text of a cell: an id is never cut, since commands take it."""
    text = "" if document[column] is None else str(document[column])
    return text if column == "id" or len(text) <= MAX_COLUMN else f"{text[: MAX_COLUMN - 1]}…"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows with their cells aligned, numbers of passages to the right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    for row in rows:
        cells = (
            cell.rjust(width) if name == "passages" else cell.ljust(width)
            for name, cell, width in zip(COLUMNS, row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
