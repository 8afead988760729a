"""Problems: one shape for everything that goes wrong over HTTP (RFC 9457), or a page that says the same.

Nothing here repeats a question: neither a problem's detail nor a line of the log.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException

from pincite.index.errors import (
    BundleError,
    LongQuestionError,
    PinciteError,
    QuestionError,
    StorageError,
    StoreError,
)
from pincite.service.guard.state import request_state, service

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of problem. Its name is the last part of its type, /problems/<name>, and never changes."""

    status: int
    title: str
    meaning: str


KINDS = {
    "blank-question": Kind(422, "The question is blank", "A question needs at least one character that can be seen."),
    "question-too-long": Kind(422, "The question is too long", "A question has an upper length, named in the detail."),
    "invalid-request": Kind(422, "The request is not valid", "A field or parameter is missing, unknown or ill-typed."),
    "bad-marks": Kind(422, "These words cannot be marked", "The address names ranges that the document does not have."),
    "not-json": Kind(400, "The body is not JSON", "The body must be one JSON value in UTF-8."),
    "bad-request": Kind(400, "The request is malformed", "The request could not be read as HTTP."),
    "not-found": Kind(404, "There is no such page", "No page or endpoint has this address."),
    "unknown-document": Kind(404, "There is no such document", "The index holds no document with this id."),
    "unknown-passage": Kind(404, "There is no such passage", "The document has no passage with this id."),
    "unknown-section": Kind(404, "There is no such section", "The document has no section with this id."),
    "method-not-allowed": Kind(405, "The method is not allowed here", "The header Allow lists the methods that are."),
    "no-key": Kind(401, "A key is needed", "This service answers programs that send a key it knows."),
    "quota-exceeded": Kind(
        429, "Too many requests", "The client has used up its quota; RateLimit says when it refills."
    ),
    "other-site": Kind(403, "This came from another site", "A form of this service is sent from its own pages alone."),
    "not-counted": Kind(503, "This could not be counted", "The place where feedback is counted cannot be written."),
    "overloaded": Kind(503, "The service is busy", "More is asked at once than it can answer. Retry-After says when."),
    "too-large": Kind(413, "The request is too large", "A body has 256 KiB at most, a header 64 KiB."),
    "not-json-type": Kind(415, "The body is not declared as JSON", "Send Content-Type: application/json."),
    "not-ready": Kind(503, "The service is not ready", "It is starting, stopping or has no index. Try again shortly."),
    "internal": Kind(500, "Something went wrong in pincite", "The fault is in pincite. Its log holds the details."),
}
_BY_STATUS = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}
DETAILS = {
    404: "Check the address, or begin at the start page.",
    405: "This address is there, but it does not take this method.",
    413: "The body is larger than 256 KiB.",
}


class Problem(Exception):  # noqa: N818  # the RFC's own word
    """Problem to send to the client. kind: one of KINDS; errors: one mapping for each field or parameter at fault."""

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        instance: str | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.title = KINDS[kind].title
        self.status = KINDS[kind].status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.instance = instance

    def to_json(self) -> dict[str, Any]:
        """Return the members of RFC 9457, and `errors`."""
        members = {"type": f"/problems/{self.kind}", "title": self.title, "status": self.status, "detail": self.detail}
        optional = {"instance": self.instance, "errors": [dict(e) for e in self.errors]}
        return members | {name: value for name, value in optional.items() if value}


def register(app: Flask) -> None:
    """Send every error of the app as a problem."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(PinciteError, lambda error: respond(_from_index(error)))
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, lambda error: respond(_unexpected(error)))


def respond(problem: Problem) -> Response:
    """Send a problem as the client wants it: a page for people, application/problem+json for all others."""
    if wants_page():
        response = Response(render_template("error.html", problem=problem), problem.status)
    else:
        body = json.dumps(problem.to_json())
        response = Response(body, problem.status, mimetype="application/problem+json")
    response.headers.update(problem.headers)
    response.vary.add("Accept")
    return response


def wants_page() -> bool:
    """Return whether an error is shown as a page: outside /v1, to clients that take HTML."""
    if request.path.startswith("/v1/") or request.path in ("/v1", "/openapi.json", "/livez", "/readyz"):
        return False
    if isinstance(request.routing_exception, BadRequest):  # an invalid Host: no page could name an address
        return False
    if "Accept" not in request.headers:
        return True
    offered = ["text/html", "application/problem+json", "application/json"]
    return request.accept_mimetypes.best_match(offered) == "text/html"


def from_pincite(error: PinciteError) -> Problem:
    """Turn an error into a problem: 422 for a question that cannot be searched, 503 for an unusable index."""
    if not isinstance(error, QuestionError):
        # without its place, which is a path of this machine
        return Problem("not-ready", sentences(error.problem, error.remedy), headers={"Retry-After": "5"})
    kind = "question-too-long" if isinstance(error, LongQuestionError) else "blank-question"
    return Problem(kind, sentences(f"the question {error.problem}", error.remedy))


def _from_index(error: PinciteError) -> Problem:
    """Turn an error into a problem as from_pincite() does, and report an unreadable index to its source."""
    source, searcher = service().source, request_state().searcher
    if isinstance(error, StoreError):  # the source looks at the store itself: one reply need not be the end of an index
        return store_away(error.problem)
    if isinstance(error, BundleError | StorageError) and searcher:
        source.fail(searcher, error)
        return Problem("not-ready", unreadable(source.failing or error.problem), headers={"Retry-After": "5"})
    return from_pincite(error)


def store_away(why: str) -> Problem:
    """Return the problem of a store that does not answer, or not wholly. why: as an error of it says."""
    return Problem("not-ready", sentences(f"the store of the passages {why}"), headers={"Retry-After": "5"})


def unreadable(why: str) -> str:
    """Describe an index that can no longer be read."""
    return f"The index cannot be read ({why})."


def sentences(*parts: str) -> str:
    """Write parts of a message as sentences: a capital first, a full stop last."""
    return " ".join(p[:1].upper() + p[1:] + ("" if p.endswith((".", "?", "!")) else ".") for p in parts)


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status >= 500:
        return respond(_unexpected(error))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    kind = _BY_STATUS.get(status, "bad-request")
    return respond(Problem(kind, DETAILS.get(status, KINDS[kind].meaning), headers=headers))


def _unexpected(error: Exception) -> Problem:
    """Turn an unforeseen error into a 500. The log has its place but not its message, which may quote a question."""
    request_id = request_state().request_id
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
    log.error("request %s: %s %s: %s at %s", request_id, request.method, request.endpoint, type(error).__name__, places)
    detail = f"It is not your doing. If it happens again, report it with the number {request_id}."
    return Problem("internal", detail, instance=f"urn:pincite:request:{request_id}")
