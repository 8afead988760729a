"""The searcher of the current request, its answers, and the address of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pincite.service.guard.metrics import CountedAnswer
from pincite.service.guard.problems import Problem
from pincite.service.guard.state import request_state, service

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher
    from pincite.index.types import Answer, Care


def searcher() -> Searcher:
    """Return the searcher of this request. Raises Problem while no index is open."""
    state = request_state()
    state.searcher = state.searcher or service().source.current()
    if state.searcher is None:
        raise Problem("not-ready", "The index is not open yet.", headers={"Retry-After": "5"})
    return state.searcher


def count(answer: Answer, care: Care) -> None:
    """Count an answer in the metrics of this request, with what its asker was shown first."""
    request_state().answers.append(CountedAnswer(answer.status, care, answer.took_ms / 1000, answer.confidence))


def link_base() -> str:
    """Return what links in JSON begin with: the public address if one is set; without it links are relative."""
    return service().settings.public_url.rstrip("/")


def public_address() -> str:
    """Return the address of the service, without a final slash; never taken from a request, which could lie."""
    return (service().settings.public_url or service().listen_url).rstrip("/")
