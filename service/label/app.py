"""The pages of `pincite label`. All addresses begin with a random token, without which nothing is found."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from pincite.index.errors import PinciteError, QuestionError
from pincite.index.types import Passage
from pincite.service.guard.guard import SECURITY_HEADERS
from pincite.service.guard.problems import sentences as as_sentences
from pincite.service.label.candidates import Candidate, candidates, marked, passages_of_section
from pincite.service.label.labelling import MAX_PASSAGES, Labelling
from pincite.service.label.labels import KINDS
from pincite.service.label.questions import QuestionToLabel
from pincite.service.web import assets

FEW_PASSAGES = 5  # shown at first
MAX_TITLES = 1000  # documents offered for browsing
EXTENSION = "label"
LOOPBACK_NAMES = ["127.0.0.1", "localhost"]

log = logging.getLogger(__name__)
routes = Blueprint("label", __name__)


def create_label_app(labelling: Labelling, token: str) -> Flask:
    """Create the app of one run of labelling."""
    app = Flask("pincite.service.label", static_folder=None)
    app.config["TRUSTED_HOSTS"] = LOOPBACK_NAMES  # no name that another site could have pointed here
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = labelling, token
    assets.register(app)
    app.register_blueprint(routes, url_prefix="/<token>")
    app.register_error_handler(PinciteError, _failed)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_complete)
    return app


@routes.url_value_preprocessor
def _check_token(endpoint: str | None, values: dict[str, Any] | None) -> None:
    given = (values or {}).pop("token", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), current_app.extensions[EXTENSION][1].encode()):
        abort(404)


@routes.url_defaults
def _add_token(endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("token", current_app.extensions[EXTENSION][1])


@routes.get("/")
def overview() -> str:
    """Show how far labelling is, the error rates, and every question with its label."""
    labelling = _labelling()
    return _page("overview.html", statuses=labelling.statuses(), **_rates(labelling))


@routes.get("/questions/<int:number>")
def question_page(number: int) -> str:
    """Show a question with passages to tick: its own, or those of ?look= (other words) or ?section=."""
    return _question_page(number, _question(number))


@routes.post("/questions/<int:number>")
def save(number: int) -> AnyResponse | tuple[str, int]:
    """Save the label of a question, and go on to the next one without a label."""
    labelling, question = _labelling(), _question(number)
    kind = next((k for k in KINDS if k == request.form.get("kind")), None)
    if kind is None:
        abort(400)
    ticked = [sentence for _, _, sentence in marked(labelling.searcher.bundle, request.form.getlist("tick"))]
    if kind == "in" and not ticked:
        fault = "Tick the sentences that answer, or press one of the buttons that say that none does."
        return _question_page(number, question, fault), 422
    labelling.label(question, kind, ticked)
    following = labelling.next_after(number)
    return redirect(url_for(".question_page", number=following) if following else url_for(".overview"), 303)


@routes.post("/calibrate")
def publish() -> AnyResponse:
    """Fit a calibration to the labels, and publish the index with it."""
    _labelling().publish()
    return redirect(url_for(".overview"), 303)


def _question_page(number: int, question: QuestionToLabel, fault: str = "") -> str:
    labelling = _labelling()
    bundle = labelling.searcher.bundle
    asked = request.values  # of the address, or of the form that was not saved
    ticks = asked.getlist("tick") if "tick" in asked or "kept" in asked else _saved_ticks(question)
    ticked = marked(bundle, ticks)
    shown, problem = _passages(question)
    chosen = asked.get("document", "")
    sections = bundle.document(chosen).sections if "browse" in asked and _holds(chosen) else ()
    return _page(
        "question.html",
        number=number,
        question=question,
        label=labelling.labels.records.get(question.id),
        candidates=_once(candidates(bundle, (passage for _, passage, _ in ticked)), candidates(bundle, shown)),
        ticks={tick for tick, _, _ in ticked},
        titles=bundle.titles(MAX_TITLES),
        chosen=chosen,
        sections=sections,
        look=asked.get("look", ""),
        section=asked.get("section", ""),
        more="more" not in asked,
        fault=fault or problem,
        **_rates(labelling),
    )


def _passages(question: QuestionToLabel) -> tuple[Sequence[Passage], str]:
    """Return the passages to show, and what is wrong with the words to look for."""
    labelling, look = _labelling(), request.values.get("look", "").strip()
    if section := request.values.get("section"):
        return passages_of_section(labelling.searcher.bundle, section), ""
    limit = MAX_PASSAGES if "more" in request.values else FEW_PASSAGES
    try:
        answer = labelling.searcher.ask(look, limit) if look else labelling.ask(question.id, question.text).answer
    except QuestionError as error:
        return (), as_sentences(f"these words {error.problem}", error.remedy)
    return [hit.passage for hit in answer.hits[:limit]], ""


def _saved_ticks(question: QuestionToLabel) -> list[str]:
    """Return the ticks of a question's label, if it has one."""
    record = _labelling().labels.records.get(question.id, {})
    return [f"{s.get('passage')}@{s.get('start')}-{s.get('end')}" for s in record.get("sentences", ())]


def _once(ticked: Sequence[Candidate], shown: Sequence[Candidate]) -> list[Candidate]:
    """Return what is shown, after what was ticked elsewhere."""
    names = {c.passage.id for c in shown}
    return [*(c for c in ticked if c.passage.id not in names), *shown]


def _rates(labelling: Labelling) -> dict[str, Any]:
    return {
        "rates": labelling.rates(),
        "fitted": labelling.fitted_rates(),
        "first_right": labelling.first_right(),
        "missing": labelling.missing(),
    }


def _question(number: int) -> QuestionToLabel:
    questions = _labelling().questions
    return questions[number - 1] if 0 < number <= len(questions) else abort(404)


def _holds(document_id: str) -> bool:
    try:
        return bool(_labelling().searcher.bundle.document(document_id))
    except KeyError:
        return False


def _labelling() -> Labelling:
    labelling: Labelling = current_app.extensions[EXTENSION][0]
    return labelling


def _page(name: str, **values: Any) -> str:
    return render_template(name, labelling=_labelling(), **values)


def _failed(error: PinciteError) -> tuple[str, int]:
    """Show an error with its place and remedy, which are for the person who runs the command."""
    return _page("failed.html", error=error), 500


def _unexpected(error: Exception) -> AnyResponse | tuple[str, int]:
    if isinstance(error, HTTPException):
        return error.get_response()
    log.exception("pincite label")
    name = type(error).__name__
    return _failed(PinciteError("pincite label", f"fails: {name}", "see the terminal; every label given is saved"))


def _complete(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
