"""The web coat over one Searcher: the query endpoint, the search page and the reader page.

Importing this loads no model and opens no index: create_app is handed a searcher, or a function that gives the
one to use now.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request

from index.errors import QuestionError
from index.settings import Settings
from index.vocabulary import Answer, Document
from service import models, pages, problems
from service.problems import Problem
from service.wire import to_json

if TYPE_CHECKING:
    from index.searcher import Searcher

LARGEST_BODY = 65536  # bytes
SHOWN = 5  # passages on a page
OUTLINED = 5  # with more documents than this, their sections are not listed
LISTED = 50  # with more than this, the start page links to the list instead
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

routes = Blueprint("pincite", __name__)


def create_app(searcher: Searcher | Callable[[], Searcher | None], settings: Settings) -> Flask:
    """The app. A function in place of a searcher is called once a request; None means: not ready."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # a redirect would repeat whatever host the client named
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the order of the wire format is kept
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["date"] = _date
    app.extensions["searcher"] = searcher if callable(searcher) else lambda: searcher
    app.extensions["settings"] = settings
    app.extensions["draining"] = threading.Event()  # set by the server that is about to stop
    app.register_blueprint(routes)
    problems.register(app)
    app.after_request(_add_headers)
    return app


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


@routes.get("/")
def search_page() -> str | tuple[str, int]:
    """The start page, or with ?q= the passages that answer."""
    if "q" not in request.args:
        return render_template("start.html", **_contents())
    searcher = _searcher()
    try:
        given = {name: request.args.getlist(name) for name in ("q", "verbatim") if name in request.args}
        query = models.from_parameters(given)
        return _results_page(searcher.ask(query.question, SHOWN, query.verbatim), searcher)
    except QuestionError as error:
        return _ask_again(problems.from_pincite(error))
    except Problem as problem:
        return _ask_again(problem)


@routes.get("/documents")
def documents_page() -> str:
    """The list of documents."""
    return render_template("documents.html", titles=_searcher().bundle.titles())


@routes.get("/documents/<document_id>")
def reader_page(document_id: str) -> str:
    """A whole document; with ?mark=START-END,... those ranges are marked, if ?text= is (the start of) its digest."""
    bundle = _searcher().bundle
    try:
        document = bundle.document(document_id)
    except KeyError:
        detail = f"No document has the id “{document_id}”. The list of documents is at /documents."
        raise Problem("unknown-document", detail) from None
    stale = not document.sha256.startswith(request.args.get("text", ""))
    marks = () if stale else _marks(document)
    body = pages.article(document, bundle.passages_of(document_id), marks)
    contents = pages.outline(document.sections)
    return render_template("document.html", document=document, body=body, outline=contents, marks=marks, stale=stale)


@routes.get("/problems/<kind>")
def problem_page(kind: str) -> str:
    """What the type of a problem means."""
    if kind not in problems.KINDS:
        raise Problem("not-found", "There is no such sort of problem.")
    return render_template("problem.html", kind=problems.KINDS[kind])


@routes.get("/livez")
def live() -> Response:
    """Whether the process answers at all: touches nothing."""
    return _uncached(jsonify(status="live"))


@routes.get("/readyz")
def ready() -> Response:
    """Whether requests should be sent here."""
    if current_app.extensions["draining"].is_set():
        raise Problem("not-ready", "The service is stopping.", headers={"Retry-After": "5"})
    return _uncached(jsonify(status="ready", index=_searcher().bundle.id))


def _answer_json(query: models.Query) -> Response:
    return jsonify(to_json(_searcher().ask(query.question, query.k, query.verbatim)))


def _ask_again(problem: Problem) -> tuple[str, int]:
    """The start page with what is wrong with the question, and the question to mend."""
    if not problems.wants_page():
        raise problem
    typed = request.args["q"].replace("\0", "")  # which no page can hold
    page = render_template("start.html", problem=problem, question=typed, **_contents())
    return page, problem.status


def _results_page(answer: Answer, searcher: Searcher) -> str:
    status = answer.status if answer.hits else "not_found"
    found = () if status == "not_found" else pages.results(answer, searcher.bundle.document)
    asked = unicodedata.normalize("NFC", " ".join(answer.question.split()))
    return render_template(
        f"{status}.html",
        question=answer.question,
        results=found,
        changed=answer.searched if answer.searched != asked else None,
        mends=answer.mends,
        **(_contents() if status == "not_found" else {}),
    )


def _searcher() -> Searcher:
    """The searcher for this request: asked for once, so that a page never mixes two indexes."""
    searcher: Searcher | None = current_app.extensions["searcher"]()
    if searcher is None:
        raise Problem("not-ready", "The index is not open yet.", headers={"Retry-After": "5"})
    return searcher


def _contents() -> dict[str, object]:
    """What can be asked about: the documents, and of a few of them the sections."""
    bundle = _searcher().bundle
    titles = bundle.titles()
    few = [bundle.document(name) for name, _ in titles] if len(titles) <= OUTLINED else []
    outlines = [(document, pages.outline(document.sections, depth=2)) for document in few]
    return {"titles": titles, "outlines": outlines, "listed": LISTED}


def _marks(document: Document) -> tuple[tuple[int, int], ...]:
    given = request.args.getlist("mark")
    if len(given) > 1:
        raise Problem("bad-marks", "The parameter mark is given more than once; put commas between ranges instead.")
    try:
        return pages.parse_marks(given[0], document) if given else ()
    except pages.MarksError as error:
        raise Problem("bad-marks", str(error), [{"parameter": "mark", "detail": str(error)}]) from None


def _date(text: str) -> str:
    """An ISO date or month in words; anything else as it stands."""
    try:
        day = date.fromisoformat(text if len(text) > len("2025-05") else f"{text}-01")
    except ValueError:
        return text
    return f"{day.day} {day:%B} {day.year}" if len(text) > len("2025-05") else f"{day:%B} {day.year}"


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
