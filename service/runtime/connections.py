"""Connections: how many one client may have, for how long, and how many bytes may be unsent.

A thread never waits for a client: the event loop reads requests and sends replies. So a client can hold only a
connection and memory, and both have bounds: one request of a connection at a time, deadlines, a number of connections
for each address, and a sum of unsent bytes. If there is no room, the connection that is idle longest is closed.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Collection
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask
from waitress.utilities import RequestHeaderFieldsTooLarge

from pincite.service.guard.guard import SECURITY_HEADERS
from pincite.service.guard.problems import DETAILS, KINDS, Problem
from pincite.service.guard.rate_limit import client_of

MAX_CONNECTIONS = 900  # below the 1,024 descriptors that a process may usually open
REQUEST_SECONDS = 15.0  # from the first byte of a request to its last
IDLE_SECONDS = 10.0  # without a byte in either direction
MAX_UNSENT = 128 << 20  # bytes of replies, all connections together
_FIELD_NAME = re.compile(rb"[A-Za-z0-9-]{1,40}(?=:)")


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Waitress's parser, strict where requests could be smuggled or hang."""

    error: Any  # of waitress: what is wrong with the request, or None

    def received(self, data: bytes) -> int:
        """Parse received bytes; return how many were consumed."""
        earlier = self.header_plus
        consumed = int(super().received(data))
        if isinstance(self.error, RequestHeaderFieldsTooLarge):
            self.error = RequestHeaderFieldsTooLarge(
                _header_too_large(earlier + data, self.adj.max_request_header_size)
            )
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and fields. Raises ParsingError, which is answered with 400."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address such as http://[::1/, or a length of 5,000 digits
            raise ParsingError("Bad URI or length") from error
        in_http_1_0 = "TRANSFER_ENCODING" in self.headers  # waitress takes it out in HTTP/1.1
        if in_http_1_0 or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("Transfer-Encoding with Content-Length, or in HTTP/1.0")  # RFC 9112, 6.1
        if self.body_rcv is None:  # without a body there is nothing to continue with (RFC 9110, 10.1.1)
            self.expect_continue = False


def _header_too_large(head: bytes, limit: int) -> str:
    """Name the longest part of a request line and header fields that are larger than the limit, and the remedy."""
    request_line, *fields = head.split(b"\r\n")
    longest = max(fields, key=len, default=b"")
    if len(request_line) >= len(longest):
        part, remedy = "the address", "Send a long question in the body of POST /v1/query"
    else:
        name = _FIELD_NAME.match(longest)
        part = f"the header field {name[0].decode()}" if name else "a header field"
        remedy = "Shorten it or leave it out"
    return f"The address and the header fields have {limit // 1024} KiB at most; the longest is {part}. {remedy}."


class Refusal(ErrorTask):  # type: ignore[misc]
    """Refusal of a request that never reaches the app, as a problem like the app's own."""

    def execute(self) -> None:
        """Send the problem."""
        self.request.error = _RefusedRequest(self.request.error)
        super().execute()


class _RefusedRequest:
    """Error in the form that waitress expects, with a problem as its body."""

    def __init__(self, error: Any) -> None:
        # waitress sends 501 for an unknown transfer coding, which is the client's fault
        status = 400 if error.code == 501 else error.code
        kind = "too-large" if error.code in (413, 431) else "internal" if error.code == 500 else "bad-request"
        self._problem = Problem(kind, error.body if error.code == 431 else DETAILS.get(status, KINDS[kind].meaning))
        self._status = f"{status} {error.reason}"
        self._problem.status = status

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [
            ("Content-Type", "application/problem+json"),
            ("Cache-Control", "no-store"),
            *SECURITY_HEADERS.items(),
        ]
        headers.append(("X-Request-Id", str(uuid.uuid4())))
        return self._status, headers, json.dumps(self._problem.to_json()).encode()


