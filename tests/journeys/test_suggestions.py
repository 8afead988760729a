"""Suggestions while typing, in a browser: by keyboard, by pointer and for a screen reader; sparing with requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import serving, tool
from fake_searcher import StubSearcher
from fixed_source import FixedSource
from playwright.sync_api import Browser, Locator, Page, expect
from twelve_documents import shelf_of_twelve

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

BOX = "#page_q"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings())) as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, bypass_csp=True, viewport={"width": 320, "height": 640})
    opened = context.new_page()
    opened.goto("/")
    with opened.expect_response("**/suggestions.js?*"):  # with the first focus, not before
        opened.locator(BOX).focus()
    yield opened
    context.close()


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggested questions").get_by_role("option")


def type_words(page: Page, words: str) -> None:
    page.locator(BOX).press_sequentially(words)


def test_a_question_is_chosen_by_keyboard(page: Page) -> None:
    """Down, up and Enter choose, the focus stays in the box, and the choice is announced."""
    type_words(page, "ho")
    expect(options(page)).to_have_text(
        ["How many books may I borrow?", "Opening hours", "Who serves crêpes at the café?"]
    )
    expect(page.get_by_role("status")).to_have_text("3 suggestions. The down arrow goes to them.")
    for key, chosen in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", None), ("ArrowUp", 2)):
        page.keyboard.press(key)
        expect(page.locator("[aria-selected=true]")).to_have_count(int(chosen is not None))
        pointed = page.locator(BOX).get_attribute("aria-activedescendant")
        assert pointed == (None if chosen is None else options(page).nth(chosen).get_attribute("id"))
    assert page.evaluate("document.activeElement.id") == "page_q"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(tool("axe-core/axe.min.js").read_text(encoding="utf-8"))
    assert page.evaluate("axe.run().then(result => result.violations.map(v => [v.id, v.nodes[0].html]))") == []
    page.keyboard.press("Enter")
    expect(page.locator("main q").first).to_have_text("Who serves crêpes at the café?")
    expect(options(page)).to_have_count(0)


def test_the_box_is_as_before_once_suggestions_are_dismissed(page: Page) -> None:
    """Escape, leaving the box and a press elsewhere close the list; the words stay, and Enter asks them."""
    for dismiss in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.keyboard.press("Tab"),
        lambda: page.locator("h1").click(),
    ):
        page.locator(BOX).fill("")
        type_words(page, "dog")
        expect(options(page)).to_have_count(1)
        dismiss()
        expect(options(page)).to_have_count(0)
        assert page.locator(BOX).input_value() == "dog"
        assert page.locator(BOX).get_attribute("aria-activedescendant") is None
    page.locator(BOX).press("Enter")
    expect(page.locator("main q").first).to_have_text("dog")


def test_a_press_on_a_suggestion_asks_it_in_the_chosen_documents(page: Page) -> None:
    """The pointer chooses as the keyboard does, and the ticked documents go with the question."""
    page.goto("/?documents=pool-faq")  # whose script may come after the words
    type_words(page, "co")
    expect(options(page)).to_have_text(["What does a swim cost?"])
    assert options(page).first.bounding_box()["height"] >= 44  # type: ignore[index]
    options(page).first.click()
    expect(page.locator("main q").first).to_have_text("What does a swim cost?")
    assert page.url.endswith("documents=pool-faq")


def test_little_is_sent_and_none_of_it_in_an_address(page: Page) -> None:
    """One letter sends nothing, quick typing sends one request, and what is typed stands in its body alone."""
    sent: list[tuple[str, str]] = []
    page.wait_for_load_state("networkidle")
    page.on("request", lambda request: sent.append((request.url, request.post_data or "")))
    type_words(page, "d ?")
    page.wait_for_timeout(300)
    assert sent == []
    type_words(page, " og my dog")
    page.locator(BOX).fill("dog")
    expect(options(page)).to_have_count(1)
    assert sent == [(page.url + "suggestions", "q=dog")]


def test_an_answer_that_comes_late_suggests_nothing(page: Page) -> None:
    """The request for words that are no longer in the box is given up, and a failed one is not seen."""
    held: list[Any] = []
    lost: list[str] = []
    page.on("requestfailed", lambda request: lost.append(request.post_data or ""))
    page.route("**/suggestions", lambda route: held.append(route) if len(held) < 1 else route.continue_())
    type_words(page, "dog")
    page.wait_for_timeout(300)
    page.locator(BOX).fill("swim")
    expect(options(page)).to_have_text(["What does a swim cost?"])
    assert (len(held), lost) == (1, ["q=dog"])
    page.route("**/suggestions", lambda route: route.abort())
    page.locator(BOX).fill("allerg")
    page.wait_for_timeout(300)
    page.locator(BOX).press("Enter")
    expect(page.locator("main q").first).to_have_text("allerg")
