"""The endpoints for other services: JSON in, JSON out. What they take is in models.py, what they give in replies.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from flask import Blueprint, Response, current_app, jsonify, request
from numpy.typing import NDArray

from index.bundle import Bundle
from index.errors import QuestionError
from index.question import normalise
from index.searcher import Searcher
from index.vocabulary import Answer
from service import checks, door, known, models, scope, wire
from service.about import about
from service.problems import Problem, from_pincite
from service.serving import count, searcher

routes = Blueprint("api", __name__)


@routes.get("/v1/query")
def query_by_address() -> Response:
    """Answer ?q=...&k=... as JSON."""
    return jsonify(_answer(searcher(), _parameters(models.Query)))


@routes.post("/v1/query")
def query_by_body() -> Response:
    """Answer a JSON body as JSON; the question stays out of addresses and their logs."""
    return jsonify(_answer(searcher(), _body(models.Query)))


@routes.post("/v1/batch")
def batch() -> Response:
    """Answer several questions from one index."""
    questions, current = _body(models.Batch).questions, searcher()
    answers = []
    with door.batch(len(questions)) as next_turn:
        for place, query in enumerate(questions):
            if place:
                next_turn()
            answers.append(_answer(current, query, ("questions", place)))
    return jsonify({"answers": answers})


@routes.get("/v1/documents")
def documents() -> Response:
    """The documents, part by part."""
    page = _parameters(models.Page)
    rest = searcher().bundle.titles(page.limit + 1, page.after)
    shown = rest[: page.limit]
    following = shown[-1][0] if len(rest) > len(shown) else None
    return jsonify({"documents": [wire.entry(name, title) for name, title in shown], "next": following})


@routes.get("/v1/documents/<document>")
def document(document: str) -> Response:
    """One document, with its text and outline."""
    _parameters(models.Nothing)
    return jsonify(wire.document(known.document(searcher().bundle, document)))


@routes.get("/v1/documents/<document>/sections/<section>")
def section(document: str, section: str) -> Response:
    """One section, with its text and passages."""
    _parameters(models.Nothing)
    bundle = searcher().bundle
    found = known.document(bundle, document)
    part = known.section(found, section)
    return jsonify(wire.section(found, part, bundle.passages_of(document, {section})))


@routes.get("/v1/documents/<document>/passages/<passage>")
def passage(document: str, passage: str) -> Response:
    """One passage; its id is what follows the # in the passage of a hit."""
    _parameters(models.Nothing)
    bundle = searcher().bundle
    found = known.document(bundle, document)
    return jsonify(wire.passage(found, known.passage(bundle, found, passage)))


@routes.post("/v1/locate")
def locate() -> Response:
    """Whether the documents hold a quote."""
    asked, bundle = _body(models.Quotation), searcher().bundle
    _within(bundle, asked.documents, None, ())
    return jsonify(checks.located(bundle, asked.quote, asked.documents))


@routes.post("/v1/verify")
def verify() -> Response:
    """Whether a citation still holds."""
    return jsonify(checks.verified(searcher().bundle, _body(models.Cited)))


@routes.get("/v1/suggest")
def suggest() -> Response:
    """Questions that the documents answer."""
    asked = _parameters(models.Prefix)
    prefix = " ".join(asked.prefix.casefold().split())
    offered = [s for s in searcher().bundle.suggestions if s.question.casefold().startswith(prefix)]
    shown = [{"question": s.question, "document": s.document, "section": s.section} for s in offered[: asked.limit]]
    return jsonify({"suggestions": shown})


@routes.get("/v1/about")
def about_json() -> Response:
    """The index that serves and its measured error rates."""
    _parameters(models.Nothing)
    return jsonify(about(searcher().bundle))


@routes.get("/v1/openapi.json")
def openapi() -> Response:
    """This interface, described."""
    from service.openapi import description  # with the models of all replies, which a start need not wait for

    _parameters(models.Nothing)
    return jsonify(description())


def _parameters(model: type[models.R]) -> models.R:
    return models.from_parameters(model, request.args.to_dict(flat=False))


def _body(model: type[models.R]) -> models.R:
    models.refuse_parameters(request.args)
    if request.mimetype != "application/json":
        raise Problem("not-json-type", "Send the body with Content-Type: application/json.")
    return models.from_body(model, request.get_data())


def _answer(current: Searcher, query: models.Query, place: Sequence[str | int] = ()) -> dict[str, Any]:
    """The answer to one question; `place` is where it stands in the body."""
    try:
        # first of all: a question that is none is that, whatever else names nothing
        normalise(query.question, current_app.extensions["settings"].question_characters)
        within = _within(current.bundle, query.documents, query.sections, place)
        answer = count(current.ask(query.question, query.k, query.verbatim, within))
    except QuestionError as error:
        if not place:
            raise
        detail = from_pincite(error).detail
        raise models.invalid([{"pointer": models.pointer([*place, "question"]), "detail": detail}]) from None
    return wire.to_json(_confident(answer, query.minimum_confidence), current.bundle.document)


def _confident(answer: Answer, least: float) -> Answer:
    if answer.confidence >= least:
        return answer
    return replace(answer, hits=(), status="not_found" if answer.status == "not_found" else "related")


def _within(
    bundle: Bundle, documents: Sequence[str] | None, sections: Sequence[str] | None, place: Sequence[str | int]
) -> NDArray[np.int64] | None:
    """The rows to answer from. Raises Problem, pointing at what the index does not hold."""
    try:
        return scope.rows(bundle, documents, sections)
    except scope.UnknownError as error:
        at = {"parameter": error.field}
        if request.method == "POST":
            at = {"pointer": models.pointer([*place, error.field, error.place])}
        detail = f"names no {error.field[:-1]} of this index"
        kind = f"unknown-{error.field[:-1]}"
        raise Problem(kind, f"An entry of {error.field} {detail}.", [{**at, "detail": detail}]) from None
