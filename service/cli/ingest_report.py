"""The report of an ingest: lines for a terminal, of which there are never many, and one JSON object for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pincite.index.errors import Fault, PinciteError
from pincite.index.system_errors import printable_path
from pincite.ingestion.report import LEFT_OUT, LOST, QUOTED, SKIP_REMEDY, BuildReport, FileNote, RefusedError

if TYPE_CHECKING:
    from pincite.ingestion.publishing.document_names import DocumentChanges

MAX_LINES = 20  # files with notes, files left out or faults on a terminal, each
MAX_NOTE_CHARACTERS = 160  # on a terminal, of what is said of one file
KINDS = (LOST, "", LEFT_OUT)  # how notes begin, what matters most to a reader first
SHOW_ALL = "--verbose"
MAX_GONE = 5  # documents that left, joined or stayed, named
COUNTS = ("documents", "sections", "passages", "sentences")


def report_lines(report: BuildReport | RefusedError, verbose: bool = False) -> Iterator[str]:
    """Yield the lines on notes, files left out and documents at fault.

    A file with notes has one line, and files of which text was lost come first. verbose: yield all, each in full.
    """
    of_files = [note for note in report.notes if note.file]
    notes = of_files if verbose else _one_a_file(of_files)
    yield from _bounded([f"note: {note}" for note in notes], "files with notes", verbose)
    yield from (f"note: {note}" for note in report.notes if not note.file)
    yield from _bounded([f"note: {note}" for note in report.left_out], "files left out", verbose)
    yield from _bounded([f"pincite: {fault}" for fault in report.faults], "documents at fault", verbose)
    if isinstance(report, RefusedError):
        if report.readable_count:
            total = len(report.faults) + report.readable_count
            problem = f"{len(report.faults):,} of {total:,} cannot be read, and nothing was published"
            yield f"pincite: documents: {problem}\n  remedy: {SKIP_REMEDY}"
    elif report.faults:
        problem = f"{len(report.faults):,} could not be read and were left out"
        yield f"pincite: documents: {problem}\n  remedy: correct them, then run the command again"


def _one_a_file(notes: Sequence[FileNote]) -> list[FileNote]:
    """Join the notes on each file, first those on files of which text was lost."""
    by_file: dict[str | None, list[str]] = {}
    for note in notes:
        by_file.setdefault(note.file, []).append(note.text)
    joined = [FileNote(file, _shortened(texts)) for file, texts in by_file.items()]
    return sorted(joined, key=lambda note: KINDS.index(_kind(note.text)))


def _shortened(texts: Sequence[str]) -> str:
    """Return the notes on one file in about MAX_NOTE_CHARACTERS: several without what they quote, lost text first."""
    if len(texts) > 1:
        return _summary([text.partition(QUOTED)[0] for text in texts])
    if len(texts[0]) <= MAX_NOTE_CHARACTERS:
        return texts[0]
    return f"{texts[0][:MAX_NOTE_CHARACTERS].rstrip()}… ({len(texts[0]):,} characters in all; {SHOW_ALL} prints them)"


def _summary(texts: Sequence[str]) -> str:
    """Join notes by their kind: what was lost, what was read otherwise than it stands, what was left out."""
    pieces: list[str] = []
    for kind in KINDS:
        of_kind = [text.removeprefix(kind) for text in texts if _kind(text) == kind]
        pieces += [("; " if not kind else f"; {kind}" if not number else ", ") + t for number, t in enumerate(of_kind)]
    shown = len(pieces)
    while shown > 1 and len("".join(pieces[:shown])) > MAX_NOTE_CHARACTERS:
        shown -= 1
    more = f" and {len(pieces) - shown} more; {SHOW_ALL} prints all" if shown < len(pieces) else ""
    return "".join(pieces[:shown]).removeprefix("; ") + more


def _kind(text: str) -> str:
    return next((kind for kind in (LOST, LEFT_OUT) if text.startswith(kind)), "")


def summary_lines(report: BuildReport, index: str) -> Iterator[str]:
    """Yield what was published where, and how much it holds."""
    counts = ", ".join(f"{name} {report.counts[name]}" for name in COUNTS)
    yield f"{'Published' if report.changed else 'Unchanged:'} index {report.id} in {printable_path(index)}"
    changes = {"added": report.added, "replaced": report.replaced, "already there": report.unchanged}
    if any(changes.values()):
        yield "; ".join(f"{len(ids):,} {said} ({_listed(ids)})" for said, ids in changes.items() if ids)
    if report.gone:
        yield _gone_line(report.gone)
    yield f"{counts}; embedded {report.texts.embedded}, taken over {report.texts.reused}; {report.seconds:.1f} s"


def publication_line(report: BuildReport, changes: DocumentChanges) -> str:
    """Return one line on what was published and how it differs from the index before."""
    kinds = {
        "added": changes.added,
        "changed": changes.changed,
        "renamed": changes.renamed,
        "gone": changes.gone,
    }
    said = ", ".join(f"{len(ids):,} {kind} ({_listed(ids)})" for kind, ids in kinds.items() if ids)
    return (
        f"Published index {report.id}: {said or 'the same documents, read or embedded in another way'}; "
        f"documents {report.counts['documents']}, passages {report.counts['passages']}; "
        f"embedded {report.texts.embedded}, taken over {report.texts.reused}; {report.seconds:.1f} s"
    )


def _gone_line(gone: Sequence[str]) -> str:
    """Say which documents left the index with this ingest, and how they come back."""
    said = "1 document that was live is" if len(gone) == 1 else f"{len(gone):,} documents that were live are"
    them = "it" if len(gone) == 1 else "them"
    return f"{said} not in this index ({_listed(gone)}); `pincite rollback` brings {them} back"


def leaving_lines(gone: Sequence[str], names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that name the documents that an ingest would drop. names: of their files, by id."""
    yield f"{_documents(len(gone))} of the index would leave it:"
    named = [f"  {name}  ({names[name]})" if name in names else f"  {name}" for name in gone[:MAX_LINES]]
    yield from named
    if len(gone) > MAX_LINES:
        yield f"  and {len(gone) - MAX_LINES:,} more"
    yield f"`pincite add` keeps {'it' if len(gone) == 1 else 'them'}: answer n, and add what you gave."


