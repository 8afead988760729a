"""The parent's end: one process reads file after file, and after a death or a large document a new one does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

from pincite.index.errors import REASONS, ReadError, StorageError
from pincite.index.system_errors import to_storage_error
from pincite.ingestion.reading.draft import Draft, WebOrigin
from pincite.ingestion.reading.readers.stated_values import validated
from pincite.ingestion.reading.sandbox import refusals
from pincite.ingestion.reading.sandbox.channel import Channel, ClosedError, DeadlineError, LongMessageError
from pincite.ingestion.reading.sandbox.draft_json import decode_draft
from pincite.ingestion.reading.sandbox.limits import MAX_KEPT_BYTES, MAX_REPLY_BYTES, READ_SECONDS, START_SECONDS
from pincite.ingestion.reading.sandbox.messages import pack_request

WORKER_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from pincite.ingestion.reading.sandbox.worker import main; main()"
)
# Where libraries and files of the language lie. Nothing else of the environment, which may hold secrets, goes along.
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_MAX_MESSAGE_CHARACTERS = 20_000  # of a refusal


class ReaderProcess:
    """A process that reads documents, started when the first is read. Leaving the context ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None

    def __enter__(self) -> ReaderProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id; None where no process runs."""
        return self._process.pid if self._process else None

    def read(self, data: bytes, name: str, suffix: str, origin: WebOrigin | None = None) -> Draft:
        """Read the bytes of one document.

        suffix: the ending that says its format, in lower case. origin: of one that was fetched.

        Raises ReadError as the reader does, and where it takes too long or too much, or fails. Raises StorageError or
        ModuleNotFoundError where the process cannot start.
        """
        channel = self._channel or self._start()
        deadline = time.monotonic() + READ_SECONDS
        try:
            channel.send(pack_request(data, name, suffix, origin), deadline)
            reply = _decode_reply(channel.receive(MAX_REPLY_BYTES, deadline), name)
        except BaseException as error:  # what is under way in that process would answer for the next file
            exit_status = self._wait() if isinstance(error, ClosedError) else None
            self.close()
            if isinstance(error, DeadlineError):
                raise refusals.too_slow(name) from error
            if isinstance(error, ClosedError):
                raise _refusal_of_death(name, exit_status) from error
            if isinstance(error, LongMessageError):
                raise _no_reply(name) from error
            raise
        draft, refusal, peak_bytes = reply
        if peak_bytes > MAX_KEPT_BYTES:
            self.close()
        if refusal is not None:
            raise refusal
        assert draft is not None
        return draft

    def close(self) -> None:
        """End the process, if there is one, and wait for its end."""
        process, self._process, self._channel = self._process, None, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def _wait(self) -> int | None:
        """Return the exit status of a process that has closed its pipes; None where it goes on all the same."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(1.0)
        return None

    def _start(self) -> Channel:
        """Start the process, and wait until it has imported the readers and taken its limits."""
        paths = [os.path.abspath(path) for path in sys.path]
        flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
        try:
            self._process = subprocess.Popen(
                [sys.executable, *flags, "-c", WORKER_PROGRAM, *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a library may print what a document holds
                cwd="/",
                env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
                bufsize=0,
            )
        except OSError as error:
            raise to_storage_error(error, sys.executable) from error
        channel = Channel(self._process)
        try:
            greeting = json.loads(channel.receive(MAX_REPLY_BYTES, time.monotonic() + START_SECONDS))
        except (DeadlineError, ClosedError) as error:
            status = self._wait()
            self.close()
            raise _not_started(f"exit status {status}") from error
        except BaseException:
            self.close()
            raise
        if not greeting.get("ready"):
            self.close()
            if package := greeting.get("missing_package"):
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)
            raise _not_started(greeting.get("failure"))
        self._channel = channel
        return channel


def _decode_reply(message: bytes, name: str) -> tuple[Draft | None, ReadError | None, int]:
    """Return the draft or the refusal of a reply, and how much memory its process took.

    Raises ReadError for anything else: a document may have taken the process over.
    """
    try:
        reply: dict[str, Any] = json.loads(message)
        peak_bytes = int(reply["peak_bytes"])
        if "refusal" in reply:
            return None, _decode_refusal(*reply["refusal"]), peak_bytes
        draft = decode_draft(reply["draft"])
        _check_stated_values(draft)
    except (ReadError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_reply(name) from error
    return draft, None, peak_bytes


def _decode_refusal(place: object, problem: object, remedy: object, reason: Any) -> ReadError:
    texts = [_printable(text) for text in (place, problem, remedy) if isinstance(text, str)]
    if len(texts) != 3 or max(map(len, texts)) > _MAX_MESSAGE_CHARACTERS or reason not in REASONS:
        raise ValueError("no refusal")
    return ReadError(texts[0], texts[1], texts[2], reason)


def _printable(text: str) -> str:
    """Return a text with what steers a terminal escaped."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)


def _check_stated_values(draft: Draft) -> None:
    """Raise ValueError for what would stand in an address or an attribute and is none."""
    stated = {"id": draft.id, "language": draft.language, "source_url": draft.source.url}
    for key, value in stated.items():
        if value is not None and validated(key, value, key) != value:
            raise ValueError(f"no {key} in its usual form")


def _no_reply(name: str) -> ReadError:
    return refusals.crashed(name, "gives a reply that is none")


def _refusal_of_death(name: str, exit_status: int | None) -> ReadError:
    """Return the error for a process that ended, by its exit status or the negative number of a signal."""
    if exit_status == -signal.SIGXCPU:
        return refusals.too_slow(name)
    if exit_status == -signal.SIGKILL:  # by the system, which does so when memory is short
        return refusals.too_much_memory(name)
    if exit_status is not None and exit_status < 0:
        return refusals.crashed(name, f"is ended by {signal.Signals(-exit_status).name}")
    return refusals.crashed(name, f"ends with exit status {exit_status}")


def _not_started(detail: object) -> StorageError:
    remedy = "check that this Python can start itself, then run the command again"
    return StorageError(sys.executable or "Python", f"does not start as the process that reads: {detail}", remedy)
