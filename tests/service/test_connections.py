"""Bounds of one client: a connection and bounded memory, and no thread."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import serving
from fake_searcher import TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Response

from pincite.index.settings import Settings
from pincite.service.guard.rate_limit import client_of
from pincite.service.runtime import connections
from pincite.service.runtime import server as server_module
from pincite.service.runtime.app import create_app
from pincite.service.runtime.connections import Channel, close_overdue, give_way
from pincite.service.runtime.server import WAITRESS_SETTINGS, Server
from tools import load

PAGE = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"
STYLE = b"GET /static/style.css HTTP/1.1\r\nHost: here\r\n\r\n"


def greedy(url: str, data: bytes) -> socket.socket:
    """Open a connection that sends all of `data` and has room for next to nothing that comes back."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    made.settimeout(20)
    address = urlsplit(url)
    made.connect((address.hostname, address.port))
    made.sendall(data)
    return made


@contextmanager
def service(**settings: int) -> Iterator[Server]:
    app = create_app(FixedSource(StubSearcher(Shelf((TIDES,)))), Settings())
    app.add_url_rule("/large", "large", lambda: Response([b"x" * 1_000_000] * 40))
    app.add_url_rule("/page", "page", lambda: Response(b"x" * 1_000_000))
    with serving(app, **settings) as server:
        yield server


def channels(server: Server) -> list[Channel]:
    return list(server._waitress.active_channels.values())


def live(server: Server) -> int:
    (status,) = load.fetch_once(server.url, "/livez").statuses
    return int(status)


def ended(client: socket.socket) -> bool:
    """Return whether the server has closed a connection, with or without bytes of ours that it had not read."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def until(server: Server, condition: Any) -> None:
    """Ask for /livez until `condition` holds: each reply shows that the server's loop has turned."""
    for _ in range(400):
        if condition():
            return
        assert live(server) == 200
    pytest.fail("the condition never held")


def test_pipelined_requests_are_read_one_by_one() -> None:
    """Forty requests in one send are parsed and answered one at a time, and all get their reply in order."""
    count, large = 40, 1_000_000
    with service() as server, greedy(server.url, PAGE * count) as client:
        full = large // 2  # more than a reply of /livez that is on its way
        until(server, lambda: any(c.total_outbufs_len > full and not c.requests for c in channels(server)))
        (stuck,) = (c for c in channels(server) if c.total_outbufs_len > full)
        assert stuck.total_outbufs_len <= large + 1000
        assert len(stuck.unparsed) > 20 * len(PAGE)
        replies = client.makefile("rb")
        for _ in range(count):
            assert replies.readline() == b"HTTP/1.1 200 OK\r\n"
            while replies.readline() != b"\r\n":
                pass
            assert len(replies.read(large)) == large


def test_unread_static_files_take_no_descriptors() -> None:
    """Five connections with 150 requests each take five descriptors."""
    with service() as server:
        assert live(server) == 200
        before = len(os.listdir("/proc/self/fd"))
        greedies = [greedy(server.url, STYLE * 150) for _ in range(5)]
        until(server, lambda: sum(c.total_outbufs_len > 0 for c in channels(server)) == 5)
        assert len(os.listdir("/proc/self/fd")) - before <= 2 * len(greedies) + 2  # both ends are here, and /livez
        for each in greedies:
            each.close()


