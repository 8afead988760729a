"""Metrics of one app for Prometheus. Counts come in, the registry is what a scrape reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pincite.service.guard.admission import AdmissionGate
from pincite.service.guard.searcher_source import SearcherSource

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Metrics of one app."""

    def __init__(self, source: SearcherSource, gate: AdmissionGate) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self._requests = Counter("pincite_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "pincite_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self._answers = Counter("pincite_answers", "Answers by status.", ("status",), registry=self.registry)
        self._search = Histogram("pincite_search_seconds", "Time to search.", buckets=_BUCKETS, registry=self.registry)
        self._gauge("pincite_waiting", "Requests that wait for their turn.", lambda: gate.waiting)
        self._gauge("pincite_shed", "Requests refused for want of a turn.", lambda: gate.rejected)
        self._gauge("pincite_index_age_seconds", "Since the index serves.", lambda: time.time() - source.opened_at)
        self._gauge("pincite_index_refused", "Published indexes that were refused.", lambda: source.refusals)
        self._index = Gauge("pincite_index_info", "The index that serves.", ("index",), registry=self.registry)

    def _gauge(self, name: str, description: str, value: Callable[[], float]) -> None:
        Gauge(name, description, registry=self.registry).set_function(value)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. route: the pattern of its address, never the address."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_answers(self, answers: Sequence[tuple[str, float]]) -> None:
        """Count answers, each by its status and the seconds that its search took."""
        for status, seconds in answers:
            self._answers.labels(status).inc()
            self._search.observe(seconds)

    def set_index(self, index: str) -> None:
        """Show the id of the index that answered."""
        self._index.clear()
        self._index.labels(index).set(1)
