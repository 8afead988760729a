"""An answer as text for a terminal. Values come in, one string goes out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.types import Document, Hit, Range, Source
from pincite.service.also_in import places
from pincite.service.attribution import attribution
from pincite.service.care.card import Card
from pincite.service.filter_words import reason
from pincite.service.presentation import Presentation, ranges_to_quote

IN_ENGLISH = "These documents are in English. Please ask in English."
_STATUS_LINES = {
    "answered": "Most likely answer:",
    "related": "The documents touch on this but may not answer it. The nearest passages:",
    "not_found": "The documents do not say.",
}
_HELP_LINE = "What the documents say about getting help:"


def render(
    presentation: Presentation,
    document: Callable[[str], Document],
    example: str | None = None,
    card: Card | None = None,
    metadata: MetadataFilter = EVERY_DOCUMENT,
) -> str:
    """Format an answer for `pincite ask`, after the card for a reader in need.

    example: a question that the documents answer. metadata: the filter that was asked within.
    """
    answer, quotable = presentation.answer, presentation.quotable
    shown = [_hit(hit, document(hit.citation.document)) for hit in quotable]
    if answer.status == "answered" and len(shown) > 1:
        shown.insert(1, "Other passages:")
    carded = ["\n".join(textwrap.fill(line, 96) for line in (card.heading, card.text, card.spanish))] if card else []
    return "\n\n".join([*carded, *_notes(presentation, example, metadata), *shown])


def _notes(presentation: Presentation, example: str | None, metadata: MetadataFilter) -> Iterator[str]:
    """Yield the lines before the passages: how the question was read, and what the documents say to it."""
    answer = presentation.answer
    if presentation.care == "distress":
        yield from [_HELP_LINE] if answer.hits else []
        return
    such_as = f"Ask a question, such as: {example}" if example else "Ask a question in plain words."
    if presentation.small_talk:
        yield such_as
        return
    if answer.unmatched_filters:
        yield f"Nothing was searched. {reason(metadata, answer.unmatched_filters)}"
        return
    if answer.corrections:
        words = ", ".join(f"{c.searched} instead of {c.typed}" for c in answer.corrections)
        yield f"Searched for {words} (--verbatim searches what you typed)."
    if presentation.met_in:
        yield f"{presentation.met_in.message}\n{IN_ENGLISH}"
    yield _STATUS_LINES[answer.status]
    if answer.did_you_mean:
        yield f"Did you mean: {answer.did_you_mean}"
    if answer.unmatched_terms and not presentation.met_in:
        yield "Nothing in them comes near: " + ", ".join(answer.unmatched_terms)
    if presentation.matches_nothing and not presentation.met_in:
        yield such_as


def _hit(hit: Hit, document: Document) -> str:
    source = document.source
    page = f"{hit.citation.page.abbreviated}, " if hit.citation.page else ""
    place = f"{document.id}, {page}characters {hit.citation.start}-{hit.citation.end}"
    quote = _marked(hit, document).splitlines()
    body = "\n".join(textwrap.fill(line, 96, initial_indent="   ", subsequent_indent="   ") for line in quote if line)
    return f"{hit.rank}. {hit.citation}\n   ({_origin(source)}; {place})\n\n{body}{_also_in(hit)}"


def _origin(source: Source) -> str:
    if source.based_on:
        return str(attribution(source))
    reviewed = f"reviewed {source.reviewed}" if source.reviewed else "review date unknown"
    return "; ".join(filter(None, (source.publisher, reviewed)))


def _also_in(hit: Hit) -> str:
    """Return a line on other places with the same words, or nothing."""
    named, more = places(hit)
    if not named:
        return ""
    line = f"The same words also stand in: {', '.join(place.name for place in named)}"
    line += f" and {more:,} more {'place' if more == 1 else 'places'}." if more else "."
    return "\n\n" + textwrap.fill(line, 96, initial_indent="   ", subsequent_indent="   ")


def _marked(hit: Hit, document: Document) -> str:
    """Return the passage with >> and << round the evidence, after the lead-ins that stand before it."""
    marks = [(e.start, e.end) for e in hit.evidence]
    return "\n[...]\n".join(_with_marks(document.text, piece, marks) for piece in ranges_to_quote(hit))


def _with_marks(text: str, piece: Range, marks: Sequence[Range]) -> str:
    """Return a range of a text with >> and << round the marks within it."""
    at, pieces = piece[0], []
    for start, end in marks:
        if at <= start and end <= piece[1]:
            pieces += [text[at:start], ">>", text[start:end], "<<"]
            at = end
    return "".join([*pieces, text[at : piece[1]]])
