"""The server: the address it takes, what it refuses by itself, and how it stops."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser import serving
from fake_searcher import TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from raw_http import fetch, send
from waitress.channel import HTTPChannel

from pincite.index.errors import ServeError
from pincite.index.settings import Settings
from pincite.index.types import Answer
from pincite.service.guard.admission import AdmissionGate
from pincite.service.runtime.app import create_app
from pincite.service.runtime.server import Server, _LastInFirstOutThreads, threads_for

ROOT = Path(__file__).parents[2]


class SlowSearcher(StubSearcher):
    """Says when it has begun, and answers when it is let."""

    def __init__(self) -> None:
        super().__init__(Shelf((TIDES,)))
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: object = None) -> Answer:
        self.begun.set()
        assert self.go_on.wait(20)
        return super().ask(question, k)


class CountingSearcher(StubSearcher):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(Shelf((TIDES,)))
        self.asked = 0

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: object = None) -> Answer:
        self.asked += 1
        return super().ask(question, k)


@pytest.fixture
def stub() -> StubSearcher:
    return StubSearcher(Shelf((TIDES,)))


def test_a_port_that_is_taken_is_an_error_with_a_remedy(stub: StubSearcher) -> None:
    """The error names the address and the option that cures it, and leaves nothing open."""
    app = create_app(FixedSource(stub), Settings())
    with serving(app) as server, pytest.raises(ServeError, match="--port") as caught:
        Server(app, Settings(port=int(server.url.rsplit(":", 1)[1])))
    assert caught.value.place in server.url


def test_two_servers_share_a_port_and_no_third_may() -> None:
    """Connections are dealt out between them; a server that is not set to share is refused as before."""
    one, other = CountingSearcher(), CountingSearcher()
    with serving(create_app(FixedSource(one), Settings()), processes=2) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with serving(create_app(FixedSource(other), Settings()), port=port, processes=2, joining=True):
            for _ in range(200):
                assert fetch(f"{server.url}/v1/query?q=tides")[0] == 200
                if one.asked and other.asked:
                    break
            with pytest.raises(ServeError, match="another program has this port"):
                Server(create_app(FixedSource(one), Settings()), Settings(port=port, processes=2))
    assert one.asked
    assert other.asked


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 80])
def test_an_address_of_no_interface_is_an_error_with_a_remedy(stub: StubSearcher, host: str) -> None:
    """An address that is not this machine's, or not an address, is another error than a taken port."""
    with pytest.raises(ServeError, match="--host"):
        Server(create_app(FixedSource(stub), Settings()), Settings(host=host, port=0))


def test_a_letter_pasted_into_the_box_gets_a_page(stub: StubSearcher) -> None:
    """A question of 20,000 characters reaches the app, which says what the limit is."""
    with serving(create_app(FixedSource(stub), Settings())) as server:
        status, page = fetch(f"{server.url}/?q={'why+' * 5000}")
    assert status == 422
    assert "2,000 at most" in page


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        (b"GET /livez HTTP/1.1\r\nX: ".ljust(65_536, b"a"), b"431", "too-large"),
        (b"POST /v1/query HTTP/1.1\r\nContent-Length: 270000\r\n\r\n", b"413", "too-large"),
        (b"GET /livez\r\nHTTP/1.1\r\n\r\n", b"400", "bad-request"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"400", "bad-request"),
    ],
)
def test_what_never_reaches_the_app_is_refused_in_the_same_shape(
    stub: StubSearcher, request_: bytes, status: bytes, kind: str
) -> None:
    """Requests that are too large or not HTTP get a problem with the security headers, and no server name."""
    with serving(create_app(FixedSource(stub), Settings())) as server:
        head, _, body = send(server.url, request_).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"application/problem+json" in head
    assert b"default-src 'none'" in head
    assert b"waitress" not in head.lower()
    assert json.loads(body)["type"] == f"/problems/{kind}"
    assert json.loads(body)["status"] == int(status)


@pytest.mark.parametrize(
    ("head", "part", "remedy"),
    [
        (b"GET /?q=", "the address.", "POST /v1/query"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: ", "the header field Cookie.", "Shorten it"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nb<c>: ", "a header field.", "Shorten it"),
    ],
)
def test_a_header_that_is_too_large_is_named(stub: StubSearcher, head: bytes, part: str, remedy: str) -> None:
    """431 says what the limit is, which part of the request is the longest, and what to do."""
    with serving(create_app(FixedSource(stub), Settings())) as server:
        reply = send(server.url, head.ljust(65_536, b"a"))
    detail = json.loads(reply.partition(b"\r\n\r\n")[2])["detail"]
    assert reply.split()[1] == b"431"
    assert detail.startswith(f"The address and the header fields have 64 KiB at most; the longest is {part} ")
    assert remedy in detail


