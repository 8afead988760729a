"""Metrics of one app for Prometheus. Counts come in, the registry is what a scrape reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from pincite.index.types import Care, Status
from pincite.service.guard.admission import AdmissionGate
from pincite.service.guard.index_ages import IndexAges
from pincite.service.guard.searcher_source import SearcherSource
from pincite.service.guard.store_calls import STORE_CALLS

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1)


class CountedAnswer(NamedTuple):
    """Facts of one answer that metrics count."""

    status: Status
    care: Care  # what its asker was shown first
    seconds: float  # that its search took
    confidence: float


class _Counts(Collector):
    """Counts that others keep: requests that admission refused, and indexes that were refused."""

    def __init__(self, source: SearcherSource, gate: AdmissionGate) -> None:
        self._source, self._gate = source, gate

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counts of now."""
        shed, refused = self._gate.rejected, self._source.refusals
        yield CounterMetricFamily("pincite_shed", "Requests refused for want of a turn.", value=shed)
        yield CounterMetricFamily("pincite_index_refused", "Published indexes that were refused.", value=refused)


class Metrics:
    """Metrics of one app."""

    def __init__(self, source: SearcherSource, gate: AdmissionGate) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self._requests = Counter("pincite_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "pincite_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self._answers = Counter(
            "pincite_answers", "Answers by status and care.", ("status", "care"), registry=self.registry
        )
        self._search = Histogram("pincite_search_seconds", "Time to search.", buckets=_BUCKETS, registry=self.registry)
        self._confidence = Histogram(
            "pincite_confidence", "Confidence of answers.", buckets=_CONFIDENCES, registry=self.registry
        )
        self._gauge("pincite_waiting", "Requests that wait for their turn.", lambda: gate.waiting)
        self._gauge("pincite_index_age_seconds", "Since the index serves.", lambda: time.time() - source.opened_at)
        self.registry.register(_Counts(source, gate))
        self.registry.register(IndexAges(source))
        self.registry.register(STORE_CALLS)
        self._index = Gauge("pincite_index_info", "The index that serves.", ("index",), registry=self.registry)

    def _gauge(self, name: str, description: str, value: Callable[[], float]) -> None:
        Gauge(name, description, registry=self.registry).set_function(value)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. route: the pattern of its address, never the address."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_answers(self, answers: Sequence[CountedAnswer]) -> None:
        """Count answers."""
        for answer in answers:
            self._answers.labels(answer.status, answer.care).inc()
            self._search.observe(answer.seconds)
            self._confidence.observe(answer.confidence)

    def set_index(self, index: str) -> None:
        """Show the id of the index that answered."""
        self._index.clear()
        self._index.labels(index).set(1)
