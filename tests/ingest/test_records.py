"""Runs of passages: which are new, and which rows of the live bundle the others are."""

from __future__ import annotations

from pincite.ingestion.records import Records, Run


def test_passages_that_follow_one_another_are_one_run() -> None:
    """Documents that followed one another in the live bundle are copied at once; a new one between parts them."""
    written = Records()
    for count, first in ((3, 0), (2, 3), (4, None), (1, None), (5, 5), (0, 0), (2, 12)):
        written.add_run(count, None if first is None else range(first, first + count))
    assert written.runs == [
        Run(range(5), range(5)),
        Run(range(5, 10), None),
        Run(range(10, 15), range(5, 10)),
        Run(range(15, 17), range(12, 14)),  # what stood between in the live bundle is gone
    ]
    assert written.passage_count == 17
