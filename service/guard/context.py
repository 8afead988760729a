"""The searcher of the current request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g

from pincite.service.guard.problems import Problem

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher
    from pincite.index.settings import Settings
    from pincite.index.types import Answer


def searcher() -> Searcher:
    """Return the searcher for this request, looked up once, so that a page never mixes two indexes."""
    found: Searcher | None = g.get("searcher") or current_app.extensions["searcher"]()
    if found is None:
        raise Problem("not-ready", "The index is not open yet.", headers={"Retry-After": "5"})
    g.searcher = found
    return found


def count(answer: Answer) -> Answer:
    """Let the metrics know of an answer."""
    if "answered" not in g:
        g.answered = []
    g.answered.append((answer.status, answer.took_ms / 1000))
    return answer


def public_address() -> str:
    """Return the address of the service, without a final slash; never taken from a request, which could lie."""
    settings: Settings = current_app.extensions["settings"]
    found: str = settings.public_url or current_app.extensions["address"]
    return found.rstrip("/")
