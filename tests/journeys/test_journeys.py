"""The journeys of the people who use the page, in a real browser over the real article: without scripts, then with."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
import rispy
from browser import serving, visiting
from fixed_source import FixedSource
from playwright.sync_api import Browser, Page
from twelve_documents import TWELVE

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.ingestion.build import build_from_documents
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.service.runtime.app import create_app

QUESTION = "How long do people live with ALS?"
ANSWER = "Life expectancy after ALS is diagnosed averages three to five years."
SECTION = "Outlook / Prognosis › ALS life expectancy"
LABELLED = Path(__file__).resolve().parents[3] / "shared" / "eval" / "als-dev.jsonl"

pytestmark = pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])


@pytest.fixture(scope="module")
def library(
    article: Searcher, embedder: Callable[[ModelFiles], Embedder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searcher]:
    """A searcher over the article and eleven documents on a town's services."""
    root = tmp_path_factory.mktemp("library")
    documents = [article.bundle.document("als"), *TWELVE[:11]]
    build_from_documents(documents, Settings(index=str(root)), lambda stage: lambda done, of: None, embedder)
    opened = Bundle(root)
    yield Searcher(opened)
    opened.close()


@pytest.fixture(scope="module", params=["article", "library"], ids=["one document", "twelve documents"])
def asked(request: pytest.FixtureRequest) -> Searcher:
    """A searcher over one document, or over twelve."""
    searcher: Searcher = request.getfixturevalue(request.param)
    return searcher


@pytest.fixture(scope="module")
def url(asked: Searcher) -> Iterator[str]:
    with serving(create_app(FixedSource(asked), Settings())) as server:
        yield server.url


@pytest.fixture
def visit(browser: Browser, url: str, scripts: bool) -> Iterator[Callable[..., Page]]:
    """`visit(path, **context)`: a fresh page, with or without scripts."""
    with visiting(browser, url, java_script_enabled=scripts) as open_page:
        yield open_page


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/?q=*")
    page.locator("main q").first.wait_for()


def in_view(page: Page, element: Any) -> bool:
    box, size = element.bounding_box(), page.viewport_size
    return bool(box and size and box["y"] >= 0 and box["y"] < size["height"])


def fits(page: Page) -> bool:
    """Return whether nothing sticks out to the right, by the widest box: a page without scripts runs none."""
    width = page.viewport_size["width"]  # type: ignore[index]
    boxes = [e.bounding_box() for e in page.locator("main, main *, aside, form *").filter(visible=True).all()[:150]]
    return all(box is None or box["x"] + box["width"] <= width + 1 for box in boxes)


def test_a_patient_on_a_phone_reads_the_answer_and_its_section(visit: Callable[..., Page]) -> None:
    """On 320 px: asks, sees the marked sentence in the first card, follows it into its section."""
    page = visit("/", viewport={"width": 320, "height": 640}, device_scale_factor=2, has_touch=True)
    ask(page, QUESTION)
    best = page.get_by_role("region", name="Most likely answer")
    assert best.locator("mark").first.inner_text() == ANSWER
    assert fits(page)
    best.get_by_role("link", name=SECTION, exact=True).click()
    page.wait_for_url("**/documents/als?*")
    mark = page.locator("mark").first
    assert mark.inner_text() == ANSWER
    assert in_view(page, mark)
    assert fits(page)


def test_a_caregiver_hears_the_page_in_its_order(visit: Callable[..., Page]) -> None:
    """A screen reader meets notice, box, count with question, citation, the announced sentence, source, disclaimer."""
    page = visit("/")
    ask(page, QUESTION)
    heard = page.locator("body").aria_snapshot()
    order = [
        "Emergency?",
        "search",
        f"5 passages for {QUESTION}",
        "Most likely answer",
        SECTION,
        f"[start of the answering sentence] {ANSWER}",
        "pincite’s summary of Cleveland Clinic’s page as reviewed on",
        "6 May 2025",
        "not medical advice",
    ]
    places = [heard.index(piece) for piece in order]
    assert places == sorted(places)


