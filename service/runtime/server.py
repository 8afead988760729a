"""Server of the app, by waitress: the address it listens on, its limits, and how it stops.

A stop loses no request: /readyz turns 503, requests in flight are finished, then the process ends.
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

log = logging.getLogger(__name__)

WAITRESS_SETTINGS = {
    "connection_limit": 2 * MAX_CONNECTIONS,  # never met: connections.py closes an idle connection for a new one before
    "cleanup_interval": 1,
    # replies to slow clients wait in memory, bounded by connections.py, and no thread waits for them
    "outbuf_high_watermark": 1 << 40,
    "outbuf_overflow": 1 << 40,
    "max_request_body_size": MAX_BODY_BYTES,
    # large: a whole letter pasted into the search box gets our page, which says how long a question may be
    "max_request_header_size": 65536,
    "asyncore_use_poll": True,
    "ident": None,
}
MIN_THREADS = 32
SPARE_THREADS = 4  # beyond those that the admission gate may hold: for rejections and health
HEALTH_PATHS = ("/livez", "/readyz")
MAX_ACCEPTED_PER_TURN = 128  # connections accepted after one turn of the event loop
DRAIN_SECONDS = 10.0  # for requests in flight: once while still listening, and once after


class IndexOpener(Protocol):
    """Interface of what opens the index while the server listens; IndexReloader implements it."""

    def watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> object:
        """Open the index in a thread, then call `ready`, or `failed` with the error."""

    def stop(self) -> None:
        """End the thread."""


def serve(
    app: Flask,
    opener: IndexOpener,
    settings: Settings,
    announce: Callable[[str], None],
    workers: WorkerProcesses,
    wait_for_parent_exit: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish requests in flight and return. A second signal ends at once.

    The server listens while the index is being opened, and /readyz is 503. Once questions are answered, `announce` is
    called with one line that has the real address, and `workers` begin on the same port; they end with this process. A
    worker process gives `wait_for_parent_exit` and ends when that returns, too. Raises ServeError if the address cannot
    be listened on, and what opening the index raises.
    """
    _raise_descriptor_limit()
    server = Server(app, settings, joining=wait_for_parent_exit is not None)
    observability.start(app)
    began, former_handlers = time.monotonic(), dict[int, Any]()
    failures: list[PinciteError] = []

    def stop(number: int, frame: FrameType | None) -> None:
        server.stop()
        workers.end()
        for name, handler in former_handlers.items():
            signal.signal(name, handler)

    for name in (signal.SIGTERM, signal.SIGINT):
        former_handlers[name] = signal.signal(name, stop)

    def failed(error: PinciteError) -> None:
        failures.append(error)
        server.stop()

    def ready() -> None:
        workers.begin(server.port)
        announce(f"pincite listens on {server.url} (stop it with Ctrl+C)")

    def stop_with_parent(wait_for_parent_exit: Callable[[], object]) -> None:
        wait_for_parent_exit()
        server.stop()

    if wait_for_parent_exit:
        threading.Thread(target=stop_with_parent, args=(wait_for_parent_exit,), name="parent", daemon=True).start()
    opener.watch(failed, ready)
    server.run()
    opener.stop()
    workers.end()
    workers.wait()
    log.info("stopped after %.0f s, with no request left in flight", time.monotonic() - began)
    if failures:
        raise failures[0]


