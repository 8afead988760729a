"""Admission of questions: a bounded number at work, a bounded number in line, and a quick 503 for all others.

Each question of a batch takes a place of its own, behind all single questions, and batches never hold all places.

The server must have more threads than questions at work and in line together; otherwise requests wait for a thread,
where the gate cannot count them.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from pincite.index.parallel import CPUS
from pincite.index.settings import Settings

REJECTIONS_PER_EXTRA_SECOND = 8  # rejections in one second that make Retry-After one second longer
MAX_RETRY_AFTER = 10  # seconds


def concurrency(settings: Settings) -> int:
    """Return how many questions one process works on at once: as set, or its share of the CPUs."""
    return settings.max_concurrent or max(1, CPUS // settings.processes)


class AdmissionGate:
    """Gate with a bounded number of places, and a line of requests that wait for one. Threads may share it."""

    def __init__(self, max_concurrent: int, max_queued: int, timeout: float) -> None:
        """Allow `max_concurrent` requests at work and `max_queued` in line, none for longer than `timeout` seconds."""
        self._lock = threading.Lock()
        self._free_places = max_concurrent
        self._single_line: deque[threading.Event] = deque()  # first come, first served
        self._batch_line: deque[threading.Event] = deque()  # batches that wait between two of their questions
        self._max_queued = max_queued
        self._max_batches = max_concurrent
        self._max_batch_places = max(1, max_concurrent - 1)
        self._batches = 0
        self._batch_places = 0  # places that batches hold, except for the first question of each
        self._timeout = timeout
        self._current_second = 0  # of the monotonic clock
        self._rejected_this_second = 0
        self.rejected = 0  # since the start

    @property
    def waiting(self) -> int:
        """Requests in line."""
        return len(self._single_line)

    def acquire(self) -> bool:
        """Take a place, waiting in line if none is free. Return whether it was taken; then release() must follow."""
        with self._lock:
            if self._free_places:
                self._free_places -= 1
                return True
            if len(self._single_line) >= self._max_queued:
                self._reject()
                return False
            turn = threading.Event()
            self._single_line.append(turn)
        return self._wait(turn, self._single_line, self._timeout)

    def begin_batch(self) -> bool:
        """Begin a batch. Return whether one more may be worked on; then end_batch() must follow."""
        with self._lock:
            if self._batches >= self._max_batches:
                self._reject()
                return False
            self._batches += 1
            return True

    def end_batch(self) -> None:
        """End a batch."""
        with self._lock:
            self._batches -= 1

    def acquire_behind(self, timeout: float) -> bool:
        """Take a place for a further question of a batch, behind single questions, waiting `timeout` seconds at most.

        Return whether it was taken; then release(batched=True) must follow.
        """
        with self._lock:
            if self._free_places and self._batch_places < self._max_batch_places:
                self._free_places -= 1
                self._batch_places += 1
                return True
            turn = threading.Event()
            self._batch_line.append(turn)
        return self._wait(turn, self._batch_line, timeout)

    def _wait(self, turn: threading.Event, line: deque[threading.Event], timeout: float) -> bool:
        """Wait in a line for a turn. Return whether it came; if not, leave the line."""
        turn.wait(timeout)
        with self._lock:
            if turn.is_set():
                return True
            line.remove(turn)
            self._reject()
            return False

    def retry_after(self) -> int:
        """Return the seconds that a rejected client should stay away: the more are rejected, the longer."""
        return min(MAX_RETRY_AFTER, 1 + self._rejected_this_second // REJECTIONS_PER_EXTRA_SECOND)

    def _reject(self) -> None:
        second = int(time.monotonic())
        self._rejected_this_second = self._rejected_this_second + 1 if second == self._current_second else 1
        self._current_second = second
        self.rejected += 1

    def release(self, batched: bool = False) -> None:
        """Hand a place to the request that has waited longest. batched: it was taken by acquire_behind()."""
        with self._lock:
            self._batch_places -= batched
            if self._single_line:
                self._single_line.popleft().set()
            elif self._batch_line and self._batch_places < self._max_batch_places:
                self._batch_places += 1
                self._batch_line.popleft().set()
            else:
                self._free_places += 1
