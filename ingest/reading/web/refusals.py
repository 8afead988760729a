"""Problems of a fetch in words, each with its remedy. Statuses and errors come in; addresses are added by fetch.py."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from typing import TypeVar

import httpcore2 as httpcore

from pincite.ingestion.reading.web.network import Deadline, ForbiddenAddressError, UnknownHostError

E = TypeVar("E", bound=BaseException)

SAVE_PAGE = "save the page with a browser, and give its file"
_LATER = "run the command again later, or " + SAVE_PAGE
_CHECK = "check the address, and open it in a browser"
_MAX_QUOTED = 60  # characters of a header in a message


class FetchError(Exception):
    """Problem of a page, and what to do about it."""

    def __init__(self, problem: str, remedy: str = SAVE_PAGE) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy


def status_refusal(status: int, retry_after: str = "") -> FetchError:
    """Return the refusal for a status that is no page."""
    try:
        named = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        named = str(status)
    if status in (401, 403, 407, 451):
        return FetchError(f"is not open to everybody ({named})")
    if status in (404, 410):
        return FetchError(f"is not there ({named})", _CHECK)
    if status in (429, 503):
        when = f"; it says Retry-After: {quoted(retry_after)}" if retry_after else ""
        wait = f"wait {int(retry_after)} s, then " if retry_after.isdecimal() and len(retry_after) < 7 else ""
        return FetchError(f"is not served at the moment ({named}){when}", wait + _LATER)
    if status >= 500:
        return FetchError(f"cannot be made by its server ({named})", _LATER)
    return FetchError(f"is no page: its server answers with {named}", _CHECK)


def network_refusal(error: Exception, host: str, deadline: Deadline, seconds: float) -> FetchError:
    """Return the refusal for an error of the network or of HTTP. seconds: what the whole fetch may take."""
    if isinstance(error, UnknownHostError):
        return FetchError(f"has a host that no name server knows: {host}", "check the address and the network")
    if isinstance(error, ForbiddenAddressError):
        return FetchError(f"leads to an address in a network of this machine: {host}", "give that address itself")
    if isinstance(error, httpcore.TimeoutException):
        if deadline.has_passed:
            return FetchError(f"did not arrive in full within {seconds:g} s", _LATER)
        return FetchError("is on a host that does not answer in time", _LATER)
    if tls := _cause(error, ssl.SSLCertVerificationError):
        return FetchError(
            f"has a certificate that is not trusted: {tls.verify_message}",
            f"{SAVE_PAGE}; an authority of your own is named in SSL_CERT_FILE",
        )
    if isinstance(error, httpcore.ConnectError):
        reason = _cause(error, OSError)
        said = f": {reason.strerror or reason}" if reason else ""
        return FetchError(f"is on a host that cannot be connected to{said}", "check the address and the network")
    if isinstance(error, httpcore.ProxyError):
        return FetchError("is refused by the proxy of this machine's environment", "look at http_proxy and https_proxy")
    return FetchError("broke off, or came as no proper HTTP", _LATER)


def quoted(header: str) -> str:
    """Return a header as a message may hold it."""
    return "".join(c for c in header if c.isprintable())[:_MAX_QUOTED]


def _cause(error: BaseException, kind: type[E]) -> E | None:
    """Return the first error of a kind among those that led to an error; None if there is none."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kind):
        found = found.__cause__ or found.__context__
    return found
