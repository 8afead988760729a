"""List of documents, the reader, and references to passages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, render_template, request

from pincite.index.types import Document, Passage, Range
from pincite.service.api import lookup
from pincite.service.guard.context import public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service
from pincite.service.web import views, way_back
from pincite.service.web.blueprint import is_narrowable, routes, today
from pincite.service.web.citing import reference_files
from pincite.service.web.citing.passage_reference import refer
from pincite.service.web.citing.references import STYLES, Reference
from pincite.service.web.results import present_search
from pincite.service.web.search_address import SearchAddress, read_search
from pincite.service.web.shelf import document_choice
from pincite.service.web.shelf.document_list import list_documents


@routes.get("/documents")
def documents_page() -> str:
    """Show the list of documents, page by page, with ?title= those alone whose titles hold its words."""
    listed = list_documents(searcher().bundle, request.args.get("title", ""), request.args.get("page", "1"))
    return render_template("documents.html", listed=listed, narrowable=is_narrowable())


@routes.get("/documents/<document_id>")
def reader_page(document_id: str) -> str:
    """Show a document; ?mark=START-END,... marks ranges if ?text= is (the start of) its digest."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    stale, marks = _marks(document)
    body = views.article(document, bundle.passages_of(document_id), marks)
    contents = views.outline(document.sections)
    many = len(contents) > 1 or any(entry.entries for entry in contents)
    return render_template(
        "document.html",
        document=document,
        body=body,
        outline=contents if many else (),
        stale=stale,
        narrowable=is_narrowable(),
        **way_back.bar(_asked_before()),
    )


@routes.get("/documents/<document_id>/cite")
def cite_page(document_id: str) -> str | Response:
    """Show references to ?passage=, or to ?mark= in it; with ?as= give one of them alone, for a reference manager."""
    bundle = searcher().bundle
    document = lookup.document(bundle, document_id)
    passage = lookup.passage(bundle, document, request.args.get("passage", ""))
    stale, marks = _marks(document)
    whole = "whole" in request.args or not marks
    reference = _reference(document, passage, () if whole else marks)
    if "as" in request.args:
        style = reference_files.find_style(request.args["as"])
        return reference_files.send(style, style.write(reference))
    address, asked = views.cite_url(document, passage, marks), _asked_before()
    link = asked.link if asked else str
    quoted = f"{address}&whole=1" if marks and whole else address
    return render_template(
        "cite.html",
        citation=reference.citation,
        place=views.place_in(document.title, reference.citation.path),
        body=views.passage_blocks(document, passage, () if whole else [(s.start, s.end) for s in reference.sentences]),
        source=document.source,
        page=reference.page,
        references=[(style, style.write(reference)) for style in STYLES],
        files={style.name: f"{quoted}&as={style.name}" for style in STYLES},
        other=link(f"{address}&whole=1" if not whole else address) if marks else None,
        whole=whole,
        stale=stale,
        local=not service().settings.public_url,
        context_url=link(reference.citation.url),
        **way_back.bar(asked),
    )


@routes.get("/references")
def references_file() -> Response:
    """Send the references to all passages that a results page shows, as one file; ?as= is its style."""
    search, current = read_search(request.args), searcher()
    style = reference_files.find_style(request.args.get("as", ""), reference_files.FILE_STYLES)
    document_choice.require_known(current.bundle, search.documents)
    hits = present_search(search, search.k, current).quotable
    if not hits:
        raise Problem("not-found", "The documents do not say, so there is nothing to cite.")
    references = (
        _reference(current.bundle.document(hit.passage.document), hit.passage, views.marks_of(hit)) for hit in hits
    )
    return reference_files.send(style, reference_files.write_all(style, references))


def _reference(document: Document, passage: Passage, marks: Sequence[Range] = ()) -> Reference:
    """Make the reference to what is marked in a passage. Raises Problem if the marks are outside it."""
    reference = refer(document, passage, marks, public_address(), today())
    if marks and not reference.sentences:
        raise Problem("bad-marks", "The ranges to mark are not in this passage.")
    return reference


def _asked_before() -> SearchAddress | None:
    return way_back.asked_before(request.args, service().settings.question_characters)


def _marks(document: Document) -> tuple[bool, tuple[Range, ...]]:
    """Return whether the text has changed since an address was made, and the ranges that it marks if not."""
    if not document.sha256.startswith(request.args.get("text", "")):
        return True, ()
    values = request.args.getlist("mark")
    if len(values) > 1:
        raise Problem("bad-marks", "The parameter mark is given more than once; put commas between ranges instead.")
    try:
        return False, views.parse_marks(values[0], document) if values else ()
    except views.MarksError as error:
        raise Problem("bad-marks", str(error), [{"parameter": "mark", "detail": str(error)}]) from None
