"""Pages: search, results, documents, the reader, references, endpoints, problems, and what pincite is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from markupsafe import Markup, escape

from pincite.index import filters
from pincite.index.errors import QuestionError
from pincite.index.types import Answer, Document, Passage, Range, Source, Suggestion
from pincite.service import suggestion_match
from pincite.service.api import lookup
from pincite.service.api.about import about
from pincite.service.api.routes import describe_api
from pincite.service.guard import problems
from pincite.service.guard.context import count, public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service, service_of
from pincite.service.presentation import Presentation, is_urgent, present
from pincite.service.web import dates, reference_files, views
from pincite.service.web.passage_reference import refer
from pincite.service.web.references import STYLES, Reference
from pincite.service.web.search_address import SearchAddress, read_documents, read_search
from pincite.service.web.shelf import document_choice
from pincite.service.web.shelf.document_list import list_documents
from pincite.service.web.shelf.document_names import distinct_names

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

PAGE_SUGGESTIONS = 6  # questions offered at a time
MAX_TYPED = 200  # characters: what is longer is no beginning of a question that could be suggested
MAX_OUTLINED_DOCUMENTS = 5  # with more documents than this, their sections are not listed
MAX_TITLES = 20  # with more documents than this, the start page links to the list instead
MAX_LISTED_DOCUMENTS = 50  # with more than this, other pages do

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
        "narrowed": (),
        "document_choices": document_choice.choices,
    }
    app.context_processor(lambda: {"today": _today().isoformat()})


@routes.get("/")
def search_page() -> str | tuple[str, int]:
    """Show the start page, or with ?q= the passages that answer: ?k= of them, of ?documents= alone."""
    current = searcher()
    try:
        document_choice.require_known(current.bundle, read_documents(request.args))
        if "q" not in request.args:
            return render_template("start.html", narrowed=read_documents(request.args), **_contents())
        search = read_search(request.args)
        answer = count(_answer(search, search.more().k, current))  # with those that it offers to show
        return _results_page(present(answer), search, current)
    except QuestionError as error:
        return _ask_again(problems.from_pincite(error))
    except Problem as problem:
        return _ask_again(problem)


@routes.get("/documents")
def documents_page() -> str:
    """Show the list of documents, page by page, with ?title= those alone whose titles hold its words."""
    listed = list_documents(searcher().bundle, request.args.get("title", ""), request.args.get("page", "1"))
    return render_template("documents.html", listed=listed, narrowable=_narrowable())


@routes.post("/suggestions")
def suggestions() -> Response:
    """Return the questions to suggest for the words typed so far, as JSON.

    Open as the pages are, whatever keys the endpoints want. The words come in the body, since addresses are logged.
    """
    typed, chosen = request.form.get("q", ""), read_documents(request.form)
    offered = [s for s in searcher().bundle.suggestions if not chosen or s.document in chosen]
    found = suggestion_match.matching(offered, typed) if len(typed) <= MAX_TYPED else []
    response = jsonify([s.question for s in found[:PAGE_SUGGESTIONS]])
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/references")
def references_file() -> Response:
    """Send the references to all passages that a results page shows, as one file; ?as= is its style."""
    search, current = read_search(request.args), searcher()
    style = reference_files.find_style(request.args.get("as", ""), reference_files.FILE_STYLES)
    document_choice.require_known(current.bundle, search.documents)
    hits = present(_answer(search, search.k, current)).quotable
    if not hits:
        raise Problem("not-found", "The documents do not say, so there is nothing to cite.")
    references = (
        _reference(current.bundle.document(hit.passage.document), hit.passage, views.marks_of(hit)) for hit in hits
    )
    return reference_files.send(style, reference_files.write_all(style, references))


@routes.get("/documents/<document_id>")
def reader_page(document_id: str) -> str:
    """Show a document; ?mark=START-END,... marks ranges if ?text= is (the start of) its digest."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    stale = not document.sha256.startswith(request.args.get("text", ""))
    marks = () if stale else _marks(document)
    body = views.article(document, bundle.passages_of(document_id), marks)
    contents = views.outline(document.sections)
    return render_template(
        "document.html",
        document=document,
        body=body,
        outline=contents,
        marks=marks,
        stale=stale,
        narrowable=_narrowable(),
    )


