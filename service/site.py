"""The pages: search, results, documents, the reader, and what each problem means."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from index.errors import QuestionError
from index.vocabulary import Answer, Document, Suggestion
from service import models, pages, problems
from service.problems import Problem
from service.serving import searcher

if TYPE_CHECKING:
    from index.searcher import Searcher

SHOWN = 5  # passages on a page
OFFERED = 6  # questions that are answered, where one was not
OUTLINED = 5  # with more documents than this, their sections are not listed
LISTED = 50  # with more than this, the start page links to the list instead

routes = Blueprint("pincite", __name__)


@routes.get("/")
def search_page() -> str | tuple[str, int]:
    """The start page, or with ?q= the passages that answer."""
    if "q" not in request.args:
        return render_template("start.html", **_contents())
    current = searcher()
    try:
        given = {name: request.args.getlist(name) for name in ("q", "verbatim") if name in request.args}
        query = models.from_parameters(given)
        return _results_page(current.ask(query.question, SHOWN, query.verbatim), current)
    except QuestionError as error:
        return _ask_again(problems.from_pincite(error))
    except Problem as problem:
        return _ask_again(problem)


@routes.get("/documents")
def documents_page() -> str:
    """The list of documents."""
    return render_template("documents.html", titles=searcher().bundle.titles())


@routes.get("/documents/<document_id>")
def reader_page(document_id: str) -> str:
    """A whole document; with ?mark=START-END,... those ranges are marked, if ?text= is (the start of) its digest."""
    bundle = searcher().bundle
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


def _ask_again(problem: Problem) -> tuple[str, int]:
    """The start page with what is wrong with the question, and the question to mend."""
    if not problems.wants_page():
        raise problem
    typed = request.args["q"].replace("\0", "")  # which no page can hold
    page = render_template("start.html", problem=problem, question=typed, **_contents())
    return page, problem.status


def _results_page(answer: Answer, current: Searcher) -> str:
    status = answer.status if answer.hits else "not_found"
    found = () if status == "not_found" else pages.results(answer, current.bundle.document)
    asked = unicodedata.normalize("NFC", " ".join(answer.question.split()))
    return render_template(
        f"{status}.html",
        question=answer.question,
        results=found,
        changed=answer.searched if answer.searched != asked else None,
        mends=answer.mends,
        unmet=answer.unmet,
        offered=() if status == "answered" else _offered(answer, current),
        **(_contents() if status == "not_found" else {}),
    )


def _offered(answer: Answer, current: Searcher) -> list[Suggestion]:
    """Questions that are answered, those of the nearest documents first."""
    near = {hit.passage.document for hit in answer.hits}
    return sorted(current.bundle.suggestions, key=lambda s: s.document not in near)[:OFFERED]


def _contents() -> dict[str, object]:
    """What can be asked about: the documents, and of a few of them the sections."""
    bundle = searcher().bundle
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


def in_words(text: str) -> str:
    """An ISO date or month in words; anything else as it stands."""
    try:
        day = date.fromisoformat(text if len(text) > len("2025-05") else f"{text}-01")
    except ValueError:
        return text
    return f"{day.day} {day:%B} {day.year}" if len(text) > len("2025-05") else f"{day:%B} {day.year}"
