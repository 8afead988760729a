"""Reload of the index: a published bundle is opened and warmed, then takes over by the change of one reference.

A bundle that cannot be opened or answered from is refused, and the searcher in use stays; the bundle is tried again at
growing intervals, and at once when its folder changes. A searcher whose files can no longer be read is failing, and the
index is opened again in the same way. An old searcher is freed when the last request that uses it is done: nothing
else refers to it.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pincite.index.errors import BundleError, PinciteError, StorageError, StoreError, StoreUnavailableError
from pincite.index.searcher import Searcher, open_searcher
from pincite.index.settings import Settings
from pincite.index.storage.manifest import BUNDLES_FOLDER, find_bundle
from pincite.index.system_errors import TRANSLATED_ERRORS, naming_file, to_storage_error
from pincite.service.guard.store_calls import observe_store_call
from pincite.service.runtime.memory import compact_memory

log = logging.getLogger(__name__)

MAX_RETRY_SECONDS = 300  # from one try of a refused bundle to the next


class IndexReloader:
    """Source of the searcher over the live bundle of `settings.index`; it opens each bundle that is published there."""

    def __init__(self, settings: Settings) -> None:
        self._root = Path(settings.index)
        self._settings = settings
        self._searcher: Searcher | None = None
        self._retries = _RetrySchedule(max(1, MAX_RETRY_SECONDS // settings.reload_seconds))
        self._stopped = threading.Event()
        self.rejection: str | None = None  # why the published bundle is not in use; None if it is
        self.failing: str | None = None  # why the files in use can no longer be read; None if they can
        self.unreachable: str | None = None  # why the store of the passages does not answer; None if it does
        self.refusals = 0  # since the start
        self.opened_at = 0.0  # when the searcher in use was opened, in seconds since 1970

    def current(self) -> Searcher | None:
        """Return the searcher to use; None before the first is open."""
        return self._searcher

    def open(self) -> None:
        """Open the published bundle, answer a question from it, and use it. Raises PinciteError if that fails."""
        folder = find_bundle(self._root)
        with naming_file(folder):
            self._retries.begin(_state(folder))
            searcher = open_searcher(self._settings, folder, observe_store_call)
            searcher.ask(next((title for _, title in searcher.bundle.titles(1)), "warm"), 1)
        compact_memory()  # before the first question, which it would delay
        self._searcher, self.opened_at = searcher, time.time()
        self.rejection = self.failing = self.unreachable = None

    def refresh(self) -> None:
        """Open the published bundle if it is not in use, or is failing, and a try is due."""
        try:
            self._look()
        except StoreUnavailableError as error:
            self._refuse(error)
            self._retries.reset()  # it may be back at the next look
        except PinciteError as error:
            self._refuse(error)
        except TRANSLATED_ERRORS as error:
            self._refuse(to_storage_error(error, self._root))
        except Exception as error:
            self._refuse(BundleError(str(self._root), f"cannot be opened: {type(error).__name__}", "read the log"))

    def fail(self, searcher: Searcher, error: PinciteError) -> None:
        """Note that a searcher's files could not be read. If it is in use, refresh() opens the index again."""
        if searcher is self._searcher and not self.failing:
            self.failing = self._describe(error)
            self._retries.reset()
            log.error("the index that serves cannot be read: %s", error)

    def _look(self) -> None:
        """Look once at what is published. Raises PinciteError, and anything else that opening an index raises."""
        searcher = self._searcher
        if searcher and not self.failing:
            try:
                searcher.bundle.check_lengths()
                self.unreachable = None
            except StoreUnavailableError as error:
                self.unreachable = error.problem
            except (StorageError, StoreError) as error:
                self.fail(searcher, error)
        folder = find_bundle(self._root)
        if searcher and folder == searcher.bundle.folder and not self.failing:
            self.rejection = None  # the pointer names the bundle in use again
            self._retries.reset()
        elif self._retries.due(_state(folder)):
            self.open()
            log.info("index %s serves", self._searcher.bundle.id if self._searcher else None)

    def watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> threading.Thread:
        """Start a thread that opens the index if need be, calls `ready` or `failed`, and reloads until stop()."""
        thread = threading.Thread(target=self._watch, args=(failed, ready), name="live", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End the thread of watch()."""
        self._stopped.set()

    def _watch(self, failed: Callable[[PinciteError], None], ready: Callable[[], None]) -> None:
        try:
            if self._searcher is None:
                self.open()
        except PinciteError as error:
            failed(error)
            return
        except Exception as error:  # a service that never gets ready must end with a message
            place, remedy = str(self._root), "see that this user may read every file of it"
            failed(BundleError(place, f"cannot be opened: {type(error).__name__}", remedy))
            return
        ready()
        while not self._stopped.wait(self._settings.reload_seconds):
            opened_at = self.opened_at
            self.refresh()
            if self.opened_at != opened_at:
                gc.collect()  # the parts of the old index refer to one another
                compact_memory()

    def _refuse(self, error: PinciteError) -> None:
        reason = f"{self._describe(error)}; {error.remedy}"
        if reason != self.rejection:
            self.refusals += 1
            log.error("the published index is refused, the one before it serves on: %s", error)
        self.rejection = reason

    def _describe(self, error: PinciteError) -> str:
        """Describe an error by the file's name inside the index, without the index's own path."""
        try:
            parts = Path(error.place).relative_to(self._root).parts
        except ValueError:
            return error.problem
        name = "/".join(parts[2:] or parts[1:]) if parts[:1] == (BUNDLES_FOLDER,) else "/".join(parts)
        return f"{name}: {error.problem}" if name else error.problem


class _RetrySchedule:
    """Schedule of retries of a refused bundle: after 1 look, 2, 4 and so on, and at once when it has changed."""

    def __init__(self, max_looks: int) -> None:
        """max_looks: the most looks from one try to the next."""
        self._max_looks = max_looks
        self.reset()

    def reset(self) -> None:
        """Forget what was tried: the next bundle is due at once."""
        self._tried: object = None
        self._interval = self._looks_left = 1

    def begin(self, state: object) -> None:
        """Note that a bundle in this state is being tried."""
        if state != self._tried:
            self.reset()
            self._tried = state

    def due(self, state: object) -> bool:
        """Return whether to try a bundle in this state at this look."""
        if state != self._tried:
            return True
        self._looks_left -= 1
        if self._looks_left:
            return False
        self._interval = self._looks_left = min(2 * self._interval, self._max_looks)
        return True


def _state(folder: Path) -> tuple[Path, int]:
    """Return a value that changes with the bundle and with the files in its folder."""
    return folder, folder.stat().st_mtime_ns
