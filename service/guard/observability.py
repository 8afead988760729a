"""Logs and metrics: a line of JSON and counts for each request, without question, address or key."""

from __future__ import annotations

import json
import logging
import sys
import time

from flask import Flask, Response, request
from prometheus_client import start_http_server

from pincite.index.errors import ServeError
from pincite.service.guard.state import request_state, service, service_of

access = logging.getLogger("pincite.access")


def register(app: Flask) -> None:
    """Count and log every request of the app: register this before whatever else looks at requests."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    request_state()  # its clock starts


def _end(response: Response) -> Response:
    state, metrics, route = request_state(), service().metrics, _route()
    seconds = time.perf_counter() - state.started
    index = state.searcher.bundle.id if state.searcher else None
    metrics.count_request(route, _method(), response.status_code, seconds)
    metrics.count_answers(state.answers)
    if index:
        metrics.set_index(index)
    fields = {"request": state.request_id, "method": _method(), "route": route, "status": response.status_code}
    fields |= {"ms": round(seconds * 1000, 1), "index": index}
    access.info("request", extra={"fields": fields})
    return response


def start(app: Flask) -> None:
    """Send log lines to standard error and metrics to their own port, as set. Raises ServeError."""
    settings, metrics = service_of(app).settings, service_of(app).metrics
    if settings.log == "json":
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Json())
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        logging.getLogger("waitress").setLevel(logging.ERROR)
    if settings.metrics_port:
        place = f"{settings.metrics_host}:{settings.metrics_port}"
        try:
            start_http_server(settings.metrics_port, settings.metrics_host, metrics.registry)
        except (OSError, OverflowError) as error:  # taken, or beyond the last port
            raise ServeError(
                place, "metrics cannot be served there", "set PINCITE_METRICS_PORT to a free one"
            ) from error


class _Json(logging.Formatter):
    """Formatter of log records: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower()}
        fields |= {"from": record.name, "message": record.getMessage()} | getattr(record, "fields", {})
        return json.dumps(fields, ensure_ascii=True)


def _route() -> str:
    """Return the pattern of an address, never the address."""
    return str(request.url_rule.rule) if request.url_rule else "none"


def _method() -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
