"""Every page and state before its judges: axe-core, the Nu checker, Lighthouse, and a scale."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import chromium_path, missing, serving, tool
from fake_searcher import FEES, HANDBOOK, SOURCE, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from playwright.sync_api import Browser
from twelve_documents import shelf_of_twelve

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app
from pincite.service.web.shelf.document_choice import MAX_CHECKBOXES

STATES = {
    "start": "/",
    "answered": "/?q=how+long+is+a+sabbatical+after+seven+years",
    "mended": "/?q=is+the+sabatical+paid+after+seven+years",
    "related": "/?q=jacket",
    "not found": "/?q=zebra",
    "small talk": "/?q=hi",
    "right to left": "/?q=%D9%83%D9%85+%D9%8A%D8%B9%D9%8A%D8%B4+%D9%85%D8%B1%D9%8A%D8%B6",
    "emergency": "/?q=i+cannot+breathe",
    "distress": "/?q=i+want+to+end+my+life",
    "blank": "/?q=",
    "reader": "/documents/staff-handbook?mark=60-100&q=how+long+is+a+sabbatical",
    "stale reader": "/documents/staff-handbook?mark=60-100&text=000000000000",
    "undated reader": "/documents/tides",
    "cite": "/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1",
    "tables": "/documents/fees?mark=0-900",
    "rows": "/?q=which+moorings+are+paid+by+season",
    "code": "/?q=book+a+mooring+with+a+command",
    "documents": "/documents",
    "about": "/about",
    "api": "/api",
    "problem": "/problems/internal",
    "problems": "/problems",
    "error": "/nowhere",
}
MANY = {  # of a shelf of twelve
    "start of many": "/",
    "narrowed": "/?q=bring+animals+library&documents=bees,library-faq,museum,pool-faq&k=10",
    "filtered": "/?q=bring+animals+library&tags=animals&publishers=Elmwick+Library&publishers=Nobody&since=2024-02",
    "nothing to search": "/?q=bring+animals+library&tags=animals&until=2010",
    "unknown document": "/?q=zebra&documents=gone,museum",
    "list": "/documents?title=questions",
    "reader of many": "/documents/museum",
    "cite sentences": "/documents/museum/cite?passage=museum-guide:1&mark=15-20",
}
THEMES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe cannot decide and why it is right as it is. An entry: rule -> axe's own reason, parts of elements' addresses.
# A cell of a table that is wider than the screen is cut by the edge that it scrolls under; its colours are the page's.
EXPLAINED = {
    "color-contrast": ("elmPartiallyObscured", (" > td", " > th", "tr:nth-child", "td:nth-child", "th:nth-child"))
}


def is_explained(rule: str, node: dict[str, Any]) -> bool:
    """Return whether what axe leaves undecided is in EXPLAINED."""
    reason, addresses = EXPLAINED.get(rule, ("?", ()))
    return reason in str(node["any"]) and any(address in str(node["target"]) for address in addresses)


def shelf() -> Flask:
    """Return pages on a shelf where one document states its language, and is based on another's page."""
    summary = replace(FEES, language="de-CH", source=replace(SOURCE, based_on="Berth Office"))
    return create_app(
        FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES, summary)))), Settings(contact="help@harbour.example")
    )


def many() -> Flask:
    return create_app(FixedSource(StubSearcher(shelf_of_twelve())), Settings())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(shelf()) as server:
        yield server.url


@pytest.fixture(scope="module")
def many_url() -> Iterator[str]:
    with serving(many()) as server:
        yield server.url


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(browser: Browser, url: str, theme: str, width: int) -> None:
    """No violation, and nothing undecided that is not explained above, on any page in any state."""
    assert axe_findings(browser, url, STATES, width, theme) == []


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (1280, "dark")])
def test_axe_finds_nothing_on_pages_of_many_documents(browser: Browser, many_url: str, width: int, theme: str) -> None:
    """No violation in any state that only many documents bring, the choice of them unfolded."""
    assert axe_findings(browser, many_url, MANY, width, theme) == []


def axe_findings(browser: Browser, url: str, states: dict[str, str], width: int, theme: str) -> list[tuple[Any, ...]]:
    axe = tool("axe-core/axe.min.js").read_text(encoding="utf-8")
    size = {"width": width, "height": 800}
    # the page's own policy would not let axe in
    context = browser.new_context(base_url=url, viewport=size, bypass_csp=True, **THEMES[theme])
    page = context.new_page()
    found: list[tuple[Any, ...]] = []
    for state, path in states.items():
        page.goto(path)
        page.evaluate("document.querySelectorAll('.choice, .narrowed details').forEach(e => { e.open = true })")
        page.evaluate(axe)
        result = page.evaluate(
            "rules => axe.run({runOnly: rules, resultTypes: ['violations', 'incomplete']})",
            {"type": "tag", "values": RULES},
        )
        assert len(result["passes"]) > 15
        found += [
            (state, rule["id"], node["html"][:200], node["failureSummary"])
            for rule in result["violations"]
            for node in rule["nodes"]
        ]
        found += [
            (state, rule["id"], node["html"][:200], node["any"] or node["none"])
            for rule in result["incomplete"]
            for node in rule["nodes"]
            if not is_explained(rule["id"], node)
        ]
    context.close()
    return found


