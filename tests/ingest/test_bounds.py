"""The lines of a text, before any reader looks into them."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Reader
from pincite.ingestion.reading.readers import bounds
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.webtext import read_webtext

READERS = pytest.mark.parametrize("reader", [read_markdown, read_webtext], ids=["markdown", "webtext"])
PAGE = "Intro is here.\n\n\n\n## High water\n \t \n\nThe tide turns.\n\n- salt\n\n\n- bread\n\n```\na\n\n\n\nb\n```\n"


@READERS
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", " \n", "\t\n"])
def test_empty_lines_are_folded_before_they_cost_anything(reader: Reader, ending: str) -> None:
    """A million empty lines become one, so that none is an object of a reader."""
    draft = reader((ending * 1_000_000 + "The tide turns.\n").encode(), "x")
    assert [p.text for p in draft.parts] == ["The tide turns."]
    assert len(bound_lines("\n" * 1_000_000 + "a", "x")) < 4


@READERS
def test_folding_changes_nothing_that_is_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader tells two empty lines from one."""
    plain = reader(PAGE.encode(), "x")
    monkeypatch.setattr(bounds, "CHECKED_FROM_LINES", 1)
    assert bound_lines(PAGE, "x") != PAGE
    assert reader(PAGE.encode(), "x") == plain


@READERS
def test_lines_of_text_have_a_number(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of more lines than memory is for is refused with both numbers; empty ones do not count."""
    monkeypatch.setattr(bounds, "MAX_LINES", 20_000)
    assert reader(b"A line.\n\n" * 20_000, "x").parts
    with pytest.raises(ReadError, match=r"x: has 20,001 lines of text; 20,000 at most\n  remedy: split it"):
        reader(b"A line.\n\n" * 20_001, "x")
