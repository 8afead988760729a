"""Interface of what holds the open index: the app asks it for a searcher, and reports one that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pincite.index.errors import PinciteError
    from pincite.index.searcher import Searcher


class SearcherSource(Protocol):
    """Source of the searcher to use now. IndexReloader is the one in service."""

    @property
    def rejection(self) -> str | None:
        """Why the published bundle is not the one in use; None if it is."""

    @property
    def failing(self) -> str | None:
        """Why the files of the searcher in use can no longer be read; None if they can."""

    @property
    def unreachable(self) -> str | None:
        """Why the store of the passages does not answer; None if it does, or there is none."""

    @property
    def refusals(self) -> int:
        """Published bundles refused since the start."""

    @property
    def opened_at(self) -> float:
        """Time at which the searcher in use was opened, in seconds since 1970."""

    def current(self) -> Searcher | None:
        """Return the searcher to use; None before the first is open."""

    def fail(self, searcher: Searcher, error: PinciteError) -> None:
        """Note that the files of a searcher could not be read."""
