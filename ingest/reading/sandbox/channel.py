"""Exchange of messages with a process that may be stuck, dead or hostile: every one has a deadline and a bound."""

from __future__ import annotations

import os
import select
import subprocess
import time

from pincite.ingestion.reading.sandbox.messages import LENGTH

_CHUNK_BYTES = 1 << 20


class DeadlineError(Exception):
    """A process did not take or send a message in time."""


class ClosedError(Exception):
    """A process closed its end."""


class LongMessageError(Exception):
    """A process sends a message that is longer than is taken."""


class Channel:
    """Pipes to and from a process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    def send(self, message: bytes, deadline: float) -> None:
        """Send a message. Raises DeadlineError after `deadline`, in seconds of time.monotonic(), and ClosedError."""
        rest = memoryview(message)
        while rest:
            self._wait(self._to, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._to, rest[:_CHUNK_BYTES]) :]
            except BlockingIOError:  # there is room for less than was to be written at once
                continue
            except OSError as error:
                raise ClosedError from error

    def receive(self, max_bytes: int, deadline: float) -> bytes:
        """Return the next message, of max_bytes at most. Raises LongMessageError, and what send() raises."""
        (length,) = LENGTH.unpack(self._receive_bytes(LENGTH.size, deadline))
        if length > max_bytes:
            raise LongMessageError
        return self._receive_bytes(length, deadline)

    def _receive_bytes(self, count: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < count:
            self._wait(self._from, select.POLLIN, deadline)
            chunk = os.read(self._from, min(_CHUNK_BYTES, count - len(received)))
            if not chunk:
                raise ClosedError
            received += chunk
        return bytes(received)

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise DeadlineError
