"""The report of an ingest for people: what was published, and which documents left the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from pincite.ingestion.publishing.document_names import DocumentNames, gone_ids
from pincite.ingestion.report import BuildReport, EmbedStats, FileNote
from pincite.service.cli.ingest_report import report_json, report_lines, summary_lines

COUNTS = {"documents": 1, "sections": 1, "passages": 1, "sentences": 1}


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("a",), "1 document that was live is not in this index (a); `pincite rollback` brings it back"),
        (
            tuple("abcdefg"),
            "7 documents that were live are not in this index (a, b, c, d, e and 2 more); "
            "`pincite rollback` brings them back",
        ),
    ],
)
def test_documents_that_left_are_named_with_the_way_back(gone: tuple[str, ...], said: str) -> None:
    """The first five are named; without any, there is no such line."""
    report = BuildReport("0123", Path("x"), True, COUNTS, EmbedStats(), 1.0, (), gone=gone)
    assert said in list(summary_lines(report, "x"))
    report = BuildReport("0123", Path("x"), True, COUNTS, EmbedStats(), 1.0, ())
    assert not [line for line in summary_lines(report, "x") if "rollback" in line]


def test_a_document_is_gone_when_neither_its_id_nor_its_text_is_there() -> None:
    """One that changed, and one that has another id, are there."""
    before = DocumentNames({}, {"a": "1", "b": "2", "c": "3"})
    assert gone_ids(before, {"a": "9", "x": "2"}) == ("c",)
    assert gone_ids(DocumentNames(), {"a": "1"}) == ()


def test_a_long_note_is_cut_on_a_terminal_and_whole_in_json() -> None:
    """The line holds the first 160 characters and says how many there are; one of 160 stays as it is."""
    short, long = FileNote("a.html", "x" * (160 - len("note: a.html: "))), FileNote("b.html", "word " * 1000)
    report = BuildReport("0123", Path("x"), True, COUNTS, EmbedStats(), 1.0, (short, long))
    one, two = report_lines(report)
    assert one == f"note: {short}"
    assert two == f"note: {long}"[:160].rstrip() + "… (5,014 characters in all; --json has them)"
    assert [note["note"] for note in report_json(report)["notes"]] == [short.text, long.text]
