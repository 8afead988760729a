"""A shelf of twelve documents in a browser without scripts: narrowed, widened, read further, listed and found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import serving
from fake_searcher import StubSearcher
from fixed_source import FixedSource
from playwright.sync_api import Browser, Page, expect
from twelve_documents import shelf_of_twelve

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

QUESTION = "bring animals library"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings())) as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    size = {"width": 320, "height": 640}
    context = browser.new_context(base_url=url, viewport=size, java_script_enabled=False)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def test_a_search_is_narrowed_and_widened_by_its_form_and_its_links(page: Page) -> None:
    """Ticked boxes narrow it, the result names them, its links take one away or all."""
    page.goto("/")
    page.locator("#page_q").fill(QUESTION)
    page.locator("summary", has_text="Documents to search").click()
    page.get_by_label("Museum guide").check()
    page.get_by_label("Questions and answers (Elmwick Baths)").check()
    page.get_by_role("button", name="Search in these").click()
    assert page.url.endswith("/?q=bring+animals+library&documents=museum&documents=pool-faq&since=&until=")
    page.get_by_role("link", name="Museum guide – search without this document").click()
    assert page.url.endswith("/?q=bring+animals+library&documents=pool-faq")
    expect(page.get_by_text("Documents to search: 1 of 12")).to_be_visible()
    page.get_by_role("link", name="Search all documents").click()
    assert page.url.endswith("/?q=bring+animals+library")


def test_a_search_is_filtered_and_widened_by_its_form_and_its_links(page: Page) -> None:
    """Ticked boxes and a year filter it; each is a link that takes it away, and so goes an empty field."""
    page.goto("/")
    page.locator("#page_q").fill(QUESTION)
    page.locator("summary", has_text="Narrow").click()
    page.get_by_label("animals (3)").check()
    page.get_by_label("Since").select_option("2024")
    page.get_by_role("button", name="Search with these").click()
    assert page.url.endswith("/?q=bring+animals+library&tags=animals&since=2024&until=")
    page.get_by_role("link", name="tagged animals – search without this filter").click()
    assert page.url.endswith("/?q=bring+animals+library&since=2024")
    expect(page.locator("summary", has_text="Narrow")).to_contain_text("(1 chosen)")
    page.get_by_role("link", name="Search all documents").click()
    assert page.url.endswith("/?q=bring+animals+library")


def test_more_passages_come_in_view_without_scripts(page: Page) -> None:
    """The link lands on the first new passage."""
    page.goto("/?q=" + QUESTION)
    page.get_by_role("link", name="Show 5 further passages").click()
    expect(page.locator("#page_passage_6")).to_be_in_viewport()


def test_one_document_is_found_and_asked_alone(page: Page) -> None:
    """From the list, by a word of its title, to a question that it alone is asked."""
    page.goto("/documents")
    page.get_by_label("Words of a title").fill("MENIERE")
    page.get_by_role("button", name="Find documents by title").click()
    page.get_by_role("link", name="Ask this document only Café Ménière").click()
    page.locator("#page_q").fill("what does the café serve in the evening")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("link", name="Café Ménière –")).to_be_visible()
    expect(page.locator("mark").first).to_have_text("The café serves onion soup until the evening.")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/?q={QUESTION}&tags=animals&publishers=Elmwick+Library&publishers=Town+of+Elmwick&since=2023",
        f"/?q={QUESTION}&documents=bees,museum,pool-faq,library-faq&k=10",
        "/?q=zebra&documents=gone",
        "/documents?title=questions",
        "/documents/museum/cite?passage=museum-guide:1&mark=15-20",
    ],
)
def test_pages_of_many_documents_fit_a_small_phone(page: Page, path: str) -> None:
    """Nothing scrolls sideways at 320 px, and every control is at least 44 px high, with all choices unfolded."""
    page.goto(path)
    for summary in page.locator(".find > summary, .choice > summary, .narrowed summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    targets = page.locator("a:not(.skip):not(.urgent a), button, select, label:has(input), summary").filter(
        visible=True
    )
    sizes = targets.evaluate_all("all => all.map(e => [e.textContent, e.getBoundingClientRect().height])")
    assert len(sizes) > 8
    assert [text for text, height in sizes if height < 43.9] == []
