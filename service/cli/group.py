"""The group of commands, and what they share: options, errors, printing, progress.

Heavy modules are imported by the command that needs them, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pincite import __version__
from pincite.index.errors import ModelError, PinciteError
from pincite.index.settings import Settings
from pincite.index.system_errors import TRANSLATED_ERRORS, naming_file, to_storage_error

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher

RENAMED_COMMANDS = {"verify": "check"}  # `verify` is of a citation: POST /v1/verify

INDEX = click.option("--index", metavar="FOLDER", help="Where the index is. [default: var/index, or PINCITE_INDEX]")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


class Commands(click.Group):
    """Group of commands that turns every PinciteError into its message and exit code 1.

    A system error names the command, unless inner code has named the file.
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name; one that has another name now is an error that says so."""
        if cmd_name in RENAMED_COMMANDS:
            ctx.fail(f"'{cmd_name}' is called 'pincite {RENAMED_COMMANDS[cmd_name]}' now.")
        return super().get_command(ctx, cmd_name)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run `pincite ...`. An error outside any command is one of printing the help."""
        try:
            return super().main(*args, **extra)
        except TRANSLATED_ERRORS as error:
            _print_error(to_storage_error(error, "standard output"))
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error is printed with its remedy."""
        try:
            return super().invoke(ctx)
        except (PinciteError, *TRANSLATED_ERRORS) as error:
            _print_error(
                error
                if isinstance(error, PinciteError)
                else to_storage_error(error, f"pincite {ctx.invoked_subcommand}")
            )
            ctx.exit(1)


def _print_error(error: PinciteError) -> None:
    """Print an error. If standard output cannot be written, keep Python from flushing it again at exit."""
    from pincite.ingestion.report import RefusedError

    with suppress(OSError):  # nobody may read standard error, either
        if isinstance(error, RefusedError):
            from pincite.service.cli.ingest_report import report_lines

            print_notes(report_lines(error))
        else:
            click.echo(f"pincite: {error}", err=True)
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        sys.stdout = None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pincite")
def main() -> None:
    """Answer questions from documents by quoting them, each quote with its citation.

    \b
    First time:    pincite ingest            make an index of the documents in corpus/
    then:          pincite ask "question"    print the passages that answer
    or:            pincite serve             open the search page on http://127.0.0.1:8000
    """


def print_text(text: str) -> None:
    """Print to standard output."""
    with naming_file("standard output"):
        click.echo(text)


def print_notes(lines: Iterable[str]) -> None:
    """Print lines on standard error."""
    with naming_file("standard error"):
        for line in lines:
            click.echo(line, err=True)


def searcher_of(settings: Settings) -> Searcher:
    """Open a searcher over the live index. Raises PinciteError with the way back, where there is one."""
    from pincite.index.searcher import open_searcher
    from pincite.service.cli.bundles import way_back

    with way_back(Path(settings.index)):
        return open_searcher(settings)


def needs_ingest(command: str) -> AbstractContextManager[None]:
    """Say how to install the packages that index documents, which serving does without."""
    return needs(
        command, "install the ingest extra: pip install torch==2.13.0, then pip install '.[ingest]' in pincite's folder"
    )


@contextmanager
def needs(command: str, remedy: str) -> Iterator[None]:
    """Say what to install where a package is missing that only some commands need."""
    try:
        yield
    except ModuleNotFoundError as error:
        problem = f"needs the package {error.name}, which is not installed"
        raise ModelError(f"pincite {command}", problem, remedy) from error


def progress(stage: str, *, only_slow: bool = False) -> Callable[[int, int], None]:
    """Return a function that reports progress on stderr: one counting line on a terminal, else a line every 10 s.

    stage: what is done, such as "embedding passages", which is shown at once. only_slow: report nothing of what is
    done within 10 s.
    """
    terminal = sys.stderr.isatty() and not only_slow
    began = reported = time.monotonic()
    if not only_slow:
        click.echo(f"{stage} ...", nl=not terminal, err=True)

    def report(done: int, total: int) -> None:
        nonlocal reported
        now = time.monotonic()
        is_end = terminal and done == total
        too_soon = now - reported < (0.1 if terminal else 10)
        if total > 1 and done and now > began and (is_end or not too_soon):
            reported = now
            rate = done / (now - began)
            speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
            left = _duration((total - done) / rate)
            line = f"{stage}: {done:,} of {total:,}, {speed} a second, about {left} left"
            click.echo(f"\r{line:<90}" if terminal else line, nl=not terminal, err=True)
        if is_end:
            click.echo(err=True)

    return report


def _duration(seconds: float) -> str:
    """Return a duration in the unit in which it is a short number."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.1f} hours"
