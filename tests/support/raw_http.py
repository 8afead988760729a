"""Requests to a running service, byte for byte where that matters."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request


def fetch(url: str) -> tuple[int, str]:
    """Return the status and the body of a reply to GET."""
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def send(url: str, request: bytes) -> bytes:
    """Send bytes as they are, and return everything that comes back until the connection is closed."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))
