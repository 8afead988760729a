"""How many requests are worked on at once: a few in work, a few waiting, and a quick no to all others.

The server must have more threads than both together, or requests wait where nobody sees them.
"""

from __future__ import annotations

import threading


class Gate:
    """Turns for requests. Threads may share it."""

    def __init__(self, active: int, waiting: int, patience: float) -> None:
        """At most `active` at work and `waiting` in line, none of them for longer than `patience` seconds."""
        self._turns = threading.BoundedSemaphore(active)
        self._counting = threading.Lock()
        self._most = waiting
        self._patience = patience
        self.waiting = 0
        self.shed = 0

    def enter(self) -> bool:
        """Whether a turn was got; then it must be left again."""
        if self._turns.acquire(blocking=False):
            return True
        with self._counting:
            if self.waiting >= self._most:
                self.shed += 1
                return False
            self.waiting += 1
        entered = self._turns.acquire(timeout=self._patience)
        with self._counting:
            self.waiting -= 1
            self.shed += not entered
        return entered

    def leave(self) -> None:
        """Give a turn back."""
        self._turns.release()
