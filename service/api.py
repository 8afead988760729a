"""The query endpoint: JSON in, JSON out, for other services."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from service import models
from service.about import about
from service.problems import Problem
from service.serving import searcher
from service.wire import to_json

routes = Blueprint("api", __name__)


@routes.get("/v1/query")
def query_by_address() -> Response:
    """Answer ?q=...&k=... as JSON."""
    return _answer_json(models.from_parameters(request.args.to_dict(flat=False)))


@routes.post("/v1/query")
def query_by_body() -> Response:
    """Answer a JSON body as JSON; the question stays out of addresses and their logs."""
    models.refuse_parameters(request.args)
    if request.mimetype != "application/json":
        raise Problem("not-json-type", "Send the body with Content-Type: application/json.")
    return _answer_json(models.from_body(request.get_data()))


@routes.get("/v1/about")
def about_json() -> Response:
    """The index that serves and its measured error rates, as JSON."""
    models.refuse_parameters(request.args)
    return jsonify(about(searcher().bundle))


def _answer_json(query: models.Query) -> Response:
    return jsonify(to_json(searcher().ask(query.question, query.k, query.verbatim)))
