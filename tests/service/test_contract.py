"""The interface: what its description says is what happens, on every endpoint, good or bad."""

from __future__ import annotations

from typing import Any

import pytest
from browser import serving
from fixed_source import FixedSource
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service.api import requests, responses
from pincite.service.api.endpoints import Endpoints
from pincite.service.api.openapi import description, reply_examples
from pincite.service.api.routes import routes as api
from pincite.service.runtime.app import create_app
from tools.fuzz import fuzz

QUESTION = "how long is a sabbatical after seven years"


@pytest.fixture(scope="module")
def app(searcher: Searcher) -> Flask:
    return create_app(FixedSource(searcher), Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def read(response: Any, shape: type[Any]) -> dict[str, Any]:
    """Return the body of a response, after checking it against its declared shape."""
    assert response.status_code == 200, response.text
    TypeAdapter(shape).validate_json(response.data)
    return dict(response.get_json())


def problem(response: Any, status: int) -> dict[str, Any]:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    TypeAdapter(responses.ProblemDetails).validate_json(response.data)
    return dict(response.get_json())


def ask(client: FlaskClient, **body: Any) -> dict[str, Any]:
    return read(client.post("/v1/query", json={"question": QUESTION, **body}), responses.Answer)


def test_the_description_is_valid_and_whole(app: Flask, client: FlaskClient) -> None:
    """OpenAPI 3.1 without an error, and every route under /v1 is in it with an id, a summary and problems."""
    document = client.get("/v1/openapi.json").get_json()
    validate(document)
    routes = {
        (method.lower(), rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(method, path) for path, methods in document["paths"].items() for method in methods}
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["operationId"]
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["422"]["content"]


def test_the_description_has_the_length_that_is_set(searcher: Searcher) -> None:
    """With questions of 300 characters at most, both ways to ask say so, in words and as maxLength."""
    client = create_app(FixedSource(searcher), Settings(question_characters=300)).test_client()
    document = client.get("/v1/openapi.json").get_json()
    parameter = document["paths"]["/v1/query"]["get"]["parameters"][0]
    field = document["components"]["schemas"]["Query"]["properties"]["question"]
    for question in (parameter | parameter["schema"], field):
        assert question["maxLength"] == 300
        assert "300 characters" in question["description"]
    assert "up to 300 characters" in client.get("/api").text


def test_a_new_operation_is_described_at_once() -> None:
    """An endpoint that is declared by its one decorator is routed and in the OpenAPI document."""
    endpoints = Endpoints("new", __name__)

    @endpoints.operation(
        "get", "/v1/count", "count", "Count", request=requests.Page, reply=responses.Suggestions, example={"limit": 3}
    )
    def count(page: requests.Page) -> responses.Suggestions:
        return {"suggestions": [{"question": "a", "document": "b", "section": "c"}] * page.limit}

    app = Flask(__name__)
    app.register_blueprint(endpoints)
    assert len(app.test_client().get("/v1/count?limit=3").get_json()["suggestions"]) == 3
    described = description((*api.operations, *endpoints.operations), 2000)
    assert described["paths"]["/v1/count"]["get"]["parameters"][0]["example"] == 3


def test_every_hit_carries_selectors_that_hold(client: FlaskClient, searcher: Searcher) -> None:
    """The quote selector's exact words stand between its prefix and its suffix, at the position selector's range."""
    for hit in ask(client)["hits"]:
        text = searcher.bundle.document(hit["citation"]["document"]).text
        quote, position = hit["selectors"]
        assert text[position["start"] : position["end"]] == quote["exact"] == hit["text"]
        around = quote["prefix"] + quote["exact"] + quote["suffix"]
        assert text[position["start"] - len(quote["prefix"]) : position["end"] + len(quote["suffix"])] == around


def test_a_filter_limits_the_answer_to_what_it_names(client: FlaskClient) -> None:
    """Documents and sections narrow the answer; a section stands for those below it; both together are both."""
    tides = ask(client, documents=["tides"])
    assert {h["citation"]["document"] for h in tides["hits"]} == {"tides"}
    assert tides["status"] != "answered"
    leave = ask(client, sections=["leave#leave"], k=50)
    assert {h["citation"]["path"][0] for h in leave["hits"]} == {"Leave"}
    assert leave["hits"][0]["citation"]["path"] == ["Leave", "Sabbatical"]
    assert ask(client, sections=["leave#leave"], documents=["tides"])["status"] == "not_found"


def test_a_filter_that_keeps_everything_changes_nothing(client: FlaskClient) -> None:
    """Ranks, scores, status and confidence are those without a filter."""
    whole, kept = ask(client, k=50), ask(client, k=50, documents=["leave", "tides"])
    assert {k: v for k, v in whole.items() if k != "took_ms"} == {k: v for k, v in kept.items() if k != "took_ms"}


def test_below_the_minimum_confidence_nothing_is_quoted(client: FlaskClient) -> None:
    """An answer that is less sure than asked for is called related and has no hits."""
    sure = ask(client)
    assert sure["status"] == "answered"
    unsure = ask(client, minimum_confidence=1.0)
    assert (unsure["status"], unsure["hits"], unsure["confidence"]) == ("related", [], sure["confidence"])


def test_addresses_take_the_same_filters(client: FlaskClient) -> None:
    """Lists have commas in an address, and give the answer of the body."""
    got = client.get("/v1/query", query_string={"q": QUESTION, "documents": "tides,leave", "minimum_confidence": "0.2"})
    posted = ask(client, documents=["tides", "leave"], minimum_confidence=0.2)
    assert got.get_json()["hits"] == posted["hits"]


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"documents": []}, "#/documents", "is empty"),
        ({"documents": "tides"}, "#/documents", "must be a list"),
        ({"minimum_confidence": 1.5}, "#/minimum_confidence", "must be 1 or less"),
        ({"minimum_confidence": "0.5"}, "#/minimum_confidence", "must be a number"),
        ({"k": 51}, "#/k", "must be 50 or less"),
        ({"k": 0}, "#/k", "must be 1 or more"),
    ],
)
def test_a_wrong_field_is_pointed_at(client: FlaskClient, body: dict[str, Any], pointer: str, said: str) -> None:
    """The problem is 422 and has the field's pointer and bound."""
    (fault,) = problem(client.post("/v1/query", json={"question": QUESTION, **body}), 422)["errors"]
    assert fault["pointer"] == pointer
    assert said in fault["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"documents": ["tides", "nowhere"]}, "#/documents/1"),
        ({"sections": ["leave#nowhere"]}, "#/sections/0"),
        ({"sections": ["leave"]}, "#/sections/0"),
    ],
)
def test_an_unknown_filter_is_pointed_at(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    """The problem is 404 and points at the entry; there is never an answer from fewer documents than were asked for."""
    said = problem(client.post("/v1/query", json={"question": QUESTION, **body}), 404)
    assert said["type"] == f"/problems/unknown-{pointer.split('/')[1][:-1]}"
    assert said["errors"][0]["pointer"] == pointer


def test_an_invalid_question_is_reported_before_an_unknown_filter(client: FlaskClient) -> None:
    """Both at once are 422: the request is not valid, whatever is in the index."""
    body = {"question": "a" * 2001, "documents": ["nowhere"]}
    assert problem(client.post("/v1/query", json=body), 422)["type"] == "/problems/question-too-long"
    (answer,) = client.post("/v1/batch", json={"questions": [body]}).get_json()["answers"]
    assert answer["error"]["type"] == "/problems/question-too-long"


def test_a_batch_is_answered_in_its_order(client: FlaskClient) -> None:
    """Each question gets the answer that it gets alone, with the options for all before which its own count."""
    questions = [QUESTION, {"question": "when is high water", "k": 1}]
    batch = {"questions": questions, "k": 2, "documents": ["leave", "tides"]}
    answers = read(client.post("/v1/batch", json=batch), responses.Answers)["answers"]
    assert [a["question"] for a in answers] == [QUESTION, "when is high water"]
    assert [len(a["hits"]) for a in answers] == [2, 1]
    assert answers[0]["hits"] == ask(client, k=2, documents=["leave", "tides"])["hits"]
    many = client.post("/v1/batch", json={"questions": questions * 11})
    assert "more than 20 entries" in problem(many, 422)["detail"]


def test_a_question_at_fault_does_not_stop_a_batch(client: FlaskClient) -> None:
    """It has a problem in its place, which points at the field; the others are answered."""
    at_fault = [" ", {"k": 3}, {"question": "bell", "k": 99}, {"question": "bell", "sections": ["leave#nowhere"]}]
    body = {"questions": [QUESTION, *at_fault], "k": 1}
    first, *others = read(client.post("/v1/batch", json=body), responses.Answers)["answers"]
    assert first["status"] == "answered"
    kinds = ["blank-question", "invalid-request", "invalid-request", "unknown-section"]
    assert [other["error"]["type"] for other in others] == [f"/problems/{kind}" for kind in kinds]
    places = ["1/question", "2/question", "3/k", "4/sections/0"]
    assert [other["error"]["errors"][0]["pointer"] for other in others] == [f"#/questions/{p}" for p in places]


@pytest.mark.parametrize(("fault", "pointer"), [({"k": 99}, "#/k"), ({"questions": [5]}, "#/questions/0")])
def test_an_option_at_fault_stops_a_batch(client: FlaskClient, fault: dict[str, Any], pointer: str) -> None:
    """An option for all questions is a problem of the whole request, as is an entry of another type."""
    faults = problem(client.post("/v1/batch", json={"questions": [QUESTION], **fault}), 422)["errors"]
    assert {f["pointer"] for f in faults} == {pointer}


def test_the_answer_is_what_may_be_shown_as_one(client: FlaskClient, searcher: Searcher) -> None:
    """An answered question has its sentences with their citation at the top; any other has null."""
    found = ask(client)
    best, text = found["answer"], searcher.bundle.document("leave").text
    assert best["citation"] == found["hits"][0]["citation"]
    assert all(text[e["start"] : e["end"]] == e["quote"] and e["quote"] in best["quote"] for e in best["evidence"])
    for body in (
        {"documents": ["tides"]},
        {"minimum_confidence": 1.0},
        {"question": "who sells pizza"},
        {"question": "hi"},
    ):
        assert ask(client, **body)["answer"] is None


def test_passages_are_left_out_at_the_front_without_a_change_of_rank(client: FlaskClient) -> None:
    """Two parts of an answer are the whole; what answers stays at the top of each."""
    whole, first, rest = ask(client, k=5), ask(client, k=2), ask(client, k=3, offset=2)
    assert whole["hits"] == first["hits"] + rest["hits"]
    assert rest["answer"] == whole["answer"]
    assert ask(client, offset=200)["hits"] == []


def test_links_are_absolute_where_the_public_address_is_set(searcher: Searcher) -> None:
    """Every url of a reply begins with it, those of other places and of a list of documents too."""
    client = create_app(FixedSource(searcher), Settings(public_url="https://pincite.example/")).test_client()
    answer = client.post("/v1/query", json={"question": QUESTION}).get_json()
    assert answer["answer"]["citation"]["url"].startswith("https://pincite.example/documents/leave?mark=")
    (first, *_) = client.get("/v1/documents").get_json()["documents"]
    assert first["url"] == "https://pincite.example/documents/leave"
    assert client.get("/v1/openapi.json").get_json()["servers"] == [{"url": "https://pincite.example"}]
    assert 'href="/documents/leave' in client.get("/documents").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/documents/no%20where", "“no where”. GET /v1/documents lists them."),
        ("/v1/documents/leave/sections/x", "has no section “x”. GET /v1/documents/leave lists them."),
        ("/v1/query?question=a&documents=nowhere", "“nowhere” is no document of this index; GET /v1/documents lists"),
        ("/v1/query?question=a&sections=leave%23x", "“leave#x” is no section of this index; GET /v1/documents/leave"),
        ("/v1/query?question=a&sections=leave", "(a section is written document#section); GET /v1/documents/ID"),
    ],
)
def test_what_is_unknown_is_named_with_where_to_look(client: FlaskClient, path: str, said: str) -> None:
    """A 404 repeats the id and says which endpoint lists those that there are."""
    assert said in problem(client.get(path), 404)["detail"]


