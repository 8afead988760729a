"""The form under an answer, in a real browser and before the judges of the pages; those of `pincite label` with it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from browser import missing, serving, tool, visiting
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from playwright.sync_api import Browser, expect

from pincite.index.settings import Settings
from pincite.service.feedback.store import FeedbackStore
from pincite.service.label.app import create_label_app
from pincite.service.label.labelling import Labelling
from pincite.service.label.labels import LabelFile
from pincite.service.label.questions import read_questions_to_label
from pincite.service.runtime.app import create_app

QUESTION = "how long is a sabbatical after seven years"
ANSWERED = f"/?q={QUESTION.replace(' ', '+')}"
STATES = (ANSWERED, f"{ANSWERED}&said=helped", "/?q=jacket", "/?q=zebra", "/about")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES)))), Settings(feedback=str(tmp_path / "kept")))


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    with serving(app) as server:
        yield server.url


@pytest.mark.parametrize("scripts", [False, True])
def test_a_press_is_counted_and_leads_back_to_the_answer(
    browser: Browser, url: str, tmp_path: Path, scripts: bool
) -> None:
    """Real browsers say that the form comes from the page; the answer stays, with thanks in view."""
    with visiting(browser, url, java_script_enabled=scripts) as visit:
        page = visit("/")
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Search").click()
        page.get_by_label("Also keep the words of my question").check()
        page.get_by_role("button", name="This helped").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_in_viewport()
        expect(page.get_by_role("region", name="Most likely answer")).to_be_attached()
    store = FeedbackStore(tmp_path / "kept")
    ((given, count),) = store.counts()
    assert (given.status, given.verdict, count) == ("answered", "helped", 1)
    assert [q.text for q in store.questions()] == [QUESTION]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_form_fits_a_phone(browser: Browser, url: str, scheme: str) -> None:
    """In every state of an answer, at 320 px: no violation, nothing sideways, targets of 44 px."""
    axe = tool("axe-core/axe.min.js").read_text(encoding="utf-8")
    given = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}, "bypass_csp": True}
    with visiting(browser, url, **given) as visit:
        page = visit("/")
        for path in STATES:
            page.goto(url + path)
            page.evaluate(axe)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            for target in page.locator(".feedback button, .feedback label").all():
                box = target.bounding_box()
                assert box
                assert box["height"] >= 43.9


def test_the_nu_checker_finds_no_error(app: Flask, index: Path, tmp_path: Path) -> None:
    """The form, the thanks and the pages of `pincite label` are valid, and so is their style sheet."""
    pages = {path: app.test_client().get(path) for path in STATES}
    (tmp_path / "mine.txt").write_text("Is a sabbatical paid?\nWho was the first harbour master?\n")
    asked = read_questions_to_label(tmp_path / "mine.txt", 2000)
    labelling = Labelling(Settings(index=str(index)), asked, LabelFile(tmp_path / "mine.labels.jsonl"))
    with closing(labelling.searcher.bundle):
        client = create_label_app(labelling, "token").test_client()
        client.post("/token/questions/2", data={"kind": "near_out"})
        for path in ("", "questions/1", "questions/2?kept=1&browse=1&document=leave", "questions/1?kept=1&look=bell"):
            pages[path] = client.get(f"/token/{path}")
        pages["calibrate"] = client.post("/token/calibrate")
        style = client.get("/static/label.css").data
    (tmp_path / "pages").mkdir()
    for number, page in enumerate(pages.values()):
        (tmp_path / "pages" / f"{number}.html").write_bytes(page.data)
    (tmp_path / "pages" / "label.css").write_bytes(style)
    checker = str(tool("vnu-jar/build/dist/vnu.jar"))
    command = [
        "java",
        "-jar",
        checker,
        "--errors-only",
        "--format",
        "json",
        "--also-check-css",
        str(tmp_path / "pages"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except FileNotFoundError:
        missing("the Nu checker needs java")
    messages = json.loads(done.stderr)["messages"]
    assert [(Path(m["url"]).name, m.get("extract"), m["message"]) for m in messages] == []
