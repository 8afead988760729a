"""Command that keeps an index up to date: ingest, and again whenever documents change."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from pincite.index.errors import CorpusError, Fault, IndexLockedError, PinciteError
from pincite.index.settings import Settings, read_settings
from pincite.index.system_errors import printable_path
from pincite.service.cli.group import INDEX, main, needs_ingest, print_notes, print_text, progress
from pincite.service.cli.publish_and_report import MODEL, SKIP_BAD, given_documents, load_model

if TYPE_CHECKING:
    from pincite.ingestion.report import BuildReport

QUIET_MILLISECONDS = 500  # without a change, after which documents are read: a file may still be being written
MAX_WAIT_MILLISECONDS = 60_000  # for that quiet, where something changes all the time


@main.command(short_help="Ingest again whenever documents change.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@INDEX
@MODEL
@SKIP_BAD
@click.option("--poll", is_flag=True, help="Compare files again and again, as network folders need.")
def watch(paths: tuple[str, ...], index: str | None, model: str | None, skip_bad: bool, poll: bool) -> None:
    """Keep the index up to date with documents: ingest them, and again whenever they change, until Ctrl-C.

    Each PATH is a document or a folder of documents, as `pincite ingest` takes them; without one, corpus/ is watched. A
    document that leaves a folder leaves the index, and nobody is asked. While a document is at fault, it is named, and
    the index stays as it was, unless --skip-bad leaves it out.
    """
    settings = read_settings(os.environ, index=index, model=model)
    with needs_ingest("watch"):
        import watchfiles  # noqa: F401 - said here if it is missing, before anything is made

        from pincite.ingestion.build import build

        given = given_documents(paths, settings)
        folders = [_path(document) for document in given]
    publication = _Publication(lambda: build(given, settings, progress, load_model, skip_bad), settings)
    with _ended_by_signals():
        for has_changed in _changes(folders, settings, poll):
            if has_changed or publication.is_due:
                publication.attempt()
    print_text("Stopped; the index stays as it is")


class _Publication:
    """Publication of the documents, tried again after each change."""

    def __init__(self, publish: Callable[[], BuildReport], settings: Settings) -> None:
        self._publish = publish
        self._settings = settings
        self._last_message = ""
        self.is_due = True  # something may have changed that is not published

    def attempt(self) -> None:
        """Publish, and say what was published or what is at fault; the same twice is said once."""
        from pincite.ingestion.report import RefusedError
        from pincite.service.cli.ingest_report import fault_lines, summary_lines

        self.is_due = False
        try:
            report = self._publish()
        except RefusedError as error:
            self._say("\n".join(fault_lines(error.faults)))
        except PinciteError as error:
            self.is_due = isinstance(error, IndexLockedError)
            self._say("\n".join(fault_lines([Fault.of(error)])))
        else:
            self._say("\n".join(fault_lines(report.faults)))
            if report.changed:
                print_text("\n".join(summary_lines(report, self._settings.index)))

    def _say(self, message: str) -> None:
        if message and message != self._last_message:
            print_notes([message])
        self._last_message = message


def _path(given: object) -> Path:
    """Return a path that can be watched. Raises CorpusError for a web address, or where nothing is."""
    if not isinstance(given, Path):
        raise CorpusError(str(given), "is a web address, which cannot be watched", "watch files; fetch it by an ingest")
    if not given.exists():
        raise CorpusError(printable_path(given), "no such file or folder", "check that it is there")
    return given


def _changes(paths: Sequence[Path], settings: Settings, poll: bool) -> Iterator[bool]:
    """Yield whether documents may have changed: at once, and then after each quiet, or in vain every half second."""
    from watchfiles import Change
    from watchfiles import watch as watch_folders

    index = os.path.join(os.path.realpath(settings.index), "")
    files = {os.path.realpath(path) for path in paths if not path.is_dir()}
    folders = [os.path.join(os.path.realpath(path), "") for path in paths if path.is_dir()]

    def concerns(_: Change, changed: str) -> bool:
        path = os.path.realpath(changed)
        is_inside = path in files or any(path.startswith(folder) for folder in folders)
        return is_inside and not path.startswith(index)

    watched = {*folders, *(os.path.dirname(file) for file in files)}
    for changes in watch_folders(
        *watched,
        watch_filter=concerns,
        step=QUIET_MILLISECONDS,
        debounce=MAX_WAIT_MILLISECONDS,
        rust_timeout=QUIET_MILLISECONDS,
        yield_on_timeout=True,
        force_polling=poll or None,
        recursive=bool(folders),
    ):
        yield bool(changes)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End what runs in this context, quietly, by Ctrl-C or SIGTERM."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            print_notes([""])  # after the ^C of the terminal
    finally:
        signal.signal(signal.SIGTERM, before)
