"""Refusals of files at which a limit was met, or a reader failed."""

from __future__ import annotations

from pincite.index.errors import ReadError
from pincite.ingestion.reading.sandbox.limits import MAX_MEMORY_BYTES, READ_SECONDS

_SPLIT_REMEDY = "split it into several documents, or give its text alone"
_REPORT_REMEDY = "save it again, or give its text; and report it as a fault of pincite"


def too_slow(name: str) -> ReadError:
    """Return the error for a file that was not read in time."""
    return ReadError(name, f"takes more than {READ_SECONDS} seconds to read", _SPLIT_REMEDY, "too_slow")


def too_much_memory(name: str) -> ReadError:
    """Return the error for a file that needs more memory than a reader may take."""
    problem = f"takes more than {MAX_MEMORY_BYTES // 1_000_000:,} MB of memory to read"
    return ReadError(name, problem, _SPLIT_REMEDY, "too_much_memory")


def too_much_text(name: str) -> ReadError:
    """Return the error for a file whose text is more than a reply may hold."""
    return ReadError(name, "holds more text than is taken", _SPLIT_REMEDY, "too_large")


def too_deep(name: str) -> ReadError:
    """Return the error for a file that takes a reader deeper than its stack."""
    return ReadError(name, "is nested too deeply", "split it, or take out some of its levels", "too_complex")


def not_encodable(name: str, error: UnicodeError) -> ReadError:
    """Return the error for text that a codec does not take."""
    return ReadError(name, f"holds text that no codec takes: {error}", "save it as UTF-8", "encoding")


def refused_attempt(name: str, events: set[str]) -> ReadError:
    """Return the error for a file at which a reader tried what it may not. events: names of audit events."""
    problem = f"makes its reader try what no reader may: {', '.join(sorted(events))}"
    return ReadError(name, problem, _REPORT_REMEDY, "unsafe")


def crashed(name: str, how: str) -> ReadError:
    """Return the error for a file at which a reader failed. how: an exception, a signal, as a phrase."""
    return ReadError(name, f"cannot be read: its reader {how}", _REPORT_REMEDY, "crashed")
