"""The web coat over one Searcher: the app, its health, and what every response carries.

Importing this loads no model and opens no index: create_app is handed a searcher, or a function that gives the
one to use now. The query endpoint is in api.py, the pages are in site.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, jsonify

from pincite.index.settings import Settings
from pincite.service.api import routes as api
from pincite.service.guard import guard, observability, problems
from pincite.service.guard.context import searcher as current
from pincite.service.guard.problems import Problem
from pincite.service.web import assets
from pincite.service.web import routes as site

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

LARGEST_BODY = 262144  # bytes: a batch of the longest questions, however it is escaped
health = Blueprint("health", __name__)


def create_app(searcher: Searcher | Callable[[], Searcher | None], settings: Settings) -> Flask:
    """Create the app. A function instead of a searcher is called once a request; None means: not ready."""
    app = Flask("pincite.service.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # a redirect would repeat whatever host the client named
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the order of the wire format is kept
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["searcher"] = searcher if callable(searcher) else lambda: searcher
    app.extensions["settings"] = settings
    app.extensions["address"] = f"http://{settings.host}:{settings.port}"  # the server knows better once it listens
    app.extensions["today"] = date.today
    app.extensions["draining"] = threading.Event()  # set by the server that is about to stop
    site.prepare(app)
    assets.register(app)
    for routes in (api.routes, site.routes, health):
        app.register_blueprint(routes)
    problems.register(app)
    observability.register(app)  # before the door: first to see a request, last to see its response
    guard.register(app, settings)
    return app


@health.get("/livez")
def live() -> Response:
    """Report that the process answers at all: touches nothing."""
    return _uncached(jsonify(status="live"))


@health.get("/readyz")
def ready() -> Response:
    """Report whether requests should be sent here."""
    if current_app.extensions["draining"].is_set():
        raise Problem("not-ready", "The service is stopping.", headers={"Retry-After": "5"})
    opener = current_app.extensions["searcher"]
    if failing := getattr(opener, "failing", None):
        raise Problem("not-ready", problems.unreadable(failing), headers={"Retry-After": "5"})
    refused = getattr(opener, "rejection", None)
    details = {"refused": refused} if refused else {}
    return _uncached(jsonify(status="ready", index=current().bundle.id, **details))


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