def test_the_nu_checker_finds_no_error(tmp_path: Path) -> None:
    """Every state of every page, and the style sheet, is valid."""
    few, dozen = shelf().test_client(), many().test_client()
    pages = [*((few, *page) for page in STATES.items()), *((dozen, *page) for page in MANY.items())]
    for client, state, path in pages:
        (tmp_path / f"{state.replace(' ', '-')}.html").write_bytes(
            client.get(path, headers={"Accept": "text/html"}).data
        )
    command = [
        "java",
        "-jar",
        str(tool("vnu-jar/build/dist/vnu.jar")),
        "--errors-only",
        "--format",
        "json",
        str(tmp_path),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except FileNotFoundError:
        missing("the Nu checker needs java")
    messages = json.loads(done.stderr)["messages"]
    assert [(Path(m["url"]).name, m.get("extract"), m["message"]) for m in messages] == []
    assert len(list(tmp_path.iterdir())) == len(pages)


@pytest.mark.parametrize("state", ["start", "answered", "reader"])
def test_lighthouse_is_content(url: str, state: str, tmp_path: Path) -> None:
    """On a simulated phone: performance .98 or more, accessibility and best practices 1.0."""
    report = tmp_path / "report.json"
    flags = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    command = ["node", str(tool("lighthouse/cli/index.js")), url + STATES[state], "--quiet", "--output=json"]
    command += ["--only-categories=performance,accessibility,best-practices", f"--chrome-flags={flags}"]
    environment = {**os.environ, "CHROME_PATH": chromium_path(), "HOME": str(tmp_path)}
    command.append(f"--output-path={report}")
    done = subprocess.run(command, env=environment, timeout=180, capture_output=True, text=True)
    if done.returncode:  # no score: its browser did not come up, or stopped
        done = subprocess.run(command, env=environment, timeout=180, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(report.read_text(encoding="utf-8"))
    scores = {name: category["score"] for name, category in result["categories"].items()}
    failed = [name for name, audit in result["audits"].items() if audit["score"] is not None and audit["score"] < 0.9]
    assert scores["performance"] >= 0.98, failed
    assert (scores["accessibility"], scores["best-practices"]) == (1, 1), failed


@contextmanager
def weighing(browser: Browser, url: str) -> Iterator[Callable[[str], tuple[list[str], int]]]:
    context = browser.new_context(base_url=url)

    def weigh(path: str) -> tuple[list[str], int]:
        page = context.new_page()
        asked: list[str] = []
        sizes: list[int] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda response: sizes.append(len(response.body())))
        page.goto(path, wait_until="networkidle")
        page.close()
        return asked, sum(sizes)

    yield weigh
    context.close()


def test_a_first_visit_to_many_documents_is_light(browser: Browser) -> None:
    """The start page has the longest choice of documents and their list, and the first visit still 30 KB at most."""
    titles = [replace(TIDES, id=f"document-{n}", title=f"A title of usual length, {n}") for n in range(MAX_CHECKBOXES)]
    app = create_app(FixedSource(StubSearcher(Shelf(tuple(titles)))), Settings())
    with serving(app) as server, weighing(browser, server.url) as weigh:
        asked, size = weigh("/")
    assert 1 < len(asked) <= 4
    assert size <= 30_000


@pytest.mark.parametrize(("state", "most"), [("start", 30_000), ("answered", 60_000), ("related", 60_000)])
def test_pages_are_light(browser: Browser, url: str, state: str, most: int) -> None:
    """A first visit has four requests at most, all to the service itself, and few bytes."""
    with weighing(browser, url) as weigh:
        asked, size = weigh(STATES[state])
    assert 0 < size <= most
    assert 1 < len(asked) <= 4
    assert all(address.startswith(url) for address in asked)


def test_the_script_is_small_and_files_are_kept() -> None:
    """At most 10 KB of script; the files of the pages have addresses that change with them, and may be kept a year."""
    client = shelf().test_client()
    page = client.get("/").text
    address = page.split('<script src="')[1].split('"')[0]
    with client.get(address) as script, client.get("/static/pincite.js") as without_digest:
        assert len(script.data) <= 10_000
        assert "immutable" in script.headers["Cache-Control"]
        assert "immutable" not in without_digest.headers["Cache-Control"]
