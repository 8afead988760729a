"""Command that compares two indexes: documents and sections that differ, and what became of citations."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pincite.index.errors import BundleError
from pincite.index.settings import read_settings
from pincite.index.system_errors import naming_file, printable_path
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, print_text

if TYPE_CHECKING:
    from pincite.index.citation_check import Verification
    from pincite.ingestion.comparison.citations import OldCitation
    from pincite.ingestion.comparison.documents import DocumentChange, DocumentSet
    from pincite.ingestion.comparison.sections import SectionChange

MAX_SENTENCES = 6  # changed sentences of a section on a terminal
MAX_SHOWN = 160  # characters of a sentence or quote on a terminal
MARKS = {"added": "+", "gone": "-", "changed": "~", "moved": ">", "renamed": ">"}


@main.command(short_help="Say what changed between two indexes, and what became of citations.")
@click.argument("old", required=False, metavar="[OLD]")
@click.argument("new", required=False, metavar="[NEW]")
@click.option("--citation", "citations", metavar="FILE", help="Say what became of the citations in FILE (- for input).")
@INDEX
@JSON
def diff(old: str | None, new: str | None, citations: str | None, index: str | None, as_json: bool) -> None:
    """Say what changed from index OLD to index NEW: documents, and in each its sections.

    Each is the name of an index on disk (`pincite rollback --list` has them) or a folder; without NEW it is the live
    index, without OLD the one that was live before. Texts are compared, and what documents state of themselves: title,
    publisher, date of review, language, tags and so on. Marks: + added, - gone, ~ changed, > moved or renamed.

    \b
    With --citation, says instead whether NEW still holds what is cited, and where. FILE is
    JSON: one citation, or a whole reply of POST /v1/query or `pincite ask --json`.

    Exits with 0 whether or not anything differs.
    """
    root = Path(read_settings(os.environ, index=index).index)
    now = _bundle_folder(root, new) if new else _live(root)
    with needs_ingest("diff"):
        if citations is not None:
            found = [_citation_json(c, v) for c, v in _checked_citations(citations, now)]
            facts = {"now": now.name, "citations": found}
            lines = [line for entry in found for line in _citation_lines(entry)]
        else:
            before = _bundle_folder(root, old) if old else _earlier(root)
            changes = _changes(before, now)
            facts = {"before": before.name, "now": now.name, "documents": [asdict(change) for change in changes]}
            lines = [f"from {before.name} to {now.name}"]
            lines += [line for change in changes for line in _document_lines(change)] or ["no document differs"]
    print_text(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def _live(root: Path) -> Path:
    from pincite.index.storage.manifest import find_bundle

    return find_bundle(root)


def _bundle_folder(root: Path, given: str) -> Path:
    """Return the folder of a bundle that is named, or that stands at a path. Raises BundleError."""
    from pincite.index.storage.manifest import BUNDLES_FOLDER, MANIFEST_FILE

    named = root / BUNDLES_FOLDER / given
    if os.sep not in given and (named / MANIFEST_FILE).is_file():
        return named
    if not Path(given).is_dir():
        raise BundleError(
            printable_path(given), "is no index on disk and no folder", "`pincite rollback --list` names those on disk"
        )
    return _live(Path(given))


def _earlier(root: Path) -> Path:
    """Return the folder of the bundle that was live before. Raises BundleError where there is none."""
    from pincite.index.storage.manifest import BUNDLES_FOLDER
    from pincite.ingestion.publishing.publisher import MIN_KEPT, Publisher

    name = Publisher(root, MIN_KEPT).earlier_bundle()
    if name is None:
        raise BundleError(
            printable_path(root), "holds no index before the live one", "name another index or folder as OLD"
        )
    return root / BUNDLES_FOLDER / name


def _changes(before: Path, now: Path) -> list[DocumentChange]:
    from pincite.ingestion.comparison.documents import compare_documents

    with ExitStack() as stack:
        return list(compare_documents(_document_set(before, stack), _document_set(now, stack)))


def _document_set(folder: Path, stack: ExitStack) -> DocumentSet:
    """Open the documents of a bundle until the stack is closed. Raises BundleError where it is damaged."""
    from pincite.index.storage.documents import DocumentStore
    from pincite.index.storage.manifest import check_files, read_manifest
    from pincite.ingestion.comparison.documents import DocumentSet
    from pincite.ingestion.publishing.document_names import read_bundle_names

    check_files(folder, read_manifest(folder), full=False)
    names = read_bundle_names(folder)
    records = stack.enter_context(closing(DocumentStore(folder, cached_documents=1, cached_passages=1)))
    return DocumentSet(names.digests, names.names, records.stated_metadata(), records.document)


def _checked_citations(file: str, now: Path) -> list[tuple[OldCitation, Verification]]:
    """Check the citations in a file against a bundle."""
    from pincite.index.bundle import Bundle
    from pincite.index.citation_check import verify_citation
    from pincite.ingestion.comparison.citations import read_citations

    name = "standard input" if file == "-" else printable_path(file)
    with naming_file(name):
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    old = read_citations(data, name)
    with closing(Bundle(now, cross_encoder=False)) as bundle:
        return [(c, verify_citation(bundle, c.document, c.start, c.end, c.quote, c.sha256, c.path)) for c in old]


def _citation_json(citation: OldCitation, found: Verification) -> dict[str, Any]:
    """Return what became of a citation: its status as of POST /v1/verify, and where its words stand now."""
    match = found.located.matches[0] if found.located.matches else None
    return {
        "citation": asdict(citation),
        "status": found.status,
        "now": match
        and {
            "document": match.document.id,
            "path": list(match.section.path),
            "start": match.start,
            "end": match.end,
            "quote": match.text,
        },
        "differences": [asdict(difference) for difference in found.located.differences],
    }


def _citation_lines(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the lines on what became of one citation."""
    old, now = entry["citation"], entry["now"]
    place = now and " > ".join([now["document"], *now["path"]]) + f", characters {now['start']}-{now['end']}"
    said = {
        "holds": "unchanged, at the same place",
        "moved": f"moved to {place}",
        "changed": f"changed; the nearest words stand in {place}",
        "gone": "gone: no words near these are in the index",
    }[entry["status"]]
    if entry["status"] == "changed" and not entry["differences"]:
        said = f"under other headings now: {place}"
    yield f"{old['document']}, characters {old['start']}-{old['end']}: {said}"
    yield f"    {_short(old['quote'])}"
    for difference in entry["differences"][:MAX_SENTENCES]:
        yield f"    - {_short(difference['quote'])}"
        yield f"    + {_short(difference['text'])}"


