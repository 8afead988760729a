"""Page numbers of a source, wherever a citation is read: JSON, tools, terminal, references, results and reader."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest
import rispy
from browser import chromium, serving, tool
from fake_searcher import HANDBOOK, SOURCE, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient

from pincite.index.citation.cite import cite_quote
from pincite.index.citation.pages import evidence_at, pages_of
from pincite.index.settings import Settings
from pincite.index.types import Document, Page, Passage
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.api import serialize
from pincite.service.cli.render import render
from pincite.service.mcp_server import _found_passage
from pincite.service.presentation import present
from pincite.service.runtime.app import create_app
from pincite.service.web.citing.passage_reference import refer
from pincite.service.web.citing.references import ama, apa, bibtex, csl, nlm, plain, ris

QUESTION = "who repairs anchors in winter"
ANCHORS = "Anchors and chains are checked in spring. The rigger repairs anchors in winter, in the northern shed."
OVER = ANCHORS.index("anchors in winter")


def begins(*pages: tuple[int, int, str]) -> tuple[Page, ...]:
    return tuple(Page(*page) for page in pages)


LEAFLET = compose(
    Draft(
        (
            Part("heading", "Page 3", 1, pages=begins((0, 1, "iii"))),
            Part("paragraph", ANCHORS, pages=begins((0, 1, "iii"), (OVER, 2, "iv"))),
            Part("heading", "Ropes", 1, pages=begins((0, 2, "iv"))),
            Part("header", "Rope | Length", pages=begins((0, 3, "1"))),
            Part("row", "| <b>long</b>", pages=begins((0, 4, '2"'))),
            Part("item", "Coil the rope", 1, pages=begins((0, 3, "1"))),
            Part("code", "x = 1\ny = 2", pages=begins((0, 6, "4"), (6, 7, "5"))),
        ),
        source=replace(SOURCE, url="https://harbour.example/leaflet.pdf"),
    ),
    "leaflet",
    "Anchors",
)
SHELF = Shelf((HANDBOOK, LEAFLET))
FIRST = next(p for p in SHELF.passages if p.document == "leaflet")


@pytest.fixture
def client() -> FlaskClient:
    return create_app(FixedSource(StubSearcher(SHELF)), Settings(), lambda: date(2026, 3, 9)).test_client()


def test_json_has_the_page_of_each_quote(client: FlaskClient) -> None:
    """A citation has the pages of its passage, a sentence its own; a document has all of them; without pages null."""
    reply = client.get("/v1/query", query_string={"question": QUESTION, "k": 50}).get_json()
    best = reply["hits"][0]
    assert best["citation"]["document"] == "leaflet"
    assert (best["citation"]["page"], best["evidence"][0]["page"]) == ("iii-iv", "iii-iv")
    assert best["citation"]["source_url"] == "https://harbour.example/leaflet.pdf#page=1"
    assert {hit["citation"]["page"] for hit in reply["hits"] if hit["citation"]["document"] != "leaflet"} == {None}
    document = client.get("/v1/documents/leaflet").get_json()
    assert document["pages"][:2] == [
        {"start": 0, "number": 1, "label": "iii"},
        {"start": 8 + OVER, "number": 2, "label": "iv"},
    ]
    passage = client.get("/v1/documents/leaflet/passages/" + FIRST.anchor).get_json()
    assert [sentence["page"] for sentence in passage["sentences"]] == ["iii", "iii-iv"]


def test_a_citation_verifies_with_its_page_alone(client: FlaskClient) -> None:
    """Another page is a change, as another heading is; a citation without one is not held to it."""
    cited = client.get("/v1/query", query_string={"question": QUESTION}).get_json()["hits"][0]["citation"]
    for page, status in (("iii-iv", "holds"), ("iii", "changed"), (None, "holds")):
        reply = client.post("/v1/verify", json=cited | {"page": page}).get_json()
        assert (reply["status"], reply["fields"].get("page")) == (status, None if page is None else page == "iii-iv")
    start = LEAFLET.text.index("in the northern shed")
    found = cite_quote(LEAFLET, SHELF.passages_of("leaflet"), evidence_at(LEAFLET, start, start + 6))
    assert str(found.page) == "iv"


def test_tools_and_terminal_name_the_page() -> None:
    """A passage for a language model has it, and a line of `pincite ask`; other documents have none."""
    asked = StubSearcher(SHELF)
    hit, *others = asked.ask(QUESTION, k=50).hits
    assert _found_passage(LEAFLET, hit, "")["page"] == "iii-iv"
    other = next(h for h in others if h.passage.document != "leaflet")
    assert _found_passage(HANDBOOK, other, "")["page"] is None
    shown = render(present(asked.ask(QUESTION, k=50), asked), SHELF.document)
    assert "leaflet, pp. iii-iv, characters" in shown
    assert re.search(r"staff-handbook, characters", shown)


def cited(passage: Passage = FIRST, *marks: tuple[int, int]) -> list[str]:
    """Write the reference to a passage in every style."""
    reference = refer(LEAFLET, passage, marks, "https://pincite.example", date(2026, 3, 9))
    return [write(reference) for write in (plain, nlm, ama, apa, ris, bibtex, csl)]


def test_references_name_the_pages_as_their_styles_do() -> None:
    """Each style has its own abbreviation, each file format its own field, for one page and for several."""
    text, library, medical, psychological, tags, latex, item = cited()
    assert "Anchors > Page 3, pp. iii-iv. Harbour Works." in text
    assert "Page 3; p. iii-iv. Available" in library
    assert "Anchors: Page 3, pp iii-iv. Harbour" in medical
    assert "Anchors (Page 3; pp. iii–iv; last reviewed" in psychological
    (entry,) = rispy.loads(tags)
    assert (entry["start_page"], entry["end_page"]) == ("iii", "iv")
    (entry,) = bibtexparser.loads(latex).entries
    assert entry["pages"] == "iii--iv"
    assert json.loads(item)[0]["page"] == "iii-iv"


def test_marked_sentences_have_pages_of_their_own() -> None:
    """A reference to a sentence has its page, not that of the passage around it."""
    start, end = FIRST.sentences[0]
    text, library, medical, psychological, tags, latex, item = cited(FIRST, (start, end))
    assert "Page 3, p. iii. Harbour" in text
    assert "Page 3; p. iii. Available" in library
    assert "Page 3, p iii. Harbour" in medical
    assert "Page 3; p. iii; last" in psychological
    assert ("SP  - iii\r\n" in tags, "EP  - " in tags) == (True, False)
    assert "pages = {iii}" in latex
    assert json.loads(item)[0]["page"] == "iii"


def test_a_reference_to_a_source_without_pages_has_none() -> None:
    """No style and no format names a page."""
    reference = refer(HANDBOOK, SHELF.passages_of(HANDBOOK.id)[0], (), "https://pincite.example", date(2026, 3, 9))
    for write in (plain, nlm, ama, apa, ris, bibtex, csl):
        assert not re.search(r"\bpp?\b\.?|SP  -|\bpages?\b", write(reference)), write.__name__


def test_results_and_references_show_the_page(client: FlaskClient) -> None:
    """It stands after whose words they are."""
    assert "<li>pp. iii-iv</li>" in client.get("/", query_string={"q": QUESTION}).text
    page = client.get(f"/documents/leaflet/cite?passage={FIRST.anchor}").text
    assert re.search(r'<p class="source">.*, pp. iii-iv</p>', page)
    assert "pp." not in client.get("/documents/staff-handbook").text


LEAF = re.compile(
    r'<span class="leaf( within)?"(?: id="(\w+)")? lang="en" role="separator" '
    r'aria-label="page ([^"]*)" data-page="([^"]*)"></span>'
)


def test_the_reader_shows_where_pages_begin(client: FlaskClient) -> None:
    """Each start has its number for screen readers and in the margin; the first of a page has its anchor.

    The anchor is none that a heading could have, and the words are as they are without pages.
    """
    page = client.get("/documents/leaflet").text
    assert LEAF.findall(page) == [
        ("", "page_1", "iii", "iii"),
        (" within", "page_2", "iv", "iv"),
        ("", "page_3", "1", "1"),
        ("", "page_4", "2&#34;", "2&#34;"),
        ("", "", "1", "1"),
        ("", "page_6", "4", "4"),
        (" within", "page_7", "5", "5"),
    ]
    assert '<h2 id="page-3"' in page
    assert re.search(
        r'repairs (?:</span>)?<span class="leaf within" id="page_2"[^>]*></span>(<[^>]*>)*anchors in winter', page
    )
    without_pages = Shelf((HANDBOOK, replace(LEAFLET, pages=())))
    app = create_app(FixedSource(StubSearcher(without_pages)), Settings(), lambda: date(2026, 3, 9))
    plain_page = app.test_client().get("/documents/leaflet").text
    assert 'class="leaf' not in plain_page.partition('<div class="article')[2]

    def words(html: str) -> str:
        return "".join(re.sub(r"<[^>]*>", "", html.partition('<div class="article')[2]).split())

    assert words(page).replace("paged", "") == words(plain_page)


def test_page_breaks_and_marks_share_words(client: FlaskClient) -> None:
    """A mark over the start of a page goes on after it, and is announced once."""
    start = LEAFLET.text.index("rigger")
    page = client.get(f"/documents/leaflet?mark={start}-{start + 30}&text={LEAFLET.sha256[:12]}").text
    assert re.search(
        r'class="opens">rigger repairs </mark><span class="leaf within"[^>]*></span><mark[^>]*>anchors', page
    )
    assert page.count('class="opens"') == page.count('class="closes"') == 1


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_page_numbers_stay_in_the_margin(width: int) -> None:
    """In a browser: within the window, right of the words, not selected with them, and read out as separators."""
    app = create_app(FixedSource(StubSearcher(SHELF)), Settings())
    with serving(app) as server, chromium() as browser:
        page = browser.new_page(base_url=server.url, viewport={"width": width, "height": 700}, java_script_enabled=True)
        page.goto("/documents/leaflet#page_2")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.querySelector(':target').id") == "page_2"
        selected = page.evaluate(
            "() => { getSelection().selectAllChildren(document.querySelector('.article p'));"
            " return `${getSelection()}` }"
        )
        assert selected == ANCHORS
        gap = page.evaluate(
            "() => { const a = document.querySelector('.article'), r = document.createRange();"
            " r.selectNodeContents(a.querySelector('p'));"
            " return a.getBoundingClientRect().right - Math.max(...[...r.getClientRects()].map(x => x.right)) }"
        )
        margin = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.leaf'), '::before').width)")
        assert gap >= margin > 0
        nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        spoken = {n["name"]["value"] for n in nodes if n.get("role", {}).get("value") == "separator"}
        assert spoken == {"page iii", "page iv", "page 1", 'page 2"', "page 4", "page 5"}


def test_axe_finds_nothing_in_a_text_with_pages() -> None:
    """Names and roles of page starts are allowed, and their numbers have contrast, in both themes."""
    axe = tool("axe-core/axe.min.js").read_text(encoding="utf-8")
    with serving(create_app(FixedSource(StubSearcher(SHELF)), Settings())) as server, chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(base_url=server.url, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
            page.goto("/documents/leaflet")
            page.evaluate(axe)
            assert page.evaluate("axe.run('.article').then(found => found.violations.map(v => v.id))") == []


def test_a_reference_counts_pages_over_gaps() -> None:
    """Sentences on pages that do not follow each other are listed, not joined to a range."""
    rope = LEAFLET.text.index("Rope |")
    assert str(pages_of(LEAFLET, [(0, 5), (rope, rope + 4)])) == "iii, 1"


def test_a_document_without_pages_has_an_empty_list() -> None:
    """The list is there, so that programs need not ask for it."""
    document: Document = HANDBOOK
    assert serialize.document(document)["pages"] == []
