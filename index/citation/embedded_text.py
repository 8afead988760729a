"""The text of a passage that is embedded and indexed: its words, with the headings that say what they are about."""

from __future__ import annotations

import unicodedata

from pincite.index.citation.cite import section_at
from pincite.index.types import Document, Passage


def passage_text(document: Document, passage: Passage) -> str:
    """Return a passage after its title, section path and, if its list began earlier, the list's lead-in."""
    headings = " > ".join(filter(None, (document.title, *section_at(document, passage.start).path)))
    return f"{headings}\n{own_words(document, passage)}".lstrip("\n")


def own_words(document: Document, passage: Passage) -> str:
    """Return a passage without headings, after the lead-in of its list if that list began earlier."""
    lead_in = passage.lead_ins[0]
    carried_lead_in = f"{document.text[slice(*lead_in)]}\n" if lead_in and lead_in[1] <= passage.start else ""
    return f"{carried_lead_in}{document.text[passage.start : passage.end]}"


def to_embed(text: str) -> str:
    """Return a text as the encoder reads it: compatibility characters, such as ligatures, in plain form (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def sentence_texts(document: Document, passage: Passage) -> list[tuple[str, str]]:
    """Return each sentence in two contexts, whose vectors are averaged: after its lead-in, and under its heading."""
    path = section_at(document, passage.start).path
    heading = path[-1] if path else document.title
    texts = []
    for (start, end), lead_in in zip(passage.sentences, passage.lead_ins, strict=True):
        sentence = document.text[start:end]
        introduced = f"{document.text[slice(*lead_in)]} {sentence}" if lead_in else sentence
        texts.append((introduced, f"{heading}. {sentence}" if heading else sentence))
    return texts