def _document_lines(change: DocumentChange) -> Iterator[str]:
    """Yield the lines on one document, and on each section of it that differs."""
    renamed = f", before {change.id_before}" if change.id_before else ""
    retitled = f", title before: {change.title_before}" if change.title_before is not None else ""
    yield f"{MARKS[change.kind]} {change.id} ({change.title}): {change.kind}{renamed}{retitled}"
    for stated in change.metadata:
        yield f"    ~ {stated.field}: {_short(stated.before or 'none')} -> {_short(stated.now or 'none')}"
    for section in change.sections:
        yield from _section_lines(section)


def _section_lines(change: SectionChange) -> Iterator[str]:
    words = f"{change.words_before} words" if change.kind == "gone" else f"{change.words_now} words"
    if change.kind == "changed":
        words = f"{change.words_before} -> {change.words_now} words"
    before = f", before under {_path(change.path_before)}" if change.path_before is not None else ""
    yield f"    {MARKS[change.kind]} {_path(change.path)}: {change.kind}, {words}{before}"
    yield from (f"        {_short(line)}" for line in change.sentences[:MAX_SENTENCES])
    if len(change.sentences) > MAX_SENTENCES:
        yield f"        {len(change.sentences) - MAX_SENTENCES:,} more; --json has all"


def _path(path: tuple[str, ...]) -> str:
    return " > ".join(path) or "(before the first heading)"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}…"
