"""State of the service and of one request: one typed object each."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from flask import Flask, current_app, g

from pincite.index.settings import Settings
from pincite.service.guard.admission import AdmissionGate
from pincite.service.guard.metrics import CountedAnswer, Metrics
from pincite.service.guard.rate_limit import Quota, RateLimiter
from pincite.service.guard.searcher_source import SearcherSource

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

EXTENSION = "pincite"  # the key of the Service in app.extensions


@dataclass(frozen=True)
class Service:
    """Everything that the requests of one app share."""

    source: SearcherSource
    settings: Settings
    gate: AdmissionGate
    limiter: RateLimiter | None  # None: no quota
    key_digests: tuple[bytes, ...]  # SHA-256 of each API key; empty: no key is asked for
    origins: frozenset[str]  # web origins whose pages may call the endpoints
    metrics: Metrics
    today: Callable[[], date]
    listen_url: str  # http://HOST:PORT as set; the server replaces it with the port that it got
    draining: threading.Event = field(default_factory=threading.Event)  # set by the server that is about to stop


@dataclass(slots=True)
class RequestState:
    """Facts about one request, gathered on its way through the guard."""

    started: float = field(default_factory=time.perf_counter)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client: str | None = None  # the digest of the API key, if one was checked
    quota: Quota | None = None  # after this request; None: it was not counted
    searcher: Searcher | None = None  # looked up once, so that a reply never mixes two indexes
    etag: str | None = None
    admitted: bool = False  # holds a place of the admission gate
    batched: bool = False  # took that place as a further question of a batch
    answers: list[CountedAnswer] = field(default_factory=list)  # one for each search


def service_of(app: Flask) -> Service:
    """Return the state of an app."""
    service: Service = app.extensions[EXTENSION]
    return service


def service() -> Service:
    """Return the state of the app that handles this request."""
    return service_of(current_app)


def request_state() -> RequestState:
    """Return the state of this request, made when it is first asked for."""
    if "pincite" not in g:
        g.pincite = RequestState()
    state: RequestState = g.pincite
    return state
