"""Commands that make and keep an index: ingest, rollback, check."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pincite.index.settings import Settings, read_settings
from pincite.service.cli.embedding_in_files import embedding_in_files
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, print_text, progress
from pincite.service.cli.publish_and_report import (
    MODEL,
    SKIP_BAD,
    VERBOSE,
    ask_before_dropping,
    given_documents,
    load_model,
    publish_and_report,
)

if TYPE_CHECKING:
    from pincite.ingestion.report import BuildReport


@main.command(short_help="Make an index of documents.")
@click.argument("paths", nargs=-1, metavar="[PATH|URL]...")
@INDEX
@MODEL
@click.option("--outline", is_flag=True, help="Print the headings of every document, as they were understood.")
@SKIP_BAD
@click.option("--yes", is_flag=True, help="Publish without asking, even if documents leave the index.")
@VERBOSE
@click.option(
    "--runner",
    default="local",
    show_default=True,
    type=click.Choice(["local", "ray"]),
    help="What embeds: this process, or Ray, from file to file.",
)
@click.option(
    "--work",
    metavar="FOLDER",
    help="Embed from file to file in this folder, so that an ingest that is stopped goes on from there. "
    "[default with ray: the index's]",
)
@JSON
def ingest(
    paths: tuple[str, ...],
    index: str | None,
    model: str | None,
    outline: bool,
    skip_bad: bool,
    yes: bool,
    verbose: bool,
    runner: str,
    work: str | None,
    as_json: bool,
) -> None:
    """Read documents and publish an index of them.

    Each PATH is a document (.md for Markdown, .html for a web page, .docx for Word, .odt for LibreOffice, .epub,
    .pdf, .txt for text copied from a web page) or a folder of documents; without one, corpus/ is read. Each URL is one
    page (http or https), which is fetched if the robots.txt of its host lets programs; no link in it is followed. The
    new index takes the place of the old one in one step, and holds these documents alone: on a terminal, the command
    names those that would leave and asks first (`pincite add` keeps them). If documents are at fault, every one is
    listed, and the old index stays, unless
    --skip-bad leaves them out.

    With --runner ray or --work the texts are embedded from Parquet file to Parquet file. Finished files stay when the
    command is stopped, and are not made again; when the index is published, they go. Needs the extra ray.
    """

    def publish(settings: Settings) -> BuildReport:
        with needs_ingest("ingest"), embedding_in_files(runner, work, settings) as embed_apart:
            from pincite.ingestion.build import build

            given = given_documents(paths, settings)
            confirm_gone = None if yes else ask_before_dropping(settings)
            return build(given, settings, progress, load_model, skip_bad, confirm_gone, embed_apart)

    publish_and_report(publish, index, model, as_json, verbose, outline)


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
