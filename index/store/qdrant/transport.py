"""HTTP transport whose requests end at the deadline of their thread, whatever the server does.

A time-out of httpx bounds one read or write alone: a reply that drips in byte by byte never meets it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore
import httpx

from pincite.index.store.qdrant.calls import seconds_left

KEEPALIVE_SECONDS = 30.0  # that an idle connection is kept
MAX_IDLE = 32  # idle connections kept; each thread that calls uses one
WRITE_BYTES = 1 << 14  # sent at once: a socket that takes any takes as many


class DeadlineTransport(httpx.BaseTransport):
    """Transport over a pool of connections. Threads may share it."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        """tls: which certificates are trusted; None for a server without TLS."""
        self._network = _DeadlineBackend()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=None,
            max_keepalive_connections=MAX_IDLE,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._network,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the whole reply. Raises TimeoutError, SSLError or an error of httpcore."""
        reply = self._pool.request(
            request.method, str(request.url), headers=request.headers.raw, content=request.read()
        )
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
        self._network.close()


class _DeadlineBackend(httpcore.NetworkBackend):
    """Network whose every operation ends at the deadline."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()
        # The system's resolver takes no time-out: one thread waits for it, and while it hangs, new connections fail.
        self._resolver = ThreadPoolExecutor(1, thread_name_prefix="store-resolver")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first IP address of a host that answers. Raises TimeoutError or the errors of httpcore."""
        failure = httpcore.ConnectError("no address")
        for address in self._addresses(host, port):
            try:
                return _DeadlineStream(self._sockets.connect_tcp(address, port, seconds_left()))
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    def close(self) -> None:
        """Let the resolver's thread go."""
        self._resolver.shutdown(wait=False, cancel_futures=True)

    def _addresses(self, host: str, port: int) -> list[str]:
        """Look a host up. Raises ConnectError or TimeoutError."""
        found = self._resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            return [*dict.fromkeys(str(entry[4][0]) for entry in found.result(seconds_left()))]
        except (socket.gaierror, UnicodeError) as error:
            raise httpcore.ConnectError("no such host") from error
        finally:
            found.cancel()


class _DeadlineStream(httpcore.NetworkStream):
    """Connection whose every operation ends at the deadline of the thread that asks for it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived, or wait for it."""
        return self._stream.read(max_bytes, seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        for first in range(0, len(buffer), WRITE_BYTES):
            self._stream.write(buffer[first : first + WRITE_BYTES], seconds_left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt the connection. Raises SSLError, or its subclass for a certificate that is not trusted."""
        try:
            return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, seconds_left()))
        except httpcore.ConnectError as error:
            raise error.__cause__ or error from None

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream knows of itself."""
        return self._stream.get_extra_info(info)
