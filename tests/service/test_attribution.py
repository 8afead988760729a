"""Attribution: every front end says whose words a quote is, and never gives them to the one whose facts they are."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from mcp import Client

from pincite.index.settings import Settings
from pincite.index.types import Source
from pincite.service import mcp_server
from pincite.service.api import serialize
from pincite.service.attribution import attribution, possessive
from pincite.service.cli.render import render
from pincite.service.presentation import present
from pincite.service.runtime.app import create_app

PAGE = "https://tides.example/high-water"
OWN = Source("Tide Office", "High water", PAGE, "2024-03-01")
SUMMARY = Source("Harbour Works", "High water", PAGE, "2024-03-01", based_on="Tide Office")
SUMMARY_IN_WORDS = "Harbour Works’ summary of Tide Office’s page as reviewed on 1 March 2024"
QUESTION = "rings the water rings"
RESULTS = "/?q=rings+the+water+rings"
RELATED = "/?q=rings"
PLACES_OF_THE_ATTRIBUTION = [RESULTS, RELATED, "/", "/about", "/documents/tides/cite?passage=high-water:1"]


def searcher(source: Source) -> StubSearcher:
    return StubSearcher(Shelf((replace(TIDES, source=source),)))


def client(source: Source) -> FlaskClient:
    return create_app(FixedSource(searcher(source)), Settings(), lambda: date(2027, 3, 2)).test_client()


def seen(page: str) -> str:
    """Return a page as one line of text, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page.replace("</dt>", " "))).split())


def only_as_origin(text: str, name: str) -> bool:
    """Return whether a name stands nowhere but as the one whose facts, or whose page, it is."""
    return text.count(name) == len(re.findall(rf"(?:summary of|Based on(?: the facts of)?) {name}|{name}’s page", text))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OWN, "Source: Tide Office. Reviewed 2024-03-01"),
        (replace(OWN, reviewed=None), "Source: Tide Office. Date unknown"),
        (replace(OWN, publisher=None), "Reviewed 2024-03-01"),
        (Source(), "Date unknown"),
        (SUMMARY, "Harbour Works’ summary of Tide Office’s page as reviewed on 2024-03-01"),
        (replace(SUMMARY, reviewed="2024-03"), "Harbour Works’ summary of Tide Office’s page as reviewed in 2024-03"),
        (replace(SUMMARY, reviewed=None), "Harbour Works’ summary of Tide Office’s page, which has no known date"),
        (replace(SUMMARY, publisher=None), "Summary of Tide Office’s page as reviewed on 2024-03-01"),
    ],
)
def test_the_phrase_says_whose_words_these_are(source: Source, said: str) -> None:
    """Words of a publisher are its own; a summary names its writer first, and the review is that of the page."""
    assert str(attribution(source)) == said


def test_an_owner_that_ends_in_s_gets_an_apostrophe_alone() -> None:
    """Capitals are spelt out, and get their s."""
    assert [possessive(name) for name in ("Harbour Works", "Tide Office", "NHS")] == [
        "Harbour Works’",
        "Tide Office’s",
        "NHS’s",
    ]


@pytest.mark.parametrize("path", PLACES_OF_THE_ATTRIBUTION)
def test_pages_say_whose_words_they_quote(path: str) -> None:
    """Result, near passages, start, About and references: the publisher's own words, or its summary."""
    assert "Source: Tide Office. Reviewed 1 March 2024" in seen(client(OWN).get(path).text)
    page = seen(client(SUMMARY).get(path).text)
    assert SUMMARY_IN_WORDS in page
    assert "Source: " not in page.replace(f"Source: {PAGE}", "")


@pytest.mark.parametrize("path", [*PLACES_OF_THE_ATTRIBUTION, "/documents/tides", "/documents", "/llms.txt"])
def test_no_page_gives_a_summary_to_the_one_that_it_is_based_on(path: str) -> None:
    """The name stands after "Based on", after "summary of", and before its own page."""
    page = seen(client(SUMMARY).get(path).text)
    assert only_as_origin(page, "Tide Office"), page


def test_the_reader_tells_words_from_facts() -> None:
    """Writer, party of the facts, its page and that page's date have a line each."""
    page = client(SUMMARY).get("/documents/tides").text
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert {term: seen(value) for term, value in facts.items()} == {
        "Words": "Harbour Works",
        "Based on the facts of": "Tide Office",
        "Tide Office’s page": "High water",
        "Date of that page": "Reviewed 1 March 2024",
    }
    own = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", client(OWN).get("/documents/tides").text))
    assert list(own) == ["Publisher", "Source", "Date"]


def test_the_link_to_the_source_is_named_for_what_it_is() -> None:
    """The publisher's page is opened at the sentence; a page with other words as a whole."""
    own, summary = (client(source).get(RESULTS).text for source in (OWN, SUMMARY))
    assert f'<a href="{PAGE}#:~:text=' in own
    assert "Publisher’s page<" in own
    assert f'<a href="{PAGE}" rel="external">Tide Office’s page<' in summary
    assert ":~:text=" not in summary


