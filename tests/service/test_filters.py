"""Filters on metadata in the endpoints and on the command line, and the words that say what none meets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_searcher import StubSearcher
from fixed_source import FixedSource
from flask import Flask
from flask.testing import FlaskClient
from twelve_documents import shelf_of_twelve

from pincite.index.metadata.metadata_filter import MetadataFilter
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service.cli.commands import main
from pincite.service.filter_words import described, reason
from pincite.service.runtime.app import create_app

QUESTION = "when does the bell ring at high water"


@pytest.fixture(scope="module")
def app(searcher: Searcher) -> Flask:
    return create_app(FixedSource(searcher), Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def town() -> FlaskClient:
    """Endpoints over twelve documents of a town."""
    return create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings()).test_client()


def ask(client: FlaskClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/query", json={"question": QUESTION, **body})
    assert response.status_code == 200, response.text
    return {name: value for name, value in response.get_json().items() if name != "took_ms"}


@pytest.mark.parametrize(
    "body",
    [
        {"publishers": ["HARBOUR works"]},
        {"publishers": ["Nobody", "Harbour Works"], "since": "2024", "until": "2024-03"},
        {"until": "2024-03-01"},
    ],
)
def test_a_filter_answers_as_the_ids_of_its_documents_do(client: FlaskClient, body: dict[str, Any]) -> None:
    """The same hits, ranks, status and confidence as with `documents`."""
    assert ask(client, **body) == ask(client, documents=["leave"])


def test_a_filter_without_a_document_is_named(client: FlaskClient) -> None:
    """The reply is not_found and names the field; with documents it is judged among them."""
    nobody = ask(client, publishers=["Nobody"], since="2024")
    assert (nobody["status"], nobody["hits"], nobody["unmatched_filters"]) == ("not_found", [], ["publishers"])
    chosen = ask(client, documents=["tides"], publishers=["Harbour Works"])
    assert (chosen["status"], chosen["unmatched_filters"]) == ("not_found", ["publishers"])
    assert ask(client)["unmatched_filters"] == []


def test_an_address_repeats_the_lists_of_a_filter(client: FlaskClient, town: FlaskClient) -> None:
    """A publisher's name may have a comma, so its parameter is given once for each."""
    query = {"q": QUESTION, "publishers": ["Nobody", "Harbour Works"], "since": "2024"}
    got = client.get("/v1/query", query_string=query).get_json()
    assert got["hits"] == ask(client, publishers=["Nobody", "Harbour Works"], since="2024")["hits"]
    assert client.get("/v1/documents?publishers=Harbour+Works,Nobody").get_json()["documents"] == []
    twice = client.get("/v1/query?q=bell&since=2024&since=2025")
    assert (twice.status_code, twice.get_json()["errors"][0]["detail"]) == (422, "is given more than once")


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"since": "yesterday"}, "#/since", "is not a date; write a year, month or day"),
        ({"until": "2024-02-30"}, "#/until", "is not a date"),
        ({"since": 2024}, "#/since", "must be text"),
        ({"since": "2024-05", "until": "2024-04"}, "#/until", "is before since"),
        ({"languages": ["en", "en_GB"]}, "#/languages/1", "is not a language tag; write a tag of BCP 47"),
        ({"tags": []}, "#/tags", "is empty"),
        ({"tags": [""]}, "#/tags/0", "is empty"),
        ({"tags": "tides"}, "#/tags", "must be a list"),
        ({"tags": ["x"] * 21}, "#/tags", "has more than 20 entries"),
        ({"publishers": ["x" * 201]}, "#/publishers/0", "has more than 200 characters"),
        ({"publisher": ["x"]}, "#/publisher", "is not known here"),
    ],
)
def test_a_filter_that_is_wrong_is_pointed_at(
    client: FlaskClient, body: dict[str, Any], pointer: str, said: str
) -> None:
    """The problem is 422, and has the field and what to write."""
    response = client.post("/v1/query", json={"question": QUESTION, **body})
    (fault,) = response.get_json()["errors"]
    assert (response.status_code, fault["pointer"]) == (422, pointer)
    assert said in fault["detail"]


