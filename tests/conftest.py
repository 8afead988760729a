"""Fixtures of several test files: a corpus one can hold in the head, and one real bundle made of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import chromium
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.ingestion.build import build
from pincite.ingestion.encoder.model_files import ModelFiles, find_model
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.ingestion.report import BuildReport

if TYPE_CHECKING:
    from stores_of_notes import Notes

# how long an example takes says nothing on a shared machine
settings.register_profile("pincite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pincite")


def _stay_here(event: str, details: tuple[object, ...]) -> None:
    """Stop every connection to another machine, in this process."""
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = str(details[1][0])
        if not (host.startswith("127.") or host in ("::1", "localhost")):
            raise RuntimeError(f"the suite would connect to {host}")


sys.addaudithook(_stay_here)

LEAVE = """---
id: leave
title: Staff handbook
publisher: Harbour Works
reviewed: 2024-03-01
source_url: https://harbour.example/handbook
---
# Staff handbook

Welcome to the harbour.

## Leave

Everybody has 27 days of leave a year. Days that are not taken by March are lost.

### Carrying days over

Five days may be carried over. Ask the office before the end of November.

### Sabbatical

After seven years you may take a sabbatical of three months. It is not paid.

## Safety

Before you go on the quay:

- Put on a life jacket
- Tell the tower where you are
- Check the tide table
"""
TIDES = """---
id: tides
title: Tide notes
---
## High water

The tower rings a bell at high water. Twice a month the spring tide floods the lower quay.

## Empty

## Low water

At low water the ladder on the east wall ends above the boats.
"""


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two small documents."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "leave.md").write_text(LEAVE, encoding="utf-8")
    (folder / "tides.md").write_text(TIDES, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def embedder() -> Callable[[ModelFiles], Embedder]:
    """The default model, loaded once for the whole run."""
    loaded = Embedder(find_model("default"))
    return lambda files: loaded


@pytest.fixture(scope="session")
def ingest(embedder: Callable[[ModelFiles], Embedder]) -> Callable[..., BuildReport]:
    """`ingest(index, path, ..., keep=1)`: build with the real model and settings as given."""

    def run(index: Path, *paths: Path, **given: int) -> BuildReport:
        return build(paths, replace(Settings(index=str(index)), **given), lambda stage: lambda done, of: None, embedder)

    return run


@pytest.fixture(scope="session")
def index(corpus: Path, ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published index of the small corpus. Tests that change it work on a copy."""
    root = tmp_path_factory.mktemp("index")
    ingest(root, corpus)
    return root


@pytest.fixture(scope="session")
def bundle(index: Path) -> Iterator[Bundle]:
    """The small corpus, opened."""
    opened = Bundle(index)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    """The ALS article and ten notes of a workshop, indexed. Tests that change them do so in stores of their own."""
    from stores_of_notes import build_notes

    built = build_notes(tmp_path_factory.mktemp("notes"))
    yield built
    built.bundle.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one for each file of tests: its event loop must not meet those of others."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def article(ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A searcher over the documents that pincite comes with."""
    root = tmp_path_factory.mktemp("article")
    ingest(root, Path(__file__).resolve().parent.parent / "corpus")
    opened = Bundle(root)
    yield Searcher(opened)
    opened.close()


@pytest.fixture(scope="session")
def searcher(bundle: Bundle) -> Searcher:
    """A searcher over the small corpus."""
    return Searcher(bundle)
