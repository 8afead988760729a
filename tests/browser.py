"""A real browser and a real server for the page tests."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from index.settings import Settings
from service.server import Server

_QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
_ARGUMENTS = [*_QUIET.split(), "--disable-component-update", "--disable-sync"]


@contextmanager
def serving(app: Flask, **settings: Any) -> Iterator[Server]:
    """The app on a free port, for as long as the block runs; in the end the server has drained."""
    server = Server(app, Settings(port=0, threads=4, **settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium. Where there is none the tests are skipped, but in CI they fail."""
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()