@pytest.mark.parametrize("path", [RESULTS, "/documents/tides", "/about"])
def test_an_old_page_makes_no_old_review_of_a_summary(path: str) -> None:
    """It is the page that was last reviewed long ago, and not these words."""
    assert "This text was last reviewed" in client(OWN).get(path).text
    page = client(SUMMARY).get(path).text
    assert "The page that this text is based on was last reviewed more than 3 years ago." in page
    assert "This text was last" not in page


@pytest.mark.parametrize(("source", "based_on"), [(OWN, None), (SUMMARY, "Tide Office")])
def test_json_has_publisher_and_based_on(source: Source, based_on: str | None) -> None:
    """Citations and documents have both fields."""
    asked = client(source)
    cited = asked.get("/v1/query?q=rings+the+water+rings").get_json()["hits"][0]["citation"]
    assert (cited["publisher"], cited["based_on"], cited["language"]) == (source.publisher, based_on, None)
    document = asked.get("/v1/documents/tides").get_json()
    assert document["source"] == {
        "publisher": source.publisher,
        "based_on": based_on,
        "title": "High water",
        "url": PAGE,
        "reviewed": "2024-03-01",
        "licence": None,
        "note": None,
    }
    assert document["language"] is None


@pytest.mark.parametrize(
    "path", ["query?q=rings+the+water+rings", "documents/tides", "documents/tides/sections/high-water"]
)
def test_no_reply_gives_a_summary_to_the_one_that_it_is_based_on(path: str) -> None:
    """In JSON the name is the value of `based_on` and of nothing else."""
    reply = client(SUMMARY).get(f"/v1/{path}").text
    assert "Tide Office" in reply
    assert "Tide Office" not in re.sub(r'"based_on": ?"Tide Office"', "", reply)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OWN, "(Tide Office; reviewed 2024-03-01; tides, characters"),
        (SUMMARY, "(Harbour Works’ summary of Tide Office’s page as reviewed on 2024-03-01; tides, characters"),
    ],
)
def test_the_terminal_says_whose_words_it_prints(source: Source, said: str) -> None:
    """The line below the headings names writer, date and place."""
    asked = searcher(source)
    assert said in render(present(asked.ask(QUESTION), asked), asked.bundle.document)


@pytest.mark.parametrize("source", [OWN, SUMMARY])
def test_language_models_are_told_whose_words_they_are(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each passage and section has its attribution; the instructions ask for it."""
    monkeypatch.setattr(mcp_server.filters, "rows", lambda bundle, documents, sections: None)

    async def ask() -> tuple[Any, Any]:
        async with Client(mcp_server.make_server(searcher(source), Settings())) as model:  # type: ignore[arg-type]
            found = await model.call_tool("search_passages", {"question": QUESTION})
            section = await model.call_tool("get_section", {"document": "tides", "section": "high-water"})
            return found.structured_content, section.structured_content

    found, section = asyncio.run(ask())
    assert found["passages"][0]["attribution"] == section["attribution"] == str(attribution(source))
    assert "attribution" in mcp_server.INSTRUCTIONS


LANGUAGE_PAGES = {
    RESULTS: ("blockquote", "a href", 'class="unseen"'),
    RELATED: ("blockquote", "summary|a href", "ul"),
    "/": ("a href", "ul"),
    "/documents": ("a class",),
    "/about": ("a class",),
    "/documents/tides": ("h1", 'div class="article"'),
    "/documents/tides/cite?passage=high-water:1": ('p class="lead"', "blockquote"),
}


@pytest.mark.parametrize("path", LANGUAGE_PAGES)
def test_words_of_a_document_are_marked_with_its_language(path: str) -> None:
    """Titles, headings and passages have `lang`; of a document that states no language nothing has."""
    german, unknown = (
        create_app(FixedSource(StubSearcher(Shelf((document,)))), Settings(), lambda: date(2027, 3, 2)).test_client()
        for document in (replace(TIDES, language="de"), TIDES)
    )
    page = german.get(path).text
    for tag in LANGUAGE_PAGES[path]:
        assert re.search(rf'<(\w+ )?({tag})[^>]* lang="de"', page), tag
    assert re.findall(r'lang="(?!en")', unknown.get(path).text) == []


def test_offered_questions_and_other_places_are_marked_with_their_language() -> None:
    """A question has the language of the document that answers it, the name of another place that of its document."""
    copy = replace(TIDES, id="gezeiten", title="Gezeiten", language="de")
    shelf = Shelf((replace(HANDBOOK, language="pt-BR"), TIDES, copy))
    page = create_app(FixedSource(StubSearcher(shelf)), Settings(), lambda: date(2027, 3, 2)).test_client()
    assert '<a href="/?q=Safety+on+the+quay" lang="pt-BR">' in page.get(RELATED).text
    assert re.search(r'<a href="/documents/[^"]*" lang="de">Gezeiten › High water</a>', page.get(RESULTS).text)


def test_a_documents_language_is_in_json() -> None:
    """The document and each citation have it."""
    shelf = Shelf((replace(TIDES, language="de"), HANDBOOK))
    asked = StubSearcher(shelf)
    answer = serialize.to_json(present(asked.ask(QUESTION), asked), shelf.document)
    assert answer["hits"][0]["citation"]["language"] == "de"
    assert [serialize.document(document)["language"] for document in shelf.documents] == ["de", None]
