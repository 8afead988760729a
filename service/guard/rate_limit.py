"""Rate limit: a quota of requests a minute for each client, in token buckets.

The response fields are those of draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_CLIENTS = 10_000  # clients remembered; the least recently seen is forgotten first
WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """Quota of a client after a request."""

    allowed: bool
    remaining: int  # requests
    reset: int  # seconds until the quota is whole again
    retry_after: int  # seconds until the same request would be allowed

    def fields(self, quota: int) -> dict[str, str]:
        """Return the RateLimit fields of the response. quota: requests a minute."""
        fields = {"RateLimit-Policy": f'"search";q={quota};w={WINDOW_SECONDS}'}
        fields["RateLimit"] = f'"search";r={self.remaining};t={self.reset}'
        return fields if self.allowed else fields | {"Retry-After": str(self.retry_after)}


class RateLimiter:
    """Token bucket for each client, refilled evenly. Threads may share it."""

    def __init__(self, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `quota` requests in WINDOW_SECONDS, all at once or spread. The clock must not go back."""
        self.quota = quota
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted
        self._lock = threading.Lock()

    def consume(self, client: str, cost: int = 1) -> Quota:
        """Take `cost` requests from a client's quota, all of them or none."""
        with self._lock:
            now = self._clock()
            tokens, counted_at = self._buckets.pop(client, (float(self.quota), now))
            tokens = min(self.quota, tokens + (now - counted_at) * self.quota / WINDOW_SECONDS)
            allowed = tokens >= cost
            tokens -= cost * allowed
            self._buckets[client] = tokens, now
            if len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        return Quota(
            allowed=allowed,
            remaining=int(tokens),
            reset=math.ceil((self.quota - tokens) * WINDOW_SECONDS / self.quota),
            retry_after=math.ceil(max(0.0, cost - tokens) * WINDOW_SECONDS / self.quota),
        )


@lru_cache(1024)
def client_of(address: str) -> str:
    """Return the client behind an address: the address, or of IPv6 its /64, which one site has (RFC 6177)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    mapped = ip.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((ip, 64), strict=False))
