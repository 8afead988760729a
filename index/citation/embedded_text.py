"""The text of a passage that is embedded and indexed: its words, with the headings that say what they are about."""

from __future__ import annotations

from pincite.index.citation.cite import section_at
from pincite.index.types import Document, Passage, Range


def passage_text(document: Document, passage: Passage) -> str:
    """Return a passage after its title, section path and those lead-ins of its first sentence that stand before it."""
    headings = " > ".join(filter(None, (document.title, *section_at(document, passage.start).path)))
    return f"{headings}\n{own_words(document, passage)}".lstrip("\n")


def own_words(document: Document, passage: Passage) -> str:
    """Return a passage without headings, after those lead-ins of its first sentence that stand before it."""
    return "\n".join((*lead_in_texts(document, passage), document.text[passage.start : passage.end]))


def carried_lead_ins(passage: Passage) -> list[Range]:
    """Return the lead-ins of a passage's first sentence that stand before the passage."""
    return [lead_in for lead_in in passage.lead_ins[0] if lead_in[1] <= passage.start]


def lead_in_texts(document: Document, passage: Passage) -> tuple[str, ...]:
    """Return the words of the lead-ins that carried_lead_ins returns."""
    return tuple(document.text[start:end] for start, end in carried_lead_ins(passage))


def sentence_texts(document: Document, passage: Passage) -> list[tuple[str, str]]:
    """Return each sentence in two contexts, whose vectors are averaged: after its lead-ins, and under its heading."""
    path = section_at(document, passage.start).path
    heading = path[-1] if path else document.title
    texts = []
    for (start, end), lead_ins in zip(passage.sentences, passage.lead_ins, strict=True):
        sentence = document.text[start:end]
        introduced = " ".join((*(document.text[slice(*lead_in)] for lead_in in lead_ins), sentence))
        texts.append((introduced, f"{heading}. {sentence}" if heading else sentence))
    return texts
