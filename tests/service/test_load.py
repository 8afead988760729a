"""Load and abuse, in short: the long forms are `python tools/load.py NAME`. Counts and order are held, never times."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from browser import serving
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import request

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Answer
from pincite.service.guard.admission import AdmissionGate
from pincite.service.guard.state import service_of
from pincite.service.runtime import server as serving_loop
from pincite.service.runtime.app import create_app
from tools import load

COST = 0.03  # seconds of a question in the stub below


class CostlySearcher(StubSearcher):
    """Answers one question at a time, each at the same cost: what a processor does, without using one up."""

    def __init__(self) -> None:
        super().__init__(Shelf((HANDBOOK, TIDES)))
        self._processor = threading.Lock()

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
        with self._processor:
            time.sleep(COST)  # the cost itself
        return super().ask(question, k, verbatim)


class HeldSearcher(StubSearcher):
    """Answers nothing before `go_on` is set, and keeps the questions in the order in which they came to it."""

    def __init__(self) -> None:
        super().__init__(Shelf((TIDES,)))
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.questions: list[str] = []

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
        self.questions.append(question)
        self.begun.release()
        assert self.go_on.wait(60)
        return super().ask(question, k, verbatim)


class Client(threading.Thread):
    """One request in a thread of its own; `status` is that of the reply."""

    def __init__(self, url: str, path: str) -> None:
        super().__init__()
        self._address = url, path
        self.start()

    def run(self) -> None:
        (self.status,) = load.fetch_once(*self._address).statuses


@pytest.fixture(scope="module")
def url(searcher: Searcher) -> Iterator[str]:
    with serving(create_app(FixedSource(searcher), Settings())) as server:
        yield server.url


def test_a_crowd_is_answered_or_refused() -> None:
    """Five of 64 clients may be in: each gets the answer to its own question or 503 with Retry-After."""
    app = create_app(FixedSource(CostlySearcher()), Settings(max_concurrent=1, max_queued=4))
    with serving(app) as server:
        result = load.overload(server.url, (8, 64), 40)
    assert load.faults(result) == []
    assert service_of(app).gate.rejected == sum(part["statuses"].get("503", 0) for part in result.values()) > 0


def test_an_answer_to_another_question_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If every client gets the same answer, all but one of them report it."""
    ask = CostlySearcher.ask
    monkeypatch.setattr(CostlySearcher, "ask", lambda self, question, *k: ask(self, question.replace("1", "0"), *k))
    with serving(create_app(FixedSource(CostlySearcher()), Settings())) as server:
        result = load.overload(server.url, (2,), 4)
    assert any("1 was answered 'Client 0 asks" in fault for fault in load.faults(result))


def test_a_refusal_without_a_time_to_come_back_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry-After: 0 sends the crowd straight back, and is a fault."""
    monkeypatch.setattr(AdmissionGate, "retry_after", lambda gate: 0)
    app = create_app(FixedSource(CostlySearcher()), Settings(max_concurrent=1, max_queued=0))
    with serving(app) as server:
        result = load.overload(server.url, (8,), 4)
    assert any("Retry-After '0'" in fault for fault in load.faults(result))


def test_the_waiting_are_answered_in_the_order_they_came() -> None:
    """One is at work, four wait in line, the sixth is refused: the five are answered first come, first served."""
    searcher = HeldSearcher()
    app = create_app(FixedSource(searcher), Settings(max_concurrent=1, max_queued=4))
    with serving(app) as server:
        clients = [Client(server.url, "/v1/query?q=bell+0")]
        assert searcher.begun.acquire(timeout=20)
        for number in range(1, 5):
            clients.append(Client(server.url, f"/v1/query?q=bell+{number}"))
            while service_of(app).gate.waiting < number:
                assert clients[-1].is_alive()
        (refused,) = load.fetch_once(server.url, "/v1/query?q=bell+5").statuses
        searcher.go_on.set()
        for client in clients:
            client.join()
    assert refused == 503
    assert [client.status for client in clients] == [200] * 5
    assert searcher.questions == [f"bell {number}" for number in range(5)]


def served_in_order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ask two questions of one held thread, and then for the health. Returns the paths as answered."""
    monkeypatch.setattr(serving_loop, "threads_for", lambda settings: 1)
    searcher = HeldSearcher()
    app = create_app(FixedSource(searcher), Settings())
    answered: list[str] = []
    with serving(app) as server:
        queue = server._waitress.task_dispatcher.queue
        app.before_request(lambda: answered.append(request.path))
        clients = [Client(server.url, "/v1/query?q=bell")]
        assert searcher.begun.acquire(timeout=20)
        for waiting, path in enumerate(("/v1/query?q=bell", "/v1/query?q=bell", "/livez"), start=1):
            clients.append(Client(server.url, path))
            while len(queue) < waiting:
                assert clients[-1].is_alive()
        searcher.go_on.set()
        for client in clients:
            client.join()
    return answered


