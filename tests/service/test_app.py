"""The query endpoint, the one error shape, and what every response carries. No model is needed."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from fake_searcher import ANSWER, HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pincite.index.errors import BundleError
from pincite.index.settings import Settings
from pincite.service.guard import problems
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app

QUESTION = "how long is a sabbatical after seven years"


@pytest.fixture
def app() -> Flask:
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES)))), Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, body: Any) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/v1/query", data=data, content_type="application/json")


def assert_problem(response: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """Assert the one shape of RFC 9457; returns its members."""
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    problem: dict[str, Any] = json.loads(response.data)
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith((".", "?"))
    assert set(problem) <= {"type", "title", "status", "detail", "instance", "errors"}
    return problem


def test_a_posted_question_is_answered_with_citations_that_hold(client: FlaskClient) -> None:
    """Every hit of an answer quotes the document's text at the offsets it names."""
    answer = post(client, {"question": QUESTION, "k": 3}).get_json()
    assert answer["status"] == "answered"
    assert answer["question"] == QUESTION
    assert len(answer["hits"]) == 3
    for hit in answer["hits"]:
        citation = hit["citation"]
        document = {"staff-handbook": HANDBOOK, "tides": TIDES}[citation["document"]]
        assert document.text[citation["start"] : citation["end"]] == citation["quote"]


def test_get_and_post_give_the_same_answer(client: FlaskClient) -> None:
    """A question in the address, by its name or by q, gets the answer of a body, five passages by default."""
    got = client.get("/v1/query", query_string={"question": QUESTION}).get_json()
    assert got == client.get("/v1/query", query_string={"q": QUESTION}).get_json()
    assert got == post(client, {"question": QUESTION}).get_json()
    assert len(got["hits"]) == 5


def test_a_whole_number_may_have_a_point(client: FlaskClient) -> None:
    """JSON knows one sort of number: 3.0 passages are three."""
    assert len(post(client, {"question": QUESTION, "k": 3.0}).get_json()["hits"]) == 3


def test_the_wire_format_keeps_its_order(client: FlaskClient) -> None:
    """The members of an answer come in the order of the documented format."""
    members = list(json.loads(post(client, {"question": QUESTION}).data))
    assert members == ANSWER


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/question"),
        ({"question": 5}, "#/question"),
        ({"question": None}, "#/question"),
        ({"question": "leave\0"}, "#/question"),
        (b'{"question": "\\ud800"}', "#/question"),
        ({"question": "leave", "k": "three"}, "#/k"),
        ({"question": "leave", "k": "3"}, "#/k"),
        ({"question": "leave", "k": True}, "#/k"),
        ({"question": "leave", "k": 1.5}, "#/k"),
        ({"question": "leave", "k": None}, "#/k"),
        ({"question": "leave", "k": 0}, "#/k"),
        ({"question": "leave", "k": 51}, "#/k"),
        ({"question": "leave", "k": 10**40}, "#/k"),
        ({"question": "leave", "top/k~": 3}, "#/top~1k~0"),
        (b'{"question": "leave", "\\ud800": 3}', "#"),
        (["leave"], "#"),
        ("leave", "#"),
        (None, "#"),
    ],
)
def test_an_invalid_body_is_answered_by_a_pointer_at_the_field(client: FlaskClient, body: Any, pointer: str) -> None:
    """Whatever is missing, unknown, ill-typed or out of range is named by a JSON pointer, with 422."""
    problem = assert_problem(post(client, body), 422, "invalid-request")
    assert [e["pointer"] for e in problem["errors"]] == [pointer]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"question=leave", b"[" * 50_000, b'{"k": NaN}', b"1" * 5_000])
def test_a_body_that_is_not_json_gets_400(client: FlaskClient, body: bytes) -> None:
    """Broken, endlessly nested or wrongly encoded JSON is refused without a fault."""
    assert_problem(post(client, body), 400, "not-json")


@pytest.mark.parametrize("body", [{"question": ""}, {"question": " \n\t\u00a0"}, {"question": "\u200b\x01"}])
def test_a_question_of_nothing_visible_is_blank(client: FlaskClient, body: dict[str, str]) -> None:
    """White space, control and formatting characters alone are no question."""
    assert_problem(post(client, body), 422, "blank-question")


def test_a_question_of_20000_characters_gets_the_limit(client: FlaskClient) -> None:
    """The detail of an over-long question names the limit in force."""
    problem = assert_problem(post(client, {"question": "why " * 5000}), 422, "question-too-long")
    assert "2,000" in problem["detail"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["question"]),
        ("k=3", ["question"]),
        ("q=a&question=a", ["q"]),
        ("question=a&question=b", ["question"]),
        ("question=a%00", ["question"]),
        ("q=a&offset=201", ["offset"]),
        ("q=a&q=b", ["q"]),
        ("q=a&k=1&k=2", ["k"]),
        ("q=a&k=three", ["k"]),
        ("q=a&k=", ["k"]),
        ("q=a&k=-1", ["k"]),
        ("q=a&k=1.5", ["k"]),
        ("q=a&k=%D9%A3", ["k"]),
        ("q=a&k=99", ["k"]),
        ("q=a&limit=3", ["limit"]),
        ("q=a%00", ["q"]),
    ],
)
def test_an_invalid_address_is_answered_by_the_parameters_name(
    client: FlaskClient, query: str, names: list[str]
) -> None:
    """Missing, repeated, unknown and ill-typed parameters are each named, with 422."""
    problem = assert_problem(client.get(f"/v1/query?{query}"), 422, "invalid-request")
    assert [e["parameter"] for e in problem["errors"]] == names


