"""Quotas: so many requests a minute for each client, in token buckets (RateLimit fields: IETF draft, httpapi)."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

CLIENTS = 10_000  # remembered at once; the one seen longest ago is forgotten first
WINDOW = 60  # seconds


@dataclass(frozen=True, slots=True)
class Left:
    """What a client has left."""

    allowed: bool
    remaining: int
    reset: int  # seconds until there is a whole request more

    def fields(self, quota: int) -> dict[str, str]:
        """The fields of the response."""
        found = {"RateLimit-Policy": f'"search";q={quota};w={WINDOW}'}
        found["RateLimit"] = f'"search";r={self.remaining};t={self.reset}'
        return found if self.allowed else found | {"Retry-After": str(self.reset)}


class Limiter:
    """One bucket for each client, filled evenly. Threads may share it."""

    def __init__(self, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`quota` requests in WINDOW seconds, all at once or spread. The clock must not go back."""
        self.quota = quota
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted
        self._counting = threading.Lock()

    def take(self, client: str) -> Left:
        """Take one request from a client's quota."""
        with self._counting:
            now = self._clock()
            tokens, then = self._buckets.pop(client, (float(self.quota), now))
            tokens = min(self.quota, tokens + (now - then) * self.quota / WINDOW)
            allowed = tokens >= 1
            tokens -= allowed
            self._buckets[client] = tokens, now
            if len(self._buckets) > CLIENTS:
                self._buckets.popitem(last=False)
        lacking = max(0.0, 1 - tokens) * WINDOW / self.quota
        return Left(allowed, int(tokens), math.ceil(lacking))
