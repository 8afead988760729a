"""A Qdrant server of one test: on loopback, out of the client library's local mode, and failing as the test says."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

Fault = Callable[["Handler", bytes], None]  # answers a request, given the body of the right reply
CONDITIONS = TypeAdapter(models.Filter | None)


class FakeQdrant:
    """Server that answers the requests of an engine, or fails them by its fault."""

    def __init__(self, tls: ssl.SSLContext | None = None, api_key: str | None = None) -> None:
        """api_key: what a request must have; None for none."""
        self.api_key = api_key
        self.fault: Fault | None = None
        self.failing: Callable[[str], bool] = lambda request: True  # which requests the fault befalls
        self.requests: list[str] = []  # such as "POST /collections/trial/points/query"
        self.lifted = threading.Event()  # set when faults that wait are to end
        self._local = QdrantClient(":memory:")
        self._lock = threading.Lock()  # local mode is not for threads
        self._tls = tls
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        """The address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, at the port that the server had before if it was stopped."""
        self._server = _Server(("127.0.0.1", self._port), Handler)
        self._server.fake = self
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more, so that connections are refused, and end those that there are."""
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()

    def fail(self, fault: Fault | None, failing: Callable[[str], bool] = lambda request: True) -> None:
        """Fail requests from now on; None lifts the fault and ends whatever waits."""
        self.lifted.set()
        self.lifted = threading.Event()
        self.requests.clear()
        self.fault, self.failing = fault, failing

    def close(self) -> None:
        """End everything."""
        self.fail(None)
        self.stop()

    def answer(self, request: str, body: Any) -> Any:
        """Return the result of a request, which is its method and path."""
        method, _, path = request.partition(" ")
        _, *parts = path.split("?")[0].split("/")
        is_of_all = len(parts) == 1 or parts == ["collections", "aliases"]  # and not of one collection
        name, action = ("", parts[-1]) if is_of_all else (parts[1], "/".join(parts[2:]))
        with self._lock:
            return ANSWERS[method, action](self._local, name, body)


