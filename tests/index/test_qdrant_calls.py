"""Calls to a server that refuses, waits, drips, cuts and answers garbage, over HTTP on loopback."""

from __future__ import annotations

import logging
import ssl
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import fake_qdrant
import numpy as np
import pytest
from fake_qdrant import FakeQdrant, Fault, status
from web_server import self_signed

from pincite.index.errors import PinciteError, SettingError, StoreError, StoreUnavailableError
from pincite.index.store.qdrant import calls
from pincite.index.store.qdrant.client_engine import ClientEngine, open_server
from pincite.index.store.qdrant.engine import CollectionSpec, Point, Where
from pincite.index.store.qdrant.failures import explain
from pincite.index.store.qdrant.server import ServerSettings

NAME = "tides"
SPEC = CollectionSpec(4, ("document",))
POINTS = [
    Point(
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"tides/{number}")),
        {"document": "tides", "number": number, "revision": "1"},
        np.eye(4, dtype=np.float32)[number],
        {7: 1.0, number: 0.5},
    )
    for number in range(3)
]
IDS = [point.id for point in POINTS]
ALL = Where(equal={"document": "tides"})
READS: Mapping[str, Callable[[ClientEngine], Any]] = {
    "exists": lambda engine: engine.exists(NAME),
    "collections": lambda engine: engine.collections(),
    "nearest": lambda engine: engine.nearest(NAME, np.eye(4, dtype=np.float32)[0], 1, None, "graph"),
    "matching": lambda engine: engine.matching(NAME, {0: 1.0}, 1, ALL),
    "retrieve": lambda engine: engine.retrieve(NAME, IDS[:1], ["number"], with_vector=True),
    "scroll": lambda engine: engine.scroll(NAME, ALL, ["number"], 2, None),
    "count": lambda engine: engine.count(NAME, ALL),
}
# how a server fails, how often it is asked, the error, and how that begins
Failing = tuple[Fault, int, type[StoreError], str]
FAULTS: Mapping[str, Failing] = {
    "no reply": (fake_qdrant.close_after_request, 3, StoreUnavailableError, "cannot be reached"),
    "half a body": (fake_qdrant.close_in_body, 3, StoreUnavailableError, "cannot be reached"),
    "503": (status(503), 3, StoreUnavailableError, "answers 503"),
    "401": (status(401), 1, StoreError, "refuses the key (401)"),
    "page": (fake_qdrant.page, 1, StoreError, "answers what is no reply of Qdrant"),
    "other JSON": (fake_qdrant.other_json, 1, StoreError, "answers what is no reply of Qdrant"),
    "array": (fake_qdrant.array_json, 1, StoreError, "answers what is no reply of Qdrant"),
    "half the JSON": (fake_qdrant.truncated_json, 1, StoreError, "answers what is no reply of Qdrant"),
}
FURTHER_FAULTS: Mapping[str, Failing] = {
    "500": (status(500), 3, StoreUnavailableError, "answers 500"),
    "429": (status(429), 3, StoreUnavailableError, "answers 429"),
    "429 for a minute": (status(429, Retry_After="60"), 1, StoreUnavailableError, "answers 429"),
    "429 until a date": (status(429, Retry_After="Fri, 27 Nov"), 3, StoreUnavailableError, "answers 429"),
    "403": (status(403), 1, StoreError, "refuses the key (403)"),
    "404": (status(404), 1, StoreError, "has no such collection"),
    "400": (status(400), 1, StoreError, "answers 400"),
    "redirect": (status(302, Location="http://192.0.2.1/"), 1, StoreError, "answers 302"),
    "broken gzip": (fake_qdrant.broken_gzip, 1, StoreError, "answers what is no reply of Qdrant"),
}
SLOW = {
    "silence": fake_qdrant.wait_for_ever,
    "dripping body": fake_qdrant.drip,
    "dripping header": fake_qdrant.drip_headers,
}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeQdrant]:
    """A server with three points."""
    with fake_qdrant.serving() as fake, opened(fake) as engine:
        engine.create(NAME, SPEC)
        engine.upsert(NAME, POINTS)
        yield fake


