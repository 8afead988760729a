"""Checks before every request and headers after it: host, CORS, API key, rate limit, conditional GET, admission."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from pincite import __version__
from pincite.index.errors import SettingError
from pincite.index.settings import Settings
from pincite.service.guard.admission import AdmissionGate, concurrency
from pincite.service.guard.metrics import Metrics
from pincite.service.guard.problems import Problem
from pincite.service.guard.rate_limit import RateLimiter, client_of
from pincite.service.guard.searcher_source import SearcherSource
from pincite.service.guard.state import Service, request_state, service, service_of

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HEALTH_PATHS = ("/livez", "/readyz")
KEYLESS_ENDPOINT = "api.openapi"  # the page /api shows the same to everybody
# Never counted, never in line: cheap, and who types a question must have all of the quota for asking it.
EXEMPT_ENDPOINTS = ("health.live", "health.ready", "static", "pincite.suggestions")
EXPOSED_HEADERS = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"  # that other origins may read
QUEUE_TIMEOUT_S = 0.2  # seconds that a request waits in line
BATCH_QUEUE_TIMEOUT_S = 10.0  # seconds that a further question of a batch waits in line
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def make_service(source: SearcherSource, settings: Settings, today: Callable[[], date] = date.today) -> Service:
    """Make the state of an app as the settings say. Raises SettingError for a file of keys that cannot be used."""
    gate = AdmissionGate(concurrency(settings), settings.max_queued, QUEUE_TIMEOUT_S)
    return Service(
        source=source,
        settings=settings,
        gate=gate,
        limiter=RateLimiter(settings.requests_per_minute) if settings.requests_per_minute else None,
        key_digests=_key_digests(settings.api_keys_file),
        origins=frozenset(_names(settings.cors_origins)),
        metrics=Metrics(source, gate),
        today=today,
        listen_url=f"http://{settings.host}:{settings.port}",
    )


def register(app: Flask) -> None:
    """Check every request to the app, and complete every response."""
    app.config["TRUSTED_HOSTS"] = [_fold_host(name) for name in _names(service_of(app).settings.trusted_hosts)] or None
    app.wsgi_app = _FoldedHost(app.wsgi_app)  # type: ignore[method-assign]
    for check in (_name_request, _cors_preflight, _require_api_key, _count_request, _conditional_get, _admit):
        app.before_request(check)
    app.after_request(_complete_response)
    app.teardown_request(_release_place)


class _FoldedHost:
    """WSGI middleware that writes the name in Host in lower case, without a final dot (RFC 9110, 4.2.3)."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = _fold_host(environ["HTTP_HOST"])
        return self._app(environ, start_response)


def _fold_host(host: str) -> str:
    name, colon, port = host.rpartition(":") if re.search(r":\d*$", host) else (host, "", "")
    return name.lower().removesuffix(".") + colon + port


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _key_digests(path: str) -> tuple[bytes, ...]:
    if not path:
        return ()
    try:
        lines = Path(path).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            "PINCITE_API_KEYS_FILE", f"{path} cannot be read", "name a file of digests, one a line"
        ) from error
    if not lines or not all(re.fullmatch("[0-9a-f]{64}", line) for line in lines):
        raise SettingError(
            "PINCITE_API_KEYS_FILE", f"{path} holds no digests", "put one a line, as `pincite key` prints them"
        )
    return tuple(bytes.fromhex(line) for line in lines)


def _name_request() -> None:
    """Keep the request id that the caller sent, if it is plain."""
    sent = request.headers.get("X-Request-Id", "")
    if _REQUEST_ID.fullmatch(sent):
        request_state().request_id = sent


def _cors_preflight() -> Response | None:
    """Answer a CORS preflight (Fetch standard): may a page of another origin call this endpoint?"""
    preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not preflight or not _allowed_origin():
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Request-Id"
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def _allowed_origin() -> str | None:
    origin = request.headers.get("Origin")
    listed = origin in service().origins and (request.path.startswith("/v1/") or request.path in HEALTH_PATHS)
    return origin if listed else None


