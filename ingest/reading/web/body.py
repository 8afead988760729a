"""Bodies of replies: counted while they arrive and while they are unpacked, so that neither passes the bound."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

ACCEPTED_ENCODINGS = "gzip, deflate"
_PIECE = 65_536  # bytes unpacked at a time


class TooLargeError(Exception):
    """A body of more bytes than the bound."""


class BrokenBodyError(Exception):
    """A packed body that ends before its end, or is no gzip or deflate."""


class UnknownEncodingError(Exception):
    """A content encoding that was not asked for."""


def read_body(chunks: Iterable[bytes], encoding: str, max_bytes: int, cut: bool = False) -> bytes:
    """Return a body, unpacked. encoding: the header Content-Encoding. cut: what passes the bound is dropped, no error.

    Raises TooLargeError, BrokenBodyError or UnknownEncodingError.
    """
    body = bytearray()
    try:
        for piece in _unpacked(_bounded(chunks, max_bytes), encoding.strip().lower()):
            body += piece
            if len(body) > max_bytes:
                raise TooLargeError
    except TooLargeError:
        if not cut:
            raise
        del body[max_bytes:]
    except zlib.error as error:
        raise BrokenBodyError from error
    return bytes(body)


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    """Yield chunks as they arrive. Raises TooLargeError after the first that passes the bound."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        yield chunk
        if size > max_bytes:
            raise TooLargeError


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in ("gzip", "x-gzip"):
        yield from _inflated(chunks, 16 + zlib.MAX_WBITS)
    elif encoding == "deflate":
        packed = b"".join(chunks)
        is_zlib = len(packed) > 1 and packed[0] & 0x0F == 8 and int.from_bytes(packed[:2], "big") % 31 == 0
        yield from _inflated([packed], zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)  # some send no zlib header
    else:
        raise UnknownEncodingError


def _inflated(chunks: Iterable[bytes], window_bits: int) -> Iterable[bytes]:
    """Yield unpacked pieces, each small, of one gzip member after another."""
    unpacker = zlib.decompressobj(window_bits)
    for chunk in chunks:
        data = chunk
        while data:
            if unpacker.eof:
                unpacker = zlib.decompressobj(window_bits)
            yield unpacker.decompress(data, _PIECE)
            data = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    while not unpacker.eof and (piece := unpacker.decompress(unpacker.unconsumed_tail, _PIECE)):
        yield piece
    if not unpacker.eof:
        raise BrokenBodyError
