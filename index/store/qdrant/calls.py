"""Calls to a server: each within a deadline, tried again where that may help, its errors in our shape, and timed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from pincite.index.errors import StoreError, StoreUnavailableError
from pincite.index.store.passage_store import Observe

T = TypeVar("T")

MAX_ATTEMPTS = 3
FIRST_PAUSE = 0.05  # seconds before the second attempt, twice as long before each further one, less up to a half

# by the monotonic clock, for the transport; the client library is between, so that no argument can carry it
_DEADLINE: ContextVar[float] = ContextVar("deadline")


@dataclass(frozen=True, slots=True)
class Failure:
    """Meaning of an exception of the client library."""

    problem: str
    remedy: str
    may_pass: bool  # whether the same call may succeed later
    wait: float = 0.0  # seconds that the server wants to be left alone


class Calls:
    """Runner of calls to one server, in the thread that asks. Threads may share it."""

    def __init__(
        self,
        place: str,
        seconds: float,
        explain: Callable[[Exception], Failure | None],
        observe: Observe | None = None,
    ) -> None:
        """place: the server as errors name it, without a key. seconds: the deadline of a call with all its attempts.

        explain: the meaning of an exception; None for one that is a fault of ours.
        """
        self._place, self._seconds, self._explain = place, seconds, explain
        self._observe = observe or (lambda name, seconds, is_success: None)

    def run(self, name: str, call: Callable[[], T], attempt_seconds: float | None = None) -> T:
        """Return what a call returns. name: as metrics have it. Raises StoreError or StoreUnavailableError.

        attempt_seconds: the deadline of each attempt, for a call that may take long and is worth another attempt when
        it has; by default there is the one deadline of all attempts.
        """
        began = time.monotonic()
        seconds = attempt_seconds or self._seconds
        is_success = False
        try:
            result = self._attempt(call, seconds, began + (MAX_ATTEMPTS * seconds if attempt_seconds else seconds))
            is_success = True
            return result
        finally:
            self._observe(name, time.monotonic() - began, is_success)

    def _attempt(self, call: Callable[[], T], seconds: float, deadline: float) -> T:
        """Try a call. seconds: for one attempt at most. deadline: of all of them, by the monotonic clock."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with _ending_at(min(deadline, time.monotonic() + seconds)):
                    return call()
            except Exception as error:
                failure = self._explain(error)
                if failure is None:
                    raise
                if not failure.may_pass:
                    raise StoreError(self._place, failure.problem, failure.remedy) from None
                pause = max(failure.wait, FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1))
                if attempt == MAX_ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise StoreUnavailableError(self._place, failure.problem, failure.remedy) from None
                time.sleep(pause)
        raise AssertionError("unreachable")


def seconds_left() -> float:
    """Return the seconds until the deadline of the attempt that this thread makes. Raises TimeoutError after it."""
    left = _DEADLINE.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


@contextmanager
def _ending_at(moment: float) -> Iterator[None]:
    token = _DEADLINE.set(moment)
    try:
        yield
    finally:
        _DEADLINE.reset(token)
