"""Filters on metadata on the pages: offered where documents differ, kept in every address, taken away by links."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from fake_searcher import TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from twelve_documents import TWELVE, shelf_of_twelve

from pincite.index.metadata.metadata_filter import MetadataFilter
from pincite.index.settings import Settings
from pincite.index.types import Document, Source
from pincite.service.runtime.app import create_app
from pincite.service.web.search_address import SearchAddress
from pincite.service.web.shelf.document_choice import MIN_DOCUMENTS
from pincite.service.web.shelf.filter_choice import MAX_VALUES

QUESTION = "/?q=are+animals+allowed+in+the+swimming+pool"


@pytest.fixture
def client() -> FlaskClient:
    return client_of(shelf_of_twelve())


def client_of(shelf: Shelf) -> FlaskClient:
    return create_app(FixedSource(StubSearcher(shelf)), Settings()).test_client()


def shelf_of(*documents: Document) -> Shelf:
    return Shelf(tuple(replace(d, id=f"d{n}", title=f"Title {n}") for n, d in enumerate(documents)))


def published(name: str | None, reviewed: str | None = None) -> Document:
    return replace(TIDES, source=Source(publisher=name, reviewed=reviewed))


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


def links(html: str) -> dict[str, str]:
    """Return the links of a page: address by name."""
    return {words_of(name): unescape(url) for url, name in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html)}


def boxes(html: str, field: str) -> dict[str, str]:
    """Return the checkboxes of a field: by value, their label; ticked ones have a star."""
    found = re.findall(rf'<input type="checkbox" name="{field}" value="([^"]*)"( checked)?> (.*?)</label>', html)
    return {unescape(value): ("*" if ticked else "") + unescape(label) for value, ticked, label in found}


def quoted_documents(html: str) -> set[str]:
    return set(re.findall(r'href="/documents/([\w%-]+)\?mark=', html))


def test_the_form_offers_the_values_in_which_documents_differ(client: FlaskClient) -> None:
    """Each with the number of its documents, those of most first; a field without a value is not there."""
    html = client.get("/").text
    assert "Narrow by publisher, tag or date" in words_of(html)
    assert list(boxes(html, "publishers").values())[:2] == ["Town of Elmwick (6)", "Elmwick Baths (1)"]
    assert boxes(html, "tags") == {"animals": "animals (3)", "books": "books (1)"}
    assert boxes(html, "languages") == {}
    assert re.findall(r'<option value="(\d+)"', html) == ["2025", "2024", "2023"] * 2


@pytest.mark.parametrize(
    ("documents", "names"),
    [
        ([published("A", "2024")] * MIN_DOCUMENTS, None),
        ([published("A", "2024"), *[published("A", "2023")] * MIN_DOCUMENTS], "date"),
        ([published("A"), *[published(None)] * MIN_DOCUMENTS], "publisher"),
        ([published("A"), *[published("B")] * (MIN_DOCUMENTS - 2)], None),
        ([replace(TIDES, language="de"), *[replace(TIDES, language="en-GB")] * MIN_DOCUMENTS], "language"),
    ],
)
def test_nothing_is_offered_where_documents_do_not_differ(documents: list[Document], names: str | None) -> None:
    """Equal values part nothing, and few documents are searched together."""
    html = client_of(shelf_of(*documents)).get("/").text
    summary = re.search(r"<summary>Narrow<span> by ([^<]*)</span></summary>", html)
    assert (summary[1] if summary else None) == names


def test_a_language_has_its_name(client: FlaskClient) -> None:
    """A tag says its language in words."""
    shelf = shelf_of(*(replace(TIDES, language=tag) for tag in ("de", "en-GB", "en", "xal", "de")))
    assert list(boxes(client_of(shelf).get("/").text, "languages").values()) == [
        "German (2)", "English (1)", "English (en-GB) (1)", "xal (1)"
    ]  # fmt: skip


def test_a_field_of_many_values_takes_another_one_typed() -> None:
    """The most frequent have boxes, with those that are chosen; any other can be typed."""
    shelf = shelf_of(*(published(f"P{n:02}") for n in range(MAX_VALUES + 3)))
    html = client_of(shelf).get("/?publishers=p14&publishers=Nobody").text
    assert list(boxes(html, "publishers").values())[MAX_VALUES:] == ["*P14 (1)", "*Nobody (0)"]
    assert re.search(r'Another publisher \(2 more\) <input type="text" name="publishers"', html)
    assert "Narrow by publisher (2 chosen)" in words_of(html)


def test_an_address_narrows_the_search_and_empty_fields_do_not(client: FlaskClient) -> None:
    """Empty fields, which a form sends, narrow nothing; values stay ticked, dates selected."""
    html = client.get(f"{QUESTION}&tags=ANIMALS&publishers=&since=2024&until=").text
    assert quoted_documents(html) == {"library-faq", "bees"}
    assert boxes(html, "tags")["animals"] == "*animals (3)"
    assert '<option value="2024" selected>' in html
    assert quoted_documents(client.get(f"{QUESTION}&tags=&since=&until=").text) == quoted_documents(
        client.get(QUESTION).text
    )


def test_each_value_is_a_link_that_takes_it_away(client: FlaskClient) -> None:
    """The links keep all else, and one searches all documents."""
    query = (
        f"{QUESTION}&documents=bees,library-faq&publishers=Town+of+Elmwick&publishers=x%2C+y&tags=animals&since=2024-02"
    )
    found = links(client.get(query).text)
    question = QUESTION.removeprefix("/")
    without = {name.partition(" ×")[0]: url for name, url in found.items() if "without this filter" in name}
    assert list(without) == ["by Town of Elmwick", "by x, y", "tagged animals", "reviewed since February 2024"]
    kept = "documents=bees,library-faq&publishers=Town+of+Elmwick"
    assert without["by x, y"] == f"/{question}&{kept}&tags=animals&since=2024-02"
    assert without["reviewed since February 2024"] == f"/{question}&{kept}&publishers=x,+y&tags=animals"
    assert found["Search all documents"] == f"/{question}"
    assert found["Keeping bees × – search without this document"].startswith(f"/{question}&documents=library-faq&pub")


def test_the_filter_goes_with_the_reader_and_comes_back(client: FlaskClient) -> None:
    """Further passages, references, the document and the way back have the filter in their addresses."""
    html = client.get("/?q=bring+animals+library&k=1&tags=animals&since=2023").text
    kept = "tags=animals&since=2023"
    found = links(html)
    assert all(kept in url for name, url in found.items() if name.startswith(("Show ", "All references", "Read in")))
    reader = next(url for name, url in found.items() if name.startswith("Read in"))
    assert links(client.get(reader).text)["‹ Back to the answer"] == f"/?q=bring+animals+library&k=1&{kept}"
    references = next(url for name, url in found.items() if name.startswith("All references"))
    assert client.get(references).status_code == 200


def test_the_page_shows_what_the_endpoint_gives(client: FlaskClient) -> None:
    """With the same filter the same passages stand on the page and in JSON, in the same order."""
    query = "q=bring+animals+library&tags=animals&publishers=Elmwick+Library&publishers=Elmwick+Baths"
    hits = client.get(f"/v1/query?{query}").get_json()["hits"]
    shown = re.findall(r'<h3>.*?<a href="([^"]*)">', client.get(f"/?{query}").text)
    assert [unescape(url).partition("&q=")[0] for url in shown] == [
        hit["citation"]["url"].partition("#")[0] for hit in hits
    ]
    assert hits


def test_a_filter_that_no_document_meets_is_said_plainly(client: FlaskClient) -> None:
    """The page says that nothing was searched and why, and nothing of words without a match."""
    html = client.get("/?q=zebra&publishers=Nobody&tags=animals").text
    assert "Nothing was searched" in html
    assert "There is no document by “Nobody”." in unescape(html)
    assert "Nothing in the documents comes near" not in html
    assert "by Nobody × – search without this filter" in links(html)


@pytest.mark.parametrize("query", ["q=glass&since=soon&tags=animals", "since=soon"])
def test_a_filter_that_is_wrong_keeps_the_question(client: FlaskClient, query: str) -> None:
    """The error names the field and what to write; the question stays in its box."""
    response = client.get(f"/?{query}", headers={"Accept": "text/html"})
    assert response.status_code == 422
    assert "since is not a date; write a year, month or day" in response.text
    assert ("\nglass</textarea>" in response.text) == ("glass" in query)


def test_suggestions_and_offers_are_those_of_the_documents_kept(client: FlaskClient) -> None:
    """Typed words are suggested from them, and an offered question is asked in them again."""
    suggested = client.post(
        "/suggestions", data={"q": "dog", "publishers": ["Elmwick Baths", ""], "since": ""}
    ).get_json()
    assert suggested == []
    offered = links(client.get("/?q=zebra&publishers=Elmwick+Baths").text)
    assert offered["What does a swim cost?"] == "/?q=What+does+a+swim+cost%3F&publishers=Elmwick+Baths"
    assert "How many books may I borrow?" not in offered


def test_the_reader_has_the_tags(client: FlaskClient) -> None:
    """Each is a link to ask the documents with that tag; where documents are few it is a word."""
    assert links(client.get("/documents/library-faq").text)["books"] == "/?tags=books"
    few = client_of(Shelf((next(d for d in TWELVE if d.tags),))).get("/documents/library-faq").text
    assert "<dt>Tags</dt><dd>Animals, books</dd>" in few


def test_an_address_is_written_as_it_is_read() -> None:
    """Every value has a parameter of its own, also one with a comma in it."""
    app = create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings())
    wanted = MetadataFilter(("A, B", "C"), ("en",), (), "2023", None)
    with app.test_request_context():
        url = SearchAddress("a", metadata=wanted).url()
    assert url == "/?q=a&publishers=A,+B&publishers=C&languages=en&since=2023"