class _Server(ThreadingHTTPServer):
    """HTTP server that can end its connections."""

    daemon_threads = True
    fake: FakeQdrant

    def __init__(self, *given: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of these tests go away when they like."""

    def end_connections(self) -> None:
        for connection in [*self.connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # which would hold each body back for 40 ms
    server: _Server

    def handle_any(self) -> None:
        """Answer a request, or fail it."""
        fake, request = self.server.fake, f"{self.command} {self.path}"
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake.requests.append(request)
        if fake.api_key not in (None, self.headers.get("api-key")):
            return self.reply(b'{"status": {"error": "Must provide an API key"}}', 401)
        fault = fake.fault if fake.failing(request) else None
        try:
            result = fake.answer(request, json.loads(sent) if sent else None)
        except ValueError as error:  # of local mode: there is no such collection, or there is one
            number = 409 if "already exists" in str(error) else 404
            return self.reply(json.dumps({"status": {"error": str(error)}}).encode(), number)
        body = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
        fault(self, body) if fault else self.reply(body)

    def __getattr__(self, name: str) -> Any:
        """Handle each method alike."""
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def reply(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        """Write a reply. length: as it is announced, if not that of the body."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in ({"Content_Type": "application/json"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: Any) -> None:
        """Write no log."""


# -- faults -----------------------------------------------------------------------------------------------------------


def close_after_request(handler: Handler, body: bytes) -> None:
    """End the connection without a reply."""
    handler.close_connection = True


def close_in_body(handler: Handler, body: bytes) -> None:
    """End the connection in the middle of the body."""
    handler.reply(body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def wait_for_ever(handler: Handler, body: bytes) -> None:
    """Send nothing until the fault is lifted."""
    handler.server.fake.lifted.wait()
    handler.close_connection = True


def drip(handler: Handler, body: bytes) -> None:
    """Send a reply that never ends, byte by byte, faster than a time-out of one read would see."""
    handler.reply(b"", length=1 << 20)
    _drip(handler, b" ")


def drip_headers(handler: Handler, body: bytes) -> None:
    """Send a header that never ends, byte by byte."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(handler, b"x")


def status(number: int, **headers: str) -> Fault:
    """Return a fault that answers an HTTP status."""
    return lambda handler, body: handler.reply(b'{"status": {"error": "so the test says"}}', number, **headers)


def page(handler: Handler, body: bytes) -> None:
    """Answer a page, as a proxy does."""
    handler.reply(b"<!doctype html><title>Welcome</title>", Content_Type="text/html")


def other_json(handler: Handler, body: bytes) -> None:
    """Answer JSON of another program."""
    handler.reply(b'{"hits": {"total": 0}}')


def array_json(handler: Handler, body: bytes) -> None:
    """Answer a JSON array."""
    handler.reply(b"[1, 2, 3]")


def truncated_json(handler: Handler, body: bytes) -> None:
    """Answer the first half of the reply as if it were all."""
    handler.reply(body[: len(body) // 2])


def broken_gzip(handler: Handler, body: bytes) -> None:
    """Answer bytes that are not packed as the header says."""
    handler.reply(body, Content_Encoding="gzip")


def changed(change: Callable[[list[dict[str, Any]]], object]) -> Fault:
    """Return a fault that changes the points of a reply."""

    def answer(handler: Handler, body: bytes) -> None:
        reply = json.loads(body)
        points = reply["result"]
        points = points.get("points", []) if isinstance(points, dict) else points
        if points:
            change(points)
        handler.reply(json.dumps(reply).encode())

    return answer


def lose_point(points: list[dict[str, Any]]) -> None:
    """Leave the last point out."""
    points.pop()


def lose_payload(points: list[dict[str, Any]]) -> None:
    """Take the payload from a point."""
    points[0].update(payload=None, vector=None)


# -- the requests that an engine sends --------------------------------------------------------------------------------


def _create(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    asked = models.CreateCollection.model_validate(body)
    return local.create_collection(name, vectors_config=asked.vectors, sparse_vectors_config=asked.sparse_vectors)


def _upsert(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    points = models.PointsList.model_validate(body).points
    return _dump(local.upsert(name, [models.PointStruct.model_validate(point) for point in points]))


def _mark(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    asked = models.SetPayload.model_validate(body)
    return _dump(local.set_payload(name, asked.payload, asked.points))


def _delete(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    return _dump(local.delete(name, models.FilterSelector.model_validate(body)))


def _query(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    asked = models.QueryRequest.model_validate(body)
    query = asked.query.nearest if isinstance(asked.query, models.NearestQuery) else asked.query
    found = local.query_points(
        name, query, using=asked.using, query_filter=asked.filter, limit=asked.limit, with_payload=asked.with_payload
    )
    return _dump(found)


def _retrieve(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    asked = models.PointRequest.model_validate(body)
    vectors = asked.with_vector or False
    return [_dump(record) for record in local.retrieve(name, asked.ids, asked.with_payload, vectors)]


def _scroll(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    asked = models.ScrollRequest.model_validate(body)
    records, following = local.scroll(
        name, asked.filter, asked.limit or 10, offset=asked.offset, with_payload=asked.with_payload
    )
    return {"points": [_dump(record) for record in records], "next_page_offset": following}


def _count(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    return _dump(local.count(name, CONDITIONS.validate_python(body.get("filter")), exact=True))


def _change_aliases(local: QdrantClient, name: str, body: Mapping[str, Any]) -> Any:
    return local.update_collection_aliases(models.ChangeAliasesOperation.model_validate(body).actions)


ANSWERS: Mapping[tuple[str, str], Callable[[QdrantClient, str, Any], Any]] = {
    ("GET", "collections"): lambda local, name, body: _dump(local.get_collections()),
    ("GET", "aliases"): lambda local, name, body: _dump(local.get_aliases()),
    ("POST", "aliases"): _change_aliases,
    ("GET", "exists"): lambda local, name, body: {"exists": local.collection_exists(name)},
    ("PUT", ""): _create,
    ("DELETE", ""): lambda local, name, body: local.delete_collection(name),
    ("PUT", "index"): lambda local, name, body: {"operation_id": 0, "status": "completed"},  # local mode has none
    ("PUT", "points"): _upsert,
    ("POST", "points/payload"): _mark,
    ("POST", "points/delete"): _delete,
    ("POST", "points/query"): _query,
    ("POST", "points"): _retrieve,
    ("POST", "points/scroll"): _scroll,
    ("POST", "points/count"): _count,
}


def _dump(model: Any) -> Any:
    return model.model_dump(mode="json")


def _drip(handler: Handler, byte: bytes) -> None:
    handler.close_connection = True
    while not handler.server.fake.lifted.wait(0.02):
        handler.wfile.write(byte)


@contextmanager
def serving(tls: ssl.SSLContext | None = None, api_key: str | None = None) -> Iterator[FakeQdrant]:
    """Run a server for a while."""
    fake = FakeQdrant(tls, api_key)
    try:
        yield fake
    finally:
        fake.close()
