"""Ages of the index that serves, for Prometheus: since it was made, and since the oldest review of a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pincite.index.errors import PinciteError
from pincite.service.guard.searcher_source import SearcherSource


class IndexAges(Collector):
    """Ages in seconds; an age that is not known is left out."""

    def __init__(self, source: SearcherSource) -> None:
        self._source = source
        self._oldest: tuple[str, str | None] = ("", None)  # index id, and the oldest review date of its documents

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the ages of now."""
        searcher = self._source.current()
        if searcher is None:
            return
        made = searcher.bundle.manifest["made"]["at"]
        for name, meaning, since in (
            ("pincite_index_made_age_seconds", "Since the index was made.", made),
            ("pincite_oldest_review_age_seconds", "Since the oldest review of a document.", self._oldest_review()),
        ):
            if (age := seconds_since(since)) is not None:
                yield GaugeMetricFamily(name, meaning, value=age)

    def _oldest_review(self) -> str | None:
        """Return the oldest review date, looked up once for each index; None if there is none or it cannot be read."""
        searcher = self._source.current()
        if searcher and searcher.bundle.id != self._oldest[0]:
            try:
                dates = searcher.bundle.review_dates()
            except PinciteError:
                return None
            self._oldest = searcher.bundle.id, min((d for d in dates if seconds_since(d) is not None), default=None)
        return self._oldest[1]


def seconds_since(iso: str | None) -> float | None:
    """Return the seconds since the beginning of a date or time in ISO 8601; None if it is none.

    >>> seconds_since("spring") is None, seconds_since("2024-05") > seconds_since("2024-05-06")
    (True, True)
    """
    text = iso or ""
    try:
        moment = datetime.fromisoformat(text + "-01-01"[(len(text) - 4) :] if len(text) in (4, 7) else text)
    except ValueError:
        return None
    return (datetime.now(UTC) - moment.replace(tzinfo=moment.tzinfo or UTC)).total_seconds()
