"""Command that keeps an index up to date: it ingests documents, and again whenever they change."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from pincite.index.errors import CorpusError, IndexLockedError, PinciteError, ReadError
from pincite.index.settings import Settings, read_settings
from pincite.index.system_errors import printable_path
from pincite.service.cli.group import INDEX, main, needs_ingest, print_notes, print_text, progress
from pincite.service.cli.publish_and_report import MODEL, VERBOSE, given_documents, load_model
from pincite.service.cli.shelf.document_changes import POLL_MS, wait_for_change, watching

if TYPE_CHECKING:
    from pincite.ingestion.publishing.document_names import DocumentNames
    from pincite.ingestion.reading.given import GivenDocument
    from pincite.ingestion.report import BuildReport

QUIET_SECONDS = 0.5  # without a change, after which documents are read: a file may still be being written
LONGEST_WAIT_SECONDS = 60.0  # for that, where something changes all the time
RETRY_SECONDS = 10.0  # after which an ingest is tried again that failed for another reason than its documents


@main.command(short_help="Keep the index up to date while documents change.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@INDEX
@MODEL
@click.option("--skip-bad", is_flag=True, help="Leave documents at fault out, name them, and publish the rest.")
@click.option("--poll", is_flag=True, help="Compare files every second: network folders report no changes.")
@VERBOSE
def watch(
    paths: tuple[str, ...], index: str | None, model: str | None, skip_bad: bool, poll: bool, verbose: bool
) -> None:
    """Ingest documents, and again whenever they change, until Ctrl-C.

    Each PATH is a document or a folder of documents, as `pincite ingest` takes them; without one, corpus/ is watched.
    The index holds these documents alone: a document that leaves the folder leaves the index, and so do those that
    were in the index before. Nobody is asked; `pincite rollback` brings the index before back.

    A document at fault is named, and the index stays as it is until it is corrected. Each index that is published is
    one line; what serves picks it up.
    """
    settings = read_settings(os.environ, index=index, model=model)
    with needs_ingest("watch"):
        import watchfiles  # noqa: F401 - named here if it is not installed

        from pincite.ingestion.build import build

    given = given_documents(paths, settings)
    watched = _watched_paths(given)

    def publish(is_first: bool) -> BuildReport:
        progress_for = progress if is_first else partial(progress, only_slow=True)
        return build(given, settings, progress_for, load_model, skip_bad)

    publication = _Publication(publish, watched, settings, verbose)
    quiet = 2 * POLL_MS / 1000 if poll else QUIET_SECONDS
    with _until_stopped():
        while True:
            with watching(watched, Path(settings.index), poll) as batches:
                publication.attempt()
                give_up = RETRY_SECONDS if publication.is_to_be_retried else None
                publication.has_news = wait_for_change(batches, quiet, LONGEST_WAIT_SECONDS, give_up)
    print_text("Stopped; the index stays as it is.")


class _Publication:
    """Publications of the same documents, one after another, and what is printed of them."""

    def __init__(
        self, publish: Callable[[bool], BuildReport], watched: Sequence[Path], settings: Settings, verbose: bool
    ) -> None:
        self._publish = publish
        self._watched = watched
        self._root = Path(settings.index)
        self._is_verbose = verbose
        self._is_first = True
        self._error = ""  # of the last attempt
        self._notes: set[str] = set()  # printed of the last attempt
        self.has_news = True  # documents may have changed since the last attempt
        self.is_to_be_retried = False

    def attempt(self) -> None:
        """Publish an index of the documents as they are now; an error is printed, and the live index stays.

        An error that no document causes is raised at the first attempt: another command or setting is needed then.
        """
        from pincite.ingestion.publishing.document_names import read_names

        before = read_names(self._root)
        try:
            report = self._publish(self._is_first)
        except PinciteError as error:
            is_of_documents = isinstance(error, CorpusError | ReadError)
            if self._is_first and not is_of_documents and not isinstance(error, IndexLockedError):
                raise
            self._show_error(error, to_be_retried=not is_of_documents)
        else:
            self._show_report(report, before)
        if self._is_first:
            print_notes([f"Watching {_listed(self._watched)}; Ctrl-C ends."])
        self._is_first = False

    def _show_error(self, error: PinciteError, to_be_retried: bool) -> None:
        """Print an error, unless nothing has changed since it was printed."""
        from pincite.ingestion.report import RefusedError
        from pincite.service.cli.ingest_report import report_lines

        again = f"  it is tried again every {RETRY_SECONDS:.0f} s"
        lines = [*report_lines(error, self._is_verbose)] if isinstance(error, RefusedError) else [f"pincite: {error}"]
        if self.has_news or str(error) != self._error:
            print_notes([*lines, again] if to_be_retried else self._unseen_notes(lines))
        self._error, self.is_to_be_retried = str(error), to_be_retried

    def _show_report(self, report: BuildReport, before: DocumentNames) -> None:
        """Print what was published; nothing if the live index is of these very documents, unless it is the first."""
        from pincite.ingestion.publishing.document_names import document_changes, read_names
        from pincite.service.cli.ingest_report import publication_line, report_lines

        print_notes(self._unseen_notes(report_lines(report, self._is_verbose)))
        if report.changed:
            print_text(publication_line(report, document_changes(before, read_names(self._root))))
        elif self._is_first or self._error:
            print_text(f"Unchanged: index {report.id} is of these {report.counts['documents']:,} documents")
        self._error, self.is_to_be_retried = "", False

    def _unseen_notes(self, lines: Iterable[str]) -> list[str]:
        """Return the lines without the notes that were printed of the attempt before."""
        now = [*lines]
        unseen = [line for line in now if line not in self._notes]
        self._notes = {line for line in now if line.startswith("note: ")}
        return unseen


def _watched_paths(given: Sequence[GivenDocument]) -> list[Path]:
    """Return the paths to watch. Raises CorpusError for a web address, and for a path where nothing is."""
    for document in given:
        if not isinstance(document, Path):
            remedy = f"run pincite ingest {document} when it changes, or save the page and watch the file"
            raise CorpusError(str(document), "is a web address; only files are watched", remedy)
        if not os.path.lexists(document):
            remedy = "give the path of a document or of a folder of documents"
            raise CorpusError(printable_path(document), "no such file or folder", remedy)
    return [document for document in given if isinstance(document, Path)]


def _listed(paths: Sequence[Path]) -> str:
    return printable_path(paths[0]) if len(paths) == 1 else f"{len(paths):,} files and folders"


@contextmanager
def _until_stopped() -> Iterator[None]:
    """End what runs in this context by Ctrl-C or SIGTERM, without an error."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
