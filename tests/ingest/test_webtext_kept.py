"""No text of a copied page is taken for its head, its furniture or its footer."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.webtext import read_webtext

LONG = (
    "Bees fly out when the sun warms the hive. They bring nectar, pollen and water. The keeper looks into the hive "
    "once a week and counts the frames with brood. A strong hive needs a second box in May. "
)


def read(text: str) -> Draft:
    return read_webtext(text.encode(), "page.txt")


def everything(draft: Draft) -> str:
    return "\n".join([draft.title or "", *(part.text for part in draft.parts)])


def headings(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts if part.kind == "heading"]


@pytest.mark.parametrize(
    "line",
    [
        "Posted on 9 June 2023",
        "Updated 9 June 2023",
        "Last reviewed: June 2023",
        "By Orla Finn",
        "© 2023 Hive Trust",
        "Written by Orla Finn",
    ],
)
def test_nothing_that_follows_a_line_under_the_headline_is_lost(line: str) -> None:
    """A date, a writer or an owner under the headline begins no footer, however short the page."""
    draft = read(f"Honey sale moved to Saturday\n\n{line}\n\nThe sale is on Saturday. Ask Ms Finn for a table.\n")
    assert draft.title == "Honey sale moved to Saturday"
    assert "The sale is on Saturday. Ask Ms Finn for a table." in everything(draft)


@pytest.mark.parametrize(
    "sentence",
    [
        "The keeper's guide was updated on 4 April 2011.",
        "Our hives were first reviewed by the county on 4 April 2011.",
        "The law on bees was published on 4 April 2011 and is still in force.",
        "Two boxes were edited out of the list on 4 April 2011.",
        "Reviewed on 4 April 2011, the hive was found to be healthy.",
    ],
)
def test_a_sentence_with_a_date_is_text_and_no_review(sentence: str) -> None:
    """A sentence on something else than the page stays, and its date is not the page's."""
    draft = read(f"Bees in spring\n\n{LONG}\n\n{sentence}\n\nSwarms are rare.\n")
    assert sentence in everything(draft)
    assert draft.source.reviewed is None


@pytest.mark.parametrize(
    ("heading", "prose"),
    [
        ("By Rail And Ferry", "Take the night train to the harbour and walk to the pier."),
        ("Von Hand Geschleudert", "Der Honig wird in einer Trommel geschleudert."),
        ("What does this page not cover?", "It does not cover wasps. Ask the county about those."),
        ("Who reviewed this article?", "Two keepers from the county read it in May."),
        ("Updates", "The price of sugar rises in June. Order before that."),
    ],
)
@pytest.mark.parametrize("menu", ["", "Home\nContact\nImprint\n"])
def test_a_heading_with_prose_under_it_is_no_end_of_the_page(heading: str, prose: str, menu: str) -> None:
    """A line like a writer or a question about the page heads a section where prose stands under it."""
    draft = read(f"Bees in spring\n\n{LONG}\n\n{heading}\n\n{prose}\n\n{menu}")
    assert prose in everything(draft)
    assert heading in headings(draft)


def test_the_footer_is_never_longer_than_the_text() -> None:
    """Bare lines after a date stay where they are more than the text before them."""
    draft = read(
        "Hive stands\n\nWe sell stands.\n\nUpdated 3 May 2020\n\nOak stand\nSteel stand\nPine stand\nTall stand\n"
    )
    assert all(f"{wood} stand" in everything(draft) for wood in ("Oak", "Steel", "Pine", "Tall"))


@pytest.mark.parametrize("line", ["Last reviewed on {}", "Updated: {}", "This page was last edited on {}."])
def test_a_review_does_not_lie_in_the_future(line: str) -> None:
    """A date after today is not when somebody reviewed the page; today is."""
    today = date.today()
    future = read(f"Bees\n\n{LONG}\n\n{line.format((today + timedelta(400)).isoformat())}\n")
    present = read(f"Bees\n\n{LONG}\n\n{line.format(today.isoformat())}\n")
    assert (future.source.reviewed, present.source.reviewed) == (None, today.isoformat())


@pytest.mark.parametrize(
    "sentence",
    ["The photographs are © Orla Finn and may be copied.", "Copyright on a sting is held by nobody, said the judge."],
)
def test_a_sentence_on_an_owner_is_text(sentence: str) -> None:
    """Somebody's rights in a sentence make it no copyright line."""
    draft = read(f"Bees in spring\n\n{LONG}\n\n{sentence}\n")
    assert sentence in everything(draft)
    assert draft.source.publisher is None


PIECES = st.sampled_from(
    ["Honey", "the hive", "Why does it hum?", LONG, "Updated 3 May 2020", "By Orla Finn", "© 2021 Hive Trust", "Menu",
     "Home", "Contents", "Honey\t3\t9", "9 am – 5 pm", "Monday", "• wax", "(a) smoke", "(b) veil", "o comb",
     "o queen", "Bees need:", "water,", "", "", "Share", "We use cookies on this site for you.", "Read more"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_no_word_is_lost_without_a_note(text: str) -> None:
    """Each word of a page stands in the title, in a part or in a note, and never more words go than stay."""
    draft = read(text)
    kept = Counter(re.findall(r"\w+", f"{everything(draft)} {' '.join(part.marker for part in draft.parts)}"))
    missing = Counter(re.findall(r"\w+", text)) - kept - Counter({"o": 40})
    noted = set(re.findall(r"\w+", " ".join(draft.notes)))
    assert [word for word in missing if word not in noted] == []
    symbols = sum(not any(c.isalnum() for c in word) for word in text.split())  # words to the reader, not to this test
    assert sum(missing.values()) <= sum(kept.values()) + symbols
