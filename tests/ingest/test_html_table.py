"""Tables of HTML by columns: repeated cells, headers of several rows, groups, and what a repetition may cost."""

from __future__ import annotations

import pytest

from pincite.ingestion.reading.readers.html import read_html
from pincite.ingestion.reading.readers.html_table import MAX_REPEATED_CHARACTERS, MAX_REPEATED_IN_TABLE


def rows(table: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text) for part in read_html(f"<table>{table}</table>")[0]]


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ("<tr><th>Drug<th>Dose<tr><td rowspan=2>Riluzole<td>50 mg<tr><td>twice a day", [
            ("header", "Drug | Dose"), ("row", "Riluzole | 50 mg"), ("row", "Riluzole | twice a day")]),
        ("<tr><th>Year<th>Month<th>Cost<tr><th rowspan=3>2025<tr><td>May<td>12<tr><td>June<td>14", [
            ("header", "Year | Month | Cost"), ("row", "2025 | May | 12"), ("row", "2025 | June | 14")]),
        ("<tr><td>Age<td rowspan=0>daily<tr><td>Dose<tr><td>Time", [
            ("row", "Age | daily"), ("row", "Dose | daily"), ("row", "Time | daily")]),
        ("<tr><td rowspan=2>a<td>b<td rowspan=2>c<tr><td>d", [("row", "a | b | c"), ("row", "a | d | c")]),
        ("<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c", [("row", "a |  | b"), ("row", "a |  | c")]),
    ],
)  # fmt: skip
def test_a_cell_over_several_rows_is_in_each(table: str, parts: list[tuple[str, str]]) -> None:
    """The other cells of these rows stay in their columns, and a row of one such cell is none of its own."""
    assert rows(table) == parts


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ("<tr><td rowspan=9>a<td rowspan=9>b", [("row", "a | b")]),
        ("<tr><td rowspan=9>a<td rowspan=9>b<tr></tr>", [("row", "a | b")]),
        ("<tr><td rowspan=9>a<td rowspan=9>b<tr><td><tr><td>c", [("row", "a | b"), ("row", "a | b | c")]),
        ("<tbody><tr><td rowspan=9>a<td rowspan=9>b<tbody><tr><td>c<td>d", [("row", "a | b"), ("row", "c | d")]),
        ("<tr><td rowspan=2>a<tr><td rowspan=2>b<tr><td>c", [("row", "a | b"), ("row", "c | b")]),
        ("<tr><td rowspan=2>a", [("paragraph", "a")]),
    ],
)  # fmt: skip
def test_a_cell_that_no_row_follows_is_not_lost(table: str, parts: list[tuple[str, str]]) -> None:
    """A table or a group of rows may end before its cells do."""
    assert rows(table) == parts


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ("<tr><th rowspan=2>Drug<th colspan=2>Dose<tr><th>Adults<th>Children<tr><td>A<td>1<td>2", [
            ("header", "Drug | Dose Adults | Dose Children"), ("row", "A | 1 | 2")]),
        ("<thead><tr><th>Drug<th>Dose<tr><th><th>in mg<tbody><tr><td>A<td>1", [
            ("header", "Drug | Dose in mg"), ("row", "A | 1")]),
        ("<tr><th>Name<th>Eel<tr><th>Weight<th>2 kg<tr><td>a<td>b", [
            ("header", "Name | Eel"), ("header", "Weight | 2 kg"), ("row", "a | b")]),
    ],
)  # fmt: skip
def test_names_in_several_rows_are_one_header(table: str, parts: list[tuple[str, str]]) -> None:
    """They are where a cell goes over some of them or they stand in the table's head; names alone are rows of names."""
    assert rows(table) == parts


def test_a_group_within_a_table_leaves_the_columns_their_names() -> None:
    """A cell across the table is a row among rows, so that the rows below it keep the header."""
    table = "<tr><th>Drug<th>Dose<tr><td colspan=2>Children<tr><td>A<td>1"
    assert rows(table) == [("header", "Drug | Dose"), ("row", "Children |"), ("row", "A | 1")]


def test_a_text_across_a_table_is_a_paragraph() -> None:
    """It is before the first row of columns, as a heading of the table, and where it is long."""
    long = "word " * MAX_REPEATED_CHARACTERS
    table = f"<tr><td colspan=2>Doses<tr><td>A<td>1<tr><td colspan=2>{long}"
    assert [kind for kind, _ in rows(table)] == ["paragraph", "row", "paragraph"]


def test_a_table_within_a_cell_is_text_of_the_cell() -> None:
    """Its columns are none of the table's; no word and no order changes."""
    inner = "<table><tr><th rowspan=2>x<th>y<tr><th>z</table>"
    assert rows(f"<tr><td>a<td>{inner} b<td>c") == [("row", "a | x y x z b | c")]


def test_what_is_repeated_is_bounded() -> None:
    """A long cell is repeated in part, and a table repeats no more than a bound however many rows it has."""
    long = "word " * 1000
    many = "<tr><td>end" * 5000
    text = "".join(text for _, text in rows(f"<tr><td rowspan=65534>{long}<td>first{many}"))
    assert text.count("end") == 5000
    assert len(text) < len(long) + 5000 * len(" | end") + MAX_REPEATED_IN_TABLE + 2 * MAX_REPEATED_CHARACTERS


def test_columns_beyond_all_bounds_lose_no_word() -> None:
    """A row of a thousand cells, and cells over a thousand columns, keep every word."""
    cells = "".join(f"<td rowspan=2 colspan=1000>w{i}" for i in range(1000))
    text = " ".join(text for _, text in rows(f"<tr>{cells}<tr><td>last"))
    assert {f"w{i}" for i in range(1000)} | {"last"} <= set(text.split())
