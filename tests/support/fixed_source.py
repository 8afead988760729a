"""Source of a searcher that is there from the start, as the app wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pincite.index.errors import PinciteError


@dataclass
class FixedSource:
    """Source of one searcher, or of none. A test may change any of it."""

    searcher: Any = None
    rejection: str | None = None
    failing: str | None = None
    unreachable: str | None = None
    refusals: int = 0
    opened_at: float = 0.0

    def current(self) -> Any:
        return self.searcher

    def fail(self, searcher: Any, error: PinciteError) -> None:
        self.failing = error.problem