class Server:
    """HTTP server that listens from the moment it is made and answers while run() runs. Any thread may stop() it."""

    def __init__(self, app: Flask, settings: Settings, joining: bool = False) -> None:
        """Listen on settings.host and settings.port, alone unless settings.processes are to share it.

        joining: another process of this service listens there already. Raises ServeError.
        """
        listener = _listen(settings.host, settings.port, shared=joining)
        host, self.port = listener.getsockname()[:2]
        if settings.processes > 1 and not joining:  # the port was free: no other service shares it
            listener.close()
            listener = _listen(host, self.port, shared=True)
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        app.extensions[EXTENSION] = replace(service_of(app), listen_url=self.url)
        self._draining = service_of(app).draining
        self._stopping = False  # a plain flag, since a signal handler sets it
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request in line
        self._open: dict[int, Any] = {}  # sockets that waitress polls, by file descriptor
        threads = _LastInFirstOutThreads()
        threads.set_thread_count(threads_for(settings))
        self._waitress = create_server(
            app, map=self._open, _dispatcher=threads, sockets=[listener], **WAITRESS_SETTINGS
        )
        self._waitress.channel_class = Channel
        self._waitress.connections = settings.max_connections
        self._waitress.maintenance = self._maintain

    def run(self) -> None:
        """Answer requests until stop(), then finish those in flight and close."""
        while not self._stopping:
            self._turn(1.0)
        self._draining.set()
        self._finish()  # still listening, so that /readyz is answered
        wasyncore.dispatcher.close(self._waitress)  # this socket alone: waitress's close() closes connections, too
        self._finish()
        self._waitress.task_dispatcher.shutdown()
        wasyncore.close_all(self._open)

    def stop(self) -> None:
        """Make run() finish. Safe in a signal handler and in another thread."""
        self._stopping = True
        with contextlib.suppress(OSError):  # the server has ended already
            self._waitress.pull_trigger()

    def _turn(self, seconds: float) -> None:
        """Run the event loop once: send, receive, accept.

        waitress accepts one connection a turn. Under load a turn is long, and the last of many clients that connect at
        once would wait for as many turns; so up to MAX_ACCEPTED_PER_TURN are accepted.
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
        """Close connections that are past a deadline. waitress calls this once in cleanup_interval."""
        close_overdue(list(self._waitress.active_channels.values()), time.monotonic())

    def _finish(self) -> None:
        """Run the event loop until nothing was in flight for a few turns, or DRAIN_SECONDS have passed."""
        deadline = time.monotonic() + DRAIN_SECONDS
        quiet_turns = 0
        while quiet_turns < 4 and time.monotonic() < deadline:
            self._turn(0.05)
            quiet_turns = 0 if any(_busy(channel) for channel in self._open.values()) else quiet_turns + 1


def _busy(channel: Any) -> bool:
    """Return whether a connection has a request half read, being answered, or an answer half sent."""
    return isinstance(channel, Channel) and bool(
        channel.request or channel.requests or channel.unparsed or channel.total_outbufs_len
    )


def _raise_descriptor_limit() -> None:
    """Let this process open as many files as the system allows it: the usual soft limit is 1,024."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def threads_for(settings: Settings) -> int:
    """Return how many threads the server has: SPARE_THREADS more than the admission gate may hold, or MIN_THREADS.

    The gate may hold the questions at work, those in line, and as many batches that wait between two questions.
    """
    return max(MIN_THREADS, 2 * concurrency(settings) + settings.max_queued + SPARE_THREADS)


def _listen(host: str, port: int, shared: bool) -> socket.socket:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(addresses, key=lambda entry: entry[0] != socket.AF_INET)
        return socket.create_server(address[:2], family=family, reuse_port=shared)
    except (OSError, ValueError) as error:  # ValueError: a host or port that cannot be
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
    """Thread pool of waitress that gives a task to the thread that finished last.

    waitress gives it to the thread that has been idle longest, whose caches are cold, and which at first lacks the
    per-thread buffers of NumPy, FAISS and ONNX Runtime.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queue_cv = _LastInFirstOutCondition(self.lock)

    def add_task(self, task: Any) -> None:
        """Queue the request of a connection: behind the others, or first if it asks for the health."""
        super().add_task(task)
        if task.requests and getattr(task.requests[0], "path", None) in HEALTH_PATHS:  # an invalid request has no path
            with self.lock, contextlib.suppress(ValueError):  # a thread has taken it already
                self.queue.remove(task)
                self.queue.appendleft(task)


class _LastInFirstOutCondition(threading.Condition):
    """Condition that wakes the most recent waiter first."""

    def notify(self, n: int = 1) -> None:
        self._waiters.reverse()  # type: ignore[attr-defined]  # a deque, longest first
        super().notify(n)
        self._waiters.reverse()  # type: ignore[attr-defined]
