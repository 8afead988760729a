"""Filters on metadata: how values are compared, what a date covers, and which documents and rows are kept."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.index.errors import FilterError
from pincite.index.metadata.columns import DocumentColumns, DocumentMetadata
from pincite.index.metadata.dates import days_of
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter, ends_before, fold_name, in_range

SHELF = (
    DocumentMetadata("a", "Harbour Works", "en-GB", "2024-03-01", ("Tides", "Leave"), 3),
    DocumentMetadata("b", "Tide Office", "en", "2023", ("tides",), 1),
    DocumentMetadata("c", "harbour  works", "de", "2024-05", (), 2),
    DocumentMetadata("d", None, None, None, (), 1),
)
COLUMNS = DocumentColumns(SHELF)


def kept(**fields: object) -> str:
    return "".join(COLUMNS.names(MetadataFilter(**fields)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, "abcd"),
        ({"publishers": ("HARBOUR works",)}, "ac"),
        ({"publishers": ("Harbour",)}, ""),
        ({"publishers": ("Harbour Works", "Tide Office")}, "abc"),
        ({"languages": ("EN",)}, "ab"),
        ({"languages": ("en-gb",)}, "a"),
        ({"languages": ("e",)}, ""),
        ({"languages": ("en", "de")}, "abc"),
        ({"languages": ("*",)}, "abc"),
        ({"tags": ("TIDES",)}, "ab"),
        ({"tags": ("leave", "nothing")}, "a"),
        ({"publishers": ("Harbour Works",), "languages": ("en",), "tags": ("tides",)}, "a"),
        ({"since": "2024"}, "ac"),
        ({"since": "2024-04"}, "c"),
        ({"since": "2024-05-31"}, "c"),
        ({"since": "2024-06-01"}, ""),
        ({"since": "2023-12-31", "until": "2024-04"}, "ab"),
        ({"until": "2023"}, "b"),
        ({"until": "2023-01-01"}, "b"),
        ({"until": "2022-12-31"}, ""),
        ({"until": "9999-12-31"}, "abc"),
    ],
)
def test_a_filter_keeps_the_documents_that_meet_each_field(fields: dict[str, object], names: str) -> None:
    """Fields are met together, of several values one is enough, and a month or a year is all of its days."""
    assert kept(**fields) == names


@pytest.mark.parametrize(
    ("iso", "days"),
    [
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2024-05-06", ("2024-05-06",) * 2),
        ("9999", ("9999-01-01", "9999-12-31")),
    ],
)
def test_a_date_covers_its_days(iso: str, days: tuple[str, str]) -> None:
    """A year and a month reach from their first day to their last."""
    assert days_of(iso) == tuple(date.fromisoformat(day).toordinal() for day in days)


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-02-30", "2024-5", "0000", "2024-05-06T00", "２０２４", "soon"]
)
def test_what_is_no_date_covers_nothing(text: str) -> None:
    """Only years, months and days that exist, in the digits of ASCII, are dates."""
    assert days_of(text) is None


@pytest.mark.parametrize(
    ("tag", "language_range", "matches"),
    [
        ("de-DE-1996", "de-de", True),
        ("de-Deva", "de-de", False),
        ("de-Latn-DE", "de-de", False),
        ("de", "de-DE", False),
    ],
)
def test_a_language_range_is_a_prefix_of_subtags(tag: str, language_range: str, matches: bool) -> None:
    """The examples of RFC 4647, section 3.3.1, hold."""
    assert in_range(tag, language_range) == matches


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"languages": ("en_GB",)}, "languages"),
        ({"languages": ("en", "")}, "languages"),
        ({"since": "yesterday"}, "since"),
        ({"until": ""}, "until"),
        ({"since": "2024-05", "until": "2024-04"}, "until"),
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused(fields: dict[str, object], place: str) -> None:
    """The error names the field, and what to write."""
    with pytest.raises(FilterError) as caught:
        MetadataFilter(**fields)  # type: ignore[arg-type]
    assert (caught.value.place, bool(caught.value.remedy)) == (place, True)


def test_a_range_may_begin_and_end_in_the_same_year() -> None:
    """`until` is before `since` only if its last day is before the first day of the other."""
    assert kept(since="2024-05-06", until="2024") == "c"


@pytest.mark.parametrize(
    ("fields", "unmatched"),
    [
        ({"publishers": ("Nobody",), "languages": ("en",)}, ("publishers",)),
        ({"publishers": ("Nobody",), "tags": ("nothing",)}, ("publishers", "tags")),
        ({"publishers": ("Tide Office",), "languages": ("de",)}, ("publishers", "languages")),
        ({"since": "2025"}, ("since",)),
        ({"languages": ("en",)}, ()),
        ({}, ()),
    ],
)
def test_the_filters_that_keep_no_document_are_named(fields: dict[str, object], unmatched: tuple[str, ...]) -> None:
    """Fields that no document meets alone, or else all that none meets together."""
    assert COLUMNS.unmatched(MetadataFilter(**fields)) == unmatched  # type: ignore[arg-type]


def test_filters_are_judged_among_the_chosen_documents() -> None:
    """A filter that another document meets is unmatched among those that do not."""
    among = COLUMNS.documents_of(np.array([4, 5]))
    assert COLUMNS.unmatched(MetadataFilter(languages=("en",)), among) == ("languages",)
    assert COLUMNS.unmatched(MetadataFilter(languages=("de",)), among) == ()


def test_rows_are_those_of_the_documents() -> None:
    """Each document has as many consecutive rows as passages, and a row is of one document."""
    assert COLUMNS.rows(COLUMNS.kept(MetadataFilter(publishers=("Harbour Works",)))).tolist() == [0, 1, 2, 4, 5]
    documents = [COLUMNS.documents_of(np.array([row])).nonzero()[0].tolist() for row in range(7)]
    assert documents == [[0], [0], [0], [1], [2], [2], [3]]


def test_values_are_counted_as_they_are_first_written() -> None:
    """Values that differ in case alone are one; those of most documents come first."""
    assert COLUMNS.values("publishers") == (("Harbour Works", 2), ("Tide Office", 1))
    assert COLUMNS.values("tags") == (("Tides", 2), ("Leave", 1))
    assert COLUMNS.values("languages") == (("de", 1), ("en", 1), ("en-GB", 1))
    assert COLUMNS.years == ("2023", "2024")


def test_an_index_without_documents_keeps_none() -> None:
    """No document, no value and no row."""
    empty = DocumentColumns(())
    assert empty.names(MetadataFilter(tags=("x",))) == []
    assert empty.rows(empty.kept(EVERY_DOCUMENT)).tolist() == []
    assert empty.values("tags") == ()


METADATA = st.builds(
    DocumentMetadata,
    st.just("x"),
    st.sampled_from([None, "NHS", "nhs", "Mayo Clinic"]),
    st.sampled_from([None, "en", "en-GB", "de", "de-AT"]),
    st.sampled_from([None, "2022", "2023-02", "2023-02-28", "2024-12", "2025-01-01"]),
    st.lists(st.sampled_from(["A", "a", "b", "c"]), max_size=2).map(tuple),
    st.integers(1, 3),
)
DATES = st.sampled_from([None, "2022-06", "2023", "2023-03", "2024-12-31"])
FILTERS = st.builds(
    lambda publishers, languages, tags, dates: MetadataFilter(tuple(publishers), tuple(languages), tuple(tags), *dates),
    st.lists(st.sampled_from(["NHS", "mayo clinic", "nobody"]), max_size=2),
    st.lists(st.sampled_from(["en", "DE", "en-gb", "*", "fr"]), max_size=2),
    st.lists(st.sampled_from(["A", "B", "z"]), max_size=2),
    st.tuples(DATES, DATES).filter(lambda dates: not ends_before(*dates)),
)


def meets(document: DocumentMetadata, wanted: MetadataFilter) -> bool:
    """Return whether a document meets a filter, worked out field by field from the text of its metadata."""

    def bounds(iso: str) -> tuple[str, str]:
        last = {4: "-12-31", 7: "-31", 10: ""}[len(iso)]
        return (iso + "-01-01")[:10], iso + last

    named = {fold_name(p) for p in wanted.publishers}
    ranges = [r.lower() for r in wanted.languages]
    language = (document.language or "").lower()
    spoken = [r for r in ranges if language and (r in ("*", language) or language.startswith(r + "-"))]
    first, last = bounds(document.reviewed) if document.reviewed else ("", "")
    return (
        (not named or fold_name(document.publisher or "") in named)
        and (not ranges or bool(spoken))
        and (not wanted.tags or bool({t.lower() for t in document.tags} & {t.lower() for t in wanted.tags}))
        and (not (wanted.since or wanted.until) or bool(first))
        and (not wanted.since or last >= bounds(wanted.since)[0])
        and (not wanted.until or first <= bounds(wanted.until)[1])
    )


@given(st.lists(METADATA, max_size=8), FILTERS)
def test_columns_keep_what_a_look_at_each_document_keeps(
    documents: list[DocumentMetadata], wanted: MetadataFilter
) -> None:
    """Columns and a plain pass over the documents agree on every filter, and on the rows."""
    named = [document._replace(id=str(number)) for number, document in enumerate(documents)]
    columns, expected = DocumentColumns(named), [meets(document, wanted) for document in named]
    assert columns.kept(wanted).tolist() == expected
    owners = [document.id for document in named for _ in range(document.passage_count)]
    rows = columns.rows(columns.kept(wanted)).tolist()
    assert rows == [row for row, owner in enumerate(owners) if expected[int(owner)]]
    assert bool(columns.unmatched(wanted)) == (bool(wanted) and not any(expected))
