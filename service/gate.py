"""How many requests are worked on at once: a few in work, a few waiting, and a quick no to all others.

The server must have more threads than both together, or requests wait where nobody sees them.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from index.beside import PROCESSORS
from index.settings import Settings

CROWD = 8  # refusals in a second that make the stay one second longer
LONGEST = 10  # seconds


def at_work(settings: Settings) -> int:
    """How many questions one process works on at once: as set, or its share of the processors."""
    return settings.active or max(1, PROCESSORS // settings.processes)


class Gate:
    """Turns for requests. Threads may share it."""

    def __init__(self, active: int, waiting: int, patience: float) -> None:
        """At most `active` at work and `waiting` in line, none of them for longer than `patience` seconds."""
        self._lock = threading.Lock()
        self._free = active
        self._line: deque[threading.Event] = deque()  # whoever came first is first
        self._most = waiting
        self._patience = patience
        self._second = 0  # the second in which refusals are counted, and how many there were
        self._refused = 0
        self.shed = 0

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    def enter(self) -> bool:
        """Whether a turn was got; then it must be left again."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._line) >= self._most:
                self._refuse()
                return False
            turn = threading.Event()
            self._line.append(turn)
        turn.wait(self._patience)
        with self._lock:
            if turn.is_set():
                return True
            self._line.remove(turn)
            self._refuse()
            return False

    def rest(self) -> int:
        """Seconds that whoever was refused should stay away: the more are refused, the longer."""
        return min(LONGEST, 1 + self._refused // CROWD)

    def _refuse(self) -> None:
        second = int(time.monotonic())
        self._refused = self._refused + 1 if second == self._second else 1
        self._second = second
        self.shed += 1

    def leave(self) -> None:
        """Give a turn back: to whoever has waited longest."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