def test_a_filter_that_is_wrong_is_named_in_an_address(client: FlaskClient) -> None:
    """The problem names the parameter."""
    for path in ("/v1/query?q=bell&languages=e+n", "/v1/documents?languages=e+n", "/v1/suggest?languages=e+n"):
        response = client.get(path)
        assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (422, "languages")


def test_a_batch_has_one_filter_for_all_and_one_for_each(client: FlaskClient) -> None:
    """A question's own field counts before the same field for all; other fields stay."""
    one = {"question": QUESTION, "publishers": ["Nobody"]}
    wrong = {"question": QUESTION, "until": "x"}
    body = {"questions": [QUESTION, one, wrong], "publishers": ["Harbour Works"]}
    first, second, third = client.post("/v1/batch", json=body).get_json()["answers"]
    assert first["hits"] == ask(client, documents=["leave"])["hits"]
    assert second["unmatched_filters"] == ["publishers"]
    assert third["error"]["errors"][0]["pointer"] == "#/questions/2/until"


def test_the_list_of_documents_is_filtered_part_by_part(town: FlaskClient) -> None:
    """Parts go on after one another, and have the documents of the filter alone."""
    parts, after = list[str](), ""
    for _ in range(4):
        part = town.get(
            "/v1/documents", query_string={"publishers": "town of elmwick", "limit": 3, "after": after}
        ).get_json()
        parts += [entry["id"] for entry in part["documents"]]
        after = part["next"]
        if after is None:
            break
    assert parts == ["allotments", "bees", "market", "parking", "recycling", "water"]


def test_suggestions_are_those_of_the_documents_kept(town: FlaskClient) -> None:
    """Questions that only other documents answer are not suggested."""
    found = town.get("/v1/suggest?tags=ANIMALS&since=2024").get_json()["suggestions"]
    assert {s["document"] for s in found} == {"library-faq"}
    assert town.get("/v1/suggest?tags=nothing").get_json()["suggestions"] == []


def test_a_document_states_its_tags(town: FlaskClient) -> None:
    """Tags are in the document's JSON as written."""
    assert town.get("/v1/documents/library-faq").get_json()["tags"] == ["Animals", "books"]
    assert town.get("/v1/documents/museum").get_json()["tags"] == []


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_the_command_line_takes_the_filters(index: Path) -> None:
    """Passages are those of the documents that are kept; one document is enough for each option that is given twice."""
    result = run("ask", QUESTION, "--json", "--publisher", "x", "--publisher", "harbour works", "--index", str(index))
    assert {hit["citation"]["document"] for hit in json.loads(result.stdout)["hits"]} == {"leave"}


def test_the_command_line_says_which_filter_no_document_meets(index: Path) -> None:
    """Nothing was searched, and the exit code is that of an answer that is not found."""
    result = run("ask", QUESTION, "--tag", "moon", "--since", "2024", "--index", str(index))
    assert result.exit_code == 3
    assert result.stdout == "Nothing was searched. There is no document with the tag “moon”.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "since: 'soon' is not a date\n  remedy: write a year"),
        (["--language", "e n"], "languages: 'e n' is not a language tag\n  remedy: write a tag"),
        (["--since", "2024", "--until", "2023"], "until: '2023' is before '2024'\n  remedy: give"),
    ],
)
def test_the_command_line_refuses_what_is_no_date_or_language(index: Path, options: list[str], said: str) -> None:
    """The error names the field and the remedy."""
    result = run("ask", QUESTION, *options, "--index", str(index))
    assert (result.exit_code, said in result.stderr) == (1, True)


def test_filters_are_described_in_words() -> None:
    """Values of one field are joined by "or"; dates stand together at the end."""
    wanted = MetadataFilter(("NHS", "WHO"), ("en",), ("a", "b"), "2023", "2024-05")
    every = described(wanted, ["publishers", "languages", "tags", "since", "until"])
    assert (
        every
        == "by “NHS” or “WHO”, in the language “en”, with the tag “a” or “b”, reviewed since 2023 and until 2024-05"
    )
    assert reason(wanted, ["languages"], chosen=True) == (
        "There is no document in the language “en” among those chosen."
    )
