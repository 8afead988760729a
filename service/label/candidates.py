"""Passages to tick, sentence by sentence. A bundle comes in, values go out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import section_at
from pincite.index.citation.embedded_text import lead_in_texts
from pincite.index.types import Document, Passage
from pincite.service.label.labels import MarkedSentence

_TICK = re.compile(r"(?P<passage>.+)@(?P<start>\d{1,12})-(?P<end>\d{1,12})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer."""

    passage: Passage
    title: str
    place: str  # the section path, for reading
    lead_ins: tuple[str, ...]  # lines before the passage that its first sentence needs
    sentences: tuple[tuple[str, str], ...]  # the tick and the text of each

    @property
    def section(self) -> str:
        """The section as it stands in addresses: document#section."""
        return f"{self.passage.document}#{self.passage.section}"


def candidate(document: Document, passage: Passage) -> Candidate:
    """Return a passage to tick."""
    path = section_at(document, passage.start).path
    return Candidate(
        passage,
        document.title,
        " › ".join(path),
        lead_in_texts(document, passage),
        tuple((f"{passage.id}@{start}-{end}", document.text[start:end]) for start, end in passage.sentences),
    )


def candidates(bundle: Bundle, passages: Iterable[Passage]) -> list[Candidate]:
    """Return passages to tick, each once, in the order given."""
    distinct = {passage.id: passage for passage in passages}
    return [candidate(bundle.document(p.document), p) for p in distinct.values()]


def passages_of_section(bundle: Bundle, section: str) -> list[Passage]:
    """Return the passages of document#section; none if the bundle does not hold it."""
    document, _, name = section.partition("#")
    return _passages(bundle, document, name)


def marked(bundle: Bundle, ticks: Sequence[str]) -> list[tuple[str, Passage, MarkedSentence]]:
    """Return tick, passage and sentence of what was ticked, each once; what the bundle lacks is left out."""
    found = {}
    for tick in ticks:
        match = _TICK.fullmatch(tick)
        passage = _passage(bundle, match["passage"]) if match else None
        span = (int(match["start"]), int(match["end"])) if match else (0, 0)
        if passage and span in passage.sentences:
            document = bundle.document(passage.document)
            section = " > ".join(section_at(document, passage.start).path)
            quote = document.text[slice(*span)]
            found[tick] = tick, passage, MarkedSentence(passage.id, *span, quote, section, document.sha256)
    return list(found.values())


def _passage(bundle: Bundle, passage_id: str) -> Passage | None:
    document, _, anchor = passage_id.partition("#")
    section = anchor.rpartition(":")[0]
    return next((p for p in _passages(bundle, document, section) if p.id == passage_id), None)


def _passages(bundle: Bundle, document: str, section: str) -> list[Passage]:
    try:
        return bundle.passages_of(document, {section})
    except KeyError:
        return []