def test_examples_of_replies_are_as_described() -> None:
    """Each operation has one; `python -m tools.reply_examples --write` renews them."""
    examples = reply_examples()
    for operation in api.operations:
        if operation.id != "openapi":
            TypeAdapter(operation.reply).validate_python(examples[operation.id])


def test_documents_sections_and_passages_are_read_by_their_ids(client: FlaskClient) -> None:
    """From the list to a document, to a section of it, to a passage that a hit named, to the same words."""
    first = read(client.get("/v1/documents?limit=1"), responses.Documents)
    assert ([d["id"] for d in first["documents"]], first["next"]) == (["leave"], "leave")
    rest = read(client.get("/v1/documents?after=leave"), responses.Documents)
    assert ([d["id"] for d in rest["documents"]], rest["next"]) == (["tides"], None)
    document = read(client.get("/v1/documents/leave"), responses.Document)
    entry = next(s for s in document["sections"] if s["id"] == "leave--sabbatical")
    section = read(client.get(f"/v1/documents/leave/sections/{entry['id']}"), responses.Section)
    assert section["text"] == document["text"][entry["start"] : entry["end"]]
    hit = ask(client)["hits"][0]
    name, _, anchor = hit["passage"].partition("#")
    passage = read(client.get(f"/v1/documents/{name}/passages/{anchor}"), responses.Passage)
    assert passage["citation"]["quote"] == hit["text"]
    assert passage == section["passages"][0]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/documents/nothing", "unknown-document"),
        ("/v1/documents/leave/sections/nothing", "unknown-section"),
        ("/v1/documents/leave/passages/nothing:1", "unknown-passage"),
        ("/v1", "not-found"),
        ("/v1/nothing", "not-found"),
    ],
)
def test_an_unknown_id_or_address_is_a_problem(client: FlaskClient, path: str, kind: str) -> None:
    """404 with a type of its own, as JSON even for a browser."""
    response = client.get(path, headers={"Accept": "text/html"})
    assert problem(response, 404)["type"] == f"/problems/{kind}"


