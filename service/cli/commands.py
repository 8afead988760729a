"""The command line, `pincite ingest | ask | serve | ...`. Answers go to stdout, all else to stderr.

Exit codes: 0 done, 1 an error with its remedy, 2 the command was not understood, 3 `ask` found nothing, 4 `ingest
--skip-bad` published an index without documents at fault, 5 `ask` found what is near but may not answer.
Heavy modules are imported by the command that needs them, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from pincite.index.metadata.metadata_filter import MetadataFilter
from pincite.index.settings import read_settings
from pincite.index.system_errors import naming_file
from pincite.service.cli import index_commands, quality_commands, store_commands
from pincite.service.cli.filter_options import filter_options
from pincite.service.cli.group import INDEX, JSON, main, needs, print_text, searcher_of
from pincite.service.cli.shelf import diff_command, list_commands, shelf_commands, watch_command

# imported for their commands
__all__ = [
    "diff_command",
    "index_commands",
    "list_commands",
    "main",
    "quality_commands",
    "shelf_commands",
    "store_commands",
    "watch_command",
]

EXIT_CODES = {"not_found": 3, "related": 5}  # of `ask`, by the status of an answer that answers nothing
MAX_INPUT_BYTES = 1 << 20  # bytes read of a question


@main.command(short_help="Print the passages that answer a question.")
@click.argument("question", nargs=-1, required=True)
@click.option("-k", default=3, show_default=True, type=click.IntRange(1, 50), help="Passages at most.")
@click.option("--verbatim", is_flag=True, help="Search the question as typed: correct no spelling.")
@filter_options
@INDEX
@JSON
def ask(
    question: tuple[str, ...], k: int, verbatim: bool, metadata: MetadataFilter, index: str | None, as_json: bool
) -> None:
    """Print the passages that answer QUESTION, best first, the answering sentence between >> and <<.

    A single - reads the question from standard input. Exits with 3 when the documents do not say, with 5 when
    they only touch on it. Each filter that is given is met by a document; a filter given twice, by either value.
    """
    from pincite.index.filters import scope
    from pincite.service.api.links import with_base
    from pincite.service.api.serialize import to_json
    from pincite.service.care.card import care_card
    from pincite.service.cli.render import render
    from pincite.service.presentation import present

    settings = read_settings(os.environ, index=index)
    text = _standard_input() if question == ("-",) else " ".join(question)
    searcher = searcher_of(settings)
    found = scope(searcher.bundle, metadata=metadata)
    answer = found.mark(searcher.ask(text, k, verbatim, found.rows))
    presentation = present(answer, searcher, within=found.rows, watch=settings.is_medical)
    if as_json:
        reply = with_base(to_json(presentation, searcher.bundle.document), settings.public_url.rstrip("/"))
        print_text(json.dumps(reply, ensure_ascii=False, indent=2))
    else:
        example = next((s.question for s in searcher.bundle.suggestions), None)
        card = care_card(presentation.care, settings)
        print_text(render(presentation, searcher.bundle.document, example, card, metadata))
    if exit_code := EXIT_CODES.get(presentation.answer.status):
        sys.exit(exit_code)


@main.command(short_help="Serve the search page and the endpoints.")
@INDEX
@click.option("--host", metavar="ADDRESS", help="Address to listen on. [default: 127.0.0.1, or PINCITE_HOST]")
@click.option("--port", metavar="PORT", help="Port to listen on; 0 takes a free one. [default: 8000, or PINCITE_PORT]")
@click.option("--processes", metavar="N", help="Processes to answer with. [default: 1, or PINCITE_PROCESSES]")
def serve(index: str | None, host: str | None, port: str | None, processes: str | None) -> None:
    """Serve the search page and the query endpoint until interrupted."""
    settings = read_settings(os.environ, index=index, host=host, port=port, processes=processes)
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # before NumPy is imported: threads make its small products slower
    from pincite.service.cli.bundles import way_back
    from pincite.service.runtime.app import create_app
    from pincite.service.runtime.index_reloader import IndexReloader
    from pincite.service.runtime.memory import limit_malloc_arenas
    from pincite.service.runtime.server import serve as run
    from pincite.service.runtime.workers import WorkerProcesses

    def run_worker(number: int, port: int, wait_for_parent_exit: Callable[[], object]) -> None:
        own = replace(settings, port=port, metrics_port=settings.metrics_port and settings.metrics_port + number)
        reloader = IndexReloader(own)
        reloader.open()  # before it listens: from then on the system sends it connections
        run(create_app(reloader, own), reloader, own, lambda line: None, WorkerProcesses(), wait_for_parent_exit)

    limit_malloc_arenas()
    workers = WorkerProcesses(*(partial(run_worker, number) for number in range(1, settings.processes)))
    reloader = IndexReloader(settings)
    with way_back(Path(settings.index)):
        run(create_app(reloader, settings), reloader, settings, lambda line: click.echo(line, err=True), workers)


@main.command(short_help="Make a key for the endpoints.")
def key() -> None:
    """Print a new key for the endpoints, and the digest to put in the file that PINCITE_API_KEYS_FILE names."""
    import hashlib
    import secrets

    made = secrets.token_hex(32)
    print_text(f"key     {made}\ndigest  {hashlib.sha256(made.encode()).hexdigest()}")


@main.command("mcp", short_help="Give language models tools (Model Context Protocol).")
@INDEX
@click.option("--http", is_flag=True, help="Serve over HTTP at /mcp, in place of standard input and output.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on, with --http. [default: 127.0.0.1]")
@click.option("--port", metavar="PORT", help="Port to listen on, with --http. [default: 8000, or PINCITE_PORT]")
def mcp(index: str | None, http: bool, host: str | None, port: str | None) -> None:
    """Give language models tools to search, read and check quotes (Model Context Protocol).

    Over standard input and output, as agents start it; or over HTTP. Needs the extra mcp.
    """
    settings = read_settings(os.environ, index=index, host=host, port=port)
    with needs("mcp", "install the mcp extra: pip install '.[mcp]' in pincite's folder"):
        from pincite.service.mcp_server import run
    run(searcher_of(settings), settings, http)


def _standard_input() -> str:
    """Read a question from standard input; more than MAX_INPUT_BYTES is refused as too long."""
    with naming_file("standard input"):
        return sys.stdin.buffer.read(MAX_INPUT_BYTES).decode("utf-8", "replace") if sys.stdin else ""
