"""An answer as text for a terminal. Values come in, one string goes out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from pincite.index.types import Document, Hit
from pincite.service.also_in import places
from pincite.service.presentation import Presentation

_STATUS_LINES = {
    "answered": "The documents answer this (confidence {:.0%}).",
    "related": "The documents touch on this but may not answer it. The nearest passages:",
    "not_found": "The documents do not say.",
}


def render(presentation: Presentation, document: Callable[[str], Document]) -> str:
    """Format an answer for `pincite ask`."""
    answer = presentation.answer
    lines = [_STATUS_LINES[answer.status].format(answer.confidence)]
    if answer.corrections:
        words = ", ".join(f"{c.searched} instead of {c.typed}" for c in answer.corrections)
        lines.insert(0, f"Searched for {words} (--verbatim searches what you typed).")
    if answer.did_you_mean:
        lines.append(f"Did you mean: {answer.did_you_mean}")
    if answer.unmatched_terms:
        lines.append("Nothing in them comes near: " + ", ".join(answer.unmatched_terms))
    lines += [_hit(hit, document(hit.citation.document)) for hit in presentation.quotable]
    return "\n\n".join(lines)


def _hit(hit: Hit, document: Document) -> str:
    source = document.source
    reviewed = f"reviewed {source.reviewed}" if source.reviewed else "review date unknown"
    place = f"{document.id}, characters {hit.citation.start}-{hit.citation.end}"
    quote = _marked(hit).splitlines()
    body = "\n".join(textwrap.fill(line, 96, initial_indent="   ", subsequent_indent="   ") for line in quote if line)
    about = "; ".join(filter(None, (source.publisher, reviewed, place)))
    return f"{hit.rank}. {hit.citation}\n   ({about})\n\n{body}{_also_in(hit)}"


def _also_in(hit: Hit) -> str:
    """Return a line on other places with the same words, or nothing."""
    named, more = places(hit)
    if not named:
        return ""
    line = f"The same words also stand in: {', '.join(place.name for place in named)}"
    line += f" and {more:,} more {'place' if more == 1 else 'places'}." if more else "."
    return "\n\n" + textwrap.fill(line, 96, initial_indent="   ", subsequent_indent="   ")


def _marked(hit: Hit) -> str:
    """Return the passage with >> and << round the evidence."""
    text, at, pieces = hit.citation.quote, 0, []
    for e in hit.evidence:
        start, end = e.start - hit.citation.start, e.end - hit.citation.start
        if start >= at:  # a lead-in may stand in an earlier passage
            pieces += [text[at:start], ">>", text[start:end], "<<"]
            at = end
    return "".join([*pieces, text[at:]])
