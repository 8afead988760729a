"""Fetch of one page: robots.txt is asked, redirects are followed, and bytes, time and hosts are bounded.

No cookies, no user names; nothing is kept but the page. The flow for each address in turn:

    robots.txt -> GET -> redirect (again from the start) | status | body -> media type
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpcore2 as httpcore

from pincite.index.errors import CorpusError, ReadError
from pincite.ingestion.reading.draft import WebOrigin
from pincite.ingestion.reading.files import MAX_DOCUMENT_BYTES
from pincite.ingestion.reading.web import robots
from pincite.ingestion.reading.web.address import WebAddress, parse_address
from pincite.ingestion.reading.web.body import (
    ACCEPTED_ENCODINGS,
    BrokenBodyError,
    TooLargeError,
    UnknownEncodingError,
    read_body,
)
from pincite.ingestion.reading.web.media_type import SUFFIXES_BY_TYPE, parse_content_type, suffix_of
from pincite.ingestion.reading.web.network import BoundedBackend, Deadline, ForbiddenAddressError
from pincite.ingestion.reading.web.page import WebPage
from pincite.ingestion.reading.web.proxies import proxy_for
from pincite.ingestion.reading.web.reach import Reach
from pincite.ingestion.reading.web.refusals import SAVE_PAGE, FetchError, network_refusal, quoted, status_refusal
from pincite.ingestion.reading.web.transcode import to_utf8

MAX_REDIRECTS = 5
MAX_SECONDS = 30.0  # for a page with its redirects and every robots.txt
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = ", ".join([*SUFFIXES_BY_TYPE, "*/*;q=0.1"])
_HEADERS: Mapping[bytes | str, bytes | str] = {
    "User-Agent": robots.PRODUCT_TOKEN,
    "Accept": _ACCEPT,
    "Accept-Encoding": ACCEPTED_ENCODINGS,
}


def fetch_page(address: WebAddress, max_seconds: float = MAX_SECONDS) -> WebPage:
    """Fetch one page. Raises ReadError, which names the address that was typed and never the query of another."""
    fetch = _Fetch(address, max_seconds)
    try:
        return fetch.page()
    except FetchError as refusal:
        via = "" if fetch.current == address else f"redirects to {fetch.current.without_query}, which "
        raise ReadError(str(address), via + refusal.problem, refusal.remedy, "not_fetched") from refusal


class _Fetch:
    """Fetch of one page, with the address where it has come to."""

    def __init__(self, address: WebAddress, max_seconds: float) -> None:
        self.current = address
        self._typed = address
        self._max_seconds = max_seconds
        self._deadline = Deadline(max_seconds)
        self._reach = Reach()
        self._robots: dict[str, bytes | None] = {}  # by origin; None where there are no rules

    def page(self) -> WebPage:
        """Follow redirects to the page and read it. Raises FetchError."""
        seen = {self.current}
        while True:
            self._ask_robots()
            with self._reply(self.current) as reply:
                target = _redirect_target(reply, self.current)
                if target is None:
                    return self._read(reply)
            if target in seen:
                raise FetchError(f"redirects in a circle, to {target.without_query}", "open the address in a browser")
            if len(seen) > MAX_REDIRECTS:
                raise FetchError(f"redirects more than {MAX_REDIRECTS} times", "give the address where a browser ends")
            seen.add(target)
            self.current = target

    def _ask_robots(self) -> None:
        """Raise FetchError where the robots.txt of the current host does not let us fetch the page."""
        origin = self.current.origin
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(WebAddress(f"{origin}/robots.txt"))
        rules = self._robots[origin]
        if rules is not None and not robots.allows(rules, self.current.url):
            raise FetchError("is not to be fetched by programs, as the robots.txt of its host says")

    def _read_robots(self, address: WebAddress) -> bytes | None:
        """Return the rules of a host; None where it has none, so that all may be fetched. Raises FetchError."""
        for _ in range(MAX_REDIRECTS + 1):
            with self._reply(address) as reply:
                if 400 <= reply.status < 500:
                    return None
                target = _redirect_target(reply, address)
                if target is None and reply.status == 200:
                    return _body(reply, robots.MAX_ROBOTS_BYTES, cut=True)
                if target is None:
                    failure = status_refusal(reply.status, _header(reply, "retry-after"))
                    raise FetchError(f"has a host whose robots.txt {failure.problem}", failure.remedy)
                address = target
        return None

    @contextmanager
    def _reply(self, address: WebAddress) -> Iterator[httpcore.Response]:
        """Send one GET, and give the reply before its body is read. Raises FetchError for errors of the network."""
        try:
            with self._connections(address) as pool, pool.stream("GET", address.url, headers=_HEADERS) as reply:
                yield reply
        except (
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
        ) as error:
            raise network_refusal(error, address.host, self._deadline, self._max_seconds) from error

    def _connections(self, address: WebAddress) -> httpcore.ConnectionPool:
        proxy = proxy_for(address)
        if proxy is not None and not self._reach.takes_unresolved(address.host):
            raise ForbiddenAddressError(address.host)
        backend = BoundedBackend(self._deadline, self._reach if proxy is None else None)
        return httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), proxy=proxy, max_connections=1, network_backend=backend
        )

    def _read(self, reply: httpcore.Response) -> WebPage:
        if reply.status not in (200, 203):
            raise status_refusal(reply.status, _header(reply, "retry-after"))
        media_type, charset = parse_content_type(_header(reply, "content-type"))
        data = _body(reply, MAX_DOCUMENT_BYTES)
        suffix = suffix_of(media_type, self.current.path, data)
        if suffix is None:
            kind = f"of the type {quoted(media_type)}" if media_type else "of no stated type"
            raise FetchError(
                f"is {kind}, which no reader reads", f"give a page of the types {', '.join(SUFFIXES_BY_TYPE)}"
            )
        if suffix in (".txt", ".md"):
            data = to_utf8(data, charset)
        return WebPage(self._typed, WebOrigin(self.current.url, charset), suffix, data)


def _redirect_target(reply: httpcore.Response, address: WebAddress) -> WebAddress | None:
    """Return where a reply redirects to; None if it does not. Raises FetchError for a target that is not followed."""
    location = _header(reply, "location")
    if reply.status not in _REDIRECTS or not location:
        return None
    try:
        target = parse_address(location, address)
    except CorpusError as error:
        raise FetchError(f"redirects to an address that {error.problem}") from error
    if (address.scheme, target.scheme) == ("https", "http"):
        raise FetchError(f"redirects from https to http, which anybody on the way can change: {target.without_query}")
    return target


def _body(reply: httpcore.Response, max_bytes: int, cut: bool = False) -> bytes:
    """Return the body of a reply. cut: leave out what passes the bound. Raises FetchError."""
    stated = _header(reply, "content-length")
    too_large = FetchError(f"is more than {max_bytes:,} bytes", f"{SAVE_PAGE}, split into several documents")
    if stated.isdecimal() and int(stated[:20]) > max_bytes and not cut:
        raise too_large
    encoding = _header(reply, "content-encoding")
    try:
        return read_body(reply.iter_stream(), encoding, max_bytes, cut)
    except TooLargeError:
        raise too_large from None
    except BrokenBodyError as error:
        raise FetchError(f"is packed as {quoted(encoding)}, and broken") from error
    except UnknownEncodingError:
        raise FetchError(f"is packed as {quoted(encoding)}, which was not asked for") from None


def _header(reply: httpcore.Response, name: str) -> str:
    """Return the first header of a name; "" where there is none. Location may hold UTF-8."""
    value = next((value for key, value in reply.headers if key.lower() == name.encode()), b"")
    return value.decode("utf-8", errors="replace").strip()
