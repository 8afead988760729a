"""Rows, figures, bullets, brackets and names in small letters come out as what they are."""

from __future__ import annotations

import pytest

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.webtext import read_webtext

PROSE = "The desk answers from nine to five. Ask there for a plan."


def read(text: str) -> Draft:
    return read_webtext(text.encode(), "page.txt")


def headings(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts if part.kind == "heading"]


def own_parts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts if part.kind != "heading"]


ROWS = [
    "Kayak\t14.00\t52.00",
    "Canoe 16.50 61.00",
    "Sunday 10–4",
    "Gate B, 7.15 am to 8 pm",
    "Life vest 3.20",
    "Deposit €40",
    "From 3 June 2025 to 9 June 2025",
    "\tDay\tWeek",
]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_row_is_text_of_its_own_under_its_heading(row: str, gap: str) -> None:
    """Cells with tabs and names with figures are no headings, whatever follows them."""
    draft = read(f"Boat hire on Lake Orn\n\n{PROSE}\n\nWhat it costs\n\nPaddle\t2.00\t9.00\n{row}{gap}{PROSE}\n")
    assert headings(draft) == ["What it costs"]
    assert " ".join(row.split()) in own_parts(draft)


@pytest.mark.parametrize("value", ["10 am – 4 pm", "14.00", "€3", "1 h 20 min", "50 %", "3 June 2025"])
def test_a_cell_a_line_is_no_headline_and_no_heading(value: str) -> None:
    """Names and figures that take turns, a line each, stay in their order, the title being the first line."""
    draft = read(f"Lake Orn ferry\n\nWest pier\n{value}\nEast pier\n{value}\n\n{PROSE}\n")
    assert draft.title == "Lake Orn ferry"
    assert own_parts(draft) == ["West pier", value, "East pier", value, PROSE]


@pytest.mark.parametrize(
    "marks",
    [
        ("o", "o", "o"),
        ("✔", "✔", "✔"),
        ("➔", "➔", "➔"),
        ("■", "■", "■"),
        ("\uf0b7", "\uf0b7", "\uf0b7"),
        ("→", "→", "→"),
    ],
)
def test_bullets_of_word_processors_make_items(marks: tuple[str, ...]) -> None:
    """Marks before short lines are bullets, and no part of the text."""
    draft = read(
        "On board\n\n" + "\n".join(f"{m} {w}" for m, w in zip(marks, ("ropes", "a bucket", "Flares"), strict=True))
    )
    assert [(p.kind, p.text) for p in draft.parts] == [("item", "ropes"), ("item", "a bucket"), ("item", "Flares")]


@pytest.mark.parametrize(
    "marks",
    [("(a)", "(b)", "(c)"), ("a)", "b)", "c)"), ("i.", "ii.", "iii."), ("A.", "B.", "C."), ("(1)", "(2)", "(3)")],
)
def test_letters_that_count_up_are_markers(marks: tuple[str, ...]) -> None:
    """Letters and numerals in their order are kept as the markers of items."""
    draft = read(
        "On board\n\n" + "\n".join(f"{m} {w}" for m, w in zip(marks, ("ropes", "a bucket", "Flares"), strict=True))
    )
    assert [(p.kind, p.marker) for p in draft.parts] == [("item", mark) for mark in marks]


@pytest.mark.parametrize("line", ["o sole mio was sung on deck.", "A. Berg steered the boat.", "i. was left blank."])
def test_a_letter_alone_is_no_marker(line: str) -> None:
    """One line that begins with a letter is text as it stands."""
    assert line in own_parts(read(f"On board\n\n{PROSE}\n\n{line}\n"))


def test_a_cross_keeps_saying_no() -> None:
    """A mark that forbids stays in the text, where every front end shows it."""
    draft = read("On board\n\n✓ life vests\n✗ open fires\n")
    assert "✗ open fires" in [part.text for part in draft.parts]


@pytest.mark.parametrize(
    "line",
    ["[1] Berg A. Boats of Orn. 1994.", "(Members pay half.) Guests pay at the pier.", "[Closed] The pier is shut."],
)
def test_a_line_that_begins_with_a_bracket_stays_under_its_heading(line: str) -> None:
    """A bracket that holds a reference or a sentence of its own starts a line of text."""
    draft = read(f"Lake Orn\nThe lake lies in the\nhills\n. {PROSE}\nSources\n{line}\n{PROSE}\n")
    assert headings(draft) == ["Sources"]
    assert line in own_parts(draft)


@pytest.mark.parametrize("word", ["[kayaks]", "[2]", "[all members]", "[Draft]", "(winter)"])
def test_words_in_brackets_stay_in_a_heading(word: str) -> None:
    """Nothing but a label for editing is cut from a heading."""
    assert headings(read(f"Lake Orn\n\n{PROSE}\n\nHire {word}\n\n{PROSE}\n")) == [f"Hire {word}"]


@pytest.mark.parametrize("label", ["[edit]", "[ edit source ]", "[Bearbeiten]", "[modifier | modifier le code]"])
def test_labels_for_editing_are_cut(label: str) -> None:
    """Links to edit a section are no part of its heading."""
    assert headings(read(f"Lake Orn\n\n{PROSE}\n\nHire {label}\n\n{PROSE}\n")) == ["Hire"]


@pytest.mark.parametrize("name", ["eBikes", "mRNA in the lake", "iOS app", "pH", "opening the lock"])
def test_headings_may_begin_with_a_small_letter(name: str) -> None:
    """A short line set off by blank lines over prose is a heading, whatever its first letter."""
    draft = read(f"Lake Orn\n\n{PROSE}\n\n{name}\n\n{PROSE}\n\nPiers\n\n{PROSE}\n")
    assert headings(draft) == [name, "Piers"]


@pytest.mark.parametrize("label", ["Menu", "Home", "Sign in", "Read more", "Follow us"])
def test_labels_of_websites_over_prose_are_headings(label: str) -> None:
    """A word that menus have heads its section where it stands once, over whole sentences."""
    assert label in headings(
        read(f"The galley terminal\n\n{PROSE}\n\n{label}\n\nPress it twice. Then wait for the cook.\n")
    )


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ("My rope slips. Which knot holds?\nAsked by Ivo, 2 May 2023\n"
         "The rope slips when it is wet. I tried two hitches.", None),
        ("We respect your privacy\nWe use cookies to count visits.\nAccept\nReject\nMenu\nHome\nSplicing a rope\n"
         "A splice joins two ropes for good. You need a spike and time to splice them.", "Splicing a rope"),
        ("Oars\nPaints\nSails\nHow to coil a rope\nCoil the rope clockwise, in loops of equal size. Never coil it wet.",
         "How to coil a rope"),
    ],
)  # fmt: skip
def test_the_headline_is_the_line_the_text_takes_up(lines: str, title: str | None) -> None:
    """A forum's question, and a headline after a banner or a menu, is the title."""
    assert read(lines).title == (title or lines.split("\n")[0])


def test_never_more_is_left_out_than_kept() -> None:
    """A menu longer than the text stays, so that no error of judgement can empty a page."""
    menu = "\n".join(f"{w} and all that goes with it" for w in "Ropes Sails Paint Oars Nets Lamps".split())
    text = f"Home\nMenu\n{menu}\nSpring sale\nThe spring sale starts today at the harbour.\n"
    draft = read(text)
    kept = sum(len(part.text.split()) for part in draft.parts)
    assert draft.title == "Spring sale"
    assert 2 * kept > len(text.split())
