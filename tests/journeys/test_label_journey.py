"""From ten documents of one's own and forty questions to a calibrated index, by clicking alone."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from browser import serving, tool, visiting
from fixed_source import FixedSource
from playwright.sync_api import Browser, Page, expect

from pincite.evaluation import read_questions
from pincite.index.searcher import open_searcher
from pincite.index.settings import Settings
from pincite.ingestion.report import BuildReport
from pincite.service.label.labelling import Labelling
from pincite.service.label.labels import LabelFile
from pincite.service.label.questions import read_questions_to_label
from pincite.service.label.server import make_label_server
from pincite.service.runtime.app import create_app

DOCUMENTS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[1] / "data" / "workshop.jsonl").read_text("utf-8").splitlines()
]
ANSWERED = {entry["question"]: entry["sentence"] for d in DOCUMENTS for entry in d["answered"]}
UNANSWERED = [question for d in DOCUMENTS for question in d["unanswered"]]


@pytest.fixture(scope="module")
def root(index: Path, ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the ten documents; its encoder is that of another index, which saves the export."""
    folder = tmp_path_factory.mktemp("workshop")
    root = Path(shutil.copytree(index, folder / "index"))
    (folder / "documents").mkdir()
    for document in DOCUMENTS:
        (folder / "documents" / f"{document['name']}.md").write_text(document["text"], encoding="utf-8")
    ingest(root, folder / "documents")
    return root


@contextmanager
def labelling_served(root: Path, questions: Path) -> Iterator[tuple[Labelling, str]]:
    """Serve the pages of `pincite label`; yields the labelling and the address."""
    asked = read_questions_to_label(questions, 2000)
    labels = LabelFile(questions.with_suffix(".labels.jsonl"))
    labelling = Labelling(Settings(index=str(root)), asked, labels)
    server, address = make_label_server(labelling, 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield labelling, address
    server.close()
    labelling.searcher.bundle.close()


def label(page: Page) -> None:
    """Label the question that a page shows: tick its sentence, looking for it if need be, or say that none answers."""
    sentence = ANSWERED.get(page.locator("h1").inner_text())
    if sentence is None:
        page.get_by_role("button", name="On topic, not answered").click()
        return
    if not page.get_by_label(sentence).count():
        page.get_by_label("Look for it in other words").fill(sentence)
        page.get_by_role("button", name="Look", exact=True).click()
    page.get_by_label(sentence).check()
    page.get_by_role("button", name="The ticked sentences answer").click()


def test_from_own_documents_to_a_calibrated_index(root: Path, browser: Browser, tmp_path: Path) -> None:
    """Forty labels are clicked without scripts, in two runs; one button calibrates; the service says so."""
    questions = tmp_path / "mine.txt"
    questions.write_text("\n".join([*ANSWERED, *UNANSWERED]) + "\n", encoding="utf-8")
    with (
        labelling_served(root, questions) as (labelling, address),
        visiting(browser, address, java_script_enabled=False) as visit,
    ):
        page = visit(address)
        page.get_by_role("link", name="Begin with question 1").click()
        for _ in range(12):
            label(page)
        expect(page.locator(".where")).to_have_text("Question 13 of 40; 12 of 40 are labelled.")
    with (
        labelling_served(root, questions) as (labelling, address),
        visiting(browser, address, java_script_enabled=False) as visit,
    ):
        page = visit(address)
        page.get_by_role("link", name="Go on with question 13").click()
        for _ in range(28):
            label(page)
        expect(page.locator("h1")).to_have_text("40 of 40 questions are labelled")
        before, row = labelling.searcher.bundle.id, page.locator("tr", has_text="on topic, not answered")
        in_use, fitted = row.locator("td").all_inner_texts()
        assert all(" of 20, " in rate for rate in (in_use, fitted))
        page.get_by_role("button", name="Calibrate and publish").click()
        expect(page.get_by_role("status")).to_contain_text(f"Published index {labelling.published}")
        expect(page.locator(".rates")).to_contain_text("its own column flatters it")
        assert labelling.published != before
    labels = read_questions(tmp_path / "mine.labels.jsonl")
    assert [q.kind for q in labels] == ["in"] * 20 + ["near_out"] * 20
    searcher = open_searcher(Settings(index=str(root)))
    app = create_app(FixedSource(searcher), Settings())
    with closing(searcher.bundle), serving(app) as server, visiting(browser, server.url) as visit:
        said = visit("/about").locator("main").text_content()
    assert "Measured on mine.labels.jsonl, by 10-fold cross-validation: 20 questions that the documents answer" in said
    assert f"with the index {labelling.published}" in said
    assert fitted.split()[3].rstrip("%") in said  # the share that the last page had promised
    assert "not the documents that are searched here" not in said


@pytest.mark.parametrize("path", ["", "questions/1", "questions/2?kept=1&browse=1&document=wood"])
def test_the_pages_are_accessible_and_fit_a_phone(root: Path, browser: Browser, tmp_path: Path, path: str) -> None:
    """axe finds nothing, nothing scrolls sideways at 320 px, and every target is 44 px high."""
    (tmp_path / "mine.txt").write_text("\n".join([*ANSWERED, *UNANSWERED]), encoding="utf-8")
    with (
        labelling_served(root, tmp_path / "mine.txt") as (_, address),
        visiting(browser, address, bypass_csp=True, viewport={"width": 320, "height": 640}) as visit,
    ):
        page = visit(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.evaluate(tool("axe-core/axe.min.js").read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
        for target in (
            page.locator("a:not(.skip), button, summary, select, .tick, input[type=search]").filter(visible=True).all()
        ):
            box = target.bounding_box()
            assert box is None or box["height"] >= 43.9, target.evaluate("e => e.outerHTML")
