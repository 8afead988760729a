"""Passages that offer help to somebody in distress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pincite.index.citation.pages import evidence_at
from pincite.index.types import Document, Evidence, Hit
from pincite.service.care.signs import offers_help

HELP_QUESTION = "Who can I talk to for emotional support when I feel hopeless?"


def hits_that_offer_help(hits: Iterable[Hit], document: Callable[[str], Document]) -> tuple[Hit, ...]:
    """Return the hits whose passage offers help, each once, ranked from 1, with those sentences for evidence."""
    offering = {
        hit.passage.id: replace(hit, evidence=offers)
        for hit in hits
        if (offers := tuple(_offers(hit, document(hit.passage.document))))
    }
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(offering.values(), start=1))


def _offers(hit: Hit, document: Document) -> Iterator[Evidence]:
    """Yield the sentences of a hit that offer help."""
    for start, end in hit.passage.sentences:
        if offers_help(document.text[start:end]):
            yield evidence_at(document, start, end)
