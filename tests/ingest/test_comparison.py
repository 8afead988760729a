"""Sections of two states of one document: known again by words, by headings, or by words that are much the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from read_corpus import read_corpus

from pincite.index.types import Document
from pincite.ingestion.comparison.documents import DocumentSet, compare_documents
from pincite.ingestion.comparison.sections import SectionChange, compare_sections

BELL = "The bell rings at noon on every day of the week. It was cast in the year of the flood."
HORN = "The horn sounds in fog, twice a minute. Boats answer it with one long blast."
TIDE = "Twice a month the spring tide floods the lower quay. Cars are moved before it does."
STATE = {"Bell": BELL, "Horn": HORN, "Tide": TIDE}

Read = Callable[..., Document]
Outcome = tuple[str, str, str | None]  # kind, heading, former heading


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a document of sections, by heading."""

    def read_sections(sections: dict[str, str], title: str = "Harbour") -> Document:
        path = tmp_path / "harbour.md"
        path.write_text(f"# {title}\n\n" + "".join(f"## {name}\n\n{text}\n\n" for name, text in sections.items()))
        (document,) = read_corpus([path]).documents
        return document

    return read_sections


def outcome(changes: list[SectionChange]) -> list[Outcome]:
    """Return the kind, heading and former heading of each change."""
    return [(c.kind, c.path[-1], c.path_before[-1] if c.path_before else None) for c in changes]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (STATE, []),
        ({**STATE, "Horn": HORN.replace(" ", "\n")}, []),  # white space makes no difference
        ({"Bell": BELL, "Tide": TIDE, "Horn": HORN}, [("moved", "Tide", None)]),
        ({"Bell": BELL, "Fog": HORN, "Tide": TIDE}, [("moved", "Fog", "Horn")]),
        ({**STATE, "Horn": HORN.replace("fog", "mist")}, [("changed", "Horn", None)]),
        ({"Bell": BELL, "Fog": HORN.replace("fog", "mist"), "Tide": TIDE}, [("changed", "Fog", "Horn")]),
        ({"Bell": BELL, "Gulls": "Gulls nest here.", "Horn": HORN, "Tide": TIDE}, [("added", "Gulls", None)]),
        ({"Bell": BELL, "Tide": TIDE}, [("gone", "Horn", None)]),
        ({"Bell": HORN, "Horn": BELL, "Tide": TIDE}, [("moved", "Bell", "Horn"), ("moved", "Horn", "Bell")]),
    ],
)
def test_each_section_is_known_again(read: Read, now: dict[str, str], expected: list[Outcome]) -> None:
    """A section that moved, was renamed, edited, both, added or taken out is one change of that kind, and no other."""
    assert outcome(compare_sections(read(STATE), read(now))) == expected


def test_only_the_sentences_that_differ_are_given(read: Read) -> None:
    """Sentences that went stand before those that came; words are counted without the heading."""
    (change,) = compare_sections(read(STATE), read({**STATE, "Horn": HORN.replace("twice", "once only")}))
    assert change.sentences == (
        "- The horn sounds in fog, twice a minute.",
        "+ The horn sounds in fog, once only a minute.",
    )
    assert (change.words_before, change.words_now) == (15, 16)


def test_a_title_is_compared_where_the_text_has_none(read: Read) -> None:
    """The text of a document that opens with its title is without it; the change has both titles and no section."""
    sets = []
    for title in ("Harbour", "Quay"):
        document = read(STATE, title)
        digests, files, titles = {"harbour": document.sha256}, {"harbour": "harbour.md"}, {"harbour": title}
        sets.append(DocumentSet(digests, files, titles, {"harbour": document}.__getitem__))
    assert sets[0].digests == sets[1].digests
    (change,) = compare_documents(*sets)
    assert (change.kind, change.title, change.title_before) == ("changed", "Quay", "Harbour")
    assert [*compare_documents(sets[0], sets[0])] == []
