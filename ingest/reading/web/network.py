"""Connections of a fetch: every look-up, read and write ends by one deadline, and every IP address is checked."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2 as httpcore

from pincite.ingestion.reading.web.reach import Reach

CONNECT_SECONDS = 10.0
READ_SECONDS = 10.0  # without a byte


class UnknownHostError(httpcore.ConnectError):
    """A host name that no name server knows."""


class ForbiddenAddressError(httpcore.ConnectError):
    """A host at an IP address nearer to this machine than the address that was typed."""


class Deadline:
    """End of a fetch by the monotonic clock: bytes that drip in do not put it off."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def within(self, seconds: float) -> float:
        """Return how long one operation may take. Raises ReadTimeout when the deadline has passed."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return min(seconds, left)

    @property
    def has_passed(self) -> bool:
        """Whether nothing more may be done."""
        return time.monotonic() >= self._end


class BoundedBackend(httpcore.NetworkBackend):
    """Network of one fetch. reach: bound on the IP addresses; None for a proxy, which is the operator's choice."""

    def __init__(self, deadline: Deadline, reach: Reach | None) -> None:
        self._deadline = deadline
        self._reach = reach
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first IP address of a host that answers. Raises ConnectError or ConnectTimeout."""
        addresses = _within(self._deadline, lambda: ip_addresses(host, port))
        allowed = [ip for ip in addresses if self._reach is None or self._reach.allows(ip)]
        if not allowed:
            raise ForbiddenAddressError(host)
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for ip in allowed:
            try:
                stream = self._sockets.connect_tcp(ip, port, timeout=self._deadline.within(CONNECT_SECONDS))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                if self._reach is not None:
                    self._reach.set_by(ip)
                return _BoundedStream(stream, self._deadline)
        raise failure or UnknownHostError(host)


class _BoundedStream(httpcore.NetworkStream):
    """Stream whose operations each end by the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived, or wait for it."""
        return self._stream.read(max_bytes, self._deadline.within(READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        self._stream.write(buffer, self._deadline.within(READ_SECONDS))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt the connection. Raises ConnectError when the certificate is not the host's."""
        seconds = self._deadline.within(CONNECT_SECONDS)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream knows of itself."""
        return self._stream.get_extra_info(info)


def ip_addresses(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host in the order of preference, each once. Raises UnknownHostError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHostError(host) from error
    return [*dict.fromkeys(str(entry[4][0]) for entry in found)]


def _within(deadline: Deadline, look_up: Callable[[], list[str]]) -> list[str]:
    """Return what a look-up finds. The system's resolver takes no time-out, so a thread waits for it."""
    answers: queue.SimpleQueue[list[str] | httpcore.ConnectError] = queue.SimpleQueue()

    def answer() -> None:
        try:
            answers.put(look_up())
        except httpcore.ConnectError as error:
            answers.put(error)

    threading.Thread(target=answer, name="pincite-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.within(CONNECT_SECONDS))
    except queue.Empty:
        raise httpcore.ConnectTimeout("no name server answers") from None
    if isinstance(found, httpcore.ConnectError):
        raise found
    return found
