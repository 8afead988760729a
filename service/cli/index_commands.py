"""Commands that make and keep an index: ingest, rollback, check."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pincite.index.errors import PinciteError
from pincite.index.settings import Settings, read_settings
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, print_notes, print_text, progress

if TYPE_CHECKING:
    from pincite.ingestion.encoder.export import EmbeddingModel
    from pincite.ingestion.encoder.model_files import ModelFiles
    from pincite.ingestion.report import BuildReport

EXIT_LEFT_OUT = 4


@main.command(short_help="Make an index of documents.")
@click.argument("paths", nargs=-1, metavar="[PATH|URL]...")
@INDEX
@click.option("--model", metavar="MODEL", help="Embedding model: `default`, or a sentence-transformers folder.")
@click.option("--outline", is_flag=True, help="Print the headings of every document, as they were understood.")
@click.option("--skip-bad", is_flag=True, help="Leave documents at fault out, publish the rest, and exit with 4.")
@JSON
def ingest(
    paths: tuple[str, ...], index: str | None, model: str | None, outline: bool, skip_bad: bool, as_json: bool
) -> None:
    """Read documents and publish an index of them.

    Each PATH is a document (.md for Markdown, .html for a web page, .docx for Word, .odt for LibreOffice, .epub,
    .pdf, .txt for text copied from a web page) or a folder of documents; without one, corpus/ is read. Each URL is one
    page (http or https), which is fetched if the robots.txt of its host lets programs; no link in it is followed. The new index takes the
    place of the old one in one step. If documents are at fault, every one is listed, and the old index stays, unless
    --skip-bad leaves them out.
    """
    from pincite.service.cli.ingest_report import refusal_json, report_json, report_lines, summary_lines

    started = time.perf_counter()
    try:
        settings = read_settings(os.environ, index=index, model=model)
        report = _ingest(paths, settings, skip_bad)
    except PinciteError as error:
        if as_json:
            print_text(json.dumps(refusal_json(error, time.perf_counter() - started), ensure_ascii=False, indent=2))
        raise
    if as_json:
        print_text(json.dumps(report_json(report), ensure_ascii=False, indent=2))
    else:
        print_notes(report_lines(report))
        if outline:
            _print_outline(report.folder)
        for line in summary_lines(report, settings.index):
            print_text(line)
    if report.faults:
        sys.exit(EXIT_LEFT_OUT)


@main.command(short_help="Publish an earlier index again.")
@click.argument("name", required=False)
@click.option("--list", "only_list", is_flag=True, help="List the bundles on disk, the newest first; change nothing.")
@INDEX
def rollback(name: str | None, only_list: bool, index: str | None) -> None:
    """Publish the bundle before the one that is live, or the one called NAME; what serves picks it up.

    Done again, it goes back one further. --list shows what there is.
    """
    from pincite.service.cli import bundles

    settings = read_settings(os.environ, index=index)
    root = Path(settings.index)
    if only_list and name:
        raise click.UsageError("--list takes no NAME: it changes nothing.")
    if only_list:
        for bundle, live in bundles.listed(root):
            print_text(bundles.line(root, bundle, live))
    else:
        print_text(bundles.roll_back(root, name, settings.keep_bundles))


@main.command(short_help="Check every byte of an index.")
@INDEX
@JSON
def check(index: str | None, as_json: bool) -> None:
    """Read every byte of an index and check that every passage is the text it says it is."""
    from pincite.index.verification import check_index
    from pincite.service.cli.bundles import way_back

    settings = read_settings(os.environ, index=index)
    with way_back(Path(settings.index)):
        counts = asdict(check_index(Path(settings.index)))
    print_text(
        json.dumps(counts)
        if as_json
        else "Index {index}: {files} files whole, {passages} passages in place".format(**counts)
    )


def _print_outline(bundle: Path) -> None:
    """Print the title of every document of a bundle, with its headings."""
    from pincite.index.storage.documents import DocumentStore

    with closing(DocumentStore(bundle, cached_documents=1)) as records:
        for name, title in records.titles():
            print_text(title)
            sections = records.document(name).sections
            print_text("\n".join("  " * len(s.path) + s.path[-1] for s in sections if s.path))


def _ingest(paths: Sequence[str], settings: Settings, skip_bad: bool) -> BuildReport:
    """Make and publish an index of the documents at some paths and addresses, or of settings.corpus."""
    with needs_ingest("ingest"):
        from pincite.ingestion.build import build
        from pincite.ingestion.reading.given import given_document

        def load_model(files: ModelFiles) -> EmbeddingModel:
            print_notes(["loading the embedding model ..."])
            from pincite.ingestion.encoder.sentence_transformer import Embedder

            return Embedder(files)

        given = [given_document(path) for path in paths] or [Path(settings.corpus)]
        return build(given, settings, progress, load_model, skip_bad=skip_bad)
