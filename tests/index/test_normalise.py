"""A question before it is searched: normalised, and cut into what it asks."""

from __future__ import annotations

import numpy as np
import pytest

from pincite.index.query.normalise import MAX_PARTS, normalise_query, split_query
from pincite.index.searcher import Searcher


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("  a \n b ", "a b"),
        ("a\x00b", "a b"),
        ("e\u0301", "é"),
        ("ri\u00adver", "river"),
        ("a\ud800b", "a b"),
        ("👩\u200d⚕", "👩\u200d⚕"),
    ],
)
def test_normalise(asked: str, searched: str) -> None:
    """White space is folded, invisible characters go, joiners within words stay."""
    assert normalise_query(asked, 100) == searched


def test_a_story_is_searched_whole_and_by_its_parts() -> None:
    """Sentences that hold a content word are parts; those that end in a question mark are what it asks."""
    asked = split_query("My mum fell. Why? She is 70; is the sabbatical paid? Thank you.")
    assert asked.texts[1:] == ("My mum fell.", "She is 70;", "is the sabbatical paid?", "Thank you.")
    assert asked.encoded_indices == (3,)
    assert split_query("They told us today. We need help.").encoded_indices == (1, 2)


@pytest.mark.parametrize("text", ["leave", "How many days of leave do I get?", "als 2.5 mg", "?!", "and. or. Leave"])
def test_one_sentence_is_searched_as_it_is(text: str) -> None:
    """A question with one part that says something is not searched twice."""
    asked = split_query(text)
    scores = np.array([[0.1, 0.7]], np.float32)
    assert asked.texts == (text,)
    assert asked.pool(scores).tolist() == scores[0].tolist()


def test_of_many_parts_those_that_ask_and_the_longest_are_searched() -> None:
    """However long a story, a bounded number of its parts is encoded, in the order of the text."""
    story = " ".join([*(f"Sentence number {'long ' * n}ends." for n in range(20)), "Is leave paid?"])
    asked = split_query(story)
    assert len(asked.texts) == 1 + MAX_PARTS
    assert asked.texts[-1] == "Is leave paid?"
    assert asked.encoded_indices == (MAX_PARTS,)


def test_pooling_is_the_mean_of_whole_best_and_asking() -> None:
    """Each score is the mean of the whole question's, the best part's and the best asking part's."""
    asked = split_query("My mum fell. Is leave paid?")
    pooled = asked.pool(np.array([[0.3, 0.0], [0.9, 0.1], [0.6, 0.2]], np.float32))
    assert pooled.tolist() == pytest.approx([(0.3 + 0.9 + 0.6) / 3, (0.0 + 0.2 + 0.2) / 3])


def test_a_story_finds_what_its_question_finds(searcher: Searcher) -> None:
    """Sentences before and after the question do not take the answer from the first place."""
    before = "My brother has sung in a choir every week for years. The tower of the church is old."
    plain = searcher.ask("Is a sabbatical paid?").hits[0].passage
    assert searcher.ask(f"{before} Is a sabbatical paid? Thank you so much.").hits[0].passage == plain
