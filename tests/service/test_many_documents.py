"""Pages over a dozen documents and over hundreds: searched in part, listed, found by title, and no two named alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from twelve_documents import TWELVE, shelf_of_twelve

from pincite.index.settings import Settings
from pincite.index.types import Document, Source
from pincite.service.runtime.app import create_app
from pincite.service.web.search_address import SearchAddress
from pincite.service.web.shelf.document_choice import MAX_CHECKBOXES, MIN_DOCUMENTS
from pincite.service.web.shelf.document_list import PAGE_DOCUMENTS
from pincite.service.web.shelf.document_names import MAX_COMPARED, distinct_names
from pincite.service.web.views import place_in

QUESTION = "/?q=are+animals+allowed+in+the+swimming+pool"


@pytest.fixture
def client() -> FlaskClient:
    return client_of(shelf_of_twelve())


def client_of(shelf: Shelf) -> FlaskClient:
    return create_app(FixedSource(StubSearcher(shelf)), Settings()).test_client()


def many(count: int) -> list[Document]:
    return [replace(TIDES, id=f"tides-{n:03}", title=f"Tides of year {n}") for n in range(count)]


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


def links(html: str) -> dict[str, str]:
    """Return the links of a page: address by name."""
    return {words_of(name): unescape(url) for url, name in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', html)}


def boxes(html: str) -> dict[str, bool]:
    """Return the checkboxes of the form: by document, whether it is ticked."""
    return {name: bool(on) for name, on in re.findall(r'name="documents" value="([^"]*)"( checked)?', html)}


def quoted_documents(html: str) -> set[str]:
    return set(re.findall(r'href="/documents/([\w%-]+)\?mark=', html))


@pytest.mark.parametrize("address", ["&documents=library-faq,museum", "&documents=library-faq&documents=museum"])
def test_an_address_narrows_the_search(client: FlaskClient, address: str) -> None:
    """Documents with commas between them and one parameter for each, as the form sends them, are the same search."""
    html = client.get(QUESTION + address).text
    assert quoted_documents(html) == {"library-faq", "museum"}
    assert {name for name, ticked in boxes(html).items() if ticked} == {"library-faq", "museum"}
    assert "Documents to search: 2 of 12" in html
    assert len(boxes(html)) == 12


def test_the_page_shows_what_the_endpoint_gives(client: FlaskClient) -> None:
    """With the same filter the same passages stand on the page and in JSON, in the same order."""
    query = "q=clocks+at+the+museum&documents=bees,market,museum"
    hits = client.get(f"/v1/query?{query}").get_json()["hits"]
    html = client.get(f"/?{query}").text
    shown = re.findall(r'<h3>.*?<a href="([^"]*)">', html)
    assert len(hits) == 4
    back = "&q=clocks+at+the+museum&documents=bees,market,museum"
    assert [unescape(url).replace(back, "") for url in shown] == [hit["citation"]["url"] for hit in hits]


def test_a_result_says_where_it_looked_and_how_to_look_elsewhere(client: FlaskClient) -> None:
    """Each chosen document is a link that takes it out of the search; another link searches all."""
    found = links(client.get(QUESTION + "&documents=library-faq,museum").text)
    question = QUESTION.removeprefix("/")
    assert found["Museum guide × – search without this document"] == f"/{question}&documents=library-faq"
    assert found["Questions and answers (Elmwick Library) × – search without this document"].endswith(
        "documents=museum"
    )
    assert found["Search all documents"] == f"/{question}"
    assert "Search all documents" not in links(client.get(QUESTION).text)


@pytest.mark.parametrize("query", ["q=glass&documents=gone,museum", "documents=gone", "q=glass&documents=museum,gone"])
def test_an_unknown_document_is_named_and_the_question_kept(client: FlaskClient, query: str) -> None:
    """The error says which id is unknown, links to the list, and loses neither the question nor the known documents."""
    response = client.get(f"/?{query}", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert "No document has the id “gone”" in response.text
    assert links(response.text)["List of documents"] == "/documents"
    assert ("\nglass</textarea>" in response.text) == ("glass" in query)
    assert boxes(response.text)["museum"] == ("museum" in query)
    assert "aria-invalid" not in response.text
    problem = client.get(f"/?{query}", headers={"Accept": "application/json"}).get_json()
    assert problem["type"] == "/problems/unknown-document"
    assert problem["errors"][0]["parameter"] == "documents"


def test_a_correction_is_undone_in_the_same_documents() -> None:
    """The searches that a page offers next are in the chosen documents, too."""
    html = client_of(Shelf((HANDBOOK, TIDES))).get("/?q=paid+sabatical+seven+years&documents=staff-handbook").text
    undone = links(html)["Search instead for what you typed"]
    assert undone == "/?q=paid+sabatical+seven+years&verbatim=1&documents=staff-handbook"


def test_questions_are_offered_from_the_chosen_documents(client: FlaskClient) -> None:
    """A page without an answer offers no question that only another document answers."""
    html = client.get("/?q=zebra&documents=pool-faq").text
    assert "What does a swim cost?" in links(html)
    assert "How many books may I borrow?" not in links(html)


@pytest.mark.parametrize(
    ("count", "offered"), [(MIN_DOCUMENTS - 1, None), (MIN_DOCUMENTS, MIN_DOCUMENTS), (MAX_CHECKBOXES + 1, 0)]
)
def test_the_form_offers_a_choice_from_five_documents_on(count: int, offered: int | None) -> None:
    """Few documents are searched together; up to fifty have boxes; beyond that only those that are chosen."""
    client = client_of(Shelf(tuple(many(count))))
    html = client.get("/").text
    assert ('class="choice"' in html) == (offered is not None)
    assert len(boxes(html)) == (offered or 0)
    assert ("Choose a document from the list" in links(html)) == (offered == 0)
    assert ("Ask this document only" in client.get("/documents/tides-001").text) == (offered is not None)
    assert boxes(client.get("/?documents=tides-002").text).get("tides-002", False) == (offered is not None)


def test_every_page_with_the_form_offers_the_choice(client: FlaskClient) -> None:
    """The list of documents, the reader, an error and a problem's page have it, too; without an index none does."""
    for path in ("/documents", "/documents/museum", "/nowhere", "/problems/internal", "/?q="):
        assert "Documents to search: all 12" in client.get(path, headers={"Accept": "text/html"}).text
    closed = create_app(FixedSource(), Settings()).test_client()
    assert "Documents to search" not in closed.get("/nowhere", headers={"Accept": "text/html"}).text