@pytest.fixture(scope="module")
def engine(server: FakeQdrant) -> Iterator[ClientEngine]:
    """An engine that lives through all faults."""
    with opened(server) as one:
        yield one


@pytest.fixture(autouse=True)
def healthy(server: FakeQdrant, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No fault before and after each test, and short pauses between attempts."""
    monkeypatch.setattr(calls, "FIRST_PAUSE", 0.001)
    server.fail(None)
    yield
    server.fail(None)


def opened(server: FakeQdrant, seconds: float = 30.0, **given: Any) -> closing[ClientEngine]:
    return closing(open_server(ServerSettings(server.url, seconds=seconds, **given)))


def failure_of(call: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as raised:
        call()
    return raised.value


@pytest.mark.parametrize("failing", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_reply_that_is_of_no_use_is_an_error_until_the_fault_is_over(
    server: FakeQdrant, engine: ClientEngine, read: Callable[[ClientEngine], Any], failing: Failing
) -> None:
    """The error names the address, is tried again where that may help, and the same engine reads on after it."""
    fault, attempts, kind, problem = failing
    expected = read(engine)
    server.fail(fault)
    error = failure_of(lambda: read(engine))
    assert (type(error), error.place, len(server.requests)) == (kind, server.url, attempts)
    assert error.problem.startswith(problem)
    assert error.remedy
    server.fail(None)
    assert read(engine) == expected


@pytest.mark.parametrize("failing", FURTHER_FAULTS.values(), ids=FURTHER_FAULTS)
def test_a_status_says_whether_another_attempt_helps(
    server: FakeQdrant, engine: ClientEngine, failing: Failing
) -> None:
    """A server that is busy or broken is asked three times, unless it wants a longer pause; all others once."""
    test_a_reply_that_is_of_no_use_is_an_error_until_the_fault_is_over(server, engine, READS["retrieve"], failing)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
def test_a_call_ends_at_its_deadline(server: FakeQdrant, fault: Fault, read: Callable[[ClientEngine], Any]) -> None:
    """A server that never ends its reply is given up at the deadline, and not asked again."""
    server.fail(fault)
    with opened(server, seconds=0.05) as engine:
        error = failure_of(lambda: read(engine))
    assert (type(error), error.problem) == (StoreUnavailableError, "did not answer in time")
    assert len(server.requests) <= 1


def test_a_server_that_is_away_and_back_is_used_again() -> None:
    """A refused connection is an error, and the same engine reads once the server listens again."""
    with fake_qdrant.serving() as server, opened(server) as engine:
        engine.create(NAME, SPEC)
        server.stop()
        assert isinstance(failure_of(lambda: engine.exists(NAME)), StoreUnavailableError)
        server.start()
        assert engine.exists(NAME)


def test_a_host_without_an_address_cannot_be_reached() -> None:
    """A name that is not known is an error of the store, at that name."""
    with closing(open_server(ServerSettings("http://store.invalid"))) as engine:
        error = failure_of(lambda: engine.exists(NAME))
    assert (error.place, type(error)) == ("http://store.invalid:6333", StoreUnavailableError)


def test_a_resolver_that_hangs_holds_a_call_no_longer_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up of a name ends at the deadline, and hanging look-ups hold one thread."""
    hanging = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *given, **named: hanging.wait())
    with closing(open_server(ServerSettings("http://store.invalid", seconds=0.05))) as engine:
        before = own_threads()
        problems = {failure_of(lambda: engine.exists(NAME)).problem for _ in range(3)}
        after = own_threads()
        hanging.set()
    assert (problems, after) == ({"did not answer in time"}, before + 1)


@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
def test_fifty_time_outs_leave_no_thread_and_no_connection(server: FakeQdrant, fault: Fault) -> None:
    """Calls that were given up hold nothing, though the server still holds their requests."""
    server.fail(fault)
    with opened(server, seconds=0.01) as engine:
        failure_of(lambda: engine.exists(NAME))
        threads, connections = own_threads(), connections_to(server)
        for _ in range(50):
            failure_of(lambda: engine.exists(NAME))
        assert own_threads() == threads
        assert connections_to(server) <= connections


