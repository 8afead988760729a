"""Quotas: so many requests a minute for each client, in token buckets (RateLimit fields: IETF draft, httpapi)."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

CLIENTS = 10_000  # remembered at once; the one seen longest ago is forgotten first
WINDOW = 60  # seconds


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests that a client has left."""

    allowed: bool
    remaining: int
    reset: int  # seconds until the quota is whole again
    rest: int  # seconds until what was asked would be allowed

    def fields(self, quota: int) -> dict[str, str]:
        """Return the RateLimit fields of the response."""
        found = {"RateLimit-Policy": f'"search";q={quota};w={WINDOW}'}
        found["RateLimit"] = f'"search";r={self.remaining};t={self.reset}'
        return found if self.allowed else found | {"Retry-After": str(self.rest)}


class RateLimiter:
    """One bucket for each client, filled evenly. Threads may share it."""

    def __init__(self, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`quota` requests in WINDOW seconds, all at once or spread. The clock must not go back."""
        self.quota = quota
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted
        self._counting = threading.Lock()

    def consume(self, client: str, cost: int = 1) -> Quota:
        """Take `cost` requests from a client's quota, all of them or none."""
        with self._counting:
            now = self._clock()
            tokens, then = self._buckets.pop(client, (float(self.quota), now))
            tokens = min(self.quota, tokens + (now - then) * self.quota / WINDOW)
            allowed = tokens >= cost
            tokens -= cost * allowed
            self._buckets[client] = tokens, now
            if len(self._buckets) > CLIENTS:
                self._buckets.popitem(last=False)
        rest = max(0.0, cost - tokens) * WINDOW / self.quota
        return Quota(allowed, int(tokens), math.ceil((self.quota - tokens) * WINDOW / self.quota), math.ceil(rest))


@lru_cache(1024)
def client_of(address: str) -> str:
    """Return who is behind an address: itself, or of IPv6 its /64, which is what one customer has (RFC 6177)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
