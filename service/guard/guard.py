"""Who may come in and what every response carries: hosts, keys, quotas, the gate, request ids, headers, validators."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

from pincite import __version__
from pincite.index.errors import SettingError
from pincite.index.settings import Settings
from pincite.service.guard.admission import AdmissionGate, concurrency
from pincite.service.guard.problems import Problem
from pincite.service.guard.rate_limit import Quota, RateLimiter, client_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
EXEMPT = ("health.live", "health.ready", "static")  # always let in, by no gate and no quota
QUEUE_TIMEOUT_S = 0.2  # seconds that a request waits for its turn
BATCH_QUEUE_TIMEOUT_S = 10.0  # seconds that a further question of a batch waits for its own
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def register(app: Flask, settings: Settings) -> None:
    """Stand at the door of the app. Raises SettingError for a file of keys that cannot be used."""
    app.config["TRUSTED_HOSTS"] = [_fold_host(name) for name in _names(settings.trusted_hosts)] or None
    app.wsgi_app = _FoldedHost(app.wsgi_app)  # type: ignore[method-assign]
    app.extensions["gate"] = AdmissionGate(concurrency(settings), settings.max_queued, QUEUE_TIMEOUT_S)
    app.extensions["limiter"] = RateLimiter(settings.requests_per_minute) if settings.requests_per_minute else None
    app.extensions["keys"] = _keys(settings.api_keys_file)
    app.extensions["origins"] = frozenset(_names(settings.cors_origins))
    for check in (_name_request, _cors_preflight, _require_api_key, _count, _conditional_get, _admit):
        app.before_request(check)
    app.after_request(_finish)
    app.teardown_request(_give_turn_back)


class _FoldedHost:
    """WSGI middleware: the name in Host in lower case and without the dot of the root (RFC 9110, 4.2.3)."""

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


def _keys(path: str) -> tuple[bytes, ...]:
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
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _cors_preflight() -> Response | None:
    """Answer what a browser asks before it lets a page of another origin call an endpoint."""
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
    listed = origin in current_app.extensions["origins"] and request.path.startswith("/v1/")
    return origin if listed else None


def _require_api_key() -> None:
    """Refuse a request to an endpoint without a valid key, if keys are set; pages stay open."""
    keys: tuple[bytes, ...] = current_app.extensions["keys"]
    if not keys or not request.path.startswith("/v1/") or request.method == "OPTIONS":
        return
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(key.strip().encode("utf-8", "replace")).digest()
    known = [hmac.compare_digest(digest, each) for each in keys]  # all of them: the time tells nothing
    if scheme.lower() != "bearer" or not any(known):
        _take_quota(_address(), 1)  # guesses cost their sender's address
        detail = "Send a key: Authorization: Bearer KEY."
        raise Problem("no-key", detail, headers={"WWW-Authenticate": 'Bearer realm="pincite"'})
    g.client = digest.hex()


def _count() -> None:
    if request.endpoint not in EXEMPT:
        _take_quota(g.get("client") or _address(), 1)


def _take_quota(client: str, cost: int) -> None:
    """Take `cost` requests from a client's quota. Raises Problem where there are not as many left."""
    limiter: RateLimiter | None = current_app.extensions["limiter"]
    if limiter is None or not cost:
        return
    g.left = limiter.consume(client, cost)
    if g.left.allowed:
        return
    if cost >= limiter.quota:
        detail = f"A batch counts as its questions, and the quota is {limiter.quota} a minute. Send fewer at once."
    else:
        detail = f"More than {limiter.quota} requests in a minute. Try again in {g.left.rest} s."
    raise Problem("quota-exceeded", detail)


def _address() -> str:
    """Return the client's address; of IPv6 its /64."""
    return client_of(request.remote_addr or "unknown")


def _conditional_get() -> Response | None:
    """304 where the client holds what would be sent: the same address, index, version and day make the same page."""
    if request.method not in ("GET", "HEAD") or request.endpoint in (None, *EXEMPT):
        return None
    current = current_app.extensions["searcher"]() if not current_app.extensions["draining"].is_set() else None
    if current is None:
        return None
    g.searcher = current
    day = current_app.extensions["today"]()
    accepts = request.headers.get("Accept", "") if not request.path.startswith("/v1/") else ""
    parts = (__version__, current.bundle.id, str(day), request.full_path, accepts, request.host)
    g.etag = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
    held = request.if_none_match
    if not held.star_tag and held.contains_weak(g.etag):
        return Response(status=304)
    return None


def _admit() -> None:
    if request.endpoint in (None, *EXEMPT):
        return
    gate: AdmissionGate = current_app.extensions["gate"]
    if not gate.acquire():
        raise _overloaded(gate)
    g.turn = gate


def _overloaded(gate: AdmissionGate) -> Problem:
    detail = "Too many questions at once. Try again in a little while."
    return Problem("overloaded", detail, headers={"Retry-After": str(gate.retry_after())})


@contextmanager
def batch(count: int) -> Iterator[Callable[[], None]]:
    """Let a batch of `count` questions be worked on, each in a turn of its own and for a unit of quota.

    What it gives is called between two questions: it gives the turn back and waits for another. Raises Problem, before
    any work, where the quota has less left or batches enough are at work; and later where no turn is to be had.
    """
    gate: AdmissionGate = current_app.extensions["gate"]
    _take_quota(g.get("client") or _address(), count - 1)  # the request itself has taken one
    if not gate.begin_batch():
        raise _overloaded(gate)

    def next_turn() -> None:
        _give_turn_back(None)
        if not gate.acquire_behind(BATCH_QUEUE_TIMEOUT_S):
            raise _overloaded(gate)
        g.turn, g.batched = gate, True

    try:
        yield next_turn
    finally:
        gate.end_batch()


def _give_turn_back(error: BaseException | None) -> None:
    batched = bool(g.pop("batched", False))
    if turn := g.pop("turn", None):
        turn.release(batched)


def _finish(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers["X-Request-Id"] = g.get("request_id") or str(uuid.uuid4())
    response.headers.setdefault("Cache-Control", "private, no-cache")
    left: Quota | None = g.get("left")
    if left:
        response.headers.update(left.fields(current_app.extensions["limiter"].quota))
    if "etag" in g and response.status_code in (200, 304) and request.endpoint not in EXEMPT:
        response.set_etag(g.etag, weak=True)  # weak: the time that an answer took is not the same
    if origin := _allowed_origin():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Expose-Headers"] = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
    if current_app.extensions["origins"]:
        response.vary.add("Origin")
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # another text has another address
    return response
