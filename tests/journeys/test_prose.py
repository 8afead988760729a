"""The prose of the project: no riddles in docstrings, comments and pages, and no pointer to a missing file."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("benchmarks", "evaluation", "index", "ingest", "pincite", "service", "tests", "tools", "training")
MODULES = sorted(path for room in CODE for path in (ROOT / room).rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / room / "README.md" for room in CODE)])
PAGES = [page for page in PAGES if page.is_file()]
# words that stood for a term of the field, or made a sentence a riddle
STOPPED = re.compile(
    r"\b(?:beside|anew|by lot|mend(?:s|ed|ing)?|told|halved|aside|as (?:it|they) lies?|in place of|whoever|"
    r"that is none)\b",
    re.IGNORECASE,
)
RIDDLES = {"What", "Where", "Whoever", "Of", "That", "Those"}  # as the first word of any docstring
# as the first word of a function's docstring, which starts with a verb
NO_VERBS = RIDDLES | set(
    "The A An Whether How Each Every All Some No Here As In On For To With From Within If When Which Who Its It One "
    "Two This These Their Many Most Several Nothing Both Any".split()
)
POINTER = re.compile(r"(?<![\w/.<{*-])((?:[\w.-]+/)+[\w.-]+\.(?:py|md|toml|jsonl?|onnx|sh|html|css|js))\b")
ELSEWHERE = ("var/", "../", "http", "RUN/", "run/", "bundles/")  # made at run time, or no part of the project


def docstrings(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield the docstrings of a module: line, text, and whether it should start with a verb."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text, _acts(node)


def _acts(node: ast.AST) -> bool:
    """Return whether a node is a function, and neither a property nor a fixture, both of which name a thing."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("test_"):
        return False
    names = {ast.unparse(d).split("(")[0].rsplit(".", 1)[-1] for d in node.decorator_list}
    return not names & {"property", "cached_property", "fixture"}


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_docstring_opens_with_a_verb_or_a_noun(path: Path) -> None:
    """A function's first word is a verb, a class's or module's a noun; neither is a riddle's."""
    wrong = [
        f"{shown(path)}:{line}: {text.splitlines()[0]}"
        for line, text, acts in docstrings(path)
        if re.split(r"\W", text, maxsplit=1)[0] in (NO_VERBS if acts else RIDDLES)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=shown)
def test_the_stop_list_is_kept(path: Path) -> None:
    """No docstring, comment or page uses a word of the stop list."""
    if path == Path(__file__):
        return
    if path.suffix == ".py":
        said = [*((line, text) for line, text, _ in docstrings(path)), *comments(path)]
    else:
        said = list(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    wrong = [f"{shown(path)}:{line}: {found[0]}" for line, text in said if (found := STOPPED.search(text))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=shown)
def test_a_file_that_is_named_is_there(path: Path) -> None:
    """Docstrings, comments and pages name files that exist, from the root, from their own folder or by their end."""
    if path.suffix == ".py":
        said = [*((line, text) for line, text, _ in docstrings(path)), *comments(path)]
    else:
        said = list(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    wrong = [
        f"{shown(path)}:{line}: {name}"
        for line, text in said
        for name in POINTER.findall(text)
        if not name.startswith(ELSEWHERE)
        and not any((folder / name).exists() for folder in [ROOT, *path.parents[: len(path.relative_to(ROOT).parts)]])
    ]
    assert not wrong, "\n".join(wrong)
