"""Pages about the service: what pincite is, its endpoints and problems, and what crawlers and models may know."""

from __future__ import annotations

from itertools import groupby

from flask import Response, render_template

from pincite.service.api.about import about
from pincite.service.api.routes import describe_api
from pincite.service.guard import problems
from pincite.service.guard.context import public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service
from pincite.service.web.blueprint import routes
from pincite.service.web.shelf.document_names import distinct_names

MAX_LISTED_DOCUMENTS = 50  # with more than this, pages link to the list instead


@routes.get("/about")
def about_page() -> str:
    """Show what pincite is, how often it errs, and what it answers from."""
    bundle = searcher().bundle
    few = (
        [bundle.document(name) for name, _ in bundle.titles()] if bundle.document_count <= MAX_LISTED_DOCUMENTS else []
    )
    names = distinct_names([(d.id, d.title) for d in few], bundle.document)
    return render_template("about.html", about=about(bundle, service().settings.is_medical), documents=few, names=names)


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
    refused = ("/*?q=", "/*&q=", "/references", "/v1/")
    return Response("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in refused), mimetype="text/plain")


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