def test_a_request_with_a_body_takes_no_parameters(client: FlaskClient) -> None:
    """A parameter on the address of a POST is refused, not passed over."""
    response = client.post("/v1/query?k=3", json={"question": "leave"})
    assert assert_problem(response, 422, "invalid-request")["errors"][0]["parameter"] == "k"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_body_not_declared_as_json_gets_415(client: FlaskClient, kind: str | None) -> None:
    """Only application/json is read."""
    assert_problem(client.post("/v1/query", data=b'{"question": "a"}', content_type=kind), 415, "not-json-type")


def test_a_body_over_256_kib_gets_413(client: FlaskClient) -> None:
    """A body is not read beyond the limit."""
    assert_problem(post(client, b" " * 262145), 413, "too-large")


def test_a_wrong_method_gets_the_allowed_ones(client: FlaskClient) -> None:
    """405 carries Allow."""
    response = client.delete("/v1/query")
    assert_problem(response, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


def test_an_unknown_endpoint_gets_404(client: FlaskClient) -> None:
    """Paths under /v1 answer in JSON whatever the client accepts."""
    assert_problem(client.get("/v1/nothing", headers={"Accept": "text/html"}), 404, "not-found")


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json", "image/png"])
def test_outside_v1_the_client_chooses_the_shape_of_errors(client: FlaskClient, accept: str) -> None:
    """A client that does not take HTML gets the JSON problem, one that does a page; caches are informed."""
    response = client.get("/nowhere", headers={"Accept": accept})
    assert_problem(response, 404, "not-found")
    assert response.headers["Vary"] == "Accept"
    assert client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"}).mimetype == "text/html"


def test_an_unknown_document_is_named(client: FlaskClient) -> None:
    """The problem names the id that was asked for and where the list of documents is."""
    response = client.get("/documents/nothing", headers={"Accept": "application/json"})
    detail = assert_problem(response, 404, "unknown-document")["detail"]
    assert "nothing" in detail
    assert "/documents" in detail


def test_an_error_shows_the_question_to_neither_client_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error gives 500 with a request id that the log has too, and the question is in neither."""

    class Broken(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Any:
            raise RuntimeError(f"cannot search {question}")

    client = create_app(FixedSource(Broken(Shelf((TIDES,)))), Settings()).test_client()
    with caplog.at_level(logging.ERROR):
        problem = assert_problem(post(client, {"question": "secret"}), 500, "internal")
    assert problem["instance"].removeprefix("urn:pincite:request:") in caplog.text
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + json.dumps(problem)


def test_readiness_follows_the_index_and_liveness_does_not() -> None:
    """Without an index /readyz is 503, while /livez stays 200."""
    client = create_app(FixedSource(), Settings()).test_client()
    response = client.get("/readyz")
    assert_problem(response, 503, "not-ready")
    assert response.headers["Retry-After"] == "5"
    assert client.get("/livez").get_json() == {"status": "live"}


def test_an_unreadable_index_is_a_problem_without_its_path() -> None:
    """A search that meets a damaged file gives 503 and names no path of this machine; readiness then says so, too."""

    class Damaged(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Any:
            raise BundleError("/secret/place", "there is no index", "run `pincite ingest`")

    client = create_app(FixedSource(Damaged(Shelf((TIDES,)))), Settings()).test_client()
    for path in ("/v1/query?q=a", "/readyz"):
        assert "secret" not in assert_problem(client.get(path), 503, "not-ready")["detail"]


def test_readiness_names_the_index_and_ends_before_the_service_does(app: Flask) -> None:
    """/readyz is 200 with the index id, and 503 from the moment the server drains."""
    client = app.test_client()
    assert client.get("/readyz").get_json() == {"status": "ready", "index": "0123abcd"}
    service_of(app).draining.set()
    assert_problem(client.get("/readyz"), 503, "not-ready")


def test_a_new_index_is_picked_up_between_requests() -> None:
    """The source is asked by each request; None means that there is no searcher yet."""
    source = FixedSource()
    client = create_app(source, Settings()).test_client()
    assert_problem(client.get("/v1/query?q=a"), 503, "not-ready")
    source.searcher = StubSearcher(Shelf((TIDES,), id="second"))
    assert client.get("/v1/query?q=a").get_json()["index"] == "second"


@pytest.mark.parametrize(
    "path", ["/", "/?q=quay", "/?q=", "/v1/query?q=a", "/v1/query", "/x", "/livez", "/static/style.css"]
)
def test_every_response_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    """Pages, answers, errors and static files forbid scripts, framing, sniffing and referrers, and set no cookie."""
    with client.get(path) as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "no-" in response.headers["Cache-Control"]
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("kind", list(problems.KINDS))
def test_every_type_of_problem_has_a_page(client: FlaskClient, kind: str) -> None:
    """The type of a problem is an address that says what it means."""
    assert problems.KINDS[kind].meaning in client.get(f"/problems/{kind}").text.replace("&#39;", "'")