def test_health_goes_before_the_questions_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """/livez that came last is answered next."""
    assert served_in_order(monkeypatch) == ["/v1/query", "/livez", "/v1/query", "/v1/query"]


def test_health_in_its_turn_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its precedence /livez is answered last."""
    monkeypatch.setattr(serving_loop, "HEALTH_PATHS", ())
    assert served_in_order(monkeypatch)[-1] == "/livez"


def test_slow_clients_starve_nobody(url: str) -> None:
    """While 300 headers drip, then 64 bodies, /livez answers ten times."""
    assert load.faults(load.slow(url, probes=10)) == []


def test_mutated_requests_are_refused_or_answered(url: str) -> None:
    """1,000 mutations of raw requests: no 5xx, no hang."""
    result = load.mutations(url, 1000, seed=2)
    assert load.faults(result) == []
    assert result["statuses"]["400"] > 100


def test_hostile_questions_are_questions(url: str) -> None:
    """500 questions that no one would ask: 200 or 422."""
    assert set(load.hostile(url, 500, seed=3)["statuses"]) == {"200", "422"}


def test_a_fault_of_ours_would_be_noticed() -> None:
    """With a searcher that fails, all checks turn red."""

    class Broken(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
            raise RuntimeError

    with serving(create_app(FixedSource(Broken(Shelf((TIDES,)))), Settings())) as server:
        assert "all: status 500" in load.faults(load.hostile(server.url, 20))
        assert "all: status 500" in load.faults(load.mutations(server.url, 60))
        assert {"2: status 500", "2: 4 missing answers"} <= set(load.faults(load.overload(server.url, (2,), 4, 0.1)))


def test_times_are_no_faults() -> None:
    """Whatever is slow is listed as late, and fails nothing."""
    health = {"statuses": {"200": 9}, "worst s": 9.0}
    part = {"statuses": {"200": 9, "503": 9}, "answers a second": 1.0, "503 p99 s": 9.0, "health": health}
    result = {"8": {**part, "answers a second": 2.0}, "64": part}
    assert load.faults(result) == []
    assert load.late(result) == [
        "8 health: 9.0 s",
        "64 clients: 50% of the goodput",
        "64 clients: 503 after 9.0 s",
        "64 health: 9.0 s",
    ]


def test_reloads_lose_and_mix_nothing() -> None:
    """600 requests over 8 connections with 3 reloads: all answered, none from two indexes."""
    result = load.reload(600, 3, 8)
    assert (result["statuses"], result["wrong"], result["reloads"]) == ({"200": result["requests"]}, [], 3)


def test_a_mixed_answer_would_be_noticed() -> None:
    """Words of two generations in one answer are what the check looks for."""
    body = b'{"index": "x", "hits": [{"text": "generation one"}, {"text": "generation two"}]}'
    assert load.mixed_indexes(0, body) == "x: ['generation one', 'generation two']"


def test_a_stop_answers_all_that_are_in_flight() -> None:
    """Stopped with 16 requests in flight: 16 answers, and nothing is left running."""
    searcher = HeldSearcher()
    with serving(create_app(FixedSource(searcher), Settings(max_concurrent=16))) as server:
        clients = [Client(server.url, "/v1/query?q=bell") for _ in range(16)]
        assert all(searcher.begun.acquire(timeout=20) for _ in range(16))
        server.stop()
        searcher.go_on.set()
        for client in clients:
            client.join()
    assert [client.status for client in clients] == [200] * 16
