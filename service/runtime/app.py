"""The Flask app over one searcher source: pages, endpoints, health, and what every response carries.

Importing this loads no model and opens no index: create_app takes an open source.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Flask, Response, jsonify

from pincite.index.settings import Settings
from pincite.service.api import routes as api
from pincite.service.guard import guard, observability, problems
from pincite.service.guard.context import searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.searcher_source import SearcherSource
from pincite.service.guard.state import EXTENSION, service
from pincite.service.web import assets, blueprint, documents, results, site

MAX_BODY_BYTES = 262144  # bytes: a batch of the longest questions, however it is escaped
health = Blueprint("health", __name__)


def create_app(source: SearcherSource, settings: Settings, today: Callable[[], date] = date.today) -> Flask:
    """Create the app. Raises SettingError for a file of keys, or a folder for feedback, that cannot be used."""
    app = Flask("pincite.service.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False  # a redirect would repeat whatever host the client named
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the order of the wire format is kept
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = guard.make_service(source, settings, today)
    blueprint.prepare(app)
    assets.register(app)
    pages = dict.fromkeys(module.routes for module in (results, documents, site))  # one blueprint
    for routes in (api.routes, *pages, health):
        app.register_blueprint(routes)
    if settings.feedback:
        from pincite.service.feedback import routes as feedback  # which nothing else needs

        feedback.register(app)
    problems.register(app)
    observability.register(app)  # before the guard: first to see a request, last to see its response
    guard.register(app)
    return app


@health.get("/livez")
def live() -> Response:
    """Report that the process answers at all: touches nothing."""
    return _uncached(jsonify(status="live"))


@health.get("/readyz")
def ready() -> Response:
    """Report whether requests should be sent here."""
    source = service().source
    if service().draining.is_set():
        raise Problem("not-ready", "The service is stopping.", headers={"Retry-After": "5"})
    if source.failing:
        raise Problem("not-ready", problems.unreadable(source.failing), headers={"Retry-After": "5"})
    if source.unreachable:
        raise problems.store_away(source.unreachable)
    details = {"refused": source.rejection} if source.rejection else {}
    return _uncached(jsonify(status="ready", index=searcher().bundle.id, **details))


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