def test_calls_that_hang_hold_up_no_other(server: FakeQdrant) -> None:
    """While forty threads wait for one collection, another is read; all forty end at their deadline."""
    server.fail(fake_qdrant.wait_for_ever, lambda request: "flooded" in request)
    problems: list[str] = []
    with opened(server, seconds=1.0) as engine, opened(server) as patient:
        hang = [
            threading.Thread(target=lambda: problems.append(failure_of(lambda: engine.exists("flooded")).problem))
            for _ in range(40)
        ]
        for thread in hang:
            thread.start()
        assert patient.exists(NAME)
        for thread in hang:
            thread.join()
        server.fail(None)
        assert engine.exists("flooded") is False
    assert problems == ["did not answer in time"] * 40


def test_each_call_is_reported_with_its_success(server: FakeQdrant) -> None:
    """An observer gets the name of each call, its seconds and whether it succeeded, once for all attempts."""
    seen: list[tuple[str, bool]] = []

    def observe(name: str, seconds: float, is_success: bool) -> None:
        assert seconds > 0
        seen.append((name, is_success))

    with closing(open_server(ServerSettings(server.url, seconds=30.0), observe)) as engine:
        engine.count(NAME, ALL)
        server.fail(status(503))
        failure_of(lambda: engine.retrieve(NAME, IDS, []))
    assert seen == [("count", True), ("fetch", False)]


# -- writes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fake_qdrant.wait_for_ever, fake_qdrant.close_after_request], ids=["silence", "cut"])
def test_a_write_whose_reply_is_lost_is_done_again_and_changes_nothing_more(fault: Fault) -> None:
    """Each write is sent again after a lost reply, and the store holds the same as if it had been sent once."""

    def write(engine: ClientEngine) -> tuple[Any, ...]:
        engine.create(NAME, SPEC)
        engine.upsert(NAME, POINTS)
        engine.mark(NAME, IDS[:2], {"revision": "2"})
        engine.delete(NAME, Where(equal={"revision": "1"}))
        engine.create("old", SPEC)
        engine.point_aliases({"live": "old"})
        engine.point_aliases({"live": NAME})
        engine.drop("old")
        return engine.collections(), engine.count("live", ALL), engine.scroll(NAME, ALL, ["revision"], 9, None)

    lost: set[str] = set()

    def is_first(request: str) -> bool:
        is_new = not request.endswith(("exists", "scroll", "count", "GET /aliases", "GET /collections"))
        is_new = is_new and request not in lost
        lost.add(request)
        return is_new

    with fake_qdrant.serving() as sound, opened(sound) as engine:
        expected = write(engine)
    with fake_qdrant.serving() as losing, opened(losing, write_seconds=0.3) as engine:
        losing.fail(fault, is_first)
        assert write(engine) == expected
        assert losing.requests.count(f"PUT /collections/{NAME}/points?wait=true") >= 2


@pytest.mark.parametrize(("attempt_seconds", "are_alike"), [(60.0, True), (None, False)], ids=["write", "read"])
def test_each_attempt_of_a_write_has_a_deadline_of_its_own(attempt_seconds: float | None, are_alike: bool) -> None:
    """Three attempts that end at their deadline are all; those of a read share one."""
    left: list[float] = []

    def call() -> None:
        left.append(calls.seconds_left())
        time.sleep(0.01)
        raise TimeoutError

    runner = calls.Calls("http://store", 60.0, explain)
    error = failure_of(lambda: runner.run("upsert", call, attempt_seconds))
    assert (error.problem, len(left)) == ("did not answer in time", 3)
    assert (left[0] - left[2] < 0.02) is are_alike


# -- keys, addresses and certificates ---------------------------------------------------------------------------------

