"""The door: keys, quotas, origins, hosts, request ids and validators, and headers on every response there is."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from browser import serving
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from raw_http import fetch, send

from pincite.index.errors import SettingError
from pincite.index.settings import Settings
from pincite.service.guard.admission import AdmissionGate
from pincite.service.guard.guard import SECURITY_HEADERS
from pincite.service.guard.rate_limit import MAX_CLIENTS, RateLimiter
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app

SHELF = Shelf((HANDBOOK, TIDES))
KEY = "a" * 64
STATUSES = ("answered", "related", "not_found")


def app(**settings: Any) -> Flask:
    return create_app(FixedSource(StubSearcher(SHELF)), Settings(**settings))


def client(**settings: Any) -> FlaskClient:
    return app(**settings).test_client()


@pytest.fixture
def keys(tmp_path: Path) -> str:
    file = tmp_path / "keys"
    file.write_text(hashlib.sha256(b"other").hexdigest() + "\n" + hashlib.sha256(KEY.encode()).hexdigest() + "\n")
    return str(file)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        (f"Bearer {KEY}", 200),
        (f"bearer  {KEY} ", 200),
        (f"Basic {KEY}", 401),
        ("Bearer ", 401),
        (f"Bearer {KEY[:-1]}", 401),
        (f"Bearer {hashlib.sha256(KEY.encode()).hexdigest()}", 401),
    ],
)
def test_endpoints_want_a_key_where_keys_are_set(keys: str, header: str | None, status: int) -> None:
    """A known key opens /v1; anything else is 401 with the remedy; pages, description and health stay open."""
    opened = client(api_keys_file=keys)
    response = opened.get("/v1/about", headers={"Authorization": header} if header else {})
    assert response.status_code == status
    assert status == 200 or response.headers["WWW-Authenticate"] == 'Bearer realm="pincite"'
    for path in ("/?q=quay", "/livez", "/api", "/v1/openapi.json"):
        assert opened.get(path).status_code == 200


@pytest.mark.parametrize("text", [None, "", "not a digest"])
def test_a_file_of_keys_that_cannot_be_used_stops_the_start(tmp_path: Path, text: str | None) -> None:
    """A missing, empty or wrong file is an error: the service never runs open by mistake."""
    file = tmp_path / "keys"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingError, match="PINCITE_API_KEYS_FILE"):
        app(api_keys_file=str(file))


def test_the_quota_is_exact_and_in_the_header_fields() -> None:
    """Three of three requests pass, the fourth is 429 with the fields of the draft; health is never counted."""
    asked = client(requests_per_minute=3)
    passed = [asked.get("/v1/query?q=quay") for _ in range(3)]
    assert [r.status_code for r in passed] == [200] * 3
    assert [r.headers["RateLimit"].split(";")[1] for r in passed] == ["r=2", "r=1", "r=0"]
    assert passed[0].headers["RateLimit-Policy"] == '"search";q=3;w=60'
    refused = asked.get("/v1/query?q=quay")
    assert refused.status_code == 429
    assert refused.get_json()["type"] == "/problems/quota-exceeded"
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert asked.get("/livez").status_code == 200


def batch(asked: FlaskClient, count: int, **more: Any) -> Any:
    return asked.post("/v1/batch", json={"questions": [{"question": f"bell {n}"} for n in range(count)]}, **more)


def test_a_batch_costs_its_questions() -> None:
    """With a quota of 10, a batch of 8 leaves 2; a batch of 3 is then 429 before any work, one of 2 passes."""
    searcher = StubSearcher(SHELF)
    asked = create_app(FixedSource(searcher), Settings(requests_per_minute=10)).test_client()
    assert batch(asked, 8).headers["RateLimit"].split(";")[1] == "r=2"
    metrics = service_of(asked.application).metrics
    refused = batch(asked, 3)
    assert refused.status_code == 429
    answered = [
        metrics.registry.get_sample_value("pincite_answers_total", {"status": s, "care": "none"}) or 0 for s in STATUSES
    ]
    assert sum(answered) == 8
    assert batch(client(requests_per_minute=10), 20).status_code == 429


def test_one_ipv6_network_is_one_client() -> None:
    """Two addresses of a /64 share a quota of one; the next /64 has its own."""
    asked = client(requests_per_minute=1)
    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    statuses = [asked.get("/about", environ_overrides={"REMOTE_ADDR": each}).status_code for each in addresses]
    assert statuses == [200, 429, 200]


def test_wrong_keys_cost_their_senders_address(keys: str) -> None:
    """Guesses are 401 until the address has used up its quota, then 429; the right key has a quota of its own."""
    asked = client(api_keys_file=keys, requests_per_minute=2)
    guesses = [asked.get("/v1/about", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(3)]
    assert guesses == [401, 401, 429]
    assert asked.get("/v1/about", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200


def test_the_quota_says_when_it_is_whole_again() -> None:
    """With one of six taken, a sixth of the window is left; refused, the rest is what one request needs."""
    now = [0.0]
    limiter = RateLimiter(6, lambda: now[0])
    assert limiter.consume("a").fields(6)["RateLimit"] == '"search";r=5;t=10'
    left = limiter.consume("a", 6)
    assert (left.allowed, left.remaining, left.retry_after) == (False, 5, 10)


def test_a_bucket_fills_with_time_and_only_forwards() -> None:
    """After a third of the window a third of the quota is back; the clients remembered are bounded."""
    now = [100.0]
    limiter = RateLimiter(6, lambda: now[0])
    assert [limiter.consume("a").allowed for _ in range(7)] == [True] * 6 + [False]
    now[0] += 20
    assert [limiter.consume("a").allowed for _ in range(3)] == [True, True, False]
    assert limiter.consume("b").remaining == 5
    for name in range(MAX_CLIENTS + 5):
        limiter.consume(str(name))
    assert len(limiter._buckets) == MAX_CLIENTS


def test_other_origins_may_call_when_they_are_listed() -> None:
    """A listed origin gets its preflight and its answer, without credentials; any other gets no permission."""
    opened = client(cors_origins="https://clinic.example, https://b.example")
    asks = {"Origin": "https://clinic.example", "Access-Control-Request-Method": "POST"}
    preflight = opened.options("/v1/query", headers=asks)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://clinic.example"
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    answered = opened.get("/v1/about", headers={"Origin": "https://b.example"})
    assert answered.headers["Access-Control-Allow-Origin"] == "https://b.example"
    assert "Access-Control-Allow-Credentials" not in answered.headers
    assert "ETag" in answered.headers["Access-Control-Expose-Headers"].split(", ")
    for path in ("/livez", "/readyz"):
        health = opened.get(path, headers={"Origin": "https://b.example"})
        assert health.headers["Access-Control-Allow-Origin"] == "https://b.example"
    for where, origin in [("/v1/about", "https://evil.example"), ("/", "https://b.example")]:
        assert "Access-Control-Allow-Origin" not in opened.get(where, headers={"Origin": origin}).headers
    assert (
        "Access-Control-Allow-Origin" not in client().get("/v1/about", headers={"Origin": "https://b.example"}).headers
    )


def test_only_trusted_names_are_answered() -> None:
    """If hosts are named, another Host is a problem with status 400."""
    named = client(trusted_hosts="pincite.example")
    assert named.get("/v1/about", base_url="http://pincite.example").status_code == 200
    for opened, host in ((named, "evil.example"), (client(), "a" * 80)):
        for path in ("/v1/about", "/", "/nowhere"):
            response = opened.get(path, environ_overrides={"HTTP_HOST": host}, headers={"Accept": "text/html"})
            assert (response.status_code, response.get_json()["type"]) == (400, "/problems/bad-request"), host


@pytest.mark.parametrize("host", ["pincite.example", "PINCITE.Example", "pincite.example.", "pincite.example.:8000"])
def test_hosts_are_compared_without_case_and_final_dot(host: str) -> None:
    """A trusted name is trusted however a client writes it."""
    for named in ("pincite.example", "Pincite.EXAMPLE."):
        response = client(trusted_hosts=named).get("/v1/about", environ_overrides={"HTTP_HOST": host})
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"), [("caller-12345678", True), ("short", False), ("a" * 65, False), ("x" * 20 + "\u00e9", False)]
)
def test_a_request_has_an_id(given: str, kept: bool) -> None:
    """A caller's own id is echoed when it is plain; else one is made."""
    said = client().get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert (said == given) is kept
    assert re.fullmatch("[A-Za-z0-9-]{8,64}", said)