def test_a_quote_is_located(client: FlaskClient) -> None:
    """Exact words come back as a citation that holds; near ones with their differences; others are absent."""
    exact = read(client.post("/v1/locate", json={"quote": "It is not paid."}), responses.Located)
    (cited,) = exact["citations"]
    assert (exact["status"], cited["path"]) == ("exact", ["Leave", "Sabbatical"])
    assert cited["url"].startswith(f"/documents/leave?mark={cited['start']}-{cited['end']}&text=")
    near = read(client.post("/v1/locate", json={"quote": "It is not well paid."}), responses.Located)
    assert (near["status"], near["differences"]) == ("near", [{"quote": "well", "text": ""}])
    absent = read(client.post("/v1/locate", json={"quote": "Photosynthesis needs light."}), responses.Located)
    assert (absent["status"], absent["citations"]) == ("absent", [])
    assert problem(client.post("/v1/locate", json={"quote": "a", "documents": ["x"]}), 404)
    assert "2,000 characters" in problem(client.post("/v1/locate", json={"quote": "a" * 2001}), 422)["detail"]


def test_a_citation_is_verified_as_it_was_given(client: FlaskClient) -> None:
    """It holds; shifted it has moved; reworded it has changed; strange it is gone; under another heading it changed."""
    cited = ask(client)["hits"][0]["citation"]

    def status(**changes: Any) -> tuple[str, list[str]]:
        reply = read(client.post("/v1/verify", json=cited | changes), responses.Verified)
        return reply["status"], sorted(name for name, held in reply["fields"].items() if not held)

    assert status() == ("holds", [])
    assert status(sha256="0" * 64) == ("holds", ["sha256"])
    assert status(start=cited["start"] - 3, end=cited["end"] - 3) == ("moved", ["quote"])
    assert status(document="lost") == ("moved", ["document", "path", "quote", "sha256"])
    assert status(quote=cited["quote"].replace("three", "nine")) == ("changed", ["quote"])
    assert status(path=["Safety"]) == ("changed", ["path"])
    assert status(quote="Photosynthesis needs light.") == ("gone", ["quote"])
    assert status(start=10**11, end=10**12)[0] == "moved"
    assert problem(client.post("/v1/verify", json={"document": "leave"}), 422)["errors"][0]["pointer"] == "#/start"


