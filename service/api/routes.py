"""The endpoints for other services: a request model comes in (requests.py), a reply goes out (responses.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import request

from pincite.index import filters
from pincite.index.bundle import Bundle
from pincite.index.errors import QuestionError
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.searcher import Searcher
from pincite.service import suggestion_match
from pincite.service.api import lookup, requests, responses, serialize, verification
from pincite.service.api.about import about
from pincite.service.api.endpoints import Endpoints
from pincite.service.guard import guard
from pincite.service.guard.context import count, link_base, searcher
from pincite.service.guard.problems import Problem, from_pincite
from pincite.service.guard.state import service
from pincite.service.presentation import present

_QUESTION = "How long do people live with ALS?"
_QUOTE = "Life expectancy after ALS is diagnosed averages three to five years."
_CITED = {"document": "als", "start": 9859, "end": 9927, "quote": _QUOTE, "sha256": "0" * 64}

routes = Endpoints("api", __name__, link_base)


@routes.operation(
    "post",
    "/v1/query",
    "query",
    "Ask (POST)",
    request=requests.Query,
    reply=responses.Answer,
    example={"question": _QUESTION, "k": 3},
    description="As GET, but the question stays out of addresses and of the logs that hold them.",
)
@routes.operation(
    "get",
    "/v1/query",
    "queryByAddress",
    "Ask (GET)",
    request=requests.Query,
    reply=responses.Answer,
    example={"question": _QUESTION, "k": 3},
    description="The passages that answer, best first, quoted word for word. The status says whether they do: "
    "`answered`, `related` (near, but may not answer) or `not_found`; only with `answered` is `answer` not null. In an "
    "address `documents` and `sections` have commas between their entries; `publishers`, `languages` and `tags` are "
    "repeated. `q` is a short name for `question`.",
)
def query(query: requests.Query) -> responses.Answer:
    """Answer a question."""
    return _answer(searcher(), query)


@routes.operation(
    "post",
    "/v1/batch",
    "batch",
    "Answer several questions",
    request=requests.Batch,
    reply=responses.Answers,
    example={"questions": [_QUESTION, {"question": "What causes ALS?", "k": 1}], "k": 3},
    description=f"Up to {requests.MAX_BATCH}, answered from one index in the order of asking. A question that cannot "
    "be answered has an `error` in its place: a problem, which points at the field.",
)
def batch(batch: requests.Batch) -> responses.Answers:
    """Answer several questions from one index."""
    current = searcher()
    answers: list[responses.Answer | responses.Refused] = []
    with guard.batch(len(batch.questions)) as next_place:
        for position in range(len(batch.questions)):
            if position:
                next_place()
            answers.append(_answer_in_batch(current, batch, position))
    return {"answers": answers}


@routes.operation(
    "get",
    "/v1/documents",
    "listDocuments",
    "List the documents",
    request=requests.Page,
    reply=responses.Documents,
    example={"limit": 10},
)
def documents(page: requests.Page) -> responses.Documents:
    """List the documents, all or those that a filter keeps, page by page."""
    bundle, wanted = searcher().bundle, page.metadata
    among = bundle.metadata.names(wanted) if wanted else None
    titles = bundle.titles(page.limit + 1, page.after, among)
    shown = titles[: page.limit]
    following = shown[-1][0] if len(titles) > len(shown) else None
    return {"documents": [serialize.entry(name, title) for name, title in shown], "next": following}


@routes.operation(
    "get",
    "/v1/documents/{document}",
    "getDocument",
    "Get a document",
    request=requests.NoParameters,
    reply=responses.Document,
)
def document(_: requests.NoParameters, document: str) -> responses.Document:
    """Return one document, with its text and outline."""
    return serialize.document(lookup.document(searcher().bundle, document))


@routes.operation(
    "get",
    "/v1/documents/{document}/sections/{section}",
    "getSection",
    "Get a section",
    request=requests.NoParameters,
    reply=responses.Section,
)
def section(_: requests.NoParameters, document: str, section: str) -> responses.Section:
    """Return one section, with its text and passages."""
    bundle = searcher().bundle
    parent = lookup.document(bundle, document)
    return serialize.section(parent, lookup.section(parent, section), bundle.passages_of(document, {section}))


@routes.operation(
    "get",
    "/v1/documents/{document}/passages/{passage}",
    "getPassage",
    "Get a passage",
    request=requests.NoParameters,
    reply=responses.Passage,
)
def passage(_: requests.NoParameters, document: str, passage: str) -> responses.Passage:
    """Return one passage; its id is what follows the # in the passage of a hit."""
    bundle = searcher().bundle
    parent = lookup.document(bundle, document)
    return serialize.passage(parent, lookup.passage(bundle, parent, passage))