def test_no_thread_waits_for_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one thread and a reply of 40 MB unread, the next client is answered."""
    monkeypatch.setattr(server_module, "threads_for", lambda _: 1)
    with service() as server, greedy(server.url, b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n"):
        until(server, lambda: sum(c.total_outbufs_len for c in channels(server)) > 30_000_000)
        assert live(server) == 200
    assert WAITRESS_SETTINGS["outbuf_overflow"] > 1 << 30  # none of it goes to a file


def test_slow_connections_are_closed_for_new_ones() -> None:
    """One address with more half requests than it may have: the oldest are closed, and newcomers are answered."""
    with service(max_connections=5) as server:
        drips = [greedy(server.url, b"GET / HTTP/1.1\r\nX: ") for _ in range(20)]
        until(server, lambda: len(channels(server)) <= 5)
        assert ended(drips[0])
        for each in drips:
            each.close()


def connection(**given: Any) -> Any:
    """Stand for a channel with nothing going on."""
    idle = {"client": "a", "will_close": False, "requests": [], "request": None, "total_outbufs_len": 0}
    found = SimpleNamespace(**{**idle, "since": 0.0, "progress": 0.0, **given})
    found.at_work, found.reading = bool(found.requests), found.request is not None
    found.overdue = lambda now: Channel.overdue(found, now)
    return found


@pytest.mark.parametrize(
    ("given", "seconds", "overdue"),
    [
        ({}, 9, False),
        ({}, 11, True),
        ({"requests": ["one"]}, 600, False),
        ({"request": "half", "progress": 14}, 14, False),
        ({"request": "half", "progress": 16}, 16, True),
        ({"total_outbufs_len": 5, "progress": 600}, 605, False),
        ({"total_outbufs_len": 5, "requests": ["one"]}, 11, True),
    ],
)
def test_deadlines_bound_whole_requests_and_stalled_replies(
    given: dict[str, Any], seconds: float, overdue: bool
) -> None:
    """A dripped request has 15 seconds in all, silence 10, an unread reply 10 whatever else waits; work has none."""
    found = connection(**given)
    close_overdue([found], seconds)
    assert found.will_close is overdue


def test_too_many_unsent_bytes_close_the_longest_stalled_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 100 bytes and three replies of 40, the one that stands still longest goes."""
    monkeypatch.setattr(connections, "MAX_UNSENT", 100)
    three = [connection(total_outbufs_len=40, progress=progress) for progress in (3.0, 1.0, 2.0)]
    close_overdue(three, 4.0)
    assert [c.will_close for c in three] == [False, True, False]


def test_the_idlest_connection_is_closed_and_never_one_at_work() -> None:
    """An idle connection of an address goes before one with an unread reply; if all are at work, the newcomer."""
    idle, unread = connection(since=2.0), connection(since=1.0, total_outbufs_len=9)
    work, other, new = connection(requests=["one"]), connection(client="b"), connection()
    for first in (idle, unread, new):
        give_way([idle, unread, work, other, new], new, per_client=sum(not c.will_close for c in (idle, unread, work)))
        assert first.will_close
    assert not work.will_close
    assert not other.will_close


def test_all_addresses_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the idlest connection of all addresses gives way."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    many = [connection(client=str(n), since=float(n)) for n in range(3)]
    give_way(many, many[2], per_client=0)
    assert [c.will_close for c in many] == [True, False, False]


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_an_address_or_of_ipv6_a_64(address: str, client: str) -> None:
    """One /64 is one customer's; IPv4 in IPv6 stays what it is."""
    assert client_of(address) == client


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /livez HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", b"200"),
        (b"POST /livez HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b"405"),
        (b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"POST /v1/query HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400"),
        (b"POST /v1/query HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /v1/query HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
    ],
)
def test_odd_requests_get_one_reply_and_the_connection_ends(request_: bytes, status: bytes) -> None:
    """No 100 where no body is announced; what cannot be parsed or could be smuggled is 400, then closed."""
    with service() as server, greedy(server.url, request_) as client:
        reply = b"".join(iter(lambda: client.recv(65536), b""))
    assert reply.split()[1] == status
    assert reply.count(b"HTTP/1.") == 1


def test_an_expected_body_gets_100_continue() -> None:
    """Expect: 100-continue with a body gets 100, then the answer."""
    head = b"POST /v1/query HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n"
    with service() as server, greedy(server.url, head + b"Content-Length: 21\r\n\r\n") as client:
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b'{"question": "tides"}')
        assert client.recv(15) == b"HTTP/1.1 200 OK"
