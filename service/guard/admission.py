"""Admission of questions: a few at work, a few waiting, and a quick no to all others.

A batch takes a turn for each of its questions, behind all single ones, and batches never have all turns.

The server must have more threads than both together, or requests wait where nobody sees them.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from pincite.index.parallel import CPUS
from pincite.index.settings import Settings

REJECTIONS_PER_EXTRA_SECOND = 8  # refusals in a second that make the stay one second longer
MAX_RETRY_AFTER = 10  # seconds


def concurrency(settings: Settings) -> int:
    """Return how many questions one process works on at once: as set, or its share of the CPUs."""
    return settings.max_concurrent or max(1, CPUS // settings.processes)


class AdmissionGate:
    """Turns for requests. Threads may share it."""

    def __init__(self, max_concurrent: int, max_queued: int, timeout: float) -> None:
        """At most `active` at work and `waiting` in line, none of them for longer than `patience` seconds."""
        self._lock = threading.Lock()
        self._free = max_concurrent
        self._line: deque[threading.Event] = deque()  # first come, first served
        self._behind: deque[threading.Event] = deque()  # batches between two questions
        self._most = max_queued
        self._most_batches = max_concurrent
        self._most_batched = max(1, max_concurrent - 1)
        self._batches = 0
        self._batched = 0  # turns that batches have, but for those they began with
        self._patience = timeout
        self._second = 0  # the second in which refusals are counted, and how many there were
        self._refused = 0
        self.shed = 0

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    def acquire(self) -> bool:
        """Take a place, waiting in line for it. Returns whether it was got; then release() must follow."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._line) >= self._most:
                self._reject()
                return False
            turn = threading.Event()
            self._line.append(turn)
        return self._wait(turn, self._line, self._patience)

    def begin_batch(self) -> bool:
        """Begin a batch. Returns whether one more may be worked on; then end_batch() must follow."""
        with self._lock:
            if self._batches >= self._most_batches:
                self._reject()
                return False
            self._batches += 1
            return True

    def end_batch(self) -> None:
        """End a batch."""
        with self._lock:
            self._batches -= 1

    def acquire_behind(self, timeout: float) -> bool:
        """Take a place for a further question of a batch, behind single questions. Returns whether it was got.

        Then it must be left again, as a batch's.
        """
        with self._lock:
            if self._free and self._batched < self._most_batched:
                self._free -= 1
                self._batched += 1
                return True
            turn = threading.Event()
            self._behind.append(turn)
        return self._wait(turn, self._behind, timeout)

    def _wait(self, turn: threading.Event, line: deque[threading.Event], timeout: float) -> bool:
        """Wait in a line for a turn. Returns whether it was got; if not, the place in the line is given up."""
        turn.wait(timeout)
        with self._lock:
            if turn.is_set():
                return True
            line.remove(turn)
            self._reject()
            return False

    def retry_after(self) -> int:
        """Return the seconds that a rejected client should stay away: the more are rejected, the longer."""
        return min(MAX_RETRY_AFTER, 1 + self._refused // REJECTIONS_PER_EXTRA_SECOND)

    def _reject(self) -> None:
        second = int(time.monotonic())
        self._refused = self._refused + 1 if second == self._second else 1
        self._second = second
        self.shed += 1

    def release(self, batched: bool = False) -> None:
        """Hand a place to the request that has waited longest. `batched`: it was taken by acquire_behind()."""
        with self._lock:
            self._batched -= batched
            if self._line:
                self._line.popleft().set()
            elif self._behind and self._batched < self._most_batched:
                self._batched += 1
                self._behind.popleft().set()
            else:
                self._free += 1