@routes.operation(
    "post",
    "/v1/locate",
    "locate",
    "Find a quote",
    request=requests.Quotation,
    reply=responses.Located,
    example={"quote": _QUOTE},
    description="Whether the documents hold these words: `exact`, character for character; `near`, with every "
    "difference; or `absent`. For services that check what they cite.",
)
def locate(quotation: requests.Quotation) -> responses.Located:
    """Return whether and where the documents hold a quote."""
    bundle = searcher().bundle
    _scope(bundle, quotation.documents, None, ())
    return verification.located(bundle, quotation.quote, quotation.documents)


@routes.operation(
    "post",
    "/v1/verify",
    "verify",
    "Check a citation",
    request=requests.Cited,
    reply=responses.Verified,
    example=_CITED,
    description="Whether a citation, as an answer gave it, still holds against the documents that are served now.",
)
def verify(cited: requests.Cited) -> responses.Verified:
    """Return whether a citation still holds."""
    return verification.verified(searcher().bundle, cited)


@routes.operation(
    "get",
    "/v1/suggest",
    "suggest",
    "Suggest questions",
    request=requests.Prefix,
    reply=responses.Suggestions,
    example={"prefix": "live"},
    description="Questions that the documents answer, in which every typed word stands inside some word, whatever its "
    "case and accents: those that begin as typed come first. With nothing typed, all of them.",
)
def suggest(wanted: requests.Prefix) -> responses.Suggestions:
    """Suggest questions that the documents answer."""
    offered = suggestion_match.of_documents(searcher().bundle, metadata=wanted.metadata)
    shown = suggestion_match.matching(offered, wanted.prefix)[: wanted.limit]
    return {"suggestions": [{"question": s.question, "document": s.document, "section": s.section} for s in shown]}


@routes.operation(
    "get",
    "/v1/about",
    "about",
    "What serves, and how often it errs",
    request=requests.NoParameters,
    reply=responses.About,
)
def about_index(_: requests.NoParameters) -> responses.About:
    """Return the index that serves and its measured error rates."""
    return about(searcher().bundle, service().settings.is_medical)


@routes.operation(
    "get", "/v1/openapi.json", "openapi", "This description", request=requests.NoParameters, reply=dict[str, Any]
)
def openapi(_: requests.NoParameters) -> dict[str, Any]:
    """Return the description of this interface."""
    return describe_api()


def describe_api() -> dict[str, Any]:
    """Describe the endpoints of this service in OpenAPI 3.1, as JSON values."""
    from pincite.service.api.openapi import description  # takes longer to import than a start should wait for

    # "/" is where the description came from, under whatever name and through whatever proxy
    return description(tuple(routes.operations), service().settings.question_characters, link_base() or "/")


def _answer_in_batch(current: Searcher, batch: requests.Batch, position: int) -> responses.Answer | responses.Refused:
    """Answer one question of a batch, or say what is wrong with it. Raises Problem if none can be answered now."""
    try:
        return _answer(current, batch.query(position), ("questions", position))
    except Problem as problem:
        if problem.status >= 500:
            raise
        return {"error": cast(responses.ProblemDetails, problem.to_json())}


def _answer(current: Searcher, query: requests.Query, place: Sequence[str | int] = ()) -> responses.Answer:
    """Answer one question; `place` is its JSON path in the body."""
    try:
        parsed = current.parse(query.question, query.verbatim)  # first: a blank one is blank, whatever the filters
        scope = _scope(current.bundle, query.documents, query.sections, place, query.metadata)
        answer = scope.mark(current.answer(parsed, query.offset + query.k, scope.rows))
    except QuestionError as error:
        if not place:
            raise
        problem = from_pincite(error)
        pointer = requests.pointer([*place, "question"])
        raise Problem(problem.kind, problem.detail, [{"pointer": pointer, "detail": problem.detail}]) from None
    watch = service().settings.is_medical
    presentation = present(answer, current, query.minimum_confidence, scope.rows, watch=watch)
    count(presentation.answer, presentation.care)
    return serialize.to_json(presentation, current.bundle.document, query.offset)


def _scope(
    bundle: Bundle,
    documents: Sequence[str] | None,
    sections: Sequence[str] | None,
    place: Sequence[str | int],
    metadata: MetadataFilter = EVERY_DOCUMENT,
) -> filters.Scope:
    """Return the passages to answer from. Raises Problem, pointing at the unknown name.

    place: the JSON path, in the body, of the question that the names belong to.
    """
    try:
        return filters.scope(bundle, documents, sections, metadata)
    except filters.UnknownError as error:
        source = {"parameter": error.field}
        if request.method == "POST":
            source = {"pointer": requests.pointer([*place, error.field, error.place])}
        raise lookup.unknown(error, {"documents": documents or (), "sections": sections or ()}, source) from None
