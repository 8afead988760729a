"""Addresses of web pages as they are typed, or as a redirect states them. Text comes in; nothing is connected to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from pincite.index.errors import CorpusError

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ADDRESS_CHARACTERS = 2_000
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~"  # which stay as they are
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_ASCII_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_USERINFO = re.compile(r"(?<=://)[^/?#\\]*@|(?<=://)[^?#]*@(?=[^@]*$)")
_REMEDY = "give the address of one page, such as https://example.org/guide"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Address of one page, in normal form: no user name, no fragment, no default port, host in lower-case ASCII."""

    url: str

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return self._parts.scheme

    @property
    def host(self) -> str:
        """Name or IP address of the host, without brackets."""
        return self._parts.hostname or ""

    @property
    def path(self) -> str:
        """Path, percent-encoded, from its first slash."""
        return self._parts.path

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a robots.txt is asked for."""
        return f"{self.scheme}://{self._parts.netloc}"

    @property
    def without_query(self) -> str:
        """The address as messages name it where nobody typed it: a query may hold a secret of the site."""
        return urlunsplit(self._parts._replace(query=""))

    def __str__(self) -> str:
        return self.url


def is_web_address(text: str) -> bool:
    """Return whether an argument is an address to fetch, and no path."""
    scheme = _SCHEME.match(text)
    return scheme is not None and scheme[1].lower() in DEFAULT_PORTS


def names_other_scheme(text: str) -> bool:
    """Return whether an argument looks like an address of another scheme, such as ftp:// or file://."""
    return _SCHEME.match(text) is not None and not is_web_address(text)


def parse_address(text: str, base: WebAddress | None = None) -> WebAddress:
    """Return an address in normal form. base: the address that a relative one starts from.

    Raises CorpusError for other schemes, a missing or impossible host or port, a user name or a password; its text
    never holds these two.
    """
    text = text.strip()
    try:
        parts = urlsplit(urljoin(base.url, text) if base else text)
        port = parts.port
    except ValueError as error:
        raise _refusal(text, "is no web address", _REMEDY) from error
    if not text.isprintable() or len(text) > MAX_ADDRESS_CHARACTERS:
        raise _refusal(text[:100], "is no web address: too long, or with control characters", _REMEDY)
    if parts.scheme not in DEFAULT_PORTS:
        raise _refusal(text, "is an address of another scheme; http and https are fetched", _REMEDY)
    if "@" in parts.netloc:
        raise _refusal(text, "holds a user name or a password", "save the page with a browser, and give its file")
    if not parts.hostname or "\\" in text.partition("?")[0]:
        raise _refusal(text, "names no host", _REMEDY)
    try:
        host = _normal_host(parts.hostname)
    except (UnicodeError, ValueError) as error:
        raise _refusal(text, "names a host that cannot be", _REMEDY) from error
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return WebAddress(_normal_url(parts, netloc))


def _normal_url(parts: SplitResult, netloc: str) -> str:
    path = quote(urlsplit(urljoin(f"{parts.scheme}://{netloc}/", parts.path or "/")).path or "/", safe=_PATH_CHARACTERS)
    return urlunsplit((parts.scheme, netloc, path, quote(parts.query, safe=_PATH_CHARACTERS + "?"), ""))


def _normal_host(host: str) -> str:
    """Return a host in ASCII: names by IDNA 2008, as browsers read them. Raises UnicodeError or ValueError."""
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host.partition('%')[0])}]"
    if not host.isascii():
        import idna  # whose tables most addresses need not

        host = idna.encode(host, uts46=True).decode("ascii")
    if len(host) > 253 or not _ASCII_HOST.fullmatch(host):
        raise ValueError("no host")
    return host


def _refusal(text: str, *said: Any) -> CorpusError:
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return CorpusError(_USERINFO.sub("", printable), *said)
