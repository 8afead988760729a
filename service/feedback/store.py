"""The store of feedback: one SQLite file, which several processes may write at the same time.

Without leave of the asker an answer adds 1 to a count; no row stands for one press of a button. Questions are
kept in a table of their own, the newest MAX_QUESTIONS of them, and deleted ones are overwritten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pincite.index.errors import SettingError, StorageError
from pincite.index.system_errors import naming_file, printable_path
from pincite.index.types import Status

FEEDBACK_FILE = "feedback.sqlite"
MAX_QUESTIONS = 5000  # kept at most; the oldest give way
MAX_BYTES = 64 << 20  # of the file
BUSY_TIMEOUT_S = 2.0  # seconds that a write waits for another process
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600

Verdict = Literal["helped", "did_not_answer"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_PAGE_BYTES = 4096
_TABLES = """
CREATE TABLE IF NOT EXISTS counts (
    day TEXT, index_id TEXT, status TEXT, verdict TEXT, passage TEXT, count INTEGER NOT NULL,
    PRIMARY KEY (day, index_id, status, verdict, passage)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS questions (
    id INTEGER PRIMARY KEY, day TEXT, index_id TEXT, status TEXT, verdict TEXT, passage TEXT, question TEXT,
    unmatched_terms TEXT
);
"""
_COUNT = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (day, index_id, status, verdict, passage) DO UPDATE SET count = count + 1
"""
_KEEP = """
INSERT INTO questions (day, index_id, status, verdict, passage, question, unmatched_terms) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FORGET = "DELETE FROM questions WHERE id <= (SELECT max(id) FROM questions) - ?"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A press of a button under an answer, as it is kept."""

    day: str  # ISO 8601; no time of day
    index: str  # the index id that answered
    status: Status
    verdict: Verdict
    passage: str  # id of the first passage shown, or ""


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question whose asker agreed that its text is kept."""

    feedback: Feedback
    text: str
    unmatched_terms: tuple[str, ...]


class FeedbackStore:
    """Feedback in a folder. Each call opens the file for itself, so that threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FEEDBACK_FILE

    def prepare(self) -> None:
        """Make folder and file where they are missing, and write to them once. Raises SettingError if that fails."""
        try:
            with naming_file(self._folder):
                self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            with self._writing():
                pass
        except StorageError as error:
            raise SettingError(
                "PINCITE_FEEDBACK",
                f"{error.place} {error.problem}",
                "name a folder that this user may write, or unset it: then nothing is counted",
            ) from error

    def add(self, feedback: Feedback) -> None:
        """Count one press of a button. Raises StorageError where the file cannot be written."""
        with self._writing() as connection:
            connection.execute(_COUNT, _columns(feedback))

    def keep(self, question: KeptQuestion) -> None:
        """Count one press, and keep the question with it. Raises StorageError where the file cannot be written."""
        with self._writing() as connection:
            columns = _columns(question.feedback)
            terms = json.dumps(question.unmatched_terms, ensure_ascii=False)
            connection.execute(_COUNT, columns)
            connection.execute(_KEEP, (*columns, question.text, terms))
            connection.execute(_FORGET, (MAX_QUESTIONS,))

    def counts(self) -> list[tuple[Feedback, int]]:
        """Return how often each kind of feedback was given, in the order of days. Raises StorageError."""
        rows = self._fetch_all("SELECT day, index_id, status, verdict, passage, count FROM counts")
        return [(Feedback(*columns), count) for *columns, count in rows]

    def questions(self) -> list[KeptQuestion]:
        """Return the kept questions, the oldest first. Raises StorageError."""
        rows = self._fetch_all(
            "SELECT day, index_id, status, verdict, passage, question, unmatched_terms FROM questions ORDER BY id"
        )
        return [KeptQuestion(Feedback(*columns), text, tuple(json.loads(terms))) for *columns, text, terms in rows]

    def _fetch_all(self, query: str) -> list[tuple[Any, ...]]:
        if not self._file.is_file():
            raise StorageError(
                printable_path(self._file),
                "no such file: nothing was counted yet",
                "name the folder that PINCITE_FEEDBACK names when you serve, with --folder",
            )
        address = f"{self._file.resolve().as_uri()}?mode=ro"
        with (
            naming_file(self._file),
            closing(sqlite3.connect(address, timeout=BUSY_TIMEOUT_S, uri=True)) as connection,
        ):
            return connection.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction that is committed at the end."""
        with naming_file(self._file), closing(sqlite3.connect(self._file, timeout=BUSY_TIMEOUT_S)) as connection:
            self._file.chmod(PRIVATE_FILE)
            connection.execute(f"PRAGMA max_page_count = {MAX_BYTES // _PAGE_BYTES}")
            connection.execute("PRAGMA secure_delete = ON")
            connection.executescript(_TABLES)
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection


def _columns(feedback: Feedback) -> tuple[str, str, str, str, str]:
    return feedback.day, feedback.index, feedback.status, feedback.verdict, feedback.passage