def test_a_librarian_cites_and_prints(visit: Callable[..., Page], scripts: bool) -> None:
    """From the answer to an NLM reference and an RIS file that a parser reads; the printed page tells all it must."""
    page = visit("/", accept_downloads=True)
    ask(page, QUESTION)
    with io.BytesIO(page.pdf()) as file:
        paper = " ".join(" ".join(p.extract_text() for p in pypdf.PdfReader(file).pages).split())
    for printed in (
        QUESTION,
        ANSWER,
        SECTION,
        "Cleveland Clinic",
        "6 May 2025",
        "/?q=How+long+do+people",
        "not medical",
    ):
        assert printed in paper, printed
    assert not re.search(r"Copy link|Your question|Questions that the documents", paper)
    page.get_by_role("link", name=f"Cite {SECTION}").click()
    page.wait_for_url("**/documents/als/cite?*")
    nlm = page.get_by_role("group", name="NLM").inner_text()
    assert nlm.startswith(
        "Amyotrophic Lateral Sclerosis (ALS) [Internet]. [place unknown]: pincite; [date unknown; cited "
    )
    assert nlm.endswith("Based on Cleveland Clinic, “Amyotrophic Lateral Sclerosis (ALS)” (page reviewed 2025 May 6).")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download RIS").click()
    (entry,) = rispy.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert entry["section"] == "Outlook / Prognosis > ALS life expectancy"
    assert entry["notes_abstract"].startswith(ANSWER)


def test_nobody_is_left_without_a_way_on(visit: Callable[..., Page], asked: Searcher) -> None:
    """An unanswered question is said to be so first; one that is answered is one press away, and is answered."""
    page = visit("/")
    ask(page, "What is the capital of France?")
    assert page.get_by_role("heading", level=1).inner_text() == "The documents do not say"
    link, address = "Symptoms of ALS", "/documents/als#symptoms-and-causes--symptoms-of-als"
    if asked.bundle.document_count > 1:
        link, address = "Amyotrophic Lateral Sclerosis (ALS)", "/documents/als"
    assert page.get_by_role("link", name=link, exact=True).last.get_attribute("href") == address
    page.get_by_role("region", name="Questions that the documents answer").get_by_role("link").first.click()
    page.locator(".best").wait_for()
    assert page.get_by_role("region", name="Most likely answer").locator("mark").count()


def test_a_mended_word_is_said_and_can_be_taken_back(visit: Callable[..., Page]) -> None:
    """Searched for riluzole instead of rilozole, with a link that searches what was typed."""
    page = visit("/")
    ask(page, "what is rilozole")
    assert "Searched for riluzole instead of rilozole." in page.locator(".changed").first.inner_text()
    page.get_by_role("link", name="Search instead for what you typed").click()
    page.wait_for_url("**verbatim=1")
    page.get_by_text("Searched for riluzole").wait_for(state="detached")


def questions(searcher: Searcher) -> list[str]:
    """List the documents' own questions, and the labelled ones on the article if they are at hand."""
    own = [s.question for s in searcher.bundle.suggestions]
    if LABELLED.is_file() and searcher.bundle.document_count == 1:
        own += [json.loads(line)["question"] for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    return own


def test_every_answer_is_in_view_by_its_address_alone(
    visit: Callable[..., Page], asked: Searcher, scripts: bool
) -> None:
    """For every question that is answered, the address of its first passage shows the sentence, marked, on a phone."""
    answers = [asked.ask(question, 1) for question in questions(asked)]
    found = {a.hits[0].citation.url: a.hits[0].evidence for a in answers if a.status == "answered"}
    assert len(found) >= 10
    page = visit("/", viewport={"width": 360, "height": 640})
    for address, evidence in found.items():
        page.goto("about:blank")
        page.goto(address)
        mark = page.locator("mark").first
        assert mark.inner_text().split() == evidence[0].quote.split()[: len(mark.inner_text().split())], address
        assert any(in_view(page, m) for m in page.locator("mark").all()), address