def test_the_list_has_source_and_date_by_title(client: FlaskClient) -> None:
    """Documents are ordered by title, whatever their ids; each has its source, its date and a way to ask it alone."""
    html = client.get("/documents").text
    listed = re.findall(r'<li><a class="more" href="/documents/([^"]*)">(.*?)</a>(.*?)</ul>', html, re.DOTALL)
    names = [unescape(name) for _, name, _ in listed]
    assert names == sorted(names, key=lambda name: name.partition(" (")[0])
    by_name = {unescape(name): (href, words_of(rest)) for href, name, rest in listed}
    href, said = by_name["Questions and answers (Elmwick Baths)"]
    assert (href, said[:36]) == ("pool-faq", "Source: Elmwick Baths. Reviewed 2023")
    assert by_name["School meals"][1].startswith("Date unknown")
    assert links(html)["Ask this document only Museum guide"] == "/?documents=museum"


@pytest.mark.parametrize(
    ("wanted", "found"), [("QUEST", 2), ("cafe meni", 1), ("meniere caf", 1), ("town museum", 0), ("", 12)]
)
def test_documents_are_found_by_words_of_their_titles(client: FlaskClient, wanted: str, found: int) -> None:
    """Every word must stand inside some word of the title; case and accents count for nothing."""
    html = client.get("/documents", query_string={"title": wanted}).text
    assert html.count("Ask this document only") == found
    assert (f"{found} of 12 documents" in html) == bool(wanted)
    assert ("There are no such documents." in html) == (found == 0)


def test_hundreds_of_documents_are_listed_by_pages() -> None:
    """Pages follow one another without a gap; a page that is not there is an error that says how many are."""
    client = client_of(Shelf(tuple(many(2 * PAGE_DOCUMENTS + 7))))
    path, seen = "/documents?title=year", list[str]()
    while path and len(seen) < 300:
        html = client.get(path).text
        seen += re.findall(r'<a class="more" href="/documents/([^"]*)">', html)
        path = links(html).get("Next page", "")
    assert seen == sorted({d.id for d in many(2 * PAGE_DOCUMENTS + 7)}, key=lambda name: fold_key(name))
    assert "Page 3 of 3" in html
    for page in ("4", "0", "-1", "x", "²"):
        response = client.get("/documents", query_string={"page": page}, headers={"Accept": "text/html"})
        assert (response.status_code, "has 3 pages" in response.text) == (404, True)


