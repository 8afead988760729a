"""Answers that are kept, the most recently used; any number of threads may share them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from pincite.index.types import Answer


class AnswerCache:
    """The most recently used answers, by a key that says all that an answer depends on."""

    def __init__(self, size: int) -> None:
        """Keep `size` answers at most; 0 keeps none."""
        self._size = size
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return the number of answers that are kept."""
        return len(self._answers)

    def get(self, key: Hashable) -> Answer | None:
        """Return the answer that is kept for a key, or None."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, instead of the one that was least recently used if there are too many."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
