"""The pages in a real browser: asked by keyboard without scripts, read on a phone, in the dark and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browser import serving, visiting
from fake_searcher import FEES, HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from playwright.sync_api import Browser, Page

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app

QUESTION = "how long is a sabbatical after seven years"
ANSWERED = f"/?q={QUESTION.replace(' ', '+')}"
PAGES = [
    "/",
    ANSWERED,
    "/?q=jacket",
    "/?q=zebra",
    "/?q=",
    "/documents/staff-handbook?mark=60-100",
    f"/documents/fees?mark=0-{FEES.blocks[3].end}",  # to the end of a row
    "/?q=which+moorings+are+paid+by+season",
    "/?q=book+a+mooring+with+a+command",
    "/documents",
    "/about",
    "/api",
    "/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1",
    "/?q=i+cannot+breathe",
    "/nowhere",
]
# CSS colours resolve to sRGB 0-255; WCAG 2.2's relative luminance and contrast ratio
CONTRAST = """element => {
    const rgb = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
    const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const light = colour => rgb(colour).map(c => linear(c / 255))
        .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
    const ground = e => { const c = getComputedStyle(e).backgroundColor;
        return e.parentElement && /, 0\\)$/.test(c) ? ground(e.parentElement) : c };
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES, FEES)))), Settings())) as server:
        yield server.url


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """`visit(path, **context)`: a fresh page at a path of the service."""
    with visiting(browser, url) as open_page:
        yield open_page


def test_a_question_typed_without_scripts_is_answered(visit: Callable[..., Page]) -> None:
    """Typing and the button lead to the citation, then the passage, its sentence marked; the box keeps the question."""
    page = visit("/", java_script_enabled=False)
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Search").click()  # Enter breaks a line there, where no script sends it
    best = page.get_by_role("region", name="Most likely answer")
    assert best.get_by_role("heading", level=3).inner_text() == "Staff handbook\nLeave / Time off › Sabbatical"
    assert best.locator("mark").inner_text() == "After seven years you may take a sabbatical of three months."
    assert best.locator("h3").bounding_box()["y"] < best.locator("mark").bounding_box()["y"]  # type: ignore[index]
    assert page.get_by_label("Your question").input_value() == QUESTION


@pytest.mark.parametrize("width", [320, 1280])
def test_read_in_context_puts_the_mark_in_view(visit: Callable[..., Page], width: int) -> None:
    """The link at a passage opens the document with the sentence marked and inside the viewport."""
    page = visit(ANSWERED, java_script_enabled=False, viewport={"width": width, "height": 600})
    page.get_by_role("link", name="Read in context").first.click()
    page.wait_for_url("**/documents/staff-handbook?mark=*")
    mark = page.locator("mark")
    assert mark.inner_text() == "After seven years you may take a sabbatical of three months."
    box = mark.bounding_box()
    assert box
    assert box["y"] > 0
    assert box["y"] + box["height"] < 600


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_at_320_pixels(visit: Callable[..., Page], path: str) -> None:
    """Every page fits a width of 320 px, which is also 400% zoom on 1280, with text spaced as WCAG 1.4.12 has it."""
    page = visit(path, viewport={"width": 320, "height": 640}, bypass_csp=True)
    page.add_style_tag(content="* { letter-spacing: .12em !important; word-spacing: .16em !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [ANSWERED, "/documents/staff-handbook?mark=60-100", "/?q="])
def test_words_stand_out_from_their_ground(visit: Callable[..., Page], path: str, scheme: str) -> None:
    """Marks, links and plain words have a contrast of 4.5:1 or more, in the light and in the dark."""
    page = visit(path, color_scheme=scheme)
    for element in page.locator("mark, a:not(.skip), p, h1, h2, h3, li, label, button, textarea").all():
        assert element.evaluate(CONTRAST) >= 4.5, element.inner_text()


def test_a_mark_is_more_than_a_colour(visit: Callable[..., Page]) -> None:
    """A marked sentence is bold, underlined and announced, and the announcement is no part of its text."""
    page = visit(ANSWERED)
    mark = page.locator("mark").first
    style = mark.evaluate("e => [getComputedStyle(e).fontWeight, getComputedStyle(e).textDecorationLine]")
    assert style == ["600", "underline"]
    assert "[start of the answering sentence] After seven years" in page.locator(".best").aria_snapshot()
    assert "[" not in mark.inner_text()


@pytest.mark.parametrize("path", PAGES)
def test_targets_are_large_enough_to_hit(visit: Callable[..., Page], path: str) -> None:
    """Every control, and every link that is not part of a sentence, is at least 44 px high on a phone."""
    page = visit(path, viewport={"width": 320, "height": 640})
    for target in page.locator("a:not(.skip):not(dd a):not(.urgent a), button, textarea, summary").filter(visible=True).all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 43.9, target.inner_text()


def test_the_keyboard_meets_skip_link_then_box(visit: Callable[..., Page]) -> None:
    """Tab goes to the skip link, links, emergency numbers, question and button, each with an outline of 3 px."""
    page = visit("/", java_script_enabled=True)
    seen = []
    for _ in range(9):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        seen.append(focused.inner_text() or focused.get_attribute("name"))
        assert (
            focused.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth") == "solid3px"
        )
    assert seen == ["Skip to the main content", "pincite", "Documents", "About", "911", "112", "999", "q", "Search"]


def test_landmarks_are_in_reading_order(visit: Callable[..., Page]) -> None:
    """A screen reader meets banner, emergency notice, search, then main with the status first, and the footer."""
    snapshot = visit(ANSWERED).locator("body").aria_snapshot()
    order = ["banner", "In an emergency", "search", "- main", '"5 passages for', "Most likely answer", "contentinfo"]
    places = [snapshot.index(name) for name in order]
    assert places == sorted(places)


def test_forced_colours_keep_the_mark(visit: Callable[..., Page]) -> None:
    """If the system sets the colours, the mark keeps its underline and a ground of its own."""
    page = visit(ANSWERED, forced_colors="active")
    assert page.locator("mark").first.evaluate(CONTRAST) >= 4.5
    assert "underline" in page.locator("mark").first.evaluate("e => getComputedStyle(e).textDecorationLine")


def test_paper_shows_the_address_and_no_form(visit: Callable[..., Page], url: str) -> None:
    """Printed, a page hides the search form and says where it was printed from."""
    page = visit(ANSWERED)
    page.emulate_media(media="print")
    assert not page.get_by_label("Your question").is_visible()
    assert page.get_by_text(re.compile(f"Printed from {re.escape(url)}")).is_visible()


@pytest.mark.parametrize("path", ["/", ANSWERED])
def test_a_first_visit_is_light_and_asks_no_one_else(visit: Callable[..., Page], url: str, path: str) -> None:
    """Page, style and icon are at most 30 KB together, all from the service itself, without a cookie."""
    page = visit("/livez")
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.on("request", lambda request: seen.append(request.url))
    seen: list[str] = []
    page.goto(path, wait_until="networkidle")
    assert 0 < sum(sizes) <= 30_000
    assert all(address.startswith((url, "data:")) for address in seen)
    assert page.context.cookies() == []
