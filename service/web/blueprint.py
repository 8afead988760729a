"""Blueprint of all pages, and what their templates share."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, Flask
from markupsafe import Markup, escape

from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT
from pincite.index.types import Care, Source
from pincite.service.attribution import attribution, possessive
from pincite.service.care.card import PHONE_NUMBER, Card, care_card
from pincite.service.guard.context import searcher
from pincite.service.guard.state import service, service_of
from pincite.service.web import dates
from pincite.service.web.shelf import document_choice, filter_choice

routes = Blueprint("pincite", __name__)


def prepare(app: Flask) -> None:
    """Give the templates their filters and globals."""
    environment = app.jinja_env
    environment.filters["date"] = dates.in_words
    environment.filters["numbers"] = _numbers
    environment.filters["attribution"] = attribution
    environment.filters["possessive"] = possessive
    environment.tests["old"] = _is_old
    settings = service_of(app).settings
    environment.globals |= {
        "emergency": settings.emergency,
        "contact": _contact(settings.contact),
        "old_years": dates.OLD_YEARS,
        "card": None,
        "medical": settings.is_medical,
        "question_characters": settings.question_characters,
        "narrowed": (),
        "document_choices": document_choice.choices,
        "metadata": EVERY_DOCUMENT,
        "filter_choices": filter_choice.choices,
    }
    app.context_processor(lambda: {"today": today().isoformat()})


def today() -> date:
    """Return the date of this request."""
    return service().today()


def card_for(care: Care) -> Card | None:
    """Return the card that a reader is shown first."""
    return care_card(care, service().settings)


def is_narrowable() -> bool:
    """Return whether there are enough documents for pages to offer a search in some of them."""
    return searcher().bundle.document_count >= document_choice.MIN_DOCUMENTS


def _is_old(source: Source) -> bool:
    return dates.is_old(source.reviewed, today())


def _numbers(text: str) -> Markup:
    """Make links that call of the numbers of a text. It is split before it is escaped, since entities have digits."""
    pieces = re.split(f"({PHONE_NUMBER.pattern})", text)  # every second piece is a number
    link = Markup('<a href="tel:{}">{}</a>')
    return Markup("").join(
        link.format(re.sub(r"\D", "", piece), piece) if n % 2 else escape(piece) for n, piece in enumerate(pieces)
    )


def _contact(text: str) -> str:
    """Return a web address as it is, an e-mail address as a link that writes to it."""
    return text if not text or text.startswith(("https://", "http://", "mailto:")) else f"mailto:{text}"
