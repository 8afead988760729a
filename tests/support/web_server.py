"""A web server of one test: on loopback, with replies that are written byte for byte."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server, socket
from typing import Any

from browser import missing

Reply = bytes | Callable[[socket], None]


class WebServer:
    """Server whose replies are looked up by path; a path without one is answered with 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: dict[str, Reply] = {}
        self.requests: list[str] = []  # whole heads
        self._tls = tls
        self._listener = create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def paths(self) -> list[str]:
        """Paths that were asked for, in order."""
        return [head.split(" ")[1] for head in self.requests]

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket) -> None:
        with suppress(OSError), connection:
            stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with stream:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    received = stream.recv(4_096)
                    if not received:
                        return
                    head += received
                self.requests.append(head.decode("latin-1"))
                reply = self.replies.get(self.paths[-1], http(404))
                if isinstance(reply, bytes):
                    stream.sendall(reply)
                else:
                    reply(stream)


def http(status: int = 200, body: bytes = b"", **headers: Any) -> bytes:
    """Return a reply. headers: by name, with `_` for `-`; Content-Length is that of the body unless it is given."""
    lines = {"Content_Length": len(body), "Connection": "close"} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def html(body: str, **headers: Any) -> bytes:
    """Return a reply with a page."""
    return http(200, body.encode(), **({"Content_Type": "text/html; charset=utf-8"} | headers))


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """Run a server for a while."""
    server = WebServer(tls)
    try:
        yield server
    finally:
        server.close()


def self_signed(folder: Path) -> Path:
    """Make a certificate of 127.0.0.1 with its key, in one file. Skips without openssl, fails in CI."""
    openssl = shutil.which("openssl") or missing("there is no openssl")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    certificate.write_text(key.read_text() + certificate.read_text())
    return certificate
