"""Commands on the store of the passages: copy there and back, check, companion."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_qdrant
import pytest
from click.testing import CliRunner, Result
from fake_qdrant import FakeQdrant, close_after_request
from twelve_documents import TWELVE

import pincite
from pincite.index.settings import Settings
from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.build import build_from_documents
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.service.cli.commands import main

QUESTION = "How many books may I borrow?"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, embedder: Callable[[ModelFiles], Embedder]) -> Path:
    """An index of twelve documents."""
    root = tmp_path_factory.mktemp("town")
    build_from_documents(TWELVE, Settings(index=str(root)), lambda stage: lambda done, of: None, embedder)
    return root


@pytest.fixture
def server() -> Iterator[FakeQdrant]:
    """An empty store."""
    with fake_qdrant.serving() as fake:
        yield fake


def run(*args: str, **environment: str) -> Result:
    return CliRunner().invoke(main, args, env={f"PINCITE_{name}": value for name, value in environment.items()})


def reverse_scores(points: list[dict[str, Any]]) -> None:
    """Give the points that were found the scores of one another."""
    scores = [point["score"] for point in points]
    for point, score in zip(points, reversed(scores), strict=True):
        point["score"] = score


def test_a_copy_there_and_back_is_the_same_index(town: Path, server: FakeQdrant, tmp_path: Path) -> None:
    """A copy says what it wrote, the next that all is there; from a companion, the copy back is the index again."""
    first, second = (run("store", "copy", "--index", str(town), "--url", server.url) for _ in range(2))
    assert "12 documents written, 0 as they were, 0 deleted; 15 passages" in first.stdout, first.output
    assert "0 documents written, 12 as they were, 0 deleted; 15 passages" in second.stdout
    published = run("store", "companion", str(tmp_path), "--index", str(town))
    assert "without passages" in published.stdout, published.output
    back = run("store", "copy", "--back", "--index", str(tmp_path), "--url", server.url, "--json")
    assert json.loads(back.stdout)["index"] == find_bundle(town).name
    assert run("check", "--index", str(tmp_path)).exit_code == 0


def test_a_companion_answers_over_the_store_as_the_index_does(town: Path, server: FakeQdrant, tmp_path: Path) -> None:
    """`pincite ask` says the same of the index and of its companion; without the store, it says what to set."""
    run("store", "copy", "--index", str(town), "--url", server.url)
    run("store", "companion", str(tmp_path), "--index", str(town))
    local = json.loads(run("ask", "--json", "--index", str(town), QUESTION).stdout)
    stored = json.loads(run("ask", "--json", "--index", str(tmp_path), QUESTION, STORE_URL=server.url).stdout)
    assert local["status"] == "answered"
    assert local | {"took_ms": 0} == stored | {"took_ms": 0}
    with pincite.open(tmp_path, store_url=server.url) as opened:
        starts = [hit.citation.start for hit in opened.ask(QUESTION, k=len(local["hits"])).hits]
    assert starts == [hit["citation"]["start"] for hit in local["hits"]]
    alone = run("ask", "--index", str(tmp_path), QUESTION)
    assert (alone.exit_code, "PINCITE_STORE_URL" in alone.stderr) == (1, True)


def test_a_companion_takes_no_index_away(town: Path) -> None:
    """A companion is not published over an index with its passages, and documents are not added to one."""
    refused = run("store", "companion", str(town), "--index", str(town))
    assert (refused.exit_code, "holds an index with its passages" in refused.stderr) == (1, True)


@pytest.mark.parametrize("command", [("remove", "bees"), ("list",), ("check",)], ids=lambda command: command[0])
def test_what_needs_passages_says_that_a_companion_has_none(
    town: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Commands on documents say that a companion has no passages, and where to run them; `status` says what it is."""
    run("store", "companion", str(tmp_path), "--index", str(town))
    refused = run(*command, "--index", str(tmp_path))
    assert (refused.exit_code, "is the companion of a store" in refused.stderr) == (1, True)
    assert "where the index is" in refused.stderr
    status = json.loads(run("status", "--json", "--index", str(tmp_path)).stdout)
    assert (status["index"], status["is_companion"], status["fault"]) == (find_bundle(town).name, True, None)


def test_a_check_keeps_every_promise_and_leaves_nothing(town: Path, server: FakeQdrant) -> None:
    """`pincite store check` prints a line a promise, and no collection is there when it ends."""
    checked = run("store", "check", "--index", str(town), "--url", server.url)
    assert checked.exit_code == 0, checked.output
    assert len(checked.stdout.splitlines()) == 12
    assert all(line.startswith("ok ") for line in checked.stdout.splitlines())
    assert server.answer("GET /collections", None) == {"collections": []}


def test_a_check_names_the_promise_that_is_not_kept(town: Path, server: FakeQdrant) -> None:
    """A store that mixes up scores fails checks by name, and the command exits with 1."""
    server.fail(fake_qdrant.changed(reverse_scores), lambda request: request.endswith("/points/query"))
    checked = run("store", "check", "--index", str(town), "--url", server.url)
    assert checked.exit_code == 1, checked.output
    assert "FAILED" in checked.stdout
    assert "dense search finds the passages with the greatest cosines" in checked.stdout


def test_a_store_that_is_not_set_is_named() -> None:
    """Without an address, the message names the setting and the option."""
    refused = run("store", "copy")
    assert refused.exit_code == 1
    assert "PINCITE_STORE_URL" in refused.stderr
    assert "--url" in refused.stderr


def test_a_store_that_does_not_answer_is_named(town: Path, server: FakeQdrant) -> None:
    """The message has the address of the store and what to see to."""
    server.fail(close_after_request)
    refused = run("store", "copy", "--index", str(town), "--url", server.url)
    assert refused.exit_code == 1
    assert server.url in refused.stderr
    assert "see that the store runs" in refused.stderr


def test_a_missing_library_is_named(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the message has the command that installs it."""
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    monkeypatch.delitem(sys.modules, "pincite.index.store.qdrant.client_engine", raising=False)
    refused = run("ask", "--index", str(town), QUESTION, STORE_URL="http://127.0.0.1:9")
    assert refused.exit_code == 1
    assert "pip install 'pincite[qdrant]'" in refused.stderr
