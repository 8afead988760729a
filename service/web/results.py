"""Start page, results, and suggestions while a question is typed."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from flask import Response, jsonify, render_template, request

from pincite.index import filters
from pincite.index.errors import QuestionError
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT
from pincite.index.types import Answer
from pincite.service import suggestion_match
from pincite.service.filter_words import reason
from pincite.service.guard import problems
from pincite.service.guard.context import count, public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service
from pincite.service.presentation import Presentation, care_in, present
from pincite.service.web import start_page, views
from pincite.service.web.blueprint import card_for, routes, today
from pincite.service.web.citing import reference_files
from pincite.service.web.nearness import count_near
from pincite.service.web.search_address import (
    PAGE_HITS,
    SearchAddress,
    one_line_ends,
    read_documents,
    read_filter,
    read_search,
)
from pincite.service.web.shelf import document_choice, filter_choice
from pincite.service.web.shelf.document_names import distinct_names
from pincite.service.web.start_page import Offered

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

PAGE_SUGGESTIONS = 6  # questions offered at a time
MAX_TYPED = 200  # characters: what is longer is no beginning of a question that could be suggested
MAX_OUTLINED_DOCUMENTS = 5  # with more documents than this, their sections are not listed
MAX_TITLES = 20  # with more documents than this, the start page links to the list instead


@routes.get("/")
def search_page() -> str | tuple[str, int]:
    """Show the start page, or with ?q= the passages that answer: ?k= of them, of ?documents= alone."""
    current = searcher()
    try:
        document_choice.require_known(current.bundle, read_documents(request.args))
        if "q" not in request.args:
            return _start_page(
                SearchAddress(documents=read_documents(request.args), metadata=read_filter(request.args))
            )
        search = read_search(request.args)
        presentation = present_search(search, search.more().k, current)  # with those that it offers to show
        count(presentation.answer, presentation.care)
        return _results_page(presentation, search, current)
    except QuestionError as error:
        return _ask_again(problems.from_pincite(error))
    except Problem as problem:
        return _ask_again(problem)


@routes.post("/suggestions")
def suggestions() -> Response:
    """Return the questions to suggest for the words typed so far, as JSON.

    Open as the pages are, whatever keys the endpoints want. The words come in the body, since addresses are logged.
    """
    typed, chosen = request.form.get("q", ""), read_documents(request.form)
    offered = suggestion_match.of_documents(searcher().bundle, chosen, read_filter(request.form))
    found = suggestion_match.matching(offered, typed) if len(typed) <= MAX_TYPED else []
    response = jsonify([s.question for s in found[:PAGE_SUGGESTIONS]])
    response.headers["Cache-Control"] = "no-store"
    return response


def present_search(search: SearchAddress, k: int, current: Searcher) -> Presentation:
    """Answer a search with k passages, and decide what may be shown. Raises QuestionError."""
    scope = filters.scope(current.bundle, search.documents or None, metadata=search.metadata)
    answer = scope.mark(current.answer(current.parse(search.question, search.verbatim), k, scope.rows))
    return present(answer, current, within=scope.rows, watch=service().settings.is_medical)


def _start_page(search: SearchAddress, **given: object) -> str:
    """Show the start page: what can be asked about, and examples. search: in which documents the form begins."""
    bundle, settings = searcher().bundle, service().settings
    titles = [title for _, title in bundle.titles(2)]
    offered = start_page.examples(bundle.suggestions)
    return render_template(
        "start.html",
        heading=settings.title or start_page.heading(titles),
        intro=settings.intro,
        offered=offered,
        search=search,
        narrowed=search.documents,
        metadata=search.metadata,
        **_contents(offered),
        **given,
    )


def _ask_again(problem: Problem) -> tuple[str, int]:
    """Show the start page with what is wrong with the question, and the question to correct."""
    if not problems.wants_page():
        raise problem
    typed = one_line_ends(request.args.get("q", "")).replace("\0", "")  # which no page can hold
    card = card_for(care_in([typed])) if service().settings.is_medical else None
    try:
        metadata = read_filter(request.args)
    except Problem:  # which may be this very one
        metadata = EVERY_DOCUMENT
    search = SearchAddress(documents=read_documents(request.args), metadata=metadata)
    return _start_page(search, problem=problem, question=typed, card=card), problem.status


def _results_page(presentation: Presentation, search: SearchAddress, current: Searcher) -> str:
    """Show as many passages of an answer as the search says, and a link to the others."""
    answer, hits = presentation.answer, presentation.quotable
    unmatched = answer.unmatched_filters
    in_distress = presentation.care == "distress"
    offers = answer.status != "answered" and not in_distress
    offered = _offered(answer, search, current) if offers else start_page.NOTHING_OFFERED
    typed = unicodedata.normalize("NFC", " ".join(answer.question.split()))
    return render_template(
        "distress.html" if in_distress else f"{answer.status}.html",
        question=answer.question,
        results=views.results(hits[: search.k], current.bundle, search.link, public_address(), today()),
        near=count_near(hits) if search.k == PAGE_HITS else search.k,  # who asks for more sees them
        search=search,
        more=hits[search.k :],
        narrowed=search.documents,
        metadata=search.metadata,
        filter_chips=filter_choice.chips(search),
        nothing_searched=reason(search.metadata, unmatched, bool(search.documents)) if unmatched else None,
        narrowed_names=document_choice.chosen_names(current.bundle, search.documents),
        files=[style for style in reference_files.FILE_STYLES if hits],
        changed=answer.searched if answer.searched != typed else None,
        corrections=answer.corrections,
        did_you_mean=answer.did_you_mean,
        unmatched_terms=answer.unmatched_terms,
        card=card_for(presentation.care),
        met_in=presentation.met_in,
        small_talk=presentation.small_talk,
        matches_nothing=presentation.matches_nothing,
        offered=offered,
        **(_contents(offered) if offers else {}),
    )


def _offered(answer: Answer, search: SearchAddress, current: Searcher) -> Offered:
    """Return questions that the documents searched in answer, those of the nearest documents first."""
    near = {hit.passage.document for hit in answer.hits}
    offered = suggestion_match.of_documents(current.bundle, search.documents, search.metadata)
    return start_page.offer(sorted(offered, key=lambda s: s.document not in near), PAGE_SUGGESTIONS)


def _contents(offered: Offered) -> dict[str, object]:
    """List what can be asked about: the documents, and the sections of a few. languages: of those and of `offered`."""
    bundle = searcher().bundle
    titles = bundle.titles() if bundle.document_count <= MAX_TITLES else []
    few = [bundle.document(name) for name, _ in titles] if bundle.document_count <= MAX_OUTLINED_DOCUMENTS else []
    named = {*(name for name, _ in titles), *(s.document for s in (*offered.questions, *offered.topics))}
    return {
        "documents": bundle.document_count,
        "titles": sorted(distinct_names(titles, bundle.document).items(), key=lambda entry: entry[1].casefold()),
        "outlines": [(document, views.outline(document.sections, depth=2)) for document in few],
        "languages": bundle.languages(named),
    }
