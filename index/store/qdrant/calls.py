"""Calls to a server: each within a deadline, tried again where that may help, its errors in our shape, and timed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlineError
from dataclasses import dataclass
from typing import TypeVar

from pincite.index.errors import StoreError, StoreUnavailableError
from pincite.index.store.passage_store import Observe

T = TypeVar("T")

MAX_ATTEMPTS = 3
FIRST_PAUSE = 0.05  # seconds before the second attempt, twice as long before each further one, less up to a half
MAX_THREADS = 64  # calls at once; a call past its deadline holds its thread until the connection is closed
LATER = "see that the store runs and can be reached from here; asking again later may help"


@dataclass(frozen=True, slots=True)
class Failure:
    """Meaning of an exception of the client library."""

    problem: str
    remedy: str
    may_pass: bool  # whether the same call may succeed later
    is_answer: bool = False  # whether the server itself said so


class Calls:
    """Runner of calls to one server. Threads may share it."""

    def __init__(
        self,
        place: str,
        seconds: float,
        explain: Callable[[Exception], Failure | None],
        reconnect: Callable[[], None],
        observe: Observe | None = None,
    ) -> None:
        """place: the server as errors name it, without a key. seconds: the deadline of a call with all its attempts.

        explain: what an exception means; None for one that is a fault of ours. reconnect: drops the connections, so
        that calls past their deadline end.
        """
        self._place, self._seconds, self._explain, self._reconnect = place, seconds, explain, reconnect
        self._observe = observe or (lambda name, seconds, is_success: None)
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="store")

    def run(self, name: str, call: Callable[[], T], seconds: float | None = None) -> T:
        """Return what a call returns. name: as metrics have it. Raises StoreError or StoreUnavailableError."""
        began = time.monotonic()
        is_success = False
        try:
            result = self._attempt(call, began + (seconds or self._seconds))
            is_success = True
            return result
        finally:
            self._observe(name, time.monotonic() - began, is_success)

    def close(self) -> None:
        """Take no more calls."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, call: Callable[[], T], deadline: float) -> T:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return self._threads.submit(call).result(max(0.0, deadline - time.monotonic()))
            except DeadlineError:
                self._reconnect()
                raise StoreUnavailableError(self._place, "did not answer in time", LATER) from None
            except StoreError:
                raise
            except Exception as error:
                failure = self._explain(error)
                if failure is None:
                    raise
                pause = FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1)
                if not failure.may_pass:
                    raise StoreError(self._place, failure.problem, failure.remedy) from None
                if attempt == MAX_ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise StoreUnavailableError(self._place, failure.problem, failure.remedy) from None
                time.sleep(pause)
        raise AssertionError("unreachable")
