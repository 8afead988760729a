"""What every route needs of the app: the searcher to use now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g

from service.problems import Problem

if TYPE_CHECKING:
    from index.searcher import Searcher
    from index.settings import Settings


def searcher() -> Searcher:
    """The searcher for this request: asked for once, so that a page never mixes two indexes."""
    found: Searcher | None = g.get("searcher") or current_app.extensions["searcher"]()
    if found is None:
        raise Problem("not-ready", "The index is not open yet.", headers={"Retry-After": "5"})
    g.searcher = found
    return found


def public_address() -> str:
    """Where people reach the service, without a slash at its end. Never taken from a request, which could lie."""
    settings: Settings = current_app.extensions["settings"]
    found: str = settings.public_url or current_app.extensions["address"]
    return found.rstrip("/")
