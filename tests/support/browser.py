"""A real browser and a real server for the page tests."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from pincite.index.settings import Settings
from pincite.service.runtime.server import Server

_QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
_ARGUMENTS = [*_QUIET.split(), "--disable-component-update", "--disable-sync"]


def missing(what: str) -> NoReturn:
    """Skip a test for want of something, but fail it in CI, which has everything."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
    raise AssertionError


def chromium_path() -> str:
    """Return where Chromium is."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None) or missing("there is no Chromium")


def tool(path: str) -> Path:
    """Return a file of the page checks that `make test` installs."""
    return TOOLS / path if (TOOLS / path).is_file() else missing(f"{path} is not installed: make test needs npm")


@contextmanager
def serving(
    app: Flask, port: int = 0, processes: int = 1, joining: bool = False, max_connections: int = 400
) -> Iterator[Server]:
    """Serve the app on a free port while the block runs; at its end the server has drained."""
    settings = Settings(port=port, processes=processes, max_connections=max_connections)
    server = Server(app, settings, joining)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


TOOLS = Path(__file__).resolve().parents[2] / "var" / "tools" / "node_modules"


@contextmanager
def visiting(browser: Browser, url: str, **always: Any) -> Iterator[Callable[..., Page]]:
    """`visit(path, **context)`: a fresh page at a path of the service; all are closed in the end."""
    contexts = []

    def visit(path: str, **context: Any) -> Page:
        contexts.append(browser.new_context(base_url=url, **always, **context))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium. Where there is none the tests are skipped, but in CI they fail."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_ARGUMENTS)
        yield browser
        browser.close()
