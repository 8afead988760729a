"""Citations say whose words they quote, whose facts those are and in which language, and so does a stored document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pincite.index.citation.cite import cite_passage
from pincite.index.citation.pages import page_at, page_range
from pincite.index.storage.documents import DocumentStore, DocumentsWriter
from pincite.index.types import Document, Page, Passage, Source
from pincite.ingestion.chunking.passages import split_passages
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

PAGE = "https://tides.example/high-water"
OWN = Source("Tide Office", "High water", PAGE, "2024-03-01")
SUMMARY = Source("Harbour Works", "High water", PAGE, "2024-03-01", based_on="Tide Office")


PAGES = (Page(4, 3, "1"), Page(8, 2, "ii"), Page(9, 3, "1"), Page(20, 5, "3"), Page(24, 6, "A-1"))


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


def test_the_pages_of_every_range_are_those_of_its_characters() -> None:
    """Worked out one character after another; text before the first page has none."""
    paged = replace(document(OWN), pages=PAGES)
    for start in range(len(paged.text)):
        for end in range(start + 1, len(paged.text) + 1):
            on = [page for at in range(start, end) for page in [p for p in PAGES if p.start <= at][-1:]]
            found = page_range(paged, start, end)
            first, last = (pick(on, key=lambda p: p.number) if on else None for pick in (min, max))
            assert (found and (found.number, found.first, found.last)) == (
                first and last and (first.number, first.label, last.label)
            )
            assert page_at(paged, start) == next(iter([p for p in PAGES if p.start <= start][-1:]), None)


def test_pages_print_as_people_write_them() -> None:
    """Pages that follow each other are a range, in the order of the pages; a page without these words is not in it."""
    paged = replace(document(OWN), pages=PAGES)
    printed = [str(page_range(paged, *span)) for span in [(0, 3), (4, 8), (4, 9), (9, 24), (0, 30)]]
    assert printed == ["None", "1", "ii-1", "1, 3", "ii-1, 3-A-1"]
    one, two = page_range(paged, 4, 8), page_range(paged, 4, 9)
    assert one is not None
    assert two is not None
    assert (one.abbreviated, two.abbreviated) == ("p. 1", "pp. ii-1")


def test_a_source_with_pages_is_opened_at_the_page() -> None:
    """The page's number goes into the address, not its label; the page that words are based on has other pages."""
    paged = replace(document(OWN), pages=(Page(0, 7, "iii"),))
    assert cite_passage(paged, passage(paged)).source_url == f"{PAGE}#page=7"
    assert str(cite_passage(paged, passage(paged)).page) == "iii"
    summary = replace(document(SUMMARY), pages=(Page(0, 7, "iii"),))
    assert cite_passage(summary, passage(summary)).source_url == PAGE


def test_a_stored_document_keeps_its_pages(tmp_path: Path) -> None:
    """Pages are read as they were written."""
    with DocumentsWriter(tmp_path) as writer:
        writer.add(replace(document(OWN), pages=PAGES), [])
    store = DocumentStore(tmp_path)
    assert tuple(store.document("tides").pages) == PAGES
    store.close()
