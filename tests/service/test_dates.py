"""Dates: written as each style has them, and old when they are more than three years past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from fake_searcher import SOURCE, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app
from pincite.service.web import dates

OLD = "last reviewed more than 3 years ago"


@pytest.mark.parametrize(
    ("iso", "words", "american", "nlm"),
    [
        ("2025-05-06", "6 May 2025", "May 6, 2025", "2025 May 6"),
        ("2025-12", "December 2025", "December 2025", "2025 Dec"),
        ("2025", "2025", "2025", "2025"),
        ("2025-02-30", "2025-02-30", "2025-02-30", "2025-02-30"),
        ("in  spring", "in spring", "in spring", "in spring"),
    ],
)
def test_a_date_is_written_as_far_as_it_is_known(iso: str, words: str, american: str, nlm: str) -> None:
    """Day, month or year; what is no date stands as it is."""
    assert (dates.in_words(iso), dates.american(iso), dates.nlm(iso)) == (words, american, nlm)


@pytest.mark.parametrize(
    ("reviewed", "old"),
    [
        ("2023-03-08", True),
        ("2023-03-09", False),
        ("2023-02", True),
        ("2023-03", False),
        ("2022", True),
        ("2023", False),
        (None, False),
        ("spring", False),
    ],
)
def test_old_is_more_than_three_years_after_the_last_day_meant(reviewed: str | None, old: bool) -> None:
    """On 9 March 2026: a day more than three years back, or the last day that a month or a year may mean."""
    assert dates.is_old(reviewed, date(2026, 3, 9)) is old


@pytest.mark.parametrize("path", ["/?q=rings+the+water+rings", "/documents/tides", "/about"])
@pytest.mark.parametrize(("today", "said"), [(date(2027, 3, 1), False), (date(2027, 3, 2), True)])
def test_an_old_text_is_said_to_be_old(path: str, today: date, said: bool) -> None:
    """Passages, article and list of documents say so from the day after three years on."""
    app = create_app(FixedSource(StubSearcher(Shelf((replace(TIDES, source=SOURCE),)))), Settings(), lambda: today)
    assert (OLD in app.test_client().get(path).text) is said
