"""The service over a store that fails: 503 while it does, the same answers before and after, and never a mixture."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import fake_qdrant
import pytest
from fake_qdrant import FakeQdrant, Fault, changed, lose_payload, lose_point, status
from flask.testing import FlaskClient
from prometheus_client import generate_latest

from pincite.index.bundle import Bundle
from pincite.index.errors import StoreError
from pincite.index.searcher import Searcher, open_searcher
from pincite.index.settings import Settings
from pincite.index.store.connect import connect
from pincite.index.store.qdrant import calls
from pincite.index.store.qdrant.qdrant_store import QdrantStore
from pincite.index.store.revision import fingerprint_of
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.stores.bundle_passages import BundlePassages
from pincite.ingestion.stores.companion import publish_companion
from pincite.ingestion.stores.copy_index import copy_to_store, store_facts
from pincite.ingestion.stores.write_bundle import write_bundle
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app
from pincite.service.runtime.index_reloader import IndexReloader

pytestmark = pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")

QUESTIONS = [
    "how many days of leave are there",
    "is a sabbatical paid",
    "what do I tell the tower",
    "when does the bell ring",
    "who repairs the crane",
    "ladder on the east wal",
]
FAULTS: dict[str, Fault] = {
    "silence": fake_qdrant.wait_for_ever,
    "no reply": fake_qdrant.close_after_request,
    "503": status(503),
    "401": status(401),
    "page": fake_qdrant.page,
    "half the JSON": fake_qdrant.truncated_json,
    "a point less": changed(lose_point),
    "a payload less": changed(lose_payload),
}
KEY = "sesame-1f7c"
ENDING_AT = calls._ending_at


@pytest.fixture(scope="module")
def tides(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    """An index of the tide notes alone."""
    with Publisher(tmp_path_factory.mktemp("tides"), 1) as publisher:
        staging = publisher.stage()
        folder = publisher.publish(staging, write_bundle(staging, bundle, [BundlePassages(bundle).read("tides")]))
    with closing(Bundle(folder, False)) as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[FakeQdrant]:
    """A store, which takes a key."""
    with fake_qdrant.serving(api_key=KEY) as fake:
        yield fake


@pytest.fixture(scope="module")
def settings(server: FakeQdrant, index: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service over that store, with a companion of the index; it keeps no answer for later."""
    root = tmp_path_factory.mktemp("served")
    publish_companion(index, root / "index", 2)
    (root / "key").write_text(f"{KEY}\n")
    return Settings(
        index=str(root / "index"),
        answer_cache=0,
        store_url=server.url,
        store_key_file=str(root / "key"),
        store_seconds=60,
    )


@pytest.fixture(scope="module")
def live(settings: Settings, bundle: Bundle) -> IndexReloader:
    """The source of the service, opened once for all tests."""
    copy(settings, bundle)
    reloader = IndexReloader(settings)
    reloader.open()
    return reloader


@pytest.fixture
def client(live: IndexReloader, server: FakeQdrant, settings: Settings) -> Iterator[FlaskClient]:
    """A client of the service, over a store that is well."""
    server.fail(None)
    live.refresh()
    yield create_app(live, settings).test_client()
    server.fail(None)


def copy(settings: Settings, bundle: Bundle) -> None:
    """Let the store hold the documents of an index."""
    with closing(connect(settings)) as engine:
        make = partial(store_facts, bundle)
        copy_to_store(bundle, QdrantStore.open_or_create(engine, "pincite", fingerprint_of(bundle.manifest), make))


def delete_document(settings: Settings, bundle: Bundle, document_id: str) -> None:
    """Let the store hold one document less."""
    with closing(connect(settings)) as engine:
        store = QdrantStore(engine, "pincite", fingerprint_of(bundle.manifest))
        store.delete_document(document_id)
        store.commit()


def asked(client: FlaskClient, question: str) -> dict[str, Any]:
    reply = client.get("/v1/query", query_string={"q": question, "k": 3})
    assert reply.status_code == 200, reply.get_json()
    return {key: value for key, value in reply.get_json().items() if key != "took_ms"}


