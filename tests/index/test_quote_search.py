"""Locating quotes: exact is exact, near says how far, absent is absent."""

from __future__ import annotations

import random

import pytest

from pincite.index.bundle import Bundle
from pincite.index.quote_search import Difference, locate
from pincite.index.searcher import Searcher


def test_a_quote_is_found_where_it_stands(bundle: Bundle) -> None:
    """Every place of the words, each with the heading in force and the words themselves."""
    found = locate(bundle, "the")
    texts = {name: bundle.document(name).text for name, _ in bundle.titles()}
    assert (found.status, found.similarity, found.differences) == ("exact", 1.0, ())
    assert len(found.matches) == sum(text.count("the") for text in texts.values())
    (only,) = locate(bundle, " After seven years you may take a sabbatical of three months. It is\n").matches or (None,)
    assert only
    assert only.section.path == ("Leave", "Sabbatical")
    assert only.text == "After seven years you may take a sabbatical of three months. It is"


def test_a_document_that_is_not_asked_is_not_searched(bundle: Bundle) -> None:
    """With documents named, the others hold nothing."""
    assert locate(bundle, "spring tide", ["tides"]).status == "exact"
    assert locate(bundle, "spring tide", ["leave"]).status == "absent"


@pytest.mark.parametrize(
    ("quote", "differences"),
    [
        ("after seven years you may take a SABBATICAL", [("after", "After"), ("SABBATICAL", "sabbatical")]),
        ("After nine years you may take a sabbatical", [("nine", "seven")]),
        ("After seven years you may take a long sabbatical", [("long", "")]),
        ("Five days may be carried over. Ask the boss before the end", [("boss", "office")]),
    ],
)
def test_a_near_quote_comes_with_every_difference(
    bundle: Bundle, quote: str, differences: list[tuple[str, str]]
) -> None:
    """The nearest words, the heading they stand under, and each run of words that is not the same."""
    found = locate(bundle, quote)
    assert found.status == "near"
    assert found.differences == tuple(Difference(*pair) for pair in differences)
    assert found.matches[0].document.text[found.matches[0].start : found.matches[0].end] == found.matches[0].text


@pytest.mark.parametrize(
    "quote", ["", "   ", "The mitochondrion is the powerhouse of the cell.", "\u200b", "sabbatical " * 400]
)
def test_what_is_not_there_is_absent(bundle: Bundle, quote: str) -> None:
    """Words of another text, nothing at all, and endless repetition are found nowhere."""
    assert locate(bundle, quote) == locate(bundle, "")


def test_every_sentence_of_the_article_is_found_exactly(article: Searcher) -> None:
    """100 of 100 sampled ranges between words, over sentence and paragraph ends, are exact at their own place."""
    document = article.bundle.document("als")
    chosen = random.Random(7)
    for _ in range(100):
        start = chosen.randrange(len(document.text) - 200)
        end = start + chosen.randrange(20, 200)
        words = document.text[start:end].strip()
        places = [(p.start, p.end) for p in locate(article.bundle, words).matches]
        assert (document.text.index(words), document.text.index(words) + len(words)) in places


def test_small_slips_are_found_nearly(article: Searcher) -> None:
    """At least 95 of 100 sentences with a word dropped and another changed are near, at their own place."""
    document = article.bundle.document("als")
    sentences = [s for p in article.bundle.passages_of("als") for s in p.sentences]
    chosen = random.Random(7)
    found = 0
    picked = [s for s in sentences if len(document.text[slice(*s)].split()) >= 8]
    for start, end in (chosen.choice(picked) for _ in range(100)):
        words = document.text[start:end].split()
        del words[chosen.randrange(1, len(words) - 1)]
        words[chosen.randrange(1, len(words) - 1)] = "something"
        result = locate(article.bundle, " ".join(words))
        found += result.status == "near" and abs(result.matches[0].start - start) < 20
    assert found >= 95


def test_a_long_quote_over_headings_is_found_nearly(article: Searcher) -> None:
    """2,000 characters with a slip in them, over several sections: near, at their own place."""
    text = article.bundle.document("als").text[3000:5000].strip()
    found = locate(article.bundle, text.replace(" with ", " wiht ", 1))
    assert found.status == "near"
    assert abs(found.matches[0].start - article.bundle.document("als").text.index(text)) < 20
