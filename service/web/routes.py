"""Pages: search, results, documents, the reader, references, endpoints, problems, and what pincite is."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, render_template, request
from markupsafe import Markup, escape

from pincite.index.citation.cite import cite_passage
from pincite.index.citation.embedded_text import lead_in_texts
from pincite.index.errors import QuestionError
from pincite.index.types import Answer, Document, Passage, Source, Suggestion
from pincite.service.api import lookup, requests
from pincite.service.api.about import about
from pincite.service.api.routes import describe_api
from pincite.service.guard import problems
from pincite.service.guard.context import count, public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service, service_of
from pincite.service.presentation import Presentation, is_urgent, present
from pincite.service.web import dates, views
from pincite.service.web.references import STYLES, Reference

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

PAGE_HITS = 5  # passages on a page
PAGE_SUGGESTIONS = 6  # questions offered on a page without an answer
MAX_OUTLINED_DOCUMENTS = 5  # with more documents than this, their sections are not listed
MAX_LISTED_DOCUMENTS = 50  # with more than this, the start page links to the list instead

routes = Blueprint("pincite", __name__)


def prepare(app: Flask) -> None:
    """Give the templates their filters and globals."""
    environment = app.jinja_env
    environment.filters["date"] = dates.in_words
    environment.filters["numbers"] = _numbers
    environment.tests["old"] = _is_old
    settings = service_of(app).settings
    environment.globals |= {
        "emergency": settings.emergency,
        "contact": _contact(settings.contact),
        "old_years": dates.OLD_YEARS,
        "urgent": False,
    }
    app.context_processor(lambda: {"today": _today().isoformat()})


@routes.get("/")
def search_page() -> str | tuple[str, int]:
    """Show the start page, or with ?q= the passages that answer."""
    if "q" not in request.args:
        return render_template("start.html", **_contents())
    current = searcher()
    try:
        parameters = {name: request.args.getlist(name) for name in ("q", "verbatim") if name in request.args}
        query = requests.from_parameters(requests.Query, parameters)
        answer = count(current.ask(query.question, PAGE_HITS, query.verbatim))
        return _results_page(present(answer), current)
    except QuestionError as error:
        return _ask_again(problems.from_pincite(error))
    except Problem as problem:
        return _ask_again(problem)


@routes.get("/documents")
def documents_page() -> str:
    """Show the list of documents."""
    return render_template("documents.html", titles=searcher().bundle.titles())


@routes.get("/documents/<document_id>")
def reader_page(document_id: str) -> str:
    """Show a document; ?mark=START-END,... marks ranges if ?text= is (the start of) its digest."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    stale = not document.sha256.startswith(request.args.get("text", ""))
    marks = () if stale else _marks(document)
    body = views.article(document, bundle.passages_of(document_id), marks)
    contents = views.outline(document.sections)
    return render_template("document.html", document=document, body=body, outline=contents, marks=marks, stale=stale)


