"""Changes of documents on disk, as the system reports them: paths come in; waits end once files are at rest again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from pincite.index.errors import StorageError

STEP_MS = 50  # milliseconds between two looks at what the system has reported
BATCH_MS = 100  # milliseconds after which a batch ends in which nothing has changed
POLL_MS = 1000  # milliseconds between two comparisons of all files, of --poll

Batch = bool  # whether documents may have changed while it lasted


class WatchedPaths:
    """Paths that are watched, by where they are and, if they are links, by where they lead."""

    def __init__(self, paths: Sequence[Path], index: Path) -> None:
        """Take paths as they were given, and the folder of the index: changes in that are none of documents."""
        places = (os.path.join(os.path.realpath(path.absolute().parent), path.name) for path in paths)
        self._places = {*places, *(os.path.realpath(path) for path in paths)}
        self._index = os.path.realpath(index)

    @property
    def folders(self) -> list[str]:
        """Folders to watch with all that is in them."""
        return sorted(place for place in self._places if os.path.isdir(place) and not os.path.islink(place))

    @property
    def parents(self) -> list[str]:
        """Folders to watch alone: a path may be replaced, deleted or made again there."""
        return sorted({_existing_parent(place) for place in self._places})

    def concerns(self, path: str) -> bool:
        """Return whether a change of `path` may be one of documents; hidden files and the index are none."""
        if _is_within(path, self._index):
            return False
        return any(
            _is_within(place, path) or (_is_within(path, place) and not _is_hidden(path[len(place) :]))
            for place in self._places
        )


@contextmanager
def watching(paths: Sequence[Path], index: Path, poll: bool) -> Iterator[Iterator[Batch]]:
    """Watch documents from now on: batches of changes, which end after BATCH_MS at the latest if nothing changes.

    poll: compare files instead of waiting for the system's reports. Raises StorageError where the system refuses.
    """
    watched = WatchedPaths(paths, index)
    with ExitStack() as stack:
        watchers = [
            stack.enter_context(closing(_reports(folders, recursive, poll)))
            for folders, recursive in ((watched.folders, True), (watched.parents, False))
            if folders
        ]
        for watcher in watchers:
            next(watcher)  # begins to watch; what it has seen so far is read after this
        reports = (set().union(*parts) for parts in zip(*watchers, strict=True))
        yield (any(map(watched.concerns, changed)) for changed in reports)


def wait_for_change(
    batches: Iterable[Batch],
    quiet: float,
    longest: float,
    give_up: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Wait until something has changed, and then nothing for `quiet` seconds, or `longest` seconds have passed.

    Returns True; False if nothing has changed for `give_up` seconds.
    """
    began = clock()
    first = last = None
    for has_changed in batches:
        now = clock()
        if has_changed:
            first, last = now if first is None else first, now
        if first is not None and last is not None and (now - last >= quiet or now - first >= longest):
            return True
        if first is None and give_up is not None and now - began >= give_up:
            return False
    return False


def _reports(folders: Sequence[str], recursive: bool, poll: bool) -> Generator[set[str], None, None]:
    """Yield the paths that changed in each batch. Raises StorageError where the system refuses to watch."""
    from watchfiles import watch
    from watchfiles._rust_notify import WatchfilesRustInternalError

    changes = watch(
        *folders,
        watch_filter=None,
        step=STEP_MS,
        rust_timeout=BATCH_MS,
        yield_on_timeout=True,
        force_polling=poll or None,
        poll_delay_ms=POLL_MS,
        recursive=recursive,
        ignore_permission_denied=True,
    )
    try:
        with closing(changes):
            yield from ({path for _, path in batch} for batch in changes)
    except (OSError, WatchfilesRustInternalError) as error:
        raise StorageError(", ".join(folders), f"cannot be watched: {error}", "try it with --poll") from error


def _existing_parent(place: str) -> str:
    """Return the nearest folder above a place that is there."""
    parent = os.path.dirname(place)
    return parent if os.path.isdir(parent) or parent == place else _existing_parent(parent)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _is_hidden(below: str) -> bool:
    return any(part.startswith(".") for part in below.split(os.sep))