class Channel(HTTPChannel):  # type: ignore[misc]
    """Connection that reads, answers and sends one request before it parses the next."""

    error_task_class = Refusal
    parser_class = Parser
    request: Any  # of waitress: the request that is half read, or None
    sent_continue: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unparsed = b""  # received after the request at work, at most one recv
        self.since = time.monotonic()  # start of the request that is being read, or of being idle
        self.progress = self.since  # time of the last byte in either direction
        self.client = client_of(self.addr[0])
        give_way(self.server.active_channels.values(), self, self.server.connections)

    @property
    def at_work(self) -> bool:
        """Whether a request waits for a thread or has one."""
        return bool(self.requests)

    @property
    def reading(self) -> bool:
        """Whether a request is half read."""
        return self.request is not None

    def received(self, data: bytes) -> bool:
        """Parse bytes up to the end of one request, and keep those that follow until it is answered."""
        self.progress = time.monotonic()
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            self.unparsed += data
            while self.unparsed and not self.requests:
                self._parse()
        return True

    def _parse(self) -> None:
        """Feed the parser; queue a request that is complete."""
        if self.request is None:
            self.request, self.since = self.parser_class(self.adj), self.progress
        consumed = self.request.received(self.unparsed)
        self.unparsed = self.unparsed[consumed:]
        if self.request.expect_continue and self.request.headers_finished and not self.sent_continue:
            self.send_continue()
        if self.request.completed:
            request, self.request, self.sent_continue = self.request, None, False
            if not request.empty:
                self.requests.append(request)
                self.server.add_task(self)

    def readable(self) -> bool:
        """Return whether more may be received: not while received bytes are unparsed."""
        return not self.unparsed and self._is_idle()

    def resume(self) -> None:
        """Parse what was received after the last request, once its reply is sent."""
        if self.unparsed and self._is_idle():
            self.received(b"")

    def _is_idle(self) -> bool:
        """Return whether no request is at work and no reply unsent."""
        return bool(super().readable())

    def service(self) -> None:
        """Answer one request. Called in a thread."""
        super().service()
        self.since = self.progress = time.monotonic()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send some bytes; return how many were taken."""
        sent = int(super().send(data, do_close))
        if sent:
            self.progress = time.monotonic()
        return sent

    def writable(self) -> bool:
        """Return whether the event loop has something to send and no thread is sending.

        Otherwise the loop would poll the lock of the thread that sends, and contend for the GIL with it
        (docs/decisions/0012-speed.md). The thread wakes the loop when it has finished.
        """
        if not self.outbuf_lock.acquire(blocking=False):
            return False
        self.outbuf_lock.release()
        return bool(super().writable())

    def overdue(self, now: float) -> bool:
        """Return whether to close the connection: its request takes too long to arrive, or no byte moves."""
        if self.total_outbufs_len:
            return now - self.progress > IDLE_SECONDS
        if self.at_work:
            return False
        return now - self.progress > IDLE_SECONDS or (self.reading and now - self.since > REQUEST_SECONDS)


def give_way(channels: Collection[Channel], newcomer: Channel, per_client: int) -> None:
    """Close an idle connection for a new one that is over a bound, or the new one if all others are at work.

    per_client: connections that one client may have; 0 sets no bound below MAX_CONNECTIONS.
    """
    others = [channel for channel in channels if channel is not newcomer and not channel.will_close]
    own = [channel for channel in others if channel.client == newcomer.client]
    if per_client and len(own) >= per_client:
        _close_idlest(own, newcomer)
    elif len(others) >= MAX_CONNECTIONS:
        _close_idlest(others, newcomer)


def _close_idlest(channels: Collection[Channel], newcomer: Channel) -> None:
    """Close the connection that has been idle or reading its request longest, those with unsent bytes last."""
    idle = [channel for channel in channels if not channel.at_work]
    idlest = min(idle, key=lambda c: (c.total_outbufs_len > 0, c.since), default=newcomer)
    idlest.will_close = True


def close_overdue(channels: Collection[Channel], now: float) -> None:
    """Close connections past a deadline; if too many bytes are unsent, also those that have taken none for longest."""
    for channel in channels:
        if channel.overdue(now):
            channel.will_close = True
    unsent = sum(channel.total_outbufs_len for channel in channels if not channel.will_close)
    for channel in sorted(channels, key=lambda c: c.progress):
        if unsent <= MAX_UNSENT:
            break
        if channel.total_outbufs_len and not channel.will_close:
            unsent -= channel.total_outbufs_len
            channel.will_close = True
