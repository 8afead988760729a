"""Logs and metrics: a line of JSON and counts for each request, without question, address or key."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from pincite.index.errors import ServeError
from pincite.index.settings import Settings

access = logging.getLogger("pincite.access")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """The counts of one app."""

    def __init__(self, app: Flask) -> None:
        self.registry = CollectorRegistry()
        names = ("route", "method", "status")
        self._requests = Counter("pincite_requests", "Requests answered.", names, registry=self.registry)
        self._seconds = Histogram(
            "pincite_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self._answers = Counter("pincite_answers", "Answers by status.", ("status",), registry=self.registry)
        self._search = Histogram("pincite_search_seconds", "Time to search.", buckets=_BUCKETS, registry=self.registry)
        parts = app.extensions  # the gate is put in after this
        self._gauge("pincite_waiting", "Requests that wait for their turn.", lambda: parts["gate"].waiting)
        self._gauge("pincite_shed", "Requests refused for want of a turn.", lambda: parts["gate"].shed)
        live = app.extensions["searcher"]
        if hasattr(live, "refusals"):
            self._gauge("pincite_index_age_seconds", "Since the index serves.", lambda: time.time() - live.opened_at)
            self._gauge("pincite_index_refused", "Published indexes that were refused.", lambda: live.refusals)
        self._index = Gauge("pincite_index_info", "The index that serves.", ("index",), registry=self.registry)

    def _gauge(self, name: str, told: str, value: Any) -> None:
        Gauge(name, told, registry=self.registry).set_function(value)

    def count(self, status: int, seconds: float) -> None:
        """Count one request."""
        route = _route()
        self._requests.labels(route, _method(), str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        for answered, took in g.get("answered", ()):
            self._answers.labels(answered).inc()
            self._search.observe(took)
        if current := g.get("searcher"):
            self._index.clear()
            self._index.labels(current.bundle.id).set(1)


def register(app: Flask) -> None:
    """Count and log every request of the app: register this before whatever else looks at requests."""
    metrics = app.extensions["metrics"] = Metrics(app)

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.count(response.status_code, seconds)
        current = g.get("searcher")
        said = {"request": g.get("request_id"), "method": _method(), "route": _route(), "status": response.status_code}
        said |= {"ms": round(seconds * 1000, 1), "index": current.bundle.id if current else None}
        access.info("request", extra={"fields": said})
        return response

    app.before_request(begin)
    app.after_request(end)


def start(app: Flask, settings: Settings) -> None:
    """Send log lines to standard error and metrics to their own port, as set. Raises ServeError."""
    if settings.log == "json":
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Json())
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        logging.getLogger("waitress").setLevel(logging.ERROR)
    if settings.metrics_port:
        place = f"{settings.metrics_host}:{settings.metrics_port}"
        try:
            start_http_server(settings.metrics_port, settings.metrics_host, app.extensions["metrics"].registry)
        except (OSError, OverflowError) as error:  # taken, or beyond the last port
            raise ServeError(
                place, "metrics cannot be served there", "set PINCITE_METRICS_PORT to a free one"
            ) from error


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        said |= {"from": record.name, "message": record.getMessage()} | getattr(record, "fields", {})
        return json.dumps(said, ensure_ascii=True)


def _route() -> str:
    """Return the pattern of an address, never the address."""
    return str(request.url_rule.rule) if request.url_rule else "none"


def _method() -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
