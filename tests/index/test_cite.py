"""Citations say whose words they quote, whose facts those are and in which language, and so does a stored document."""

from __future__ import annotations

from pathlib import Path

from pincite.index.citation.cite import cite_passage
from pincite.index.storage.documents import DocumentStore, DocumentsWriter
from pincite.index.types import Document, Passage, Source
from pincite.ingestion.chunking.passages import split_passages
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

PAGE = "https://tides.example/high-water"
OWN = Source("Tide Office", "High water", PAGE, "2024-03-01")
SUMMARY = Source("Harbour Works", "High water", PAGE, "2024-03-01", based_on="Tide Office")


def document(source: Source, language: str | None = None) -> Document:
    parts = (Part("paragraph", "Die Glocke läutet bei Hochwasser."),)
    return compose(Draft(parts, source=source, language=language), "tides", "Hochwasser")


def passage(of: Document) -> Passage:
    return next(iter(split_passages(of, of.sections[0], 60)))


def test_the_publishers_own_words_are_linked_at_their_sentence() -> None:
    """The publisher's page has the words, so that a text fragment leads to them; nobody else is named."""
    citation = cite_passage(document(OWN), passage(document(OWN)))
    assert citation.source_url == f"{PAGE}#:~:text=Die%20Glocke%20l%C3%A4utet%20bei%20Hochwasser."
    assert (citation.publisher, citation.based_on, citation.language) == ("Tide Office", None, None)


def test_words_based_on_a_page_are_linked_to_the_page_alone() -> None:
    """The page that gave the facts has other words: no text fragment is made up for it."""
    summary = document(SUMMARY, "de")
    citation = cite_passage(summary, passage(summary))
    assert citation.source_url == PAGE
    assert (citation.publisher, citation.based_on, citation.language) == ("Harbour Works", "Tide Office", "de")


def test_a_stored_document_keeps_source_and_language(tmp_path: Path) -> None:
    """The document is read as it was written, and languages() has it."""
    summary = document(SUMMARY, "de")
    with DocumentsWriter(tmp_path) as writer:
        writer.add(summary, [passage(summary)])
    store = DocumentStore(tmp_path)
    assert store.document("tides") == summary
    assert store.languages(["tides", "moorings"]) == {"tides": "de"}
    store.close()


def test_a_document_without_a_language_is_in_no_list_of_languages(tmp_path: Path) -> None:
    """None is kept as None."""
    with DocumentsWriter(tmp_path) as writer:
        writer.add(document(OWN), [])
    store = DocumentStore(tmp_path)
    assert store.document("tides").language is None
    assert store.languages(["tides"]) == {}
    store.close()
