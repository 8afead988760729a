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
    """The line holds the first 160 characters and says how many there are; one of 160 stays; --verbose shows all."""
    short, long = FileNote("a.html", "x" * 160), FileNote("b.html", "word " * 1000)
    report = BuildReport("0123", Path("x"), True, COUNTS, EmbedStats(), 1.0, (short, long))
    one, two = report_lines(report)
    assert one == f"note: {short}"
    assert two == f"note: b.html: {long.text[:160].rstrip()}… (5,000 characters in all; --verbose prints them)"
    assert [*report_lines(report, verbose=True)] == [f"note: {short}", f"note: {long}"]
    assert [note["note"] for note in report_json(report)["notes"]] == [short.text, long.text]


PAGE_NOTES = ("left out: captions (7): “A bell”; “A quay”", "left out: menus (4): “Home”", "read as Windows-1252")


def report_with(*notes: FileNote) -> BuildReport:
    return BuildReport("0123", Path("x"), True, COUNTS, EmbedStats(), 1.0, notes)


def test_the_notes_on_a_file_are_one_line_with_lost_text_first() -> None:
    """Lost text stands before what was read otherwise and what was left out; quotations are with --verbose."""
    notes = [FileNote("a.html", text) for text in (*PAGE_NOTES, "lost: page 3, broken")]
    report = report_with(*notes)
    assert [*report_lines(report)] == [
        "note: a.html: lost: page 3, broken; read as Windows-1252; left out: captions (7), menus (4)"
    ]
    assert [*report_lines(report, verbose=True)] == [f"note: {note}" for note in notes]


def test_a_line_of_many_notes_ends_with_how_many_more_there_are() -> None:
    """Whole notes are shown, as many as 160 characters hold."""
    report = report_with(*(FileNote("a.html", f"left out: {'kind ' * 9}{n}") for n in range(9)))
    (line,) = report_lines(report)
    shown = ", ".join(f"{'kind ' * 9}{n}" for n in range(3))
    assert line == f"note: a.html: left out: {shown} and 6 more; --verbose prints all"


def test_files_of_which_text_was_lost_come_first() -> None:
    """Twenty files are shown, and how many more there are; a note on the whole index is shown always."""
    furniture = [FileNote(f"{n}.html", "left out: menus (1)") for n in range(30)]
    report = report_with(*furniture, FileNote("x.pdf", "lost: page 2, broken"), FileNote(None, "calibrate again"))
    lines = [*report_lines(report)]
    assert lines[:2] == ["note: x.pdf: lost: page 2, broken", "note: 0.html: left out: menus (1)"]
    assert lines[-2:] == ["note: 11 more files with notes; --verbose prints all", "note: calibrate again"]
    assert len(lines) == 22
    assert len([*report_lines(report, verbose=True)]) == 32
