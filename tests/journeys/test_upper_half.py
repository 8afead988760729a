"""The place of the first quoted line on phones and on a desktop: what was asked for is seen without scrolling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from browser import serving, visiting
from fixed_source import FixedSource
from playwright.sync_api import Browser, Page

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

STORY = (
    "My husband is 61 and was in the marines for twenty years. Since last spring he keeps dropping his tools, his "
    "left hand has got thin, and at night he has cramps. The doctor put needles into his muscles and measured the "
    "current, and now she wants to do more. What are all those tests for, and what do they look for?"
)
QUESTIONS = {
    "answered": "How long do people live with ALS?",
    "story": STORY,
    "emergency": "my father can't breathe",
    "distress": "i want to end my life",
}
# pixels: the upper half, but on the smallest phone, where that is not always reached, the screen; of distress, where
# the passages are folded, the line that unfolds them, below a card with two sorts of numbers
LIMITS = {
    (320, 568): {"answered": 284, "story": 350, "emergency": 520, "distress": 568},
    (390, 844): dict.fromkeys(QUESTIONS, 422),
    (1280, 900): dict.fromkeys(QUESTIONS, 450),
}


@pytest.fixture(scope="module")
def visit(browser: Browser, article: Searcher) -> Iterator[Callable[..., Page]]:
    """`visit(path, **context)`: a fresh page of a service over the article."""
    with (
        serving(create_app(FixedSource(article), Settings())) as server,
        visiting(browser, server.url, java_script_enabled=False) as open_page,
    ):
        yield open_page


@pytest.mark.parametrize("size", LIMITS, ids="{0[0]}x{0[1]}".format)
def test_the_first_quoted_line_is_in_the_upper_half(visit: Callable[..., Page], size: tuple[int, int]) -> None:
    """For a short question, a story of 60 words, an emergency and distress alike."""
    page = visit("/", viewport={"width": size[0], "height": size[1]})
    for state, question in QUESTIONS.items():
        page.goto(f"/?q={quote(question)}")
        assert page.locator(".urgent.now").count() == (state in ("emergency", "distress"))
        first = page.locator("details.help summary" if state == "distress" else "blockquote > *").first
        top = first.bounding_box()["y"]  # type: ignore[index]
        assert top < LIMITS[size][state], (state, top)


def test_every_example_is_answered(visit: Callable[..., Page]) -> None:
    """Three to five questions stand under the box of the start page, and the article answers each of them."""
    page = visit("/")
    assert page.get_by_role("heading", level=1).inner_text() == "Ask about ALS"
    region = page.get_by_role("region", name="Questions that the documents answer")
    addresses = [link.get_attribute("href") for link in region.get_by_role("link").all()]
    assert 3 <= len(addresses) <= 5
    for address in addresses:
        page.goto(str(address))
        assert page.get_by_role("region", name="Most likely answer").count() == 1, address


def test_a_wide_screen_has_the_sections_beside_the_text(visit: Callable[..., Page]) -> None:
    """From 64rem on the list is in view without a press, left of the words, however far down one reads."""
    page = visit("/documents/als#symptoms-and-causes", viewport={"width": 1280, "height": 900})
    links = page.get_by_role("navigation", name="Sections").get_by_role("link").first.bounding_box()
    heading = page.get_by_role("heading", name="Symptoms and Causes", exact=True).bounding_box()
    assert links
    assert heading
    assert 0 < links["y"] < 450
    assert links["x"] + links["width"] <= heading["x"]
