"""The searcher that serves now; a new one is opened and warmed, then takes over by one reference.

A bundle that cannot be opened or answered from is refused, and the one that serves goes on; it is tried again with
growing rests, and at once when its folder changes. A searcher whose files can be read no more is failing: the index is
opened again in the same way. An old searcher goes when the last request that holds it is done: nothing else refers to
it.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pincite.index.errors import BundleError, PinciteError, StorageError
from pincite.index.searcher import Searcher, open_searcher
from pincite.index.settings import Settings
from pincite.index.storage.manifest import BUNDLES_FOLDER, find_bundle
from pincite.index.system_errors import TRANSLATED_ERRORS, naming_file, to_storage_error
from pincite.service.runtime.memory import compact_memory

log = logging.getLogger(__name__)

MAX_RETRY_SECONDS = 300  # seconds between two tries of a bundle that is refused


class IndexReloader:
    """Opens what `settings.index` stands for, and again whenever that is another bundle."""

    def __init__(self, settings: Settings) -> None:
        self._root = Path(settings.index)
        self._settings = settings
        self._searcher: Searcher | None = None
        self._tries = _Tries(max(1, MAX_RETRY_SECONDS // settings.reload_seconds))
        self._stopped = threading.Event()
        self.rejection: str | None = None  # why the bundle that is published does not serve, where it does not
        self.failing: str | None = None  # why the one that serves can be read no more, where it cannot
        self.refusals = 0
        self.opened_at = 0.0  # when the one that serves was opened, in seconds since 1970

    def current(self) -> Searcher | None:
        """Return the searcher to use; None before the first is open."""
        return self._searcher

    def open(self) -> None:
        """Open the published bundle and answer a question from it. Raises PinciteError when that fails."""
        folder = find_bundle(self._root)
        with naming_file(folder):
            self._tries.begin(_state(folder))
            searcher = open_searcher(self._settings, folder)
            searcher.ask(next((title for _, title in searcher.bundle.titles(1)), "warm"), 1)
        compact_memory()  # now: later it would take its time from the first questions
        self._searcher, self.opened_at, self.rejection, self.failing = searcher, time.time(), None, None

    def refresh(self) -> None:
        """Open the published bundle if it does not serve, or fails, unless it was tried just now and is as it was."""
        try:
            self._look()
        except PinciteError as error:
            self._refuse(error)
        except TRANSLATED_ERRORS as error:
            self._refuse(to_storage_error(error, self._root))
        except Exception as error:
            self._refuse(BundleError(str(self._root), f"cannot be opened: {type(error).__name__}", "read the log"))

    def fail(self, searcher: Searcher, error: PinciteError) -> None:
        """Note that a searcher's files could not be read. If it still serves, the index is opened again."""
        if searcher is self._searcher and not self.failing:
            self.failing = self._told(error)
            self._tries.forget()
            log.error("the index that serves cannot be read: %s", error)

    def _look(self) -> None:
        """Look once at what is published. Raises PinciteError and what else opening an index raises."""
        serves = self._searcher
        if serves and not self.failing:
            try:
                serves.bundle.check_lengths()
            except StorageError as error:
                self.fail(serves, error)
        folder = find_bundle(self._root)
        if serves and folder == serves.bundle.folder and not self.failing:
            self.rejection = None  # what was damaged is as it was
            self._tries.forget()
        elif self._tries.due(_state(folder)):
            self.open()
            log.info("index %s serves", self._searcher.bundle.id if self._searcher else None)

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
            before = self.opened_at
            self.refresh()
            if self.opened_at != before:
                gc.collect()  # the parts of the index before refer to one another
                compact_memory()  # what they leave

    def _refuse(self, error: PinciteError) -> None:
        why = f"{self._told(error)}; {error.remedy}"
        if why != self.rejection:
            self.refusals += 1
            log.error("the published index is refused, the one before it serves on: %s", error)
        self.rejection = why

    def _told(self, error: PinciteError) -> str:
        """Describe an error by the file's name inside the index, without the index's own path."""
        try:
            parts = Path(error.place).relative_to(self._root).parts
        except ValueError:
            return error.problem
        name = "/".join(parts[2:] or parts[1:]) if parts[:1] == (BUNDLES_FOLDER,) else "/".join(parts)
        return f"{name}: {error.problem}" if name else error.problem


class _Tries:
    """When a bundle that was refused is tried again: after 1 look, 2, 4 and so on, and once it has changed."""

    def __init__(self, most: int) -> None:
        """`most` looks lie between two tries at most."""
        self._most = most
        self.forget()

    def forget(self) -> None:
        """Whatever comes next has not been tried."""
        self._tried: object = None
        self._rest = self._left = 1

    def begin(self, state: object) -> None:
        """Note that a bundle in this state is being tried."""
        if state != self._tried:
            self.forget()
            self._tried = state

    def due(self, state: object) -> bool:
        """Return whether to try a bundle in this state at this look."""
        if state != self._tried:
            return True
        self._left -= 1
        if self._left:
            return False
        self._rest = self._left = min(2 * self._rest, self._most)
        return True


def _state(folder: Path) -> tuple[Path, int]:
    """Return what tells a bundle from another, and from itself with a file more or less."""
    return folder, folder.stat().st_mtime_ns
