"""Serve the app with waitress: the address it listens on, its limits, and how it stops.

A stop loses no request: readiness says no, what is in flight is finished, then the process ends.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any, Protocol

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from pincite.index.errors import PinciteError, ServeError
from pincite.index.settings import Settings
from pincite.service.guard import observability
from pincite.service.guard.admission import concurrency
from pincite.service.guard.state import EXTENSION, service_of
from pincite.service.runtime.app import MAX_BODY_BYTES
from pincite.service.runtime.connections import MAX_CONNECTIONS, Channel, close_overdue
from pincite.service.runtime.workers import WorkerProcesses

WAITRESS_SETTINGS = {
    "connection_limit": 2 * MAX_CONNECTIONS,  # ours is lower: an idle connection gives way to a new one
    "cleanup_interval": 1,
    # replies wait in memory for clients that read slowly, and no thread waits with them (connections.py)
    "outbuf_high_watermark": 1 << 40,
    "outbuf_overflow": 1 << 40,
    "max_request_body_size": MAX_BODY_BYTES,
    # much: a person who pastes a whole letter into the search box gets our page, not a refusal from below
    "max_request_header_size": 65536,
    "asyncore_use_poll": True,
    "ident": None,
}
MIN_THREADS = 32
SPARE_THREADS = 4  # threads beyond those that the gate may hold
HEALTH_PATHS = ("/livez", "/readyz")
MAX_ACCEPTED_PER_TURN = 128  # connections that are let in between two turns
DRAIN_SECONDS = 10.0  # seconds for what is in flight, with the door open and again with it shut


class Opening(Protocol):
    """Interface of what opens the index while the server listens; IndexReloader has it."""

    def watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> object:
        """Open it in a thread, then say so."""

    def stop(self) -> None:
        """Note that the server has ended."""


def serve(
    app: Flask,
    live: Opening,
    settings: Settings,
    announce: Callable[[str], None],
    companions: WorkerProcesses,
    until: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight and return. A second signal does not wait.

    The door is open while the index is being opened, and readiness says no. `announce` is given one line with the real
    address once questions are answered. `companions` begin then, on the same port, and end with this process. Where
    `until` is given, this is a companion: it ends when until() has returned, too. Raises ServeError when it cannot be
    listened on, and what opening the index raises.
    """
    _raise_descriptor_limit()
    server = Server(app, settings, joining=until is not None)
    observability.start(app)
    before: dict[int, Any] = {}
    failures: list[PinciteError] = []

    def stop(number: int, frame: FrameType | None) -> None:
        server.stop()
        companions.end()
        for name, handler in before.items():
            signal.signal(name, handler)

    for name in (signal.SIGTERM, signal.SIGINT):
        before[name] = signal.signal(name, stop)

    def failed(error: PinciteError) -> None:
        failures.append(error)
        server.stop()

    def ready() -> None:
        companions.begin(server.port)
        announce(f"pincite listens on {server.url} (stop it with Ctrl+C)")

    def end(until: Callable[[], object]) -> None:
        until()
        server.stop()

    if until:
        threading.Thread(target=end, args=(until,), name="until", daemon=True).start()
    live.watch(failed, ready)
    server.run()
    live.stop()
    companions.end()
    companions.wait()
    if failures:
        raise failures[0]


