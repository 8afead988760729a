"""Lead-ins: what a block cannot be read without."""

from __future__ import annotations

from pincite.ingestion.chunking.passages import split_document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part


def lead_ins_by_text(*parts: Part) -> dict[str, list[str]]:
    document = compose(Draft(parts), "x", "X")
    return {
        document.text[slice(*sentence)]: [document.text[slice(*r)] for r in lead_ins]
        for passage in split_document(document, 60)
        for sentence, lead_ins in zip(passage.sentences, passage.lead_ins, strict=True)
    }


def test_a_nested_item_has_the_items_it_stands_in() -> None:
    """Outermost first; an item of its own level is none of them."""
    found = lead_ins_by_text(
        Part("paragraph", "Keep these off the boat:"),
        Part("item", "Animals:", 1),
        Part("item", "goats", 2),
        Part("item", "Cargo that needs:", 1),
        Part("item", "ice", 2),
        Part("paragraph", "Anything goes otherwise."),
        Part("item", "rope", 1),
    )
    assert found["goats"] == ["Keep these off the boat:", "Animals:"]
    assert found["ice"] == ["Keep these off the boat:", "Cargo that needs:"]
    assert found["rope"] == []
    assert found["Keep these off the boat:"] == []


def test_what_stands_in_an_item_has_its_item() -> None:
    """And items after it keep the line that introduces the list."""
    found = lead_ins_by_text(
        Part("paragraph", "Do not sail when:"),
        Part("item", "the mast is cracked", 1),
        Part("paragraph", "A diver can tell.", 1),
        Part("code", "look --mast", 1),
        Part("item", "fog is near", 1),
    )
    assert found["A diver can tell."] == ["Do not sail when:", "the mast is cracked"]
    assert found["look --mast"] == ["Do not sail when:", "the mast is cracked"]
    assert found["fog is near"] == ["Do not sail when:"]


def test_a_paragraph_within_an_item_may_introduce_a_list() -> None:
    """Its items have it after their outer item."""
    found = lead_ins_by_text(
        Part("item", "Rigging", 1), Part("paragraph", "Check for:", 1), Part("item", "rust", 2), Part("item", "Hull", 1)
    )
    assert found["rust"] == ["Rigging", "Check for:"]
    assert found["Hull"] == []


def test_a_row_has_its_column_names() -> None:
    """The names are of its own table, after the line that introduces it; a paragraph that follows has neither."""
    found = lead_ins_by_text(
        Part("paragraph", "Fees for guests:"),
        Part("header", "Berth | Night"),
        Part("row", "north | 20"),
        Part("row", "south | 15"),
        Part("paragraph", "Pay at the office."),
        Part("row", "lonely | row"),
    )
    assert found["south | 15"] == ["Fees for guests:", "Berth | Night"]
    assert found["Pay at the office."] == []
    assert found["lonely | row"] == []


def test_code_has_the_line_that_introduces_it() -> None:
    """Code is one unit with its lines; a second piece of code is not introduced by that line."""
    found = lead_ins_by_text(
        Part("paragraph", "Run:"), Part("code", "a\n\n  b"), Part("paragraph", "Or."), Part("code", "c")
    )
    assert found["a\n\n  b"] == ["Run:"]
    assert found["c"] == []


def test_a_heading_begins_anew() -> None:
    """Nothing introduces across a heading."""
    found = lead_ins_by_text(Part("paragraph", "Bring:"), Part("heading", "Other", 1), Part("item", "salt", 1))
    assert found["salt"] == []
