"""Commands that change and list the documents of an index one by one: add, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pincite.index.settings import Settings
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, progress
from pincite.service.cli.publish_and_report import (
    MODEL,
    SKIP_BAD,
    VERBOSE,
    given_documents,
    load_model,
    publish_and_report,
)

if TYPE_CHECKING:
    from pincite.ingestion.report import BuildReport


@main.command(short_help="Add documents to the index.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@INDEX
@MODEL
@SKIP_BAD
@VERBOSE
@JSON
def add(
    paths: tuple[str, ...], index: str | None, model: str | None, skip_bad: bool, verbose: bool, as_json: bool
) -> None:
    """Add documents to the index, and keep those that it has.

    Each PATH is a document or a folder of documents, as `pincite ingest` takes them. A document takes the place of one
    whose file had the same name, or that has the id it states. The others stay as the index has them: their files need
    not be there any more. Without an index, one is made.
    """

    def publish(settings: Settings) -> BuildReport:
        with needs_ingest("add"):
            from pincite.ingestion.incremental import add

            return add(given_documents(paths, settings), settings, progress, load_model, skip_bad)

    publish_and_report(publish, index, model, as_json, verbose)


@main.command(short_help="Remove documents from the index.")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@INDEX
@MODEL
@JSON
def remove(ids: tuple[str, ...], index: str | None, model: str | None, as_json: bool) -> None:
    """Remove documents from the index, by their ids, which `pincite list` shows.

    Files are left alone: an ingest of a folder that still has a document's file brings it back. The earlier indexes
    that are kept on disk still hold the document, until later ones push them out.
    """

    def publish(settings: Settings) -> BuildReport:
        with needs_ingest("remove"):
            from pincite.ingestion.incremental import remove

            return remove(ids, settings, progress, load_model)

    publish_and_report(publish, index, model, as_json)
