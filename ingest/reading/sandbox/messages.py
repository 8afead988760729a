"""Messages between an ingest and the process that reads: each is its length in eight bytes, then its bytes."""

from __future__ import annotations

import json
import struct
from typing import BinaryIO

from pincite.ingestion.reading.draft import WebOrigin

LENGTH = struct.Struct(">Q")


def pack(message: bytes) -> bytes:
    """Return a message with its length in front of it."""
    return LENGTH.pack(len(message)) + message


def pack_request(data: bytes, name: str, suffix: str, origin: WebOrigin | None) -> bytes:
    """Return a request: a line of JSON with the name, ending and origin of a document, then its bytes."""
    line = json.dumps([name, suffix, origin and [origin.url, origin.charset]])
    return pack(line.encode("ascii") + b"\n" + data)


def read_request(stream: BinaryIO) -> tuple[bytes, str, str, WebOrigin | None] | None:
    """Read the next request: the bytes of a document, its name, ending and origin. Returns None after the last."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = stream.read(length)
    if len(message) < length:
        return None
    line, _, data = message.partition(b"\n")
    name, suffix, origin = json.loads(line)
    return data, name, suffix, origin and WebOrigin(*origin)
