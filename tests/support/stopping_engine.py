"""Engine that stops its writer: it passes some calls that write on to another engine, and fails at the next one."""

from __future__ import annotations

from typing import Any

from pincite.index.store.qdrant.engine import Engine

WRITES = frozenset(("create", "drop", "point_aliases", "upsert", "mark", "delete"))


class StoppedError(Exception):
    """The end of a writer."""


class StoppingEngine:
    """An engine over another. writes: calls that write and are passed on."""

    def __init__(self, engine: Engine, writes: int) -> None:
        self._engine, self._left = engine, writes

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._engine, name)
        if name not in WRITES:
            return call

        def count(*given: Any) -> Any:
            if not self._left:
                raise StoppedError(name)
            self._left -= 1
            return call(*given)

        return count
