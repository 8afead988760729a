"""Comparison of two states of documents by section, and citations read from JSON."""

from __future__ import annotations

import json

import pytest

from pincite.index.errors import CorpusError
from pincite.index.types import Document
from pincite.ingestion.comparison.citations import read_citations
from pincite.ingestion.comparison.documents import DocumentSet, compare_documents
from pincite.ingestion.comparison.sections import compare_sections
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.readers.markdown import read_markdown

SECTIONS = {
    "Light": "The pier is lit from dusk. It closes at noon.",
    "Rates": "A berth is nine crowns.",
    "Fog": "The horn sounds twice.",
}
CITATION = {"document": "pier", "start": 0, "end": 4, "quote": "Pier", "sha256": "0", "path": ["Pier"]}


def document(sections: dict[str, str], name: str = "pier") -> Document:
    text = "".join(f"## {heading}\n\n{body}\n\n" for heading, body in sections.items())
    return compose(read_markdown(text.encode(), "pier.md"), name, "Pier")


def changes(now: dict[str, str]) -> list[tuple[str, str, str | None]]:
    """Return kind, heading now and heading before of each section that differs from SECTIONS."""
    found = compare_sections(document(SECTIONS), document(now))
    return [(c.kind, c.path[-1], c.path_before[-1] if c.path_before else None) for c in found]


def test_equal_documents_do_not_differ() -> None:
    """Neither do documents that differ in white space alone."""
    assert changes(SECTIONS) == []
    assert changes({**SECTIONS, "Fog": "The   horn\nsounds twice."}) == []


def test_sections_that_come_and_go() -> None:
    """A new section in the middle moves no other one; one that is left out is gone."""
    light, rates, fog = SECTIONS.items()
    assert changes(dict([light, ("Tides", "High water is at six."), rates, fog])) == [("added", "Tides", None)]
    assert changes(dict([light, fog])) == [("gone", "Rates", None)]


def test_sections_that_move() -> None:
    """The same words under another heading or at another place have moved, and the fewest sections have."""
    light, rates, fog = SECTIONS.items()
    assert changes(dict([light, ("Berths", rates[1]), fog])) == [("moved", "Berths", "Rates")]
    assert changes(dict([fog, light, rates])) == [("moved", "Fog", None)]


def test_sections_that_change() -> None:
    """Their sentences that went and came are given, without those that stay; a changed heading is no other section."""
    light = "The pier is lit from dawn. It closes at noon."
    (change,) = compare_sections(document(SECTIONS), document({**SECTIONS, "Light": light}))
    assert (change.kind, change.words_before, change.words_now) == ("changed", 10, 10)
    assert change.sentences == ("- The pier is lit from dusk.", "+ The pier is lit from dawn.")
    _, *rest = SECTIONS.items()
    assert changes(dict([("Lamps", light), *rest])) == [("changed", "Lamps", "Light")]


def test_documents_are_known_again_by_id_text_and_file() -> None:
    """One with another id and the same text or file is renamed; only documents that differ are read."""
    before = {name: document({"A": f"The {name} rings."}, name) for name in ("bell", "gong", "horn", "pipe")}
    now = {
        "bell": before["bell"],
        "drum": document({"A": "The gong rings."}, "drum"),  # the text of gong
        "lyre": document({"A": "The lyre rings."}, "lyre"),  # from the file of horn
        "oboe": document({"A": "The oboe rings."}, "oboe"),
    }
    read: list[str] = []

    def document_set(documents: dict[str, Document], files: dict[str, str]) -> DocumentSet:
        digests = {name: found.sha256 for name, found in documents.items()}
        return DocumentSet(
            digests,
            files,
            {name: d.title for name, d in documents.items()},
            lambda name: read.append(name) or documents[name],
        )  # type: ignore[func-returns-value]

    found = compare_documents(document_set(before, {"horn": "horn.md"}), document_set(now, {"lyre": "horn.md"}))
    assert [(c.kind, c.id, c.id_before, len(c.sections)) for c in found] == [
        ("renamed", "drum", "gong", 0),
        ("renamed", "lyre", "horn", 1),
        ("added", "oboe", None, 0),
        ("gone", "pipe", None, 0),
    ]
    assert "bell" not in read


@pytest.mark.parametrize("value", [CITATION, [CITATION], {"hits": [{"rank": 1, "citation": CITATION}]}])
def test_citations_are_found_wherever_they_stand(value: object) -> None:
    """One citation, a list, and a whole reply hold the same citation."""
    (citation,) = read_citations(json.dumps(value).encode(), "old.json")
    assert (citation.document, citation.quote, citation.path) == ("pier", "Pier", ("Pier",))


@pytest.mark.parametrize("data", [b"", b"\xff", b"{}", b"[" * 100_000, json.dumps({**CITATION, "start": "0"}).encode()])
def test_what_holds_no_citation_is_refused(data: bytes) -> None:
    """The error names the file and says what to give."""
    with pytest.raises(CorpusError, match=r"old\.json"):
        read_citations(data, "old.json")
