"""The rooms that compute answers take values and return values: storage alone opens files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

INDEX = Path(__file__).resolve().parents[2] / "index"
ROOMS = ("answer", "citation", "metadata", "query", "retrieval")
MODULES = sorted(path for room in ROOMS for path in (INDEX / room).glob("*.py"))
# modules that open, read the environment, or start threads or processes
FORBIDDEN_IMPORTS = frozenset(
    "asyncio concurrent fcntl glob io mmap multiprocessing os pathlib shutil socket sqlite3 subprocess sys "
    "tempfile".split()
)
FORBIDDEN_ROOMS = ("pincite.index.bundle", "pincite.index.storage")
FORBIDDEN_NAMES = frozenset(
    "environ fromfile getenv load load_session memmap open open_memmap Path read_bytes read_index read_text save savez "
    "Thread Timer write_bytes write_index write_text".split()
)


def io_in(source: str) -> Iterator[str]:
    """Yield what a module does with files, the environment, threads or processes: line and name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"{node.lineno}: {a.name}" for a in node.names if a.name.split(".")[0] in FORBIDDEN_IMPORTS)
            yield from (f"{node.lineno}: {a.name}" for a in node.names if a.name.startswith(FORBIDDEN_ROOMS))
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{a.name}" for a in node.names]
            yield from (
                f"{node.lineno}: {name}"
                for name in names
                if name.split(".")[0] in FORBIDDEN_IMPORTS
                or name.startswith(FORBIDDEN_ROOMS)
                or name.rsplit(".", 1)[-1] in FORBIDDEN_NAMES
            )
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in FORBIDDEN_NAMES:
                yield f"{node.lineno}: {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(INDEX).as_posix())
def test_a_room_that_computes_opens_nothing(path: Path) -> None:
    """Modules of query, retrieval, metadata, answer and citation open no file, read no variable and start no thread."""
    assert list(io_in(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "fault",
    [
        "from pathlib import Path",
        "import os.path",
        "from pincite.index.storage.npy import map_array",
        "from pincite.index import storage",
        "import pincite.index.storage.npy as npy",
        "from pincite.index.bundle import Bundle",
        "from threading import Thread",
        "from concurrent.futures import ThreadPoolExecutor",
        "values = np.load('tokens.npy')",
        "text = open('words.json').read()",
        "index = faiss.read_index('passages.faiss')",
        "from pincite.index.models.onnx_session import load_session",
    ],
)
def test_a_module_that_opens_something_is_found(fault: str) -> None:
    """Each way to reach files, threads or storage is reported with its line."""
    assert next(io_in(f"import re\n{fault}\n")).startswith("2: ")
