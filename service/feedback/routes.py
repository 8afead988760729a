"""The endpoint of the form under an answer: POST /feedback, from pages of this service alone."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from pincite.index.errors import StorageError
from pincite.service.api import requests
from pincite.service.feedback.store import VERDICTS, Feedback, FeedbackStore, KeptQuestion
from pincite.service.guard.context import public_address, searcher
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import service, service_of
from pincite.service.presentation import Presentation, present
from pincite.service.web.routes import PAGE_HITS

FORM_FRAGMENT = "page_feedback"
QUESTION_PARAMETERS = ("q", "verbatim")  # of the page that the form stands on, which repeats them in the form

log = logging.getLogger(__name__)
routes = Blueprint("feedback", __name__)


def register(app: Flask) -> None:
    """Take feedback, and show the form. Raises SettingError where the folder cannot be written."""
    _store(service_of(app).settings.feedback).prepare()
    app.register_blueprint(routes)
    app.jinja_env.globals["feedback"] = QUESTION_PARAMETERS


@routes.post("/feedback")
def give() -> Response:
    """Count what a reader says of an answer, then go back to that answer.

    The question is asked again, so that status and passage are the service's own and no form can invent them.
    """
    _require_own_page()
    verdict = next((v for v in VERDICTS if v == request.form.get("verdict")), None)
    if verdict is None:
        raise Problem("invalid-request", f"verdict must be one of {', '.join(VERDICTS)}.")
    asked = {name: request.form.getlist(name) for name in QUESTION_PARAMETERS if name in request.form}
    query = requests.from_parameters(requests.Query, asked)
    presentation = present(searcher().ask(query.question, PAGE_HITS, query.verbatim))
    page = {name: values[0] for name, values in asked.items()}
    if may_be_counted(presentation):
        _count(presentation, verdict == "helped", keep="keep" in request.form)
        page |= {"said": verdict, "_anchor": FORM_FRAGMENT}
    return redirect(url_for("pincite.search_page", **page), 303)  # type: ignore[arg-type]  # parameters of the address


def may_be_counted(presentation: Presentation) -> bool:
    """Return whether anything may be kept of an answer: nothing where somebody may be in danger."""
    return not presentation.urgent


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
