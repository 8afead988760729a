"""Unmatched words, for people."""

from __future__ import annotations

import pytest

from pincite.index.answer.unmatched import unmatched_phrases
from pincite.index.query.analysis import content_words
from pincite.index.query.names import find_names


@pytest.mark.parametrize(
    ("query", "unmatched", "said"),
    [
        ("who won the world cup in 2022", {"2022", "cup", "world"}, ("world cup", "2022")),
        ("does stem cell therapy work", {"stem"}, ("stem cell therapy",)),
        ("is it Guillain-Barré syndrome", {"Barré", "Guillain"}, ("Guillain-Barré syndrome",)),
        ("can I take vitamin B12", {"B12"}, ("vitamin B12",)),
        ("what is type 2 diabetes", {"2"}, ("type 2",)),
        ("ZOPICLANE dose", {"ZOPICLANE", "dose"}, ("ZOPICLANE", "dose")),
        ("the zebra and the ZEBRA", {"zebra", "ZEBRA"}, ("zebra",)),
        ("I've lost my mum's keys", {"I've", "mum's", "keys"}, ("keys",)),
        ("mum keeps choking", {"mum"}, ()),
        ("has my mum's neighbour lost keys", {"mum's", "neighbour", "keys"}, ("keys",)),
        ("is a wife insured", {"wife", "insured"}, ("insured",)),
        ("which wife is insured", {"wife"}, ("wife",)),
        ("hi, does it cost anything", {"hi", "cost"}, ("cost",)),
        ("渐冻症能活", {"渐冻", "冻症", "症能", "能活"}, ("渐冻症能活",)),
    ],
)
def test_unmatched_words_are_phrases_of_the_question_in_its_order(
    query: str, unmatched: set[str], said: tuple[str, ...]
) -> None:
    """Words of one name stay together; contractions, greetings and kin say nothing."""
    names = find_names(query, str.islower)
    assert unmatched_phrases(query, unmatched, content_words(query), names) == said
