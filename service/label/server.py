"""The loopback address on which `pincite label` serves its pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

from waitress.server import create_server

from pincite.index.errors import ServeError
from pincite.service.label.app import create_label_app
from pincite.service.label.labelling import Labelling

LOOPBACK = "127.0.0.1"
TOKEN_BYTES = 18


def make_label_server(labelling: Labelling, port: int) -> tuple[Any, str]:
    """Listen on loopback. Returns the server, whose run() answers until its close(), and the address with its token.

    One thread answers, so that a labelling needs no lock. Raises ServeError if the port cannot be listened on.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request in line
    token = secrets.token_urlsafe(TOKEN_BYTES)
    try:
        server = create_server(create_label_app(labelling, token), host=LOOPBACK, port=port, threads=1, ident=None)
    except OSError as error:
        problem = f"cannot be listened on ({error.strerror})"
        raise ServeError(f"{LOOPBACK}:{port}", problem, "choose another with --port; 0 takes a free one") from error
    return server, f"http://{LOOPBACK}:{server.effective_port}/{token}/"


def serve_label(labelling: Labelling, port: int, announce: Callable[[str], None]) -> None:
    """Serve the pages until interrupted; `announce` is given the address."""
    server, address = make_label_server(labelling, port)
    announce(address)
    server.run()