def _documents(count: int) -> str:
    return f"{count:,} {'document' if count == 1 else 'documents'}"


def _listed(ids: Sequence[str]) -> str:
    """Return the first ids, and how many more there are."""
    more = f" and {len(ids) - MAX_GONE:,} more" if len(ids) > MAX_GONE else ""
    return ", ".join(ids[:MAX_GONE]) + more


def report_json(report: BuildReport) -> dict[str, Any]:
    """Return the report of an ingest that ended well, documents at fault left out."""
    return {
        "status": "published" if report.changed else "unchanged",
        "index": report.id,
        **{name: report.counts[name] for name in COUNTS},
        **asdict(report.texts),
        **_lists(report.notes, report.left_out, report.faults),
        "gone": list(report.gone),
        "added": list(report.added),
        "replaced": list(report.replaced),
        "already_there": list(report.unchanged),
        "seconds": round(report.seconds, 3),
    }


def refusal_json(error: PinciteError, seconds: float) -> dict[str, Any]:
    """Return the report of an ingest that published nothing, with the same members."""
    refused = error if isinstance(error, RefusedError) else RefusedError([Fault.of(error)])
    return {
        "status": "refused",
        "index": None,
        **dict.fromkeys([*COUNTS, "embedded", "reused"], 0),
        **_lists(refused.notes, refused.left_out, refused.faults),
        **{name: [] for name in ("gone", "added", "replaced", "already_there")},
        "seconds": round(seconds, 3),
    }


def _lists(notes: Sequence[FileNote], left_out: Sequence[FileNote], faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "notes": [{"file": note.file, "note": note.text} for note in notes],
        "left_out": [{"file": note.file, "reason": note.text} for note in left_out],
        "faults": [asdict(fault) for fault in faults],
    }


def _bounded(lines: Sequence[str], kind: str, verbose: bool) -> Iterator[str]:
    """Yield the first lines, and how many more there are; all of them if `verbose`."""
    yield from lines if verbose else lines[:MAX_LINES]
    if len(lines) > MAX_LINES and not verbose:
        yield f"note: {len(lines) - MAX_LINES:,} more {kind}; {SHOW_ALL} prints all"
