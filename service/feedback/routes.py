"""The endpoint of the form under an answer: POST /feedback, from pages of this service alone."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response

from pincite.index.errors import StorageError
from pincite.service.feedback.store import VERDICTS, Feedback, FeedbackStore, KeptQuestion
from pincite.service.guard.context import public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service, service_of
from pincite.service.presentation import Presentation
from pincite.service.web.results import present_search
from pincite.service.web.search_address import read_search

FORM_FRAGMENT = "page_feedback"

log = logging.getLogger(__name__)
routes = Blueprint("feedback", __name__)


def register(app: Flask) -> None:
    """Take feedback, and show the form. Raises SettingError where the folder cannot be written."""
    _store(service_of(app).settings.feedback).prepare()
    app.register_blueprint(routes)
    app.jinja_env.globals["feedback"] = True


@routes.post("/feedback")
def give() -> Response:
    """Count what a reader says of an answer, then go back to that answer.

    The question is asked again, so that status and passage are the service's own and no form can invent them.
    """
    _require_own_page()
    verdict = next((v for v in VERDICTS if v == request.form.get("verdict")), None)
    if verdict is None:
        raise Problem("invalid-request", f"verdict must be one of {', '.join(VERDICTS)}.")
    search = read_search(request.form)
    presentation = present_search(search, search.k, searcher())
    if not may_be_counted(presentation):
        return redirect(search.url(), 303)
    _count(presentation, verdict == "helped", keep="keep" in request.form)
    return redirect(f"{search.url(said=verdict)}#{FORM_FRAGMENT}", 303)


def may_be_counted(presentation: Presentation) -> bool:
    """Return whether anything may be kept of an answer: nothing where somebody may be in danger."""
    return presentation.care == "none"


def _count(presentation: Presentation, helped: bool, keep: bool) -> None:
    """Count feedback, and keep the question where its asker agreed. Raises Problem where it cannot be written."""
    answer, shown = presentation.answer, presentation.quotable
    given = Feedback(
        day=service().today().isoformat(),
        index=answer.index,
        status=answer.status,
        verdict="helped" if helped else "did_not_answer",
        passage=shown[0].passage.id if shown else "",
    )
    store = _store(service().settings.feedback)
    try:
        if keep:
            store.keep(KeptQuestion(given, answer.question, answer.unmatched_terms))
        else:
            store.add(given)
    except StorageError as error:
        log.error("feedback: %s: %s", error.place, error.problem)
        raise Problem("not-counted", "The answer itself is as it was. You need not do anything.") from error


def _require_own_page() -> None:
    """Refuse a form that a page of another site sends.

    Browsers say where a request comes from in Sec-Fetch-Site; older ones, and all over plain HTTP, in Origin.
    """
    site = request.headers.get("Sec-Fetch-Site")
    own_hosts = (request.host, urlsplit(public_address()).netloc)
    own = site == "same-origin" if site else urlsplit(request.headers.get("Origin", "")).netloc in own_hosts
    if not own:
        raise Problem("other-site", "Send the form from the page of an answer.")


def _store(folder: str) -> FeedbackStore:
    return FeedbackStore(Path(folder))