def test_a_conditional_get_of_the_same_page_is_304() -> None:
    """Same question and index: 304 without a search; another question, index, day or style: 200."""
    source = FixedSource(StubSearcher(SHELF))
    service = create_app(source, Settings())
    asked = service.test_client()
    for path in ("/v1/query?q=quay", "/?q=quay", "/documents/tides"):
        tag = asked.get(path).headers["ETag"]
        again = asked.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert asked.get(path + "&k=1" if "v1" in path else "/about", headers={"If-None-Match": tag}).status_code == 200
    assert asked.get("/v1/query?q=quay", headers={"If-None-Match": "*"}).status_code == 200
    tag = asked.get("/v1/query?q=quay").headers["ETag"]
    source.searcher = StubSearcher(Shelf((TIDES,), id="another"))
    assert asked.get("/v1/query?q=quay", headers={"If-None-Match": tag}).status_code == 200


def test_every_response_carries_the_headers() -> None:
    """Every route with every method, right and wrong, and what the server itself refuses: the same set, no cookie."""
    service = app(contact="a@b.example")
    asked = service.test_client()
    statuses = set()
    for rule in service.url_map.iter_rules():
        values = {"document": "tides", "document_id": "tides", "section": "high-water", "passage": "high-water:1"}
        values |= {"kind": "internal", "filename": "style.css"}
        with service.test_request_context():
            from flask import url_for

            path = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            for suffix in ("", "?q=quay", "?%FF=%00"):
                with asked.open(path + suffix, method=method) as response:
                    statuses.add(response.status_code)
                    held = {name: response.headers.get(name) for name in SECURITY_HEADERS}
                    assert held == SECURITY_HEADERS, (method, path, response.status_code)
                    assert response.headers["X-Request-Id"]
                    assert "Set-Cookie" not in response.headers
                    assert "Server" not in response.headers
    assert {200, 404, 405, 415, 422} <= statuses
    with serving(service) as server:
        for raw in (
            b"GET / HTTP/1.1\r\nHost a\r\n\r\n",
            b"\x00\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n",
        ):
            head = send(server.url, raw).partition(b"\r\n\r\n")[0].lower()
            for name, value in SECURITY_HEADERS.items():
                assert f"{name}: {value}".lower().encode() in head
            assert b"\r\nx-request-id: " in head
            assert b"\r\ncache-control: no-store" in head


