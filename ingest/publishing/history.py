"""The history of an index: which bundles went live, in which order. Pruning and roll-back go by it.

root/HISTORY has a line for each time that the live bundle became another one, and the digest of those lines last:

    published 496095e29e3aba2e
    published 0c8fdb60301695f6
    back 496095e29e3aba2e
    sha256 5f0c...

A line is written before CURRENT is. Where a kill came between the two, the lines after the live bundle's own are of a
switch that never was, and are passed over. Bundles that it does not tell of, because it is missing, damaged or older
than they are, are put in by the time that their manifests say they were made at; times of files and folders say
nothing, since a copy has others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from pincite.index.errors import PinciteError
from pincite.index.storage.manifest import MANIFEST_FILE
from pincite.index.storage.plain_files import read_regular_file

HISTORY_FILE = "HISTORY"
_UNKNOWN_TIME = "~"  # sorts after every time
MAX_LINES = 1000  # lines: far more than there are bundles

EventKind = Literal["published", "back"]


class Event(NamedTuple):
    """One time that the live bundle became another."""

    kind: EventKind
    name: str  # of the bundle's folder


@dataclass(frozen=True, slots=True)
class History:
    """Events that made bundles live, oldest first, up to the bundle that is live now."""

    events: tuple[Event, ...]

    def appended(self, kind: EventKind, name: str) -> History:
        """Return the history with one more event."""
        return History((*self.events, Event(kind, name)))

    def rollback_path(self) -> list[str]:
        """Return the bundles along which roll-back goes, the live one last, without those that were rolled back."""
        names: list[str] = []
        for kind, name in self.events:
            if kind == "back" and name in names:
                del names[names.index(name) + 1 :]
            else:
                names = [*(other for other in names if other != name), name]
        return names

    def newest_first(self, bundles: Collection[Path]) -> list[str]:
        """Return the names of some bundles by their last publication, newest first; unpublished ones go before."""
        positions = {event.name: place for place, event in enumerate(self.events) if event.kind == "published"}
        unpublished = len(self.events)
        keys = {
            b.name: (positions.get(b.name, unpublished), made_at(b) if b.name not in positions else "") for b in bundles
        }
        return sorted(keys, key=lambda name: (*keys[name], name), reverse=True)

    def to_bytes(self) -> bytes:
        """Serialise the file."""
        body = "".join(f"{kind} {name}\n" for kind, name in self.events[-MAX_LINES:]).encode()
        return body + f"sha256 {hashlib.sha256(body).hexdigest()}\n".encode()


def read_history(root: Path, bundles: Collection[Path], live: str | None) -> History:
    """Read the history of a root whose pointer names `live` or nothing. bundles: the folders on disk."""
    recorded = _until_live(_read_events(root / HISTORY_FILE), live)
    made_times = {folder.name: made_at(folder) for folder in bundles}
    recorded_names = [event.name for event in recorded]
    unrecorded_names = sorted(set(made_times) - set(recorded_names) - {live}, key=lambda name: (made_times[name], name))
    last_recorded_time = next((made_times[name] for name in reversed(recorded_names) if name in made_times), "")
    earlier_events = [Event("published", name) for name in unrecorded_names if made_times[name] <= last_recorded_time]
    later_events: list[Event] = []
    if live not in recorded_names:
        later_times = {name: made_times[name] for name in unrecorded_names if made_times[name] > last_recorded_time}
        later_times |= {live: made_times.get(live, _UNKNOWN_TIME)} if live else {}
        later_events = [
            Event("published", n) for n in sorted(later_times, key=lambda n: (later_times[n], n == live, n))
        ]
        later_events += [Event("back", live)] if live and later_events[-1].name != live else []
    return History((*earlier_events, *recorded, *later_events))


def made_at(folder: Path) -> str:
    """Return when a bundle was made, by its manifest, ISO 8601 in UTC; "" if it cannot be read."""
    try:
        return str(json.loads(read_regular_file(folder / MANIFEST_FILE))["made"]["at"])
    except (PinciteError, OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return ""


def _until_live(events: Sequence[Event], live: str | None) -> Sequence[Event]:
    """Return the events up to the last time that the live bundle went live; all if it never did."""
    positions = [place for place, event in enumerate(events) if event.name == live]
    return events[: positions[-1] + 1] if positions else events


def _read_events(path: Path) -> list[Event]:
    """Read the events of the file; none if it is missing or its digest does not hold."""
    try:
        data = read_regular_file(path)
        lines = [line.split(" ", 1) for line in data.decode().splitlines()[:-1]]
        events = [Event("back" if kind == "back" else "published", name) for kind, name in lines]
        return events if data == History(tuple(events)).to_bytes() else []
    except (PinciteError, OSError, ValueError, MemoryError):
        return []