def test_answers_are_those_of_the_files(client: FlaskClient, index: Path) -> None:
    """A store gives the very JSON that the index's own files give, index id included."""
    local = IndexReloader(Settings(index=str(index)))
    local.open()
    other_client = create_app(local, Settings()).test_client()
    for question in QUESTIONS:
        assert asked(client, question) == asked(other_client, question)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_a_503_that_says_when_to_ask_again_and_passes(
    client: FlaskClient,
    server: FakeQdrant,
    live: IndexReloader,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program gets a problem and a reader a page, neither with an answer; the same searcher answers after it."""
    caplog.set_level(logging.DEBUG)
    before, searcher = asked(client, QUESTIONS[1]), live.current()
    server.fail(fault)
    with monkeypatch.context() as patch:
        if fault is fake_qdrant.wait_for_ever:
            patch.setattr(calls, "_ending_at", lambda moment: ENDING_AT(time.monotonic() + 0.1))
        problem = client.get("/v1/query", query_string={"q": QUESTIONS[1]})
        page = client.get("/", query_string={"q": QUESTIONS[1]}, headers={"Accept": "text/html"})
    assert (problem.status_code, problem.mimetype) == (503, "application/problem+json")
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert problem.headers["Retry-After"] == page.headers["Retry-After"] == "5"
    assert problem.get_json()["type"] == "/problems/not-ready"
    assert "sabbatical of three months" not in problem.text + page.text
    assert KEY not in caplog.text + problem.text + page.text
    server.fail(None)
    assert client.get("/readyz").status_code == 200  # one reply is not the end of the index
    assert asked(client, QUESTIONS[1]) == before
    assert live.current() is searcher


def test_a_store_that_is_away_makes_the_service_unready_and_not_dead(
    client: FlaskClient, server: FakeQdrant, live: IndexReloader
) -> None:
    """While no connection is taken, /readyz is 503 and /livez 200; the next look after it is back finds it so."""
    server.stop()
    live.refresh()
    away = client.get("/readyz")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    assert away.get_json()["detail"] == "The store of the passages cannot be reached, or ended the connection."
    assert client.get("/livez").status_code == 200
    server.start()
    live.refresh()
    assert client.get("/readyz").status_code == 200


def test_a_key_that_is_changed_is_read_again(
    client: FlaskClient, server: FakeQdrant, live: IndexReloader, settings: Settings
) -> None:
    """A key that is refused makes the service unready, until its file holds the one that is taken."""
    server.api_key = "poppy-2a90"
    live.refresh()
    assert "refuses the key (401)" in client.get("/readyz").get_json()["detail"]
    Path(settings.store_key_file).write_text("poppy-2a90\n")
    for _ in range(3):
        live.refresh()
    assert asked(client, QUESTIONS[1])["hits"]


def test_calls_are_counted_with_their_outcome(client: FlaskClient, server: FakeQdrant) -> None:
    """The metrics have the time of each call to the store by its name, apart for those that failed."""
    asked(client, QUESTIONS[2])
    server.fail(status(503))
    client.get("/v1/query", query_string={"q": QUESTIONS[2]})
    text = generate_latest(service_of(client.application).metrics.registry).decode()
    for call, outcome in (("dense", "success"), ("fetch", "success"), ("dense", "failure")):
        assert f'pincite_store_call_seconds_count{{call="{call}",outcome="{outcome}"}}' in text


def test_a_commit_while_a_question_is_answered_never_mixes_two_indexes(
    server: FakeQdrant, settings: Settings, bundle: Bundle
) -> None:
    """Before whichever call of an answer a commit falls, there is no answer, but an error of the store."""
    quick = replace(settings, cross_encoder=0)
    searcher = _opened(quick, bundle, server)
    answer = searcher.ask(QUESTIONS[1], 3)
    asked_of_store = [request for request in server.requests if "/points" in request]
    assert answer.hits[0].passage.document == "leave"
    for number in range(0, len(asked_of_store), 2):
        searcher = _opened(quick, bundle, server)
        server.fail(None, _at(number, lambda: delete_document(quick, bundle, "leave")))
        with pytest.raises(StoreError):
            searcher.ask(QUESTIONS[1], 3)
    copy(quick, bundle)


def test_an_update_is_served_once_its_index_is_there(
    client: FlaskClient, live: IndexReloader, settings: Settings, tides: Bundle
) -> None:
    """After a commit there is no answer until the index of the new documents is published, and then theirs."""
    copy(settings, tides)
    assert client.get("/v1/query", query_string={"q": "when does the bell ring"}).status_code == 503
    live.refresh()
    assert "holds other documents" in client.get("/readyz").get_json()["detail"]
    publish_companion(tides.folder, Path(settings.index), 2)
    live.refresh()
    answer = asked(client, "when does the bell ring")
    assert (answer["index"], answer["hits"][0]["citation"]["document"]) == (tides.id, "tides")


def _opened(settings: Settings, bundle: Bundle, server: FakeQdrant) -> Searcher:
    """Open a searcher over a store that holds the documents of a bundle, and forget the requests till then."""
    server.fail(None)
    copy(settings, bundle)
    searcher = open_searcher(settings)
    server.requests.clear()
    return searcher


def _at(number: int, act: Callable[[], None]) -> Callable[[str], bool]:
    """Return a condition that no request meets, which acts before the request of a number is answered, from 0 on."""
    numbers = count()

    def acts(request: str) -> bool:
        if next(numbers) == number:
            act()
        return False

    return acts