@routes.get("/documents/<document_id>/cite")
def cite_page(document_id: str) -> str | Response:
    """Show references to what is marked in ?passage=, or with ?whole= to all of it; with ?as= one alone, as a file."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    passage = lookup.passage(bundle, document, request.args.get("passage", ""))
    stale = not document.sha256.startswith(request.args.get("text", ""))
    marks = () if stale else _marks(document)
    whole = "whole" in request.args or not marks
    reference = _reference(document, passage, () if whole else marks)
    if "as" in request.args:
        style = reference_files.find_style(request.args["as"])
        return reference_files.send(style, style.write(reference))
    address = views.cite_url(document, passage, marks)
    quoted = f"{address}&whole=1" if marks and whole else address
    return render_template(
        "cite.html",
        citation=reference.citation,
        place=views.place_in(document.title, reference.citation.path),
        body=views.passage_blocks(document, passage, () if whole else [(s.start, s.end) for s in reference.sentences]),
        source=document.source,
        references=[(style, style.write(reference)) for style in STYLES],
        files={style.name: f"{quoted}&as={style.name}" for style in STYLES},
        other=(f"{address}&whole=1" if not whole else address) if marks else None,
        whole=whole,
        stale=stale,
        local=not service().settings.public_url,
    )


@routes.get("/about")
def about_page() -> str:
    """Show what pincite is, how often it errs, and what it answers from."""
    bundle = searcher().bundle
    few = (
        [bundle.document(name) for name, _ in bundle.titles()] if bundle.document_count <= MAX_LISTED_DOCUMENTS else []
    )
    names = distinct_names([(d.id, d.title) for d in few], bundle.document)
    return render_template("about.html", about=about(bundle), documents=few, names=names)


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
    return Response("User-agent: *\nDisallow: /*?q=\nDisallow: /references\nDisallow: /v1/\n", mimetype="text/plain")


@routes.get("/problems/<kind>")
def problem_page(kind: str) -> str:
    """Show what the type of a problem means."""
    if kind not in problems.KINDS:
        raise Problem("not-found", "There is no such sort of problem.")
    return render_template("problem.html", kind=problems.KINDS[kind])


def _answer(search: SearchAddress, k: int, current: Searcher) -> Answer:
    """Answer a search with k passages. Raises QuestionError."""
    parsed = current.parse(search.question, search.verbatim)
    return current.answer(parsed, k, filters.rows(current.bundle, search.documents or None))


def _reference(document: Document, passage: Passage, marks: Sequence[Range] = ()) -> Reference:
    """Make the reference to what is marked in a passage. Raises Problem if the marks are outside it."""
    reference = refer(document, passage, marks, public_address(), _today())
    if marks and not reference.sentences:
        raise Problem("bad-marks", "The ranges to mark are not in this passage.")
    return reference


def _ask_again(problem: Problem) -> tuple[str, int]:
    """Show the start page with what is wrong with the question, and the question to correct."""
    if not problems.wants_page():
        raise problem
    typed = request.args.get("q", "").replace("\0", "")  # which no page can hold
    urgent = is_urgent([typed])
    narrowed = read_documents(request.args)
    page = render_template(
        "start.html", problem=problem, question=typed, urgent=urgent, narrowed=narrowed, **_contents()
    )
    return page, problem.status


def _results_page(presentation: Presentation, search: SearchAddress, current: Searcher) -> str:
    """Show as many passages of an answer as the search says, and a link to the others."""
    answer, hits = presentation.answer, presentation.quotable
    typed = unicodedata.normalize("NFC", " ".join(answer.question.split()))
    return render_template(
        f"{answer.status}.html",
        question=answer.question,
        results=views.results(hits[: search.k], current.bundle.document, _reference),
        search=search,
        more=hits[search.k :],
        narrowed=search.documents,
        narrowed_names=document_choice.chosen_names(current.bundle, search.documents),
        files=[style for style in reference_files.FILE_STYLES if hits],
        changed=answer.searched if answer.searched != typed else None,
        corrections=answer.corrections,
        did_you_mean=answer.did_you_mean,
        unmatched_terms=answer.unmatched_terms,
        urgent=presentation.urgent,
        offered=() if answer.status == "answered" else _offered(answer, search, current),
        **(_contents() if answer.status != "answered" else {}),
    )


def _offered(answer: Answer, search: SearchAddress, current: Searcher) -> list[Suggestion]:
    """Return questions that the documents searched in answer, those of the nearest documents first."""
    near = {hit.passage.document for hit in answer.hits}
    offered = (s for s in current.bundle.suggestions if not search.documents or s.document in search.documents)
    return sorted(offered, key=lambda s: s.document not in near)[:PAGE_SUGGESTIONS]


def _narrowable() -> bool:
    """Return whether there are enough documents for pages to offer a search in some of them."""
    return searcher().bundle.document_count >= document_choice.MIN_DOCUMENTS


def _contents() -> dict[str, object]:
    """List what can be asked about: the documents, and the sections of a few."""
    bundle = searcher().bundle
    titles = bundle.titles() if bundle.document_count <= MAX_TITLES else []
    few = [bundle.document(name) for name, _ in titles] if bundle.document_count <= MAX_OUTLINED_DOCUMENTS else []
    outlines = [(document, views.outline(document.sections, depth=2)) for document in few]
    named = sorted(distinct_names(titles, bundle.document).items(), key=lambda entry: entry[1].casefold())
    return {"documents": bundle.document_count, "titles": named, "outlines": outlines}


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
