"""The endpoints for other services: JSON in (requests.py), JSON out (responses.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flask import Blueprint, Response, jsonify, request
from numpy.typing import NDArray

from pincite.index import filters
from pincite.index.bundle import Bundle
from pincite.index.errors import QuestionError
from pincite.index.query.normalise import normalise_query
from pincite.index.searcher import Searcher
from pincite.service.api import lookup, requests, serialize, verification
from pincite.service.api.about import about
from pincite.service.guard import guard
from pincite.service.guard.context import count, searcher
from pincite.service.guard.problems import Problem, from_pincite
from pincite.service.guard.state import service
from pincite.service.presentation import present

routes = Blueprint("api", __name__)


@routes.get("/v1/query")
def query_by_address() -> Response:
    """Answer ?q=...&k=... as JSON."""
    return jsonify(_answer(searcher(), _parameters(requests.Query)))


@routes.post("/v1/query")
def query_by_body() -> Response:
    """Answer a JSON body as JSON; the question stays out of addresses and their logs."""
    return jsonify(_answer(searcher(), _body(requests.Query)))


@routes.post("/v1/batch")
def batch() -> Response:
    """Answer several questions from one index."""
    questions, current = _body(requests.Batch).questions, searcher()
    answers = []
    with guard.batch(len(questions)) as next_place:
        for place, query in enumerate(questions):
            if place:
                next_place()
            answers.append(_answer(current, query, ("questions", place)))
    return jsonify({"answers": answers})


@routes.get("/v1/documents")
def documents() -> Response:
    """List the documents, page by page."""
    page = _parameters(requests.Page)
    rest = searcher().bundle.titles(page.limit + 1, page.after)
    shown = rest[: page.limit]
    following = shown[-1][0] if len(rest) > len(shown) else None
    return jsonify({"documents": [serialize.entry(name, title) for name, title in shown], "next": following})


@routes.get("/v1/documents/<document>")
def document(document: str) -> Response:
    """Return one document, with its text and outline."""
    _parameters(requests.NoParameters)
    return jsonify(serialize.document(lookup.document(searcher().bundle, document)))


@routes.get("/v1/documents/<document>/sections/<section>")
def section(document: str, section: str) -> Response:
    """Return one section, with its text and passages."""
    _parameters(requests.NoParameters)
    bundle = searcher().bundle
    found = lookup.document(bundle, document)
    part = lookup.section(found, section)
    return jsonify(serialize.section(found, part, bundle.passages_of(document, {section})))


@routes.get("/v1/documents/<document>/passages/<passage>")
def passage(document: str, passage: str) -> Response:
    """Return one passage; its id is what follows the # in the passage of a hit."""
    _parameters(requests.NoParameters)
    bundle = searcher().bundle
    found = lookup.document(bundle, document)
    return jsonify(serialize.passage(found, lookup.passage(bundle, found, passage)))


@routes.post("/v1/locate")
def locate() -> Response:
    """Return whether and where the documents hold a quote."""
    asked, bundle = _body(requests.Quotation), searcher().bundle
    _within(bundle, asked.documents, None, ())
    return jsonify(verification.located(bundle, asked.quote, asked.documents))


@routes.post("/v1/verify")
def verify() -> Response:
    """Return whether a citation still holds."""
    return jsonify(verification.verified(searcher().bundle, _body(requests.Cited)))


@routes.get("/v1/suggest")
def suggest() -> Response:
    """Questions that the documents answer."""
    asked = _parameters(requests.Prefix)
    prefix = " ".join(asked.prefix.casefold().split())
    offered = [s for s in searcher().bundle.suggestions if s.question.casefold().startswith(prefix)]
    shown = [{"question": s.question, "document": s.document, "section": s.section} for s in offered[: asked.limit]]
    return jsonify({"suggestions": shown})


@routes.get("/v1/about")
def about_json() -> Response:
    """Return the index that serves and its measured error rates."""
    _parameters(requests.NoParameters)
    return jsonify(about(searcher().bundle))


@routes.get("/v1/openapi.json")
def openapi() -> Response:
    """Return the description of this interface."""
    from pincite.service.api.openapi import (
        description,  # with the models of all replies, which a start need not wait for
    )

    _parameters(requests.NoParameters)
    return jsonify(description())


def _parameters(model: type[requests.R]) -> requests.R:
    return requests.from_parameters(model, request.args.to_dict(flat=False))


def _body(model: type[requests.R]) -> requests.R:
    requests.refuse_parameters(request.args)
    if request.mimetype != "application/json":
        raise Problem("not-json-type", "Send the body with Content-Type: application/json.")
    return requests.from_body(model, request.get_data())


def _answer(current: Searcher, query: requests.Query, place: Sequence[str | int] = ()) -> dict[str, Any]:
    """Answer one question; `place` is its JSON path in the body."""
    try:
        # validate the question first: a blank one is reported as blank even if a filter is unknown, too
        normalise_query(query.question, service().settings.question_characters)
        within = _within(current.bundle, query.documents, query.sections, place)
        answer = count(current.ask(query.question, query.k, query.verbatim, within))
    except QuestionError as error:
        if not place:
            raise
        detail = from_pincite(error).detail
        raise requests.invalid([{"pointer": requests.pointer([*place, "question"]), "detail": detail}]) from None
    return serialize.to_json(present(answer, query.minimum_confidence), current.bundle.document)


def _within(
    bundle: Bundle, documents: Sequence[str] | None, sections: Sequence[str] | None, place: Sequence[str | int]
) -> NDArray[np.int64] | None:
    """Return the rows to answer from. Raises Problem, pointing at the name that the index does not hold."""
    try:
        return filters.rows(bundle, documents, sections)
    except filters.UnknownError as error:
        at = {"parameter": error.field}
        if request.method == "POST":
            at = {"pointer": requests.pointer([*place, error.field, error.place])}
        detail = f"names no {error.field[:-1]} of this index"
        kind = f"unknown-{error.field[:-1]}"
        raise Problem(kind, f"An entry of {error.field} {detail}.", [{**at, "detail": detail}]) from None
