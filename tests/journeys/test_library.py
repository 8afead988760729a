"""`import pincite`: the examples of its pages run, and its objects say what the JSON says."""

from __future__ import annotations

import doctest
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import pincite
from pincite import library
from pincite.index.searcher import Searcher
from pincite.service.api.serialize import to_json
from pincite.service.presentation import present

ROOT = Path(__file__).resolve().parents[2]
DERIVED = {"selectors", "answer", "language", "care"}  # worked out for the wire from the rest


@pytest.fixture
def beside_the_index(article: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the index of the default corpus in var/index."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "index").symlink_to(article.bundle.folder.parent.parent)
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("beside_the_index")
def test_the_examples_of_the_page_run() -> None:
    """docs/python.md shows what happens, line by line."""
    failed, tried = doctest.testfile(str(ROOT / "docs" / "python.md"), module_relative=False)
    assert (failed, tried > 20) == (0, True)


@pytest.mark.usefixtures("beside_the_index")
def test_the_examples_of_the_docstrings_run() -> None:
    """Each function of an Index has an example, and the example holds."""
    failed, tried = doctest.testmod(library)
    assert (failed, tried > 8) == (0, True)


@pytest.mark.usefixtures("beside_the_index")
def test_the_readme_example_runs() -> None:
    """The lines under "From Python" in the README print what it says."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## From Python\n")[2].partition("\n## ")[0]
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert (runner.failures, runner.tries > 2) == (0, True)


def test_what_the_json_says_the_objects_say(article: Searcher) -> None:
    """Every name in the JSON of an answer is an attribute of the object, with the same value."""
    answer = library.Index(article).ask("what is rilozole for", k=2)
    assert answer.corrections
    agree(to_json(present(answer, article), article.bundle.document), answer)


def agree(written: dict[str, Any], thing: object) -> None:
    for name in written.keys() - DERIVED:
        value, said = getattr(thing, name), written[name]
        if isinstance(said, dict) and is_dataclass(value):
            agree(said, value)
        elif isinstance(said, dict):
            assert value == pytest.approx(said, abs=1e-6), name  # the wire rounds
        elif isinstance(said, list) and said and isinstance(said[0], dict):
            for one, other in zip(said, value, strict=True):
                agree(one, other)
        elif isinstance(said, float):
            assert value == pytest.approx(said, abs=0.06), name  # the wire rounds
        elif isinstance(said, list):
            assert list(value) == said, name
        elif name != "passage":  # the wire has its id
            assert value == said, name


def test_the_public_names_are_those_of_all() -> None:
    """Every public name is listed in __all__ and exists."""
    assert sorted(pincite.__all__) == pincite.__all__
    for name in pincite.__all__:
        assert getattr(pincite, name) is not None
    assert {f.name for f in fields(pincite.Answer)} >= {
        "status",
        "confidence",
        "hits",
        "corrections",
        "unmatched_terms",
    }


def test_importing_it_loads_no_library_of_numbers() -> None:
    """NumPy, FAISS, ONNX Runtime and PyTorch are loaded when an index is opened, not before, and Ray not at all."""
    heavy = {"numpy", "faiss", "onnxruntime", "torch", "flask", "pyarrow", "ray"}
    program = f"import sys, pincite; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_function_is_public_although_a_folder_has_its_name() -> None:
    """pincite.ingest is a function, also when the package of the same folder was imported."""
    import pincite.ingestion.build

    assert callable(pincite.ingest)
    assert pincite.ingestion.build.build