def test_every_citation_that_is_returned_verifies(client: FlaskClient) -> None:
    """Whatever an answer or a search for a quote cites holds."""
    cited = [hit["citation"] for hit in ask(client, k=50)["hits"]]
    cited += client.post("/v1/locate", json={"quote": "Before you go"}).get_json()["citations"]
    assert len(cited) > 5
    for citation in cited:
        assert client.post("/v1/verify", json=citation).get_json()["status"] == "holds"


def test_suggestions_that_begin_as_asked_come_first_and_are_answered(article: Searcher) -> None:
    """The first suggested questions begin with what was typed, in any case, and are answered."""
    client = create_app(FixedSource(article), Settings()).test_client()
    offered = read(client.get("/v1/suggest?prefix=WHAT&limit=2"), responses.Suggestions)["suggestions"]
    assert len(offered) == 2
    for suggestion in offered:
        assert suggestion["question"].startswith("What")
        assert article.ask(suggestion["question"]).status == "answered"


@pytest.mark.parametrize("path", ["about", "openapi.json", "documents/leave", "suggest", "documents", "query?q=a"])
def test_unknown_and_repeated_parameters_are_refused(client: FlaskClient, path: str) -> None:
    """No endpoint passes over a parameter that it does not know, or one that is given twice."""
    joint = "&" if "?" in path else "?"
    assert problem(client.get(f"/v1/{path}{joint}colour=red"), 422)["errors"][0]["parameter"] == "colour"
    assert problem(client.get(f"/v1/{path}{joint}limit=1&limit=2"), 422)["errors"][0]["parameter"] == "limit"


def test_about_says_what_it_is_not(client: FlaskClient) -> None:
    """The notice, versions and error rates are given."""
    about = read(client.get("/v1/about"), responses.About)
    assert "not medical advice" in about["notice"]
    assert about["calibration"]["measured"]["statuses"]


def test_generated_requests_get_replies_as_described(app: Flask) -> None:
    """2,000 requests and more, made from the description, good and bad: no 5xx, no reply that it does not describe."""
    with serving(app) as server:
        cases, said = fuzz(server.url, 130)
    assert cases >= 2000, said


def test_a_reply_not_as_described_is_found(searcher: Searcher) -> None:
    """An endpoint that accepts what it must refuse turns the check red."""
    app = create_app(FixedSource(searcher), Settings())
    app.view_functions["api.suggest"] = lambda: {"suggestions": []}
    with serving(app) as server:
        cases, said = fuzz(server.url, 5)
    assert cases == 0
    assert "/v1/suggest" in said
