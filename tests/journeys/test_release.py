"""The whole path over the default corpus: what the README shows is what happens, in the terminal and in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import chromium, serving
from click.testing import CliRunner
from fixed_source import FixedSource
from read_corpus import read_corpus

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.ingestion.report import BuildReport
from pincite.service.cli.commands import main
from pincite.service.runtime.app import create_app

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seed" / "als-article.txt"
QUESTION = "How long do people live with ALS?"


@pytest.fixture(scope="module")
def default_index(ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of corpus/, as `make run` makes it."""
    root = tmp_path_factory.mktemp("default")
    ingest(root, ROOT / "corpus")
    return root


@pytest.fixture
def searcher(default_index: Path) -> Iterator[Searcher]:
    bundle = Bundle(default_index)
    yield Searcher(bundle)
    bundle.close()


def test_the_readme_shows_the_answer_that_is_printed(default_index: Path) -> None:
    """The command in the README prints, word for word, what the README shows below it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r'    \$ var/venv/bin/pincite (ask -k 1) "(.+)"\n((?:    .*\n|\n)+)', readme)
    assert found is not None
    printed = CliRunner().invoke(main, [*found[1].split(), found[2], "--index", str(default_index)]).stdout
    shown = re.sub("^    ", "", found[3], flags=re.MULTILINE)
    assert shown.split() == printed.split()


def test_the_readme_names_the_commands_that_exist() -> None:
    """`make run` and `make test` are targets, and CI calls `make test`."""
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in ("run", "test"):
        assert f"make {target} " in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_a_question_in_the_browser(searcher: Searcher) -> None:
    """A person who types the question sees life expectancy first, and the sentence on three to five years marked."""
    with serving(create_app(FixedSource(searcher), Settings())) as server, chromium() as browser:
        page = browser.new_page(java_script_enabled=False)
        page.goto(server.url)
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Search").click()
        best = page.get_by_role("region", name="Most likely answer")
        assert "Outlook / Prognosis › ALS life expectancy" in best.get_by_role("heading", level=3).inner_text()
        assert any("three to five years" in text for text in best.locator("mark").all_inner_texts())
        best.get_by_role("link", name="Read in context").click()
        mark = page.locator("mark").first
        assert "three to five years" in mark.inner_text()
        place = mark.bounding_box()
        assert place is not None
        assert 0 <= place["y"] < page.viewport_size["height"]  # type: ignore[index]
        page.close()


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("is there a cure", ("What is ALS?",)),
        ("which genes are involved", ("Symptoms and Causes", "ALS causes")),
        ("what is the EMG for", ("Diagnosis and Tests", "What tests diagnose ALS?")),
        ("Qalsody", ("Management and Treatment", "ALS medication")),
        ("when does one need a feeding tube", ("Management and Treatment", "Nutritional support")),
    ],
)
def test_common_questions_find_their_section(searcher: Searcher, question: str, path: tuple[str, ...]) -> None:
    """The section that answers is among the first three hits."""
    assert path in [hit.citation.path for hit in searcher.ask(question, 3).hits]


@pytest.mark.parametrize(
    "question",
    ["asdf qwer zxcv", "SELECT 1; DROP TABLE users", "best pasta carbonara", "wo ist der Bahnhof", "lkj 77 %%"],
)
def test_nonsense_and_other_topics_are_not_found(searcher: Searcher, question: str) -> None:
    """A question that has nothing to do with the article gets `not_found`."""
    assert searcher.ask(question).status == "not_found"


def test_the_seed_article_gives_the_outline_of_the_corpus() -> None:
    """The raw web text reads into the very outline of corpus/als.md, with its title, date and whole sentences."""
    if not SEED.exists():
        pytest.skip("the source article is not beside this checkout")
    (seed,) = read_corpus([SEED]).documents
    (ours,) = read_corpus([ROOT / "corpus"]).documents
    assert [s.path for s in seed.sections if s.path] == [s.path for s in ours.sections]
    assert (seed.title, seed.source.reviewed) == (ours.title, "2025-05-06")
    assert "targets the nerve cells (neurons) in your brain and spinal cord." in seed.text
    assert not re.search(r"Advertisement|Policy|Make an Appointment|Care at|Find a Doctor|\n[).,]", seed.text)
