"""Counts of terms over all documents of a store, kept with the ledger's entries so that opening reads no document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from pincite.index.store.qdrant.engine import Engine, HeldPoint, Payload, Point
from pincite.index.store.qdrant.points import batches, dump_json, named_point_id, reading_points, term_dimension
from pincite.index.store.term_statistics import TermStatistics

PARTS = 64  # points that the counts are split over
_IDS = [named_point_id(f"counts/{number}") for number in range(PARTS)]
_FIELDS = ("commit", "passages", "terms", "frequencies")


class StoredCounts:
    """The counts of one store, each part marked with the number of the commit that it counts."""

    def __init__(self, engine: Engine, collection: str) -> None:
        self._engine, self._collection = engine, collection

    def read(self, commit: int) -> TermStatistics | None:
        """Return the counts as of a commit; None if some part is of another."""
        points = self._engine.retrieve(self._collection, _IDS, _FIELDS)
        with reading_points(self._collection):
            if len(points) != PARTS or {point.payload["commit"] for point in points} != {commit}:
                return None
            total = TermStatistics(int(points[0].payload["passages"]), int(points[0].payload["terms"]))
            for point in points:
                total.frequencies.update(json.loads(point.payload["frequencies"]))
            return total

    def write(self, commit: int, total: TermStatistics) -> None:
        """Write the counts as of a commit."""
        parts: list[dict[str, int]] = [{} for _ in range(PARTS)]
        for term, count in sorted(total.frequencies.items()):
            parts[term_dimension(term) % PARTS][term] = count
        common = {"kind": "counts", "commit": commit, "passages": total.passages, "terms": total.terms}
        points = [Point(i, {**common, "frequencies": dump_json(p)}) for i, p in zip(_IDS, parts, strict=True)]
        for batch in batches(points):  # each point may have megabytes
            self._engine.upsert(self._collection, batch)


def total_of(points: Iterable[HeldPoint]) -> TermStatistics:
    """Count the terms of some documents, given by their entries with COUNT_FIELDS."""
    total = TermStatistics()
    for point in points:
        total.add(_statistics_of(point.payload))
    return total


def _statistics_of(payload: Payload) -> TermStatistics:
    counts = Counter[str](json.loads(payload["term_counts"]))
    return TermStatistics(int(payload["passage_count"]), int(payload["term_total"]), counts)
