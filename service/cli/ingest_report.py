"""The report of an ingest: lines for a terminal, of which there are never many, and one JSON object for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pincite.index.errors import Fault, PinciteError
from pincite.index.system_errors import printable_path
from pincite.ingestion.report import SKIP_REMEDY, BuildReport, FileNote, RefusedError

MAX_LINES = 20  # notes, files left out or faults on a terminal, each
MAX_GONE = 5  # documents that left, named
COUNTS = ("documents", "sections", "passages", "sentences")


def report_lines(report: BuildReport | RefusedError) -> Iterator[str]:
    """Yield the lines on notes, files left out and documents at fault."""
    yield from _bounded([f"note: {note}" for note in report.notes], "notes")
    yield from _bounded([f"note: {note}" for note in report.left_out], "files left out")
    yield from _bounded([f"pincite: {fault}" for fault in report.faults], "documents at fault")
    if isinstance(report, RefusedError):
        if report.readable_count:
            total = len(report.faults) + report.readable_count
            problem = f"{len(report.faults):,} of {total:,} cannot be read, and nothing was published"
            yield f"pincite: documents: {problem}\n  remedy: {SKIP_REMEDY}"
    elif report.faults:
        problem = f"{len(report.faults):,} could not be read and were left out"
        yield f"pincite: documents: {problem}\n  remedy: correct them, then run the command again"


def summary_lines(report: BuildReport, index: str) -> Iterator[str]:
    """Yield what was published where, and how much it holds."""
    counts = ", ".join(f"{name} {report.counts[name]}" for name in COUNTS)
    yield f"{'Published' if report.changed else 'Unchanged:'} index {report.id} in {printable_path(index)}"
    if report.gone:
        yield _gone_line(report.gone)
    yield f"{counts}; embedded {report.texts.embedded}, taken over {report.texts.reused}; {report.seconds:.1f} s"


def _gone_line(gone: Sequence[str]) -> str:
    """Say which documents left the index with this ingest, and how they come back."""
    more = f" and {len(gone) - MAX_GONE:,} more" if len(gone) > MAX_GONE else ""
    said = "1 document that was live is" if len(gone) == 1 else f"{len(gone):,} documents that were live are"
    them = "it" if len(gone) == 1 else "them"
    return f"{said} not in this index ({', '.join(gone[:MAX_GONE])}{more}); `pincite rollback` brings {them} back"


def report_json(report: BuildReport) -> dict[str, Any]:
    """Return the report of an ingest that ended well, documents at fault left out."""
    return {
        "status": "published" if report.changed else "unchanged",
        "index": report.id,
        **{name: report.counts[name] for name in COUNTS},
        **asdict(report.texts),
        **_lists(report.notes, report.left_out, report.faults),
        "gone": list(report.gone),
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
        "gone": [],
        "seconds": round(seconds, 3),
    }


def _lists(notes: Sequence[FileNote], left_out: Sequence[FileNote], faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "notes": [{"file": note.file, "note": note.text} for note in notes],
        "left_out": [{"file": note.file, "reason": note.text} for note in left_out],
        "faults": [asdict(fault) for fault in faults],
    }


def _bounded(lines: Sequence[str], kind: str) -> Iterator[str]:
    """Yield the first lines, and how many more there are."""
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"note: {len(lines) - MAX_LINES:,} more {kind}; --json lists all"