def test_a_stop_finishes_requests_in_flight_and_ends_readiness() -> None:
    """While a request is being answered after stop(), readiness is 503; the request still gets its answer."""
    searcher = SlowSearcher()
    answers: list[tuple[int, str]] = []
    with serving(create_app(FixedSource(searcher), Settings())) as server:
        asking = threading.Thread(target=lambda: answers.append(fetch(f"{server.url}/v1/query?q=bell")))
        asking.start()
        assert searcher.begun.wait(20)
        server.stop()
        assert any(fetch(f"{server.url}/readyz")[0] == 503 for _ in range(100))
        searcher.go_on.set()
        asking.join(timeout=20)
    assert answers[0][0] == 200
    with pytest.raises(urllib.error.URLError):
        fetch(f"{server.url}/livez")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_with_exit_code_0(number: signal.Signals) -> None:
    """serve() says its real address, answers there, and returns after SIGTERM or SIGINT."""
    program = """
from fake_searcher import *
from fixed_source import FixedSource
from pincite.service.runtime.app import create_app
from pincite.service.runtime.workers import WorkerProcesses
from pincite.service.runtime.server import serve
settings = Settings(port=0)
app = create_app(FixedSource(StubSearcher(Shelf((TIDES,)))), settings)
serve(app, OpenIndex(), settings, lambda line: print(line, flush=True), WorkerProcesses())
"""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}"}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        assert process.stderr
        url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
        assert fetch(f"{url}/livez")[0] == 200
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        last = json.loads(process.stderr.read().splitlines()[-1])
        assert re.fullmatch(r"stopped after \d+ s, with no request left in flight", last["message"])


def test_a_server_that_has_ended_may_be_stopped_again(stub: StubSearcher) -> None:
    """A signal that comes late finds nothing to wake, and no fault."""
    with serving(create_app(FixedSource(stub), Settings())) as server:
        assert fetch(f"{server.url}/livez")[0] == 200
    server.stop()


@pytest.mark.parametrize(("active", "queued", "threads"), [(2, 8, 32), (64, 8, 140), (2, 100, 108)])
def test_the_server_has_threads_beyond_the_gate(active: int, queued: int, threads: int) -> None:
    """However many may be at work and wait, threads are left to refuse the others and to say the health."""
    assert threads_for(Settings(max_concurrent=active, max_queued=queued)) == threads


def test_the_event_loop_does_not_poll_while_a_thread_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take Python's lock from that thread, hundreds of times an answer under load."""
    turns, many = itertools.count(), threading.Event()
    turn = Server._turn

    def counted(server: Server, seconds: float) -> None:
        if next(turns) > 100:
            many.set()
        turn(server, seconds)

    monkeypatch.setattr(Server, "_turn", counted)
    with serving(create_app(FixedSource(StubSearcher(Shelf((TIDES,)))), Settings())) as server:
        address = server.url.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1])), timeout=20) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            (channel,) = (c for c in server._open.values() if isinstance(c, HTTPChannel))
            with channel.outbuf_lock:  # as the thread of a request does that sends
                channel.total_outbufs_len += 1
                server._waitress.pull_trigger()
                assert not many.wait(0.5)
                channel.total_outbufs_len -= 1


def test_the_thread_that_answered_last_answers_next() -> None:
    """Not each in its turn: of all threads, a few answer forty questions that come one by one."""
    seen = set()

    class Searcher(StubSearcher):
        def ask(self, question: str, k: int = 5, verbatim: bool = False, within: object = None) -> Answer:
            seen.add(threading.get_ident())
            return super().ask(question, k)

    with serving(create_app(FixedSource(Searcher(Shelf((TIDES,)))), Settings())) as server:
        for _ in range(40):
            assert fetch(f"{server.url}/v1/query?q=tides")[0] == 200
    assert len(seen) <= 4


def test_many_connections_are_accepted_in_one_turn_of_the_loop(stub: StubSearcher) -> None:
    """One connection a turn, as waitress has it, would keep a newcomer behind a crowd waiting."""
    server = Server(create_app(FixedSource(stub), Settings()), Settings(port=0))
    address = server.url.removeprefix("http://").split(":")
    crowd = [socket.create_connection((address[0], int(address[1])), timeout=20) for _ in range(60)]
    server._turn(1.0)
    assert len([c for c in server._open.values() if isinstance(c, HTTPChannel)]) == len(crowd)
    for connection in crowd:
        connection.close()
    server.stop()
    server.run()


def test_health_requests_go_first() -> None:
    """Before all questions that no thread has begun; questions come in their turn."""
    threads = _LastInFirstOutThreads()
    tasks = {path: SimpleNamespace(requests=[SimpleNamespace(path=path)]) for path in ("/a", "/b", "/livez", "/c")}
    for task in tasks.values():
        threads.add_task(task)
    assert [task.requests[0].path for task in threads.queue] == ["/livez", "/a", "/b", "/c"]


def test_the_longest_waiting_request_is_admitted_next() -> None:
    """And nobody who comes just then takes it."""
    gate, entered = AdmissionGate(1, 2, 20.0), []

    def work(name: str) -> None:
        assert gate.acquire()
        entered.append(name)
        gate.release()

    assert gate.acquire()
    threads = []
    for waiting, name in enumerate(("first", "second"), start=1):
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        while gate.waiting < waiting:
            assert threads[-1].is_alive()
    gate.release()
    work("third")
    for thread in threads:
        thread.join()
    assert entered == ["first", "second", "third"]
    assert gate.waiting == gate.rejected == 0