def test_requests_are_logged_and_counted_without_their_question(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each request with its route, and counts by route and status; the question is in neither."""
    service = app()
    with caplog.at_level(logging.INFO):
        for path in ("/v1/query?q=secretquay", "/?q=secretquay", "/v1/query", "/nowhere/secretquay"):
            service.test_client().get(path)
    lines = [r.fields for r in caplog.records if r.name == "pincite.access"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/query", 200),
        ("/", 200),
        ("/v1/query", 422),
        ("none", 404),
    ]
    assert all(line["request"] and line["ms"] >= 0 for line in lines)
    assert lines[0]["index"] == SHELF.id
    text = generate_latest(service_of(service).metrics.registry).decode()
    counts = {
        (s.labels["route"], s.labels["status"]): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
        if s.name == "pincite_requests_total"
    }
    assert counts == {("/v1/query", "200"): 1, ("/", "200"): 1, ("/v1/query", "422"): 1, ("none", "404"): 1}
    value = service_of(service).metrics.registry.get_sample_value
    assert sum(value("pincite_answers_total", {"status": status, "care": "none"}) or 0 for status in STATUSES) == 2
    assert value("pincite_search_seconds_count") == value("pincite_confidence_count") == 2
    assert value("pincite_index_made_age_seconds") == pytest.approx(time.time() - 1709251200, abs=60)  # 2024-03-01
    assert value("pincite_oldest_review_age_seconds") == pytest.approx(time.time() - 1709251200, abs=60)
    assert "secretquay" not in text + json.dumps(lines)
    assert f'index="{SHELF.id}"' in text


def test_a_full_gate_rejects_with_retry_after() -> None:
    """With one at work and none waiting, the second request gets 503 with Retry-After: 1; health is let in."""
    service = app(max_concurrent=1, max_queued=0)
    gate = service_of(service).gate
    assert gate.acquire()
    refused = service.test_client().get("/v1/query?q=quay")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.get_json()["type"] == "/problems/overloaded"
    assert service.test_client().get("/readyz").status_code == 200
    gate.release()
    assert service.test_client().get("/v1/query?q=quay").status_code == 200
    value = service_of(service).metrics.registry.get_sample_value
    assert (gate.rejected, value("pincite_shed_total"), value("pincite_index_refused_total")) == (1, 1, 0)


def test_a_batch_yields_its_place_to_single_questions() -> None:
    """Between two questions of a batch a single one that waits is answered, and batches are never all at work."""
    gate = AdmissionGate(max_concurrent=2, max_queued=1, timeout=20.0)
    assert gate.acquire()
    assert gate.begin_batch()
    gate.release()
    assert gate.acquire_behind(0)
    assert not gate.acquire_behind(0)  # one of two turns is for single questions
    assert gate.acquire()
    waiting = threading.Thread(target=gate.acquire)
    waiting.start()
    while not gate.waiting:
        assert waiting.is_alive()
    gate.release(batched=True)
    waiting.join(timeout=20)
    assert not gate.acquire_behind(0)
    gate.release()
    assert gate.acquire_behind(0)


def test_no_more_batches_than_places_are_begun() -> None:
    """Two places allow two batches; a third is rejected until one has ended."""
    gate = AdmissionGate(max_concurrent=2, max_queued=1, timeout=0)
    assert [gate.begin_batch() for _ in range(3)] == [True, True, False]
    gate.end_batch()
    assert gate.begin_batch()


def test_a_batch_with_a_question_at_fault_releases_its_place() -> None:
    """A blank question gets an error of its own, and leaves admission as open as before."""
    service = app(max_concurrent=1, max_queued=0)
    asked = {"questions": [{"question": "bell"}, {"question": "bell"}, {"question": "  "}]}
    for _ in range(3):
        first, _, blank = service.test_client().post("/v1/batch", json=asked).get_json()["answers"]
        assert "error" not in first
        assert blank["error"]["status"] == 422
    assert batch(service.test_client(), 3).status_code == 200
    assert service_of(service).gate.acquire()


def test_an_error_releases_its_place() -> None:
    """After errors of every kind the gate has as many free places as before."""
    service = app(max_concurrent=1, max_queued=0)
    service.config["PROPAGATE_EXCEPTIONS"] = False
    for path in ("/v1/query", "/nowhere", "/?q=", "/documents/x"):
        service.test_client().get(path)
    assert service_of(service).gate.acquire()


def test_health_is_answered_while_the_gate_is_full() -> None:
    """Over HTTP with the gate full, /livez and /readyz answer."""
    service = app(max_concurrent=1, max_queued=0)
    assert service_of(service).gate.acquire()
    with serving(service) as server:
        assert fetch(f"{server.url}/v1/query?q=quay")[0] == 503
        assert fetch(f"{server.url}/livez")[0] == fetch(f"{server.url}/readyz")[0] == 200
