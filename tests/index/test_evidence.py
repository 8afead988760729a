"""Evidence: the sentences of a passage that are marked, and those that must not be."""

from __future__ import annotations

import numpy as np
import pytest

from pincite.index.answer.evidence import choose_ranges
from pincite.index.query.normalise import split_query
from pincite.index.types import Document
from pincite.ingestion.chunking.passages import split_document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part


def document(*lines: str) -> Document:
    """Compose a document of one section: list items where a line begins with "- ", paragraphs elsewhere."""
    parts = [Part("item", line[2:], 1) if line.startswith("- ") else Part("paragraph", line) for line in lines]
    return compose(Draft((Part("heading", "Leave", 1), *parts)), "d", "Handbook")


def marked(found: Document, question: str, *cosines: float) -> list[str]:
    (passage,) = split_document(found, 200)
    ranges = choose_ranges(found, passage, split_query(question), np.array(cosines, np.float32))
    return [found.text[start:end] for start, end in ranges]


LIST = document("Bring these:", "- a rope", "- a lamp", "- bread", "Leave early.")


@pytest.mark.parametrize(
    ("cosines", "expected"),
    [
        ((0.9, 0.1, 0.1, 0.1, 0.1), ["Bring these:", "a rope", "a lamp", "bread"]),  # its lead-in wins: whole
        ((0.1, 0.9, 0.1, 0.8, 0.1), ["Bring these:", "a rope", "a lamp", "bread"]),  # two items: whole
        ((0.1, 0.1, 0.9, 0.1, 0.1), ["Bring these:", "a lamp"]),  # one item, with its lead-in
        ((0.1, 0.1, 0.1, 0.1, 0.9), ["Leave early."]),
    ],
)
def test_a_list_is_marked_whole_or_by_the_one_item(cosines: tuple[float, ...], expected: list[str]) -> None:
    """Never some of its items: that would read as the whole list."""
    assert marked(LIST, "what do I bring", *cosines) == expected


def test_a_question_of_the_text_is_marked_by_its_reply() -> None:
    """The sentences after it, up to the next question or the end of a paragraph, stand in its place."""
    faq = document("Can I bring my dog?", "Only assistance dogs. Ask first.", "When is the bell?", "At six.")
    assert marked(faq, "can I bring a dog", 0.9, 0.5, 0.1, 0.1, 0.1) == ["Only assistance dogs.", "Ask first."]
    assert marked(faq, "when is the bell", 0.1, 0.1, 0.1, 0.9, 0.1) == ["At six."]
    assert marked(document("Why not? Who knows?"), "why not", 0.9, 0.1) == ["Why not?"]  # there is no reply


def test_a_denial_of_what_is_asked_is_marked() -> None:
    """To a yes-or-no question the sentence that denies it belongs, though another is nearer."""
    found = document("Treatment gets better, and a cure is looked for. There is no cure at present. Nobody is alone.")
    assert "There is no cure at present." in marked(found, "Is there a cure?", 0.9, 0.6, 0.1)
    assert "There is no cure at present." not in marked(found, "What cure is looked for?", 0.9, 0.6, 0.1)


def test_the_sentence_with_the_code_is_marked() -> None:
    """Sentences about another code of the same shape are not, nor what follows them in their paragraph."""
    found = document("The XJ-90 fits tanks. It lasts a month.", "The XJ-900 fits pools. It lasts a year.")
    assert marked(found, "How long does the XJ-900 last?", 0.3, 0.9, 0.3, 0.85) == ["It lasts a year."]
    assert marked(found, "XJ-90", 0.5, 0.1, 0.9, 0.1) == ["The XJ-90 fits tanks."]
    assert marked(found, "XJ-70", 0.5, 0.1, 0.9, 0.1) == ["The XJ-900 fits pools."]  # no sentence is about it
