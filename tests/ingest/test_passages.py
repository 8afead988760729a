"""Sentences and passages: whole, in order, lists with their lead-ins."""

from __future__ import annotations

import pytest

from pincite.index.types import Document
from pincite.ingestion.chunking.passages import split_document, split_passages
from pincite.ingestion.chunking.sentences import MAX_SENTENCE_CHARACTERS, split_sentences
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part


@pytest.mark.parametrize(
    "sentences",
    [
        ["It was approved by the U.S. Food and Drug Administration (FDA)."],
        ["About 5% to 10% of cases are so.", "The rest are not."],
        ["Ask Dr. Smith or Ms. Jones, R.N., first.", "They know."],
        ["The C9orf72 gene is one of them.", "SOD1 is another."],
        ["Take 0.5 mg. daily with water.", "Never more."],
        ["He lived in the U.S. until 1941.", "Then he left."],
        ["“What caused this?” you may ask.", "Nobody knows."],
        ["See p. 4, e.g. the table.", "It costs $3.50 (approx. €3.20).", "Why?", "Because!"],
        ["One sentence without an end"],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    """Abbreviations, decimals, initials and quotation marks end no sentence; sentence ends do."""
    text = "  ".join(sentences)
    assert [text[s:e] for s, e in split_sentences(text)] == sentences


def test_offsets_can_be_moved() -> None:
    """Ranges count from where the block stands in its document."""
    assert split_sentences("One. Two.", 100) == [(100, 104), (105, 109)]


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    """No piece is longer than LONGEST, none begins or ends with a space, and together they are the text."""
    text = "word " * 3000
    pieces = [text[s:e] for s, e in split_sentences(text)]
    assert max(map(len, pieces)) <= MAX_SENTENCE_CHARACTERS
    assert " ".join(pieces) == text.strip()


def document(*parts: Part) -> Document:
    return compose(Draft(parts), "d", "D")


def cut(found: Document, words: int) -> list[list[str]]:
    """Return each passage as its sentences."""
    passages = [p for s in found.sections for p in split_passages(found, s, words)]
    return [[found.text[slice(*r)] for r in p.sentences] for p in passages]


def test_a_list_stays_with_the_line_that_introduces_it() -> None:
    """A passage ends before the lead-in rather than between it and its items."""
    parts = [
        Part("paragraph", "Some words " * 10 + "here."),
        Part("paragraph", "Bring these:"),
        Part("item", "bread and salt", 1),
        Part("item", "wine", 1),
    ]
    assert cut(document(*parts), 22)[1] == ["Bring these:", "bread and salt", "wine"]


def test_a_line_that_introduces_a_paragraph_stays_with_it() -> None:
    """Two lead-ins in a row stay together with the list they lead to."""
    parts = [
        Part("paragraph", "Some words " * 10 + "here."),
        Part("paragraph", "Ring the bell if:"),
        Part("paragraph", "You or the pilot:"),
        Part("item", "see fog", 1),
        Part("item", "hear a horn", 1),
    ]
    assert cut(document(*parts), 24)[1] == ["Ring the bell if:", "You or the pilot:", "see fog", "hear a horn"]


def test_prose_after_a_list_is_not_introduced_with_it() -> None:
    """Prose after a list is on its own: it moves to the next passage if there is no room."""
    parts = [
        Part("paragraph", "Bring these:"),
        Part("item", "bread and salt", 1),
        Part("paragraph", "Then wait " * 8 + "here."),
    ]
    assert [len(p) for p in cut(document(*parts), 20)] == [2, 1]


def test_a_list_too_long_for_one_passage_is_cut_between_items() -> None:
    """Items stay whole, every later item still knows its lead-in, and the first part keeps the lead-in."""
    items = [Part("item", f"item number {n} of many", 1) for n in range(40)]
    found = document(Part("paragraph", "Bring these:"), *items)
    passages = [p for s in found.sections for p in split_passages(found, s, 40)]
    assert len(passages) > 2
    assert found.text[slice(*passages[0].sentences[0])] == "Bring these:"
    lead_ins = {p.lead_ins[-1] for p in passages}
    assert lead_ins == {((0, len("Bring these:")),)}


def test_a_short_item_is_quoted_whole_and_a_long_one_by_sentence() -> None:
    """An item of two short sentences is one unit; an item as long as a paragraph is cut into sentences."""
    short = Part("item", "Salt. It keeps the bread.", 1)
    long = Part("item", "This is one sentence of the item. " * 12, 1)
    (passage,) = cut(document(Part("paragraph", "Bring these:"), short), 60)
    assert passage == ["Bring these:", "Salt. It keeps the bread."]
    assert len(cut(document(Part("item", long.text.strip(), 1)), 400)[0]) == 12


def test_a_paragraph_that_introduces_nothing_is_no_lead_in() -> None:
    """Only a line that ends with a colon introduces the list after it."""
    found = document(Part("paragraph", "All of it."), Part("item", "one", 1))
    (passage,) = [p for s in found.sections for p in split_passages(found, s, 60)]
    assert passage.lead_ins == ((), ())


def test_a_heading_without_text_is_its_passage_if_it_says_something() -> None:
    """Three words or more that head no section are a passage; a label, or a heading of other sections, is none."""
    found = document(
        Part("heading", "Rules of the harbour", 1),
        Part("heading", "No smoking on the quay", 2),
        Part("heading", "Parking", 2),
        Part("heading", "Dogs", 2),
        Part("paragraph", "Dogs stay on board."),
    )
    passages = {found.text[p.start : p.end]: p for p in split_document(found, 60)}
    assert set(passages) == {"No smoking on the quay", "Dogs stay on board."}
    heading = passages["No smoking on the quay"]
    assert (heading.sentences, heading.position) == (((heading.start, heading.end),), 1)


def test_a_document_without_text_has_no_passages() -> None:
    """No section, no passage."""
    assert split_document(document(), 60) == []


def test_passages_never_cross_a_section() -> None:
    """However short two sections are, each has its own passage; a heading alone has none."""
    found = document(
        Part("heading", "A", 1),
        Part("heading", "B", 2),
        Part("paragraph", "b."),
        Part("heading", "C", 2),
        Part("paragraph", "c."),
    )
    assert cut(found, 60) == [["b."], ["c."]]
    assert [s.path for s in found.sections] == [("A",), ("A", "B"), ("A", "C")]