@routes.get("/documents/<document_id>/cite")
def cite_page(document_id: str) -> str | Response:
    """Show references to ?passage=; with ?as= give one of them alone, for a reference manager."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    passage = lookup.passage(bundle, document, request.args.get("passage", ""))
    reference = _reference(document, passage)
    if "as" in request.args:
        return _reference_file(reference, request.args["as"])
    address = views.cite_url(passage)
    return render_template(
        "cite.html",
        citation=reference.citation,
        body=views.passage_blocks(document, passage),
        source=document.source,
        references=[(style, style.write(reference)) for style in STYLES],
        files={style.name: f"{address}&as={style.name}" for style in STYLES},
    )


@routes.get("/about")
def about_page() -> str:
    """Show what pincite is, how often it errs, and what it answers from."""
    bundle = searcher().bundle
    few = (
        [bundle.document(name) for name, _ in bundle.titles()] if bundle.document_count <= MAX_LISTED_DOCUMENTS else []
    )
    return render_template("about.html", about=about(bundle), documents=few)


@routes.get("/api")
def api_page() -> str:
    """Show the endpoints for reading, made from their description."""
    from pincite.service.api import openapi  # takes longer to import than a start should wait for

    words = {"fields_of": openapi.fields, "kind_of": openapi.kind_in_words}
    return render_template("api.html", api=describe_api(), base=public_address(), **words)


@routes.get("/opensearch.xml")
def opensearch() -> Response:
    """Return the description by which a browser adds this search to its own (OpenSearch 1.1)."""
    text = render_template("opensearch.xml", base=public_address())
    return Response(text, mimetype="application/opensearchdescription+xml")


@routes.get("/llms.txt")
def llms() -> Response:
    """Return what language models should know before they use this service."""
    bundle = searcher().bundle
    listed = bundle.titles(MAX_LISTED_DOCUMENTS)
    more = bundle.document_count - len(listed)
    text = render_template("llms.txt", base=public_address(), titles=listed, more=more)
    return Response(text, mimetype="text/plain")


@routes.get("/robots.txt")
def robots() -> Response:
    """Let search engines index documents, but no questions."""
    return Response("User-agent: *\nDisallow: /*?q=\nDisallow: /v1/\n", mimetype="text/plain")


@routes.get("/problems")
def problems_page() -> str:
    """Show all problems, by status."""
    by_status = sorted(problems.KINDS.items(), key=lambda item: item[1].status)
    kinds = [(status, list(group)) for status, group in groupby(by_status, key=lambda item: item[1].status)]
    return render_template("problems.html", kinds=kinds)


@routes.get("/problems/<kind>")
def problem_page(kind: str) -> str:
    """Show what the type of a problem means."""
    if kind not in problems.KINDS:
        raise Problem("not-found", "There is no such sort of problem.")
    return render_template("problem.html", kind=problems.KINDS[kind])


def _reference(document: Document, passage: Passage) -> Reference:
    citation = cite_passage(document, passage)
    url = public_address() + citation.url
    return Reference(citation, document.source, url, _today(), lead_in_texts(document, passage))


def _reference_file(reference: Reference, name: str) -> Response:
    style = next((style for style in STYLES if style.name == name), None)
    if style is None:
        names = ", ".join(style.name for style in STYLES)
        raise Problem("not-found", f"There is no style of that name; there are {names}.")
    response = Response(style.write(reference), mimetype=style.mimetype)
    response.content_type = f"{style.mimetype}; charset=utf-8"
    if style.suffix:
        response.headers.set("Content-Disposition", "attachment", filename=f"pincite{style.suffix}")
    return response


def _ask_again(problem: Problem) -> tuple[str, int]:
    """Show the start page with what is wrong with the question, and the question to correct."""
    if not problems.wants_page():
        raise problem
    typed = request.args["q"].replace("\0", "")  # which no page can hold
    urgent = is_urgent([typed])
    page = render_template("start.html", problem=problem, question=typed, urgent=urgent, **_contents())
    return page, problem.status


def _results_page(presentation: Presentation, current: Searcher) -> str:
    answer = presentation.answer
    typed = unicodedata.normalize("NFC", " ".join(answer.question.split()))
    return render_template(
        f"{answer.status}.html",
        question=answer.question,
        results=views.results(presentation.quotable, current.bundle.document),
        changed=answer.searched if answer.searched != typed else None,
        corrections=answer.corrections,
        did_you_mean=answer.did_you_mean,
        unmatched_terms=answer.unmatched_terms,
        urgent=presentation.urgent,
        met_in=presentation.met_in,
        small_talk=presentation.small_talk,
        matches_nothing=presentation.matches_nothing,
        offered=() if answer.status == "answered" else _offered(answer, current),
        **(_contents() if answer.status != "answered" else {}),
    )


def _offered(answer: Answer, current: Searcher) -> list[Suggestion]:
    """Return questions that the documents answer, those of the nearest documents first."""
    near = {hit.passage.document for hit in answer.hits}
    return sorted(current.bundle.suggestions, key=lambda s: s.document not in near)[:PAGE_SUGGESTIONS]


def _contents() -> dict[str, object]:
    """List what can be asked about: the documents, and the sections of a few."""
    bundle = searcher().bundle
    titles = bundle.titles() if bundle.document_count <= MAX_LISTED_DOCUMENTS else []
    few = [bundle.document(name) for name, _ in titles] if bundle.document_count <= MAX_OUTLINED_DOCUMENTS else []
    outlines = [(document, views.outline(document.sections, depth=2)) for document in few]
    return {"documents": bundle.document_count, "titles": titles, "outlines": outlines}


def _marks(document: Document) -> tuple[tuple[int, int], ...]:
    values = request.args.getlist("mark")
    if len(values) > 1:
        raise Problem("bad-marks", "The parameter mark is given more than once; put commas between ranges instead.")
    try:
        return views.parse_marks(values[0], document) if values else ()
    except views.MarksError as error:
        raise Problem("bad-marks", str(error), [{"parameter": "mark", "detail": str(error)}]) from None


def _today() -> date:
    return service().today()


def _is_old(source: Source) -> bool:
    return dates.is_old(source.reviewed, _today())


def _numbers(text: str) -> Markup:
    """Set the numbers of a text in bold. It is split before it is escaped, since entities have digits, too."""
    pieces = re.split(r"(\d[\d -]*\d|\d)", text)  # every second piece is a number
    return Markup("").join(Markup("<b>{}</b>").format(p) if n % 2 else escape(p) for n, p in enumerate(pieces))


def _contact(text: str) -> str:
    """Return a web address as it is, an e-mail address as a link that writes to it."""
    return text if not text or text.startswith(("https://", "http://", "mailto:")) else f"mailto:{text}"