def fold_key(name: str) -> tuple[str, str]:
    return (f"Tides of year {int(name.removeprefix('tides-'))}", name)


def test_equal_titles_are_separated() -> None:
    """By their publishers if all of them differ and they are few, otherwise by their ids; other titles stay bare."""

    def named(publishers: Iterable[str | None]) -> list[str]:
        shelf = {f"d{n}": replace(TIDES, id=f"d{n}", source=Source(publisher=p)) for n, p in enumerate(publishers)}
        entries = [*((name, "FAQ" if name != "d0" else "Faq ") for name in shelf), ("other", "Other")]
        return list(distinct_names(entries, shelf.__getitem__).values())

    assert named(["A", "B"]) == ["Faq  (A)", "FAQ (B)", "Other"]
    assert named(["A", "a"]) == ["Faq  (d0)", "FAQ (d1)", "Other"]
    assert named(["A", None]) == ["Faq  (d0)", "FAQ (d1)", "Other"]
    assert named(map(str, range(MAX_COMPARED + 1)))[1] == "FAQ (d1)"
    assert named(["A"]) == ["Faq ", "Other"]


def test_equal_titles_are_separated_on_results_too(client: FlaskClient) -> None:
    """Two passages under one title and heading have their documents' publishers with it."""
    html = client.get("/?q=bring+animals+library").text
    assert '<span class="title">Questions and answers (Elmwick Baths)</span>' in html
    assert '<span class="title">Questions and answers (Elmwick Library)</span>' in html


@pytest.mark.parametrize(
    ("path", "place"),
    [(("Museum guide",), ""), (("MUSEUM  guide", "Hours"), "Hours"), (("Hours",), "Hours"), ((), "")],
)
def test_a_heading_that_repeats_the_title_is_shown_once(path: tuple[str, ...], place: str) -> None:
    """A first heading that says what the title says is left out of the place; other headings stay."""
    assert place_in("Museum guide", path) == place


def test_a_passage_under_its_title_has_one_name(client: FlaskClient) -> None:
    """The title alone stands above a passage whose place says no more than it, as a link."""
    html = client.get("/?q=museum+clocks+ploughs+locomotive&documents=museum").text
    heading = re.search("<h3>(.*?)</h3>", html)
    assert heading is not None
    assert words_of(heading[1]) == "Museum guide"
    assert heading[1].startswith("<a ")


def test_more_passages_are_shown_on_demand(client: FlaskClient) -> None:
    """A link leads to the same question with more passages, at the first new one, as often as there are more."""
    counts, path = [], QUESTION
    while path and len(counts) < 5:
        html = client.get(path).text
        counts.append(html.count('id="page_passage_') + 1)  # the first passage is the answer, with no place in the list
        more = re.search(r'<a href="([^"]*)#page_passage_(\d+)">Show (\d+) further passages?<', html)
        path = unescape(more[1]) if more else ""
        assert not more or (int(more[2]), int(more[3])) == (counts[-1] + 1, min(5, 15 - counts[-1]))
    assert counts == [5, 10, len(shelf_of_twelve().passages)] == [5, 10, 15]


@pytest.mark.parametrize(("k", "status"), [("1", 200), ("50", 200), ("0", 422), ("51", 422), ("x", 422)])
def test_as_many_passages_as_the_endpoint_allows(client: FlaskClient, k: str, status: int) -> None:
    """?k= goes from 1 to the endpoint's limit; anything else is an error that keeps the question."""
    response = client.get(f"{QUESTION}&k={k}", headers={"Accept": "text/html"})
    assert response.status_code == status
    assert "swimming pool" in response.text


def test_an_address_is_written_as_it_is_read() -> None:
    """Defaults are left out of an address; commas stay commas."""
    app = create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings())
    search = SearchAddress("a & b", 10, True, ("x", "y"))
    with app.test_request_context():
        assert search.url() == "/?q=a+%26+b&k=10&verbatim=1&documents=x,y"
        assert search.but(k=5, verbatim=False).without("x").without("y").url() == "/?q=a+%26+b"
        assert SearchAddress().url() == "/"


def test_the_twelve_are_twelve() -> None:
    """The fixture has twelve documents with distinct ids, two of them with one title."""
    assert len({d.id for d in TWELVE}) == 12
    assert len({d.title for d in TWELVE}) == 11
