"""The script: answers without a new page, back and forward, copied addresses. Nothing depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import serving
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

SABBATICAL = "how long is a sabbatical after seven years"


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES)))), Settings())


@pytest.fixture(scope="module")
def url(app: Flask) -> Iterator[str]:
    with serving(app) as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto("/")
    opened.evaluate("window.kept = true")  # a new page would not have it
    yield opened
    context.close()


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Search").click()


def test_an_answer_comes_without_a_new_page(page: Page) -> None:
    """The answer, its title and its address replace the old ones; the box keeps the question; the page stays."""
    ask(page, SABBATICAL)
    expect(page.get_by_role("heading", level=1)).to_contain_text(SABBATICAL)
    assert page.url.endswith("/?q=how+long+is+a+sabbatical+after+seven+years")
    assert page.title().startswith("5 passages for “how long")
    assert page.get_by_label("Your question").input_value() == SABBATICAL
    assert page.evaluate("window.kept")


def test_what_is_announced_has_the_language_of_its_words(page: Page) -> None:
    """A screen reader reads Spanish as Spanish, and what comes after it as English."""
    status = page.locator("#page_status")
    ask(page, "cual es la cura")
    expect(status).to_have_text("Estos documentos están en inglés. Por favor, pregunte en inglés.")
    expect(status).to_have_attribute("lang", "es")
    ask(page, SABBATICAL)
    expect(status).to_have_attribute("lang", "en")


def test_the_answer_is_announced_in_a_region_that_was_there_before(page: Page) -> None:
    """The status region is the same element before and after, and says count and question; focus is on the answer."""
    page.evaluate("window.region = document.querySelector('[role=status]')")
    ask(page, SABBATICAL)
    expect(page.get_by_role("status")).to_have_text(f"5 passages for {SABBATICAL}")
    assert page.evaluate("window.region.isConnected && document.activeElement.id === 'page_main'")


def test_back_and_forward_show_what_was_there(page: Page) -> None:
    """Start page, one question, another one: back, back and forward show each again with its title and box."""
    for question in (SABBATICAL, "zebra"):
        ask(page, question)
        expect(page.get_by_label("Your question")).to_have_value(question)
        expect(page.locator("main q").first).to_have_text(question)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")
    expect(page.get_by_label("Your question")).to_have_value(SABBATICAL)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask the documents")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")
    assert page.evaluate("window.kept")


def test_back_from_the_reader_returns_to_the_place(page: Page) -> None:
    """After reading in context, back shows the answers where they were left, the further passages still unfolded."""
    page.set_viewport_size({"width": 400, "height": 500})
    ask(page, SABBATICAL)
    page.get_by_text("Show 4 more passages").click()
    link = page.locator("a", has_text="Read in context").last
    link.scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 500
    link.click()
    page.wait_for_url("**/documents/**")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")
    expect(link).to_be_in_viewport()


def test_of_two_questions_in_a_row_the_last_is_shown(page: Page) -> None:
    """An answer that comes late does not take the place of a newer one."""
    page.route("**/?q=slow*", lambda route: held.append(route))
    held: list[Any] = []
    ask(page, "slow sabbatical seven")
    expect(page.get_by_role("status")).to_have_text("Searching…")
    ask(page, "zebra")
    expect(page.get_by_role("heading", level=1)).to_have_text("The documents do not say")
    for route in held:
        route.continue_()
    expect(page.locator("main q").first).to_have_text("zebra")


def test_a_question_that_cannot_be_searched_is_explained_in_place(page: Page) -> None:
    """A blank question shows its alert without a new page; the alert is said, and the box has the focus."""
    ask(page, " ")
    expect(page.get_by_role("alert")).to_contain_text("is empty")
    expect(page.get_by_role("status")).to_contain_text("is empty")
    assert page.evaluate("document.activeElement.id") == "page_q"
    assert page.evaluate("window.kept")


def test_enter_sends_and_shift_enter_breaks_the_line(page: Page) -> None:
    """A question of two lines is sent with Enter, and stands in the box in two lines afterwards."""
    box = page.get_by_label("Your question")
    box.press_sequentially("my mother asks:")
    box.press("Shift+Enter")
    box.press_sequentially(SABBATICAL)
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")
    expect(box).to_have_value(f"my mother asks:\n{SABBATICAL}")
    assert page.evaluate("window.kept")


def test_the_box_grows_with_a_story_and_says_when_it_is_full(page: Page) -> None:
    """One line becomes several; near the limit the characters are counted, and at the limit that is said."""
    box, count = page.get_by_label("Your question"), page.locator("#page_count")
    before = box.bounding_box()
    box.fill("I have a question. " * 12)
    assert box.bounding_box()["height"] > before["height"] * 2  # type: ignore[index]
    expect(count).to_be_hidden()
    box.fill("a" * 1800)
    expect(count).to_have_text("1,800 of 2,000 characters")
    box.press_sequentially("b")
    expect(count).to_have_text("1,801 of 2,000 characters")
    box.fill("a" * 2000)
    expect(page.get_by_role("status")).to_contain_text("2,000 of 2,000 characters. No more fits")


def test_the_bar_opens_the_sections_and_the_search_box(page: Page) -> None:
    """On a phone, far down in a document: Search opens its box with the focus, Sections the list, and both lead on."""
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto("/documents/staff-handbook#safety-on-the-quay")
    page.get_by_role("link", name="Sections").click()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Sabbatical").click()
    title, bar = page.get_by_role("heading", name="Sabbatical").bounding_box(), page.locator(".bar").bounding_box()
    assert title
    assert bar
    assert (bar["y"], bar["y"] + bar["height"] <= title["y"]) == (0, True)
    page.locator("summary", has_text="Search").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(SABBATICAL)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")


def test_when_fetching_fails_the_browser_takes_over(page: Page) -> None:
    """If the script gets nothing, the page is loaded as without it."""
    lost = []

    def lose_first(route: Any) -> None:
        lost.append(route) or (route.abort() if len(lost) == 1 else route.continue_())

    page.route("**/?q=zebra", lose_first)
    ask(page, "zebra")
    expect(page.get_by_role("heading", level=1)).to_have_text("The documents do not say")
    assert page.evaluate("window.kept") is None


def test_an_offered_question_is_answered_in_place_but_opens_elsewhere_on_request(page: Page) -> None:
    """A plain press answers on this page; with Ctrl the browser opens its new tab as ever."""
    page.goto("/?q=zebra")
    page.evaluate("window.kept = true")
    link = page.get_by_role("link", name="Safety on the quay", exact=True).first
    with page.context.expect_page():
        link.click(modifiers=["Control"])
    assert page.get_by_role("heading", level=1).inner_text() == "The documents do not say"
    link.click()
    expect(page.locator("main q").first).to_have_text("Safety on the quay")
    assert page.evaluate("window.kept")


def test_one_press_copies_a_passages_address(page: Page, url: str) -> None:
    """A button in the answers and a sign in the reader copy an address that opens with the words marked."""
    page.goto("/?q=" + SABBATICAL)
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{url}/documents/staff-handbook?mark=")
    page.goto(copied)
    assert page.locator("mark").first.inner_text().startswith("After seven years")
    page.get_by_role("link", name="Link to passage 1 of Sabbatical").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    assert page.locator("mark").all_inner_texts()[0].endswith("It is not paid.")


def test_one_press_copies_a_quote_with_its_place(page: Page) -> None:
    """The marked sentence, where it stands, its source and an address that opens with it marked."""
    page.goto("/?q=" + SABBATICAL)
    page.get_by_role("button", name="Copy quote").first.click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“After seven years you may take a sabbatical of three months.” Staff handbook > ")
    page.goto(copied.split()[-1])
    assert page.locator("mark").all_inner_texts() == ["After seven years you may take a sabbatical of three months."]


def test_more_passages_keep_the_place(page: Page) -> None:
    """The first of the new passages is in view and has the focus, without a new page, and back shows the old ones."""
    ask(page, SABBATICAL)
    page.get_by_role("link", name="Show 5 further passages").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("10 passages")
    expect(page.locator("#page_passage_6")).to_be_focused()
    expect(page.locator("#page_passage_6")).to_be_in_viewport()
    assert page.evaluate("window.kept")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 passages")
    expect(page.get_by_role("link", name="Show 5 further passages")).to_be_in_viewport()


def test_a_browser_that_does_not_let_pages_copy_is_said(browser: Browser, url: str) -> None:
    """If copying is refused, the button says so and nothing breaks."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto("/?q=" + SABBATICAL)
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.get_by_role("status")).to_have_text("Your browser does not let pages copy")
    context.close()


def test_a_reference_is_copied_whole(page: Page) -> None:
    """The button at a reference copies its text."""
    page.goto("/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1")
    page.get_by_role("button", name="Copy NLM").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("Staff handbook [Internet].")


def test_nothing_is_kept_in_the_browser(page: Page) -> None:
    """No cookie and no stored item, after questions asked in every way."""
    ask(page, SABBATICAL)
    expect(page.get_by_role("heading", level=1)).to_contain_text(SABBATICAL)
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