KEY = "sesame-1f7c"


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@pytest.mark.parametrize(
    "fault", [None, status(401), status(500), fake_qdrant.page, fake_qdrant.close_in_body, fake_qdrant.wait_for_ever]
)
def test_a_key_is_shown_nowhere(fault: Fault | None, caplog: pytest.LogCaptureFixture) -> None:
    """A key, right or wrong, is in no message, traceback, line of a log or printed object."""
    for name in ("", "httpx", "httpcore", "qdrant_client", "urllib3"):
        caplog.set_level(logging.DEBUG, name or None)
    shown: list[object] = []
    with fake_qdrant.serving(api_key=KEY) as server, opened(server, seconds=0.5, api_key=KEY) as engine:
        assert engine.exists(NAME) is False
        server.fail(fault)
        server.api_key = KEY if fault else "another"
        error = failure_of(lambda: engine.exists(NAME))
        shown += [error, repr(error), *traceback.format_exception(error), engine, vars(engine)]
    shown.append(ServerSettings(server.url, KEY))
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert KEY not in caplog.text + "".join(map(repr, shown)) + "".join(map(str, shown))


@pytest.mark.parametrize(
    "url", ["", "localhost:6333", "ftp://store.example", "http://", "http://store.example:port", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """An address without scheme or host, or with a port that is no number, is an error of the setting."""
    with pytest.raises(SettingError, match=r"PINCITE_STORE_URL: is no address of a server\n  remedy: write one"):
        ServerSettings(url)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    """An address with a user and a password is refused, in words that have neither."""
    with pytest.raises(SettingError) as raised:
        ServerSettings("https://harbour:pilot-77@store.example")
    assert "has a user name or a password in it" in raised.value.problem
    assert not {word for word in ("harbour", "pilot") if word in f"{raised.value!r} {raised.value}"}


def test_an_address_is_named_with_its_port() -> None:
    """Errors name the port that is used, whether the address does or not, and no path or query."""
    places = [ServerSettings(url).place for url in ("https://a.example/q?token=1", "http://[::1]:80", "http://b:1")]
    assert places == ["https://a.example:6333", "http://[::1]:80", "http://b:1"]


def test_a_certificate_is_trusted_by_a_file_alone(tmp_path: Path) -> None:
    """A certificate that signs itself is refused with the setting to trust it, before a key is sent."""
    certificate = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with fake_qdrant.serving(tls) as server:
        with opened(server, api_key=KEY) as engine:
            error = failure_of(lambda: engine.exists(NAME))
        assert (type(error), server.requests) == (StoreError, [])
        assert error.problem == "has a certificate that is not trusted (self-signed certificate)"
        assert "PINCITE_STORE_CA_FILE" in error.remedy
        with opened(server, api_key=KEY, ca_file=str(certificate)) as engine:
            assert engine.exists(NAME) is False


def test_a_server_without_tls_is_named_as_such(server: FakeQdrant) -> None:
    """An https address of a server that speaks http is an error that says so."""
    with closing(open_server(ServerSettings(server.url.replace("http", "https"), seconds=30.0))) as engine:
        error = failure_of(lambda: engine.exists(NAME))
    assert error.problem == "does not speak TLS, or ended it"


@pytest.mark.parametrize(("text", "problem"), [(None, "cannot be read"), ("Tide notes", "holds no certificate")])
def test_a_file_without_certificates_is_named(tmp_path: Path, text: str | None, problem: str) -> None:
    """A file of certificates that is not there, or is something else, is an error with its path."""
    path = tmp_path / "authority.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PinciteError) as raised:
        open_server(ServerSettings("https://store.example", ca_file=str(path)))
    assert raised.value.place == f"PINCITE_STORE_CA_FILE, {path}"
    assert raised.value.problem.startswith(problem)


def own_threads() -> int:
    """Count the threads of this process but those that serve a request."""
    return sum("process_request_thread" not in thread.name for thread in threading.enumerate())


def connections_to(server: FakeQdrant) -> int:
    """Count the established TCP connections to a server, as the kernel lists them."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(remote.endswith(port) and state == "01" for _, _, remote, state, *_ in lines)