def _require_api_key() -> None:
    """Refuse a request to an endpoint without a valid key, if keys are set; pages stay open."""
    keys = service().key_digests
    is_open = not request.path.startswith("/v1/") or request.endpoint == KEYLESS_ENDPOINT
    if not keys or is_open or request.method == "OPTIONS":
        return
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(key.strip().encode("utf-8", "replace")).digest()
    matches = [hmac.compare_digest(digest, known) for known in keys]  # all of them: the time gives nothing away
    if scheme.lower() != "bearer" or not any(matches):
        _take_quota(_address(), 1)  # guesses cost their sender's address
        detail = "Send a key: Authorization: Bearer KEY."
        raise Problem("no-key", detail, headers={"WWW-Authenticate": 'Bearer realm="pincite"'})
    request_state().client = digest.hex()


def _count_request() -> None:
    if request.endpoint not in EXEMPT_ENDPOINTS:
        _take_quota(_client(), 1)


def _take_quota(client: str, cost: int) -> None:
    """Take `cost` requests from a client's quota. Raises Problem if fewer are left."""
    limiter = service().limiter
    if limiter is None or not cost:
        return
    quota = request_state().quota = limiter.consume(client, cost)
    if quota.allowed:
        return
    if cost >= limiter.quota:
        detail = f"A batch counts as its questions, and the quota is {limiter.quota} a minute. Send fewer at once."
    else:
        detail = f"More than {limiter.quota} requests in a minute. Try again in {quota.retry_after} s."
    raise Problem("quota-exceeded", detail)


def _client() -> str:
    """Return whose quota a request takes: that of its API key, or of its address."""
    return request_state().client or _address()


def _address() -> str:
    """Return the client's address; of IPv6 its /64."""
    return client_of(request.remote_addr or "unknown")


def _conditional_get() -> Response | None:
    """Return 304 if the client has what would be sent: same address, index, version and day make the same page."""
    if request.method not in ("GET", "HEAD") or request.endpoint in (None, *EXEMPT_ENDPOINTS):
        return None
    state, shared = request_state(), service()
    state.searcher = None if shared.draining.is_set() else shared.source.current()
    if state.searcher is None:
        return None
    accepts = request.headers.get("Accept", "") if not request.path.startswith("/v1/") else ""
    parts = (__version__, state.searcher.bundle.id, str(shared.today()), request.full_path, accepts, request.host)
    state.etag = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
    sent = request.if_none_match
    if not sent.star_tag and sent.contains_weak(state.etag):
        return Response(status=304)
    return None


def _admit() -> None:
    if request.endpoint in (None, *EXEMPT_ENDPOINTS):
        return
    gate = service().gate
    if not gate.acquire():
        raise _overloaded(gate)
    request_state().admitted = True


def _overloaded(gate: AdmissionGate) -> Problem:
    detail = "Too many questions at once. Try again in a little while."
    return Problem("overloaded", detail, headers={"Retry-After": str(gate.retry_after())})


@contextmanager
def batch(count: int) -> Iterator[Callable[[], None]]:
    """Admit a batch of `count` questions, each for a place of its own and a unit of quota.

    Yields a function to call between two questions: it gives the place back and waits for another. Raises Problem:
    before any work if the quota has less left or enough batches are at work, and between two questions if no place
    comes free in time.
    """
    gate, state = service().gate, request_state()
    _take_quota(_client(), count - 1)  # the request itself has taken one
    if not gate.begin_batch():
        raise _overloaded(gate)

    def next_place() -> None:
        _release_place(None)
        if not gate.acquire_behind(BATCH_QUEUE_TIMEOUT_S):
            raise _overloaded(gate)
        state.admitted = state.batched = True

    try:
        yield next_place
    finally:
        gate.end_batch()


def _release_place(error: BaseException | None) -> None:
    state = request_state()
    if state.admitted:
        service().gate.release(state.batched)
    state.admitted = state.batched = False


def _complete_response(response: Response) -> Response:
    """Set the header fields that every response carries."""
    state, shared = request_state(), service()
    response.headers.update(SECURITY_HEADERS)
    response.headers["X-Request-Id"] = state.request_id
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if shared.settings.feedback:  # else browsers on plain HTTP name no origin for the form, not even this one
        response.headers["Referrer-Policy"] = "same-origin"
    if state.quota and shared.limiter:
        response.headers.update(state.quota.fields(shared.limiter.quota))
    if state.etag and response.status_code in (200, 304) and request.endpoint not in EXEMPT_ENDPOINTS:
        response.set_etag(state.etag, weak=True)  # weak: the time that an answer took is not the same
    if origin := _allowed_origin():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if shared.origins:
        response.vary.add("Origin")
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # another text has another address
    return response
