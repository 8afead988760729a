"""The address that the page asks for suggestions: open as pages are, uncounted, and nowhere recorded."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest
from fake_searcher import StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from twelve_documents import SUGGESTIONS, shelf_of_twelve

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app
from pincite.service.web.results import MAX_TYPED, PAGE_SUGGESTIONS


def client_of(settings: Settings | None = None) -> FlaskClient:
    return create_app(FixedSource(StubSearcher(shelf_of_twelve())), settings or Settings()).test_client()


def suggested(client: FlaskClient, typed: str, **more: str) -> list[str]:
    questions: list[str] = client.post("/suggestions", data={"q": typed, **more}).get_json()
    return questions


def test_the_page_is_suggested_what_the_endpoint_suggests() -> None:
    """The same questions in the same order, six at most; none for what is longer than any of them."""
    client = client_of()
    found = client.get("/v1/suggest?prefix=s").get_json()["suggestions"]
    assert len(found) == PAGE_SUGGESTIONS + 1
    assert suggested(client, "s") == [s["question"] for s in found][:PAGE_SUGGESTIONS]
    assert suggested(client, "s " * MAX_TYPED) == []


def test_suggestions_come_from_the_chosen_documents() -> None:
    """A question that only another document answers is not suggested."""
    dog, _, swim = (s.question for s in SUGGESTIONS[:3])
    assert suggested(client_of(), "o") != [swim]
    assert suggested(client_of(), "o", documents="pool-faq") == [swim]
    assert suggested(client_of(), "dog") == [dog]


def test_pages_are_suggested_questions_whatever_keys_the_endpoints_want(tmp_path: Path) -> None:
    """The page's own address wants no key, like the page, where /v1/suggest wants one."""
    (tmp_path / "keys").write_text(hashlib.sha256(b"secret").hexdigest())
    client = client_of(Settings(api_keys_file=str(tmp_path / "keys")))
    assert client.get("/v1/suggest?prefix=dog").status_code == 401
    assert suggested(client, "dog") == ["Can I bring my dog?"]


def test_typing_takes_no_quota() -> None:
    """Any number of suggestions leaves all of the quota for the question itself."""
    client = client_of(Settings(requests_per_minute=1))
    assert all(suggested(client, "dog") for _ in range(5))
    assert client.get("/?q=dog").status_code == 200
    assert client.get("/?q=dog").status_code == 429


def test_what_is_typed_is_recorded_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """The words are in no line of the log and in no cache, and are refused in an address, which others might log."""
    client = client_of()
    with caplog.at_level(logging.DEBUG):
        response = client.post("/suggestions", data={"q": "embarrassing dog"})
        assert client.get("/suggestions?q=embarrassing").status_code == 405
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    lines = [f"{record.getMessage()} {getattr(record, 'fields', '')}" for record in caplog.records]
    assert any("/suggestions" in line for line in lines)
    assert not any("embarrassing" in line for line in lines)


def test_nothing_is_suggested_without_an_index() -> None:
    """While no index is open the page gets a problem, and no suggestions."""
    response = create_app(FixedSource(), Settings()).test_client().post("/suggestions", data={"q": "dog"})
    assert response.status_code == 503


def test_the_about_page_says_that_typing_is_sent() -> None:
    """The words on privacy name what leaves the browser before a question is asked."""
    assert "While you type a question" in client_of().get("/about").text
