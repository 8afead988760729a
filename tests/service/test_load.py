"""Load and abuse, in short: the long forms are `python tools/load.py NAME`. Each check is shown to notice its fault."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from browser import serving
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Answer
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


@pytest.fixture(scope="module")
def url(searcher: Searcher) -> Iterator[str]:
    with serving(create_app(searcher, Settings()), count=32) as server:
        yield server.url


def crowd(threads: int, **gate: int) -> dict[str, Any]:
    app = create_app(CostlySearcher(), Settings(**gate))
    with serving(app, count=threads) as server:
        return load.overload(server.url, (8, 64), 3)


def test_a_crowd_is_answered_or_told_to_come_back() -> None:
    """With 64 clients on a service that one at a time keeps busy: 200 or a quick 503, and /livez at once."""
    assert load.faults(crowd(32, max_concurrent=1, max_queued=4)) == []


def test_without_the_gate_the_crowd_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with no gate to speak of, few threads, and health in its turn: it is starved, and the check says so."""
    monkeypatch.setattr(serving_loop, "HEALTH", ())
    broken = load.faults(crowd(4, max_concurrent=500, max_queued=500))
    assert any("live" in fault for fault in broken), broken


def test_slow_clients_starve_nobody(url: str) -> None:
    """300 dripping headers, then 64 dripping bodies: /livez stays at once."""
    assert load.faults(load.slow(url, seconds=2)) == []


def test_mutated_requests_are_refused_or_answered(url: str) -> None:
    """1,000 mutations of raw requests: no 5xx, no hang."""
    found = load.mutations(url, 1000, seed=2)
    assert load.faults(found) == []
    assert found["statuses"]["400"] > 100


def test_hostile_questions_are_questions(url: str) -> None:
    """500 questions that no one would ask: 200 or 422."""
    found = load.hostile(url, 500, seed=3)
    assert set(found["statuses"]) == {"200", "422"}


def test_a_fault_of_ours_would_be_noticed() -> None:
    """With a searcher that fails, both checks turn red."""

    class Broken(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
            raise RuntimeError

    with serving(create_app(Broken(Shelf((TIDES,))), Settings())) as server:
        assert "status 500" in load.faults(load.hostile(server.url, 20))
        assert "status 500" in load.faults(load.mutations(server.url, 60))


def test_reloads_lose_and_mix_nothing() -> None:
    """600 requests over 8 connections with 3 reloads: all answered, none from two indexes."""
    found = load.reload(600, 3, 8)
    assert (found["statuses"], found["mixed"], found["reloads"]) == ({"200": found["requests"]}, 0, 3)


def test_a_mixed_answer_would_be_noticed() -> None:
    """Words of two generations in one answer are what the check looks for."""
    hits = [{"text": "generation one"}, {"text": "generation two"}]
    assert load.whole(f'{{"index": "x", "hits": {str(hits).replace(chr(39), chr(34))}}}'.encode())


def test_a_stop_answers_all_that_are_in_flight() -> None:
    """Stopped with 16 requests in flight: 16 answers, and nothing is left running."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    class Slow(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
            begun.release()
            assert go_on.wait(20)
            return super().ask(question, k, verbatim)

    asked: list[load.Seen] = []
    with serving(create_app(Slow(Shelf((TIDES,))), Settings(max_concurrent=16)), count=24) as server:
        threads = [
            threading.Thread(
                target=lambda: asked.append(
                    load.clients(server.url, 1, lambda n: "/v1/query?q=bell", lambda s: bool(s.statuses), load.fine)
                )
            )
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        assert all(begun.acquire(timeout=20) for _ in range(16))
        server.stop()
        go_on.set()
        for thread in threads:
            thread.join()
    assert [dict(seen.statuses) for seen in asked] == [{200: 1}] * 16
