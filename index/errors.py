"""Errors of one shape: place, problem and remedy. Imports nothing of ours.

PinciteError
  +- QuestionError   a question that cannot be searched: BlankQuestionError, LongQuestionError
  +- FilterError     a filter on metadata that cannot be understood
  +- SettingError    an unknown, missing or ill-typed setting
  +- ReadError       a document that cannot be read
  +- CorpusError     no documents, or documents that cannot stand together
     +- RefusedError   documents at fault, for which nothing was published (ingest/report.py)
  +- ModelError      weights that are missing, differ from the pinned ones, or do not agree with PyTorch
  +- BundleError     a bundle that is missing, damaged or of another format
  +- StorageError    a file that the system does not let be read or written
  +- StoreError      a passage store that refuses, holds something else, or has no such part
     +- StoreUnavailableError   one that cannot be reached, or does not answer in time
  +- IndexLockedError  another ingest is at work on the index
  +- ServeError      the service cannot start

Raised deep, caught once at each edge: exit code 1 on the command line, one problem shape over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

# Why a document or a path is refused: a closed list, which programs may rely on (docs/operations.md explains each).
Reason = Literal[
    "missing",
    "no_documents",
    "unreadable",
    "not_fetched",
    "unknown_format",
    "empty",
    "no_text_layer",
    "encoding",
    "invalid",
    "damaged",
    "password",
    "unsafe",
    "too_large",
    "too_complex",
    "too_slow",
    "too_much_memory",
    "crashed",
    "repeated_id",
]
REASONS: tuple[str, ...] = get_args(Reason)


class PinciteError(Exception):
    """place: what is wrong / remedy: what to do about it."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place  # a file (with byte, line or key where known), a field, an address
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}\n  remedy: {self.remedy}"


class QuestionError(PinciteError):
    """A question that cannot be searched."""


class BlankQuestionError(QuestionError):
    """A question with nothing to see in it."""


class LongQuestionError(QuestionError):
    """A question beyond the length that is taken."""


class FilterError(PinciteError):
    """A filter on metadata that cannot be understood; its place is the field."""


class SettingError(PinciteError):
    """An unknown, missing or ill-typed setting."""


class ReadError(PinciteError):
    """A document that cannot be read, and the reason as a code."""

    def __init__(self, place: str, problem: str, remedy: str, reason: Reason = "invalid") -> None:
        super().__init__(place, problem, remedy)
        self.reason = reason


class CorpusError(PinciteError):
    """No documents, or documents that cannot stand together."""

    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Text of an error, without the stack and the values that an exception keeps in memory."""

    place: str
    problem: str
    remedy: str
    reason: Reason | None = None  # None where no document is at fault, but the model or the index

    @classmethod
    def of(cls, error: PinciteError, reason: Reason | None = None) -> Fault:
        """Return the fault that an error reports, for the error's own reason if it has one."""
        return cls(error.place, error.problem, error.remedy, getattr(error, "reason", None) or reason)

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}\n  remedy: {self.remedy}"


class ModelError(PinciteError):
    """Weights that are missing, differ from the pinned ones, or give other vectors than PyTorch's."""


class BundleError(PinciteError):
    """A bundle that is missing, damaged or of another format."""


class StorageError(PinciteError):
    """A file that the system does not let be read or written: a full disk, no permission, a bad sector."""


class StoreError(PinciteError):
    """A passage store that refuses, holds something else than the index, or answers what cannot be understood."""


class StoreUnavailableError(StoreError):
    """A passage store that cannot be reached or does not answer in time; asking again later may help."""


class IndexLockedError(PinciteError):
    """Another ingest holds the index."""


class ServeError(PinciteError):
    """The service cannot start."""