class Server:
    """Holds its address from the moment it is made; answers while run() runs; stop() may come from anywhere."""

    def __init__(self, app: Flask, settings: Settings, joining: bool = False) -> None:
        """Listen on settings.host and settings.port, alone unless settings.processes are to share it.

        `joining` says that another of them listens there. Raises ServeError.
        """
        listener = _listen(settings.host, settings.port, shared=joining)
        host, self.port = listener.getsockname()[:2]
        if settings.processes > 1 and not joining:  # it was free: nobody else's questions would come here
            listener.close()
            listener = _listen(host, self.port, shared=True)
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        app.extensions[EXTENSION] = replace(service_of(app), listen_url=self.url)
        self._draining = service_of(app).draining
        self._stopping = False  # a plain flag, since a signal handler sets it
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it would write a line for each waiting request
        self._open: dict[int, Any] = {}  # what waitress watches, by file descriptor
        threads = _LastInFirstOutThreads()
        threads.set_thread_count(threads_for(settings))
        self._waitress = create_server(
            app, map=self._open, _dispatcher=threads, sockets=[listener], **WAITRESS_SETTINGS
        )
        self._waitress.channel_class = Channel
        self._waitress.connections = settings.max_connections
        self._waitress.maintenance = self._maintain

    def run(self) -> None:
        """Answer requests until stop(), then finish and close."""
        while not self._stopping:
            self._turn(1.0)
        self._draining.set()
        self._finish()  # the door still open: a client that asks about readiness is answered
        wasyncore.dispatcher.close(self._waitress)  # this socket alone: waitress's own close() takes more with it
        self._finish()
        self._waitress.task_dispatcher.shutdown()
        wasyncore.close_all(self._open)

    def stop(self) -> None:
        """Have run() finish. Safe in a signal handler and in another thread."""
        self._stopping = True
        with contextlib.suppress(OSError):  # of a server that has ended already
            self._waitress.pull_trigger()

    def _turn(self, seconds: float) -> None:
        """Run the event loop once: send, receive, accept.

        waitress lets in one a turn, and under load a turn is long: a client behind a crowd would wait for as many.
        """
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._open, count=1)
        for channel in list(self._waitress.active_channels.values()):
            channel.resume()
        for _ in range(MAX_ACCEPTED_PER_TURN):
            before = len(self._open)
            if self._waitress.accepting and self._waitress.readable():
                self._waitress.handle_accept()
            if len(self._open) == before:
                break

    def _maintain(self, now: float) -> None:
        """Close connections that are past a deadline. Called by waitress once in cleanup_interval."""
        close_overdue(list(self._waitress.active_channels.values()), time.monotonic())

    def _finish(self) -> None:
        """Go on until a few turns have passed with nothing in flight, or patience ends."""
        until = time.monotonic() + DRAIN_SECONDS
        quiet = 0
        while quiet < 4 and time.monotonic() < until:
            self._turn(0.05)
            quiet = 0 if any(_busy(channel) for channel in self._open.values()) else quiet + 1


def _busy(channel: Any) -> bool:
    """Return whether a connection has a request half read, being answered, or an answer half sent."""
    return isinstance(channel, Channel) and bool(
        channel.request or channel.requests or channel.rest or channel.total_outbufs_len
    )


def _raise_descriptor_limit() -> None:
    """Let this process open as many files as the system allows it: the usual soft limit is 1,024."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def threads_for(settings: Settings) -> int:
    """Return the number of server threads: some beyond the gate, to refuse other requests and to answer health checks.

    A batch that waits between two of its questions has a thread, too, and there are as many batches as turns.
    """
    return max(MIN_THREADS, 2 * concurrency(settings) + settings.max_queued + SPARE_THREADS)


def _listen(host: str, port: int, shared: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, reuse_port=shared)
    except (OSError, ValueError) as error:  # of names and ports that cannot be, and where no port can be shared
        raise _serve_error(f"{host}:{port}", error) from error


def _serve_error(place: str, error: Exception) -> ServeError:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return ServeError(place, "another program has this port", "choose another with --port; 0 takes a free one")
    if number in (errno.EACCES, errno.EPERM):
        return ServeError(place, "this user may not open the port", "choose one above 1023 with --port")
    reason = getattr(error, "strerror", None) or "not an address"
    return ServeError(place, f"cannot be listened on ({reason})", "name this machine with --host, such as 127.0.0.1")


class _LastInFirstOutThreads(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """Waitress's threads, of which the one that has worked last works next.

    By themselves they take turns, so that each comes to its question with cold caches, and the first time without what
    NumPy, FAISS and ONNX Runtime keep for a thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queue_cv = _LastInFirstOutCondition(self.lock)

    def add_task(self, task: Any) -> None:
        """Have a connection's request answered: in its turn, or first where it asks how the service is."""
        super().add_task(task)
        if task.requests and getattr(task.requests[0], "path", None) in HEALTH_PATHS:  # an invalid request has no path
            with self.lock, contextlib.suppress(ValueError):  # that is where a thread has it already
                self.queue.remove(task)
                self.queue.appendleft(task)


class _LastInFirstOutCondition(threading.Condition):
    """A condition that wakes the most recent waiter first."""

    def notify(self, n: int = 1) -> None:
        self._waiters.reverse()  # type: ignore[attr-defined]  # a deque, longest first
        super().notify(n)
        self._waiters.reverse()  # type: ignore[attr-defined]
