"""Runs of an ingest on the command line: the model that is loaded, the question before documents leave, the report."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pincite.index.errors import PinciteError
from pincite.index.settings import Settings, read_settings
from pincite.service.cli.group import needs_ingest, print_notes, print_text

if TYPE_CHECKING:
    from pincite.ingestion.build import ConfirmGone
    from pincite.ingestion.encoder.export import EmbeddingModel
    from pincite.ingestion.encoder.model_files import ModelFiles
    from pincite.ingestion.reading.given import GivenDocument
    from pincite.ingestion.report import BuildReport

EXIT_LEFT_OUT = 4
MODEL = click.option("--model", metavar="MODEL", help="Embedding model: `default`, or a sentence-transformers folder.")
VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Print every note in full, not one line a file.")
SKIP_BAD = click.option(
    "--skip-bad", is_flag=True, help="Leave documents at fault out, publish the rest, and exit with 4."
)


def publish_and_report(
    publish: Callable[[Settings], BuildReport],
    index: str | None,
    model: str | None,
    as_json: bool,
    verbose: bool = False,
    outline: bool = False,
) -> None:
    """Publish an index with the settings as given, and print the report; exit with EXIT_LEFT_OUT after faults.

    verbose: print every note in full. outline: print the headings of every document, too.
    """
    from pincite.ingestion.report import RefusedError
    from pincite.service.cli.ingest_report import refusal_json, report_json, report_lines, summary_lines

    started = time.perf_counter()
    try:
        settings = read_settings(os.environ, index=index, model=model)
        report = publish(settings)
    except PinciteError as error:
        if as_json:
            print_text(json.dumps(refusal_json(error, time.perf_counter() - started), ensure_ascii=False, indent=2))
        elif verbose and isinstance(error, RefusedError):
            print_notes(report_lines(error, verbose))
            sys.exit(1)
        raise
    if as_json:
        print_text(json.dumps(report_json(report), ensure_ascii=False, indent=2))
    else:
        print_notes(report_lines(report, verbose))
        if outline:
            _print_outline(report.folder)
        for line in summary_lines(report, settings.index):
            print_text(line)
    if report.faults:
        sys.exit(EXIT_LEFT_OUT)


def given_documents(paths: Sequence[str], settings: Settings) -> list[GivenDocument]:
    """Return the paths and web addresses of the documents to read: those given, or settings.corpus."""
    with needs_ingest("ingest"):
        from pincite.ingestion.reading.given import given_document

        return [given_document(path) for path in paths] or [Path(settings.corpus)]


def load_model(files: ModelFiles) -> EmbeddingModel:
    """Load the embedding model, and say so: it takes seconds."""
    print_notes(["loading the embedding model ..."])
    from pincite.ingestion.encoder.sentence_transformer import Embedder

    return Embedder(files)


def ask_before_dropping(settings: Settings) -> ConfirmGone | None:
    """Return a function that names the documents that would leave the index and asks on the terminal; None without one.

    A terminal is there if both standard input and standard error are one.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return None

    def confirm(gone: Sequence[str]) -> bool:
        from pincite.ingestion.publishing.document_names import read_names
        from pincite.service.cli.ingest_report import leaving_lines

        print_notes(leaving_lines(gone, read_names(Path(settings.index)).names))
        return click.confirm("Publish without them?" if len(gone) > 1 else "Publish without it?", err=True)

    return confirm


def _print_outline(bundle: Path) -> None:
    """Print the title of every document of a bundle, with its headings."""
    from pincite.index.storage.documents import DocumentStore

    with closing(DocumentStore(bundle, cached_documents=1)) as records:
        for name, title in records.titles():
            print_text(title)
            sections = records.document(name).sections
            print_text("\n".join("  " * len(s.path) + s.path[-1] for s in sections if s.path))
