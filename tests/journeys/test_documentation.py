"""Pages of documentation: what they name is there, and what is there they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_searcher import HANDBOOK, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask

from pincite.index.searcher import Searcher
from pincite.index.settings import Settings, setting_specs
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")])


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """A service with every page that a setting can add."""
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK,)))), Settings(feedback=str(tmp_path / "feedback")))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """Return the anchor that a heading of Markdown has on a page of a code host."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_metric_that_operations_name_is_served(app: Flask) -> None:
    """An alert that is copied from docs/operations.md is about a metric that exists."""
    named = set(re.findall(r"\bpincite_[a-z_]+", read(DOCS / "operations.md")))
    families = service_of(app).metrics.registry.collect()
    served = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert len(named) > 8
    assert {name.removesuffix("_bucket") for name in named} - served == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    """A variable that a page tells an operator to set is one that the service takes."""
    known = {spec.variable for spec in setting_specs().values()}
    assert set(re.findall(r"\bPINCITE_[A-Z_]+\b", read(page))) - known == set()


def test_every_page_of_the_service_is_in_the_design(app: Flask) -> None:
    """docs/design.md lists the address of each page, and no other."""
    listed = read(DOCS / "design.md").partition("## The pages")[2].partition("\n\nPages work")[0]
    written = {name for row in listed.splitlines()[4:] for name in re.findall(r"`(/[^`]*)`", row.split("|")[1])}
    rules = {str(rule) for rule in app.url_map.iter_rules()}
    assert written == {rule for rule in rules if not rule.startswith(("/v1/", "/static/"))}


def test_the_design_has_the_fields_of_an_answer(app: Flask) -> None:
    """The wire format in docs/design.md names the fields of a real answer on each level, and no others."""
    block = read(DOCS / "design.md").partition("## The wire format")[2].partition("`language` at")[0]
    answer = app.test_client().get("/v1/query?question=a+sabbatical+of+three+months").get_json()
    hit = answer["hits"][0]
    levels = (answer, answer["answer"], hit, hit["evidence"][0], hit["citation"], {"question", "k", "verbatim", "type"})
    assert set(re.findall(r'"([a-z0-9_]+)"', block)) == set().union(*levels)


def test_the_design_has_the_files_of_a_bundle(article: Searcher) -> None:
    """Every file of an index is named in docs/design.md, those of BM25 by one pattern."""
    tree = read(DOCS / "design.md").partition("## The bundle")[2].partition("\n\nA reader")[0]
    files = {path.name for path in article.bundle.folder.iterdir() if not path.name.startswith("lexical-")}
    assert {name for name in files if name not in tree} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_has_one(page: Path) -> None:
    """A link into a page, or within one, ends at a heading of it."""
    for target, name in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", read(page)):
        headings = re.findall(r"^#+ (.*)$", read((page.parent / target) if target else page), re.MULTILINE)
        assert name in map(anchor, headings), f"{page.name}: {target}#{name}"
