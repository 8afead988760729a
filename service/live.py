"""The searcher that serves now: opened and warmed beside its forerunner, put in its place by one reference.

A bundle that cannot be opened or answered from is refused once, and the one that serves goes on. An old searcher goes
when the last request that holds it is done: nothing else refers to it.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from index.bundle import Bundle
from index.errors import BundleError, PinciteError
from index.manifest import find_bundle
from index.searcher import Searcher
from index.settings import Settings
from service.memory import settle

log = logging.getLogger(__name__)


class Live:
    """Opens what `settings.index` stands for, and again whenever that is another bundle."""

    def __init__(self, settings: Settings) -> None:
        self._root = Path(settings.index)
        self._settings = settings
        self._searcher: Searcher | None = None
        self._tried: Path | None = None  # the folder opened last, or refused
        self._stopped = threading.Event()
        self.refused: str | None = None  # why the bundle that is published does not serve, where it does not
        self.refusals = 0
        self.since = 0.0  # when the one that serves was opened, in seconds since 1970

    def __call__(self) -> Searcher | None:
        """The searcher to use; None while there is none yet."""
        return self._searcher

    def open(self) -> None:
        """Open the published bundle and answer a question from it. Raises PinciteError when that fails."""
        folder = find_bundle(self._root)
        self._tried = folder
        searcher = open_searcher(self._settings, folder)
        searcher.ask(next((title for _, title in searcher.bundle.titles(1)), "warm"), 1)
        settle()  # now: later it would take its time from the first questions
        self._searcher, self.since, self.refused = searcher, time.time(), None

    def refresh(self) -> None:
        """Open the published bundle if it is another one than was tried last; one that cannot be opened is refused."""
        try:
            folder = find_bundle(self._root)
            if folder == self._tried:
                if self._searcher and folder == self._searcher.bundle.folder:
                    self.refused = None  # what was damaged is as it was
            else:
                self.open()
                log.info("index %s serves", self._searcher.bundle.id if self._searcher else None)
        except PinciteError as error:
            self._refuse(f"{error.problem}; {error.remedy}")
        except Exception as error:
            self._refuse(type(error).__name__)

    def watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> threading.Thread:
        """Open unless that was done, say that it is ready or has failed, and look for another bundle until stop()."""
        thread = threading.Thread(target=self._watch, args=(failed, ready), name="live", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> None:
        try:
            if self._searcher is None:
                self.open()
        except PinciteError as error:
            failed(error)
            return
        except Exception as error:  # whatever it is, a service that never gets ready must end and say so
            place, remedy = str(self._root), "see that this user may read every file of it"
            failed(BundleError(place, f"cannot be opened: {type(error).__name__}", remedy))
            return
        ready()
        while not self._stopped.wait(self._settings.reload_seconds):
            before = self.since
            self.refresh()
            if self.since != before:
                gc.collect()  # the parts of the index before refer to one another
                settle()  # what they leave

    def _refuse(self, why: str) -> None:
        if why != self.refused:
            self.refusals += 1
            log.error("the published index is refused, the one before it serves on: %s", why)
        self.refused = why


def open_searcher(settings: Settings, folder: Path | None = None) -> Searcher:
    """A searcher over the published bundle, or the one in `folder`. Raises BundleError."""
    bundle = Bundle(folder or Path(settings.index), settings.encoder_threads, bool(settings.judge))
    return Searcher(bundle, settings.question_characters, settings.answers)
