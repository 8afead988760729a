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


def laid_out(*parts: Part) -> Document:
    return compose(Draft((Part("heading", "Leave", 1), *parts)), "d", "Handbook")


FEES = laid_out(
    Part("header", "Guest | Night | Week"),
    Part("row", "Adult | 20 | 120"),
    Part("row", "Child under six | free | free"),
    Part("row", "Child | 10 | 60"),
)


@pytest.mark.parametrize(
    ("question", "cosines", "expected"),
    [
        ("What does an adult pay a week?", (0.9, 0.8, 0.75, 0.8), ["Guest | Night | Week", "Adult | 20 | 120"]),
        (
            "child",
            (0.1, 0.7, 0.75, 0.8),
            ["Guest | Night | Week", "Child under six | free | free", "Child | 10 | 60"],
        ),
        (
            "And the grown-ups?",
            (0.9, 0.8, 0.7, 0.75),
            ["Guest | Night | Week", "Adult | 20 | 120"],
        ),  # no word is shared
    ],
)
def test_a_table_is_marked_by_the_rows_that_are_asked_for(
    question: str, cosines: tuple[float, ...], expected: list[str]
) -> None:
    """Each with the column names, and no row of something else; column names alone answer nothing."""
    assert marked(FEES, question, *cosines) == expected


def test_what_stands_in_an_item_comes_with_its_item_and_lead_in() -> None:
    """A sentence of a second paragraph says nothing without the two; an item brings the rest of itself."""
    found = laid_out(
        Part("paragraph", "You cannot take leave if you:"),
        Part("item", "have an open case", 1),
        Part("paragraph", "Ask the office about it.", 1),
        Part("item", "are on probation", 1),
    )
    assert marked(found, "whom do I ask", 0.1, 0.1, 0.9, 0.1) == [
        "You cannot take leave if you:",
        "have an open case",
        "Ask the office about it.",
    ]
    assert marked(found, "probation", 0.1, 0.1, 0.1, 0.9) == ["You cannot take leave if you:", "are on probation"]


def test_code_is_marked_whole_with_the_line_that_introduces_it() -> None:
    """The line alone would be no answer."""
    found = laid_out(
        Part("paragraph", "Ask for leave so:"), Part("code", "login\nleave --days 3"), Part("paragraph", "Wait.")
    )
    assert marked(found, "how do I ask", 0.9, 0.3, 0.1) == ["Ask for leave so:", "login\nleave --days 3"]
