"""Times of calls to the store of the passages, for Prometheus. One store serves a process, whatever index is open."""

from __future__ import annotations

from prometheus_client import Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

STORE_CALLS = Histogram(
    "pincite_store_call_seconds",
    "Time of calls to the store of the passages, all attempts together.",
    ("call", "outcome"),
    buckets=_BUCKETS,
    registry=None,
)


def observe_store_call(name: str, seconds: float, is_success: bool) -> None:
    """Count one call."""
    STORE_CALLS.labels(name, "success" if is_success else "failure").observe(seconds)
