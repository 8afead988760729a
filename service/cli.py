"""The command line: `pincite ingest | ask | serve | eval | verify`. Answers go to stdout, all else to stderr.

Exit codes: 0 done, 1 something is wrong that the message tells how to mend, 2 the command was not understood.
Heavy modules are imported by the command that needs them, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import ModelError, PinciteError
from index.settings import Settings, from_environ

if TYPE_CHECKING:
    from index.searcher import Searcher

_INDEX = click.option("--index", metavar="FOLDER", help="Where the index is. [default: var/index, or PINCITE_INDEX]")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


class _Commands(click.Group):
    """Turns every PinciteError into its message and exit code 1: the one place where they are caught."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PinciteError as error:
            click.echo(f"pincite: {error}", err=True)
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(metadata.version("pincite"), prog_name="pincite")
def main() -> None:
    """Answer questions from documents by quoting them, each quote with its citation.

    \b
    First time:    pincite ingest            make an index of the documents in corpus/
    then:          pincite ask "question"    print the passages that answer
    or:            pincite serve             open the search page on http://127.0.0.1:8000
    """


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@_INDEX
@click.option("--model", metavar="MODEL", help="Embedding model: `default`, or a sentence-transformers folder.")
@click.option("--outline", is_flag=True, help="Print the headings of every document, as they were understood.")
def ingest(paths: tuple[Path, ...], index: str | None, model: str | None, outline: bool) -> None:
    """Read documents and publish an index of them.

    Each PATH is a document (.md for Markdown, .txt for text copied from a web page) or a folder of documents;
    without one, corpus/ is read. The new index takes the place of the old one in one step; if anything is
    wrong with any document, the old one stays.
    """
    settings = from_environ(os.environ, index=index, model=model)
    try:
        from ingest.build import build
    except ModuleNotFoundError as error:
        remedy = "install the ingest extra: pip install 'pincite[ingest]' (with torch==2.13.0 first)"
        raise ModelError("pincite ingest", f"needs the package {error.name}, which is not installed", remedy) from error
    report = build(paths or (Path(settings.corpus),), settings, _progress)
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    if outline:
        for document in report.documents:
            click.echo(document.title)
            click.echo("\n".join("  " * len(s.path) + s.path[-1] for s in document.sections if s.path))
    sections = sum(len(d.sections) for d in report.documents)
    click.echo(f"{'Published' if report.changed else 'Unchanged:'} index {report.id} in {settings.index}")
    click.echo(
        f"documents {len(report.documents)}, sections {sections}, passages {report.passages}, "
        f"sentences {report.sentences}; embedded {report.embedded}, taken over {report.reused}; {report.seconds:.1f} s"
    )


@main.command()
@click.argument("question", nargs=-1, required=True)
@click.option("-k", default=3, show_default=True, type=click.IntRange(1, 50), help="Passages at most.")
@_INDEX
@_JSON
def ask(question: tuple[str, ...], k: int, index: str | None, as_json: bool) -> None:
    """Print the passages that answer QUESTION, best first, the answering sentence between >> and <<.

    A single - reads the question from standard input.
    """
    from service.terminal import render
    from service.wire import to_json

    settings = from_environ(os.environ, index=index)
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if question == ("-",) else " ".join(question)
    searcher = _searcher(settings)
    answer = searcher.ask(text, k)
    if as_json:
        click.echo(json.dumps(to_json(answer), ensure_ascii=False, indent=2))
    else:
        click.echo(render(answer, searcher.bundle.document))


@main.command()
@_INDEX
@click.option("--host", metavar="ADDRESS", help="Address to listen on. [default: 127.0.0.1, or PINCITE_HOST]")
@click.option("--port", metavar="PORT", help="Port to listen on; 0 takes a free one. [default: 8000, or PINCITE_PORT]")
def serve(index: str | None, host: str | None, port: str | None) -> None:
    """Serve the search page and the query endpoint until interrupted."""
    settings = from_environ(os.environ, index=index, host=host, port=port)
    from service.app import create_app
    from service.server import serve as run

    run(create_app(_searcher(settings), settings), settings, lambda line: click.echo(line, err=True))


@main.command("eval")
@click.argument("questions", type=click.Path(path_type=Path), metavar="QUESTIONS")
@_INDEX
@_JSON
def evaluate(questions: Path, index: str | None, as_json: bool) -> None:
    """Score a file of labelled questions, one JSON object a line, against an index."""
    from service.evaluation import read_questions, score, table

    settings = from_environ(os.environ, index=index)
    result = score(_searcher(settings), read_questions(questions))
    click.echo(json.dumps(result, indent=2) if as_json else table(result))


@main.command()
@_INDEX
@_JSON
def verify(index: str | None, as_json: bool) -> None:
    """Read every byte of an index and check that every passage is the text it says it is."""
    from index.bundle import Bundle
    from index.citation import cite

    settings = from_environ(os.environ, index=index)
    bundle = Bundle(Path(settings.index))
    passages = 0
    for name, _ in bundle.titles():
        document = bundle.document(name)
        for passage in bundle.passages_of(name):
            cite(document, passage, ())
            passages += 1
    counts = {"index": bundle.id, "files": len(bundle.manifest["files"]), "passages": passages}
    click.echo(
        json.dumps(counts)
        if as_json
        else "Index {index}: {files} files whole, {passages} passages in place".format(**counts)
    )


def _searcher(settings: Settings) -> Searcher:
    from index.bundle import Bundle
    from index.searcher import Searcher

    return Searcher(Bundle(Path(settings.index), settings.encoder_threads), settings.question_characters)


def _progress(stage: str) -> Callable[[int, int], None]:
    """Progress of one stage on stderr: one line that counts on a terminal, a line every ten seconds elsewhere."""
    terminal = sys.stderr.isatty()
    began = said = time.monotonic()

    def at(done: int, whole: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < (0.1 if terminal else 10) and not (terminal and done == whole):
            return
        said = now
        left = (now - began) / done * (whole - done)
        line = f"embedding {stage}: {done:,} of {whole:,}, about {left:.0f} s left"
        if terminal:
            click.echo(f"\r{line:<70}" + ("\n" if done == whole else ""), nl=False, err=True)
        else:
            click.echo(line, err=True)

    return at
