"""Scope of a question on a real bundle: filters on metadata, and the documents and sections that they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from pincite.index.bundle import Bundle
from pincite.index.filters import Scope, UnknownError, scope
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.searcher import Searcher
from pincite.index.types import Answer
from pincite.ingestion.report import BuildReport

HEADS = {
    "bell": "publisher: Harbour Works\nreviewed: 2024-03-01\nlanguage: en-GB\ntags: Tides, sound",
    "ferry": "publisher: Ferry Office\nreviewed: 2023\nlanguage: en\ntags: [boats]",
    "floods": "publisher: harbour works\nreviewed: 2024-05\ntags: [tides, floods]",
    "glocke": "publisher: Hafenamt\nreviewed: 2019\nlanguage: de",
    "quay": "tags: boats",
}
TEXTS = {
    "bell": "The tower rings a bell at high water. The bell is made of bronze.",
    "ferry": "The ferry sails at seven, and not at high water.",
    "floods": "Twice a month high water floods the lower quay.",
    "glocke": "Die Glocke schlägt bei Hochwasser.",
    "quay": "Boats lie on the quay at high water.",
}
QUESTIONS = ("When does the bell ring at high water?", "what floods the quay", "ferry", "sourdough starter")


@pytest.fixture(scope="module")
def harbour(ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A searcher over five documents of a harbour, four publishers among them."""
    folder = tmp_path_factory.mktemp("harbour")
    for name, head in HEADS.items():
        body = f"# {name.title()}\n\n## Water\n\n{TEXTS[name]}\n\n## More\n\nNothing of {name}.\n"
        text = f"---\nid: {name}\n{head}\n---\n{body}"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    root = tmp_path_factory.mktemp("filters")
    ingest(root, folder)
    bundle = Bundle(root)
    yield Searcher(bundle, cached_answers=8)
    bundle.close()


def without_time(answer: Answer) -> Answer:
    return replace(answer, took_ms=0.0)


def ask(searcher: Searcher, question: str, found: Scope) -> Answer:
    return without_time(found.mark(searcher.ask(question, 20, within=found.rows)))


def test_metadata_is_that_of_the_documents(harbour: Searcher) -> None:
    """Columns and documents of a bundle have the same tags, publishers and numbers of passages."""
    bundle = harbour.bundle
    assert bundle.metadata.ids == ("bell", "ferry", "floods", "glocke", "quay")
    assert bundle.document("bell").tags == ("Tides", "sound")
    assert bundle.document("glocke").tags == ()
    assert bundle.metadata.values("publishers")[0] == ("Harbour Works", 2)
    for name in bundle.metadata.ids:
        among = np.array([n == name for n in bundle.metadata.ids])
        assert bundle.metadata.rows(among).tolist() == sorted(bundle.rows_of(name).tolist())


FILTERS = [
    MetadataFilter(tuple(p), tuple(lang), tuple(t), since)
    for p, lang, t, since in product(
        ([], ["harbour works"], ["Ferry Office", "Hafenamt"]), ([], ["en"]), ([], ["TIDES", "boats"]), (None, "2024")
    )
]


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_a_filter_answers_as_the_list_of_its_documents_does(harbour: Searcher, wanted: MetadataFilter) -> None:
    """Hits, ranks, scores, status and confidence are those of a search in the ids that the filter keeps."""
    found = scope(harbour.bundle, metadata=wanted)
    names = harbour.bundle.metadata.names(wanted)
    for question in QUESTIONS:
        by_ids = ask(harbour, question, scope(harbour.bundle, names))
        assert replace(ask(harbour, question, found), unmatched_filters=()) == by_ids
    assert bool(found.unmatched_filters) == (not names)


def test_a_filter_that_keeps_every_document_is_none(harbour: Searcher) -> None:
    """Its rows are None, as without a filter."""
    assert scope(harbour.bundle, metadata=MetadataFilter(until="2024")).rows is not None
    assert scope(harbour.bundle, metadata=EVERY_DOCUMENT).rows is None
    every = MetadataFilter(publishers=("Harbour Works", "Ferry Office", "Hafenamt"))
    assert scope(harbour.bundle, ["bell"], metadata=every).rows is not None


def test_filters_documents_and_sections_are_met_together(harbour: Searcher) -> None:
    """A scope has the passages that are in each of them."""
    wanted = MetadataFilter(tags=("tides",))
    both = scope(harbour.bundle, ["bell", "quay"], ["bell#water", "floods#water"], wanted)
    assert both.rows is not None
    (passage,) = [harbour.bundle.records.passage(int(row)) for row in both.rows]
    assert (passage.document, passage.section) == ("bell", "water")


def test_a_filter_without_a_document_finds_nothing_and_is_named(harbour: Searcher) -> None:
    """The status is not_found, there are no hits, and the answer has the filter that no document meets."""
    wanted = MetadataFilter(publishers=("Nobody",), languages=("en",))
    answer = ask(harbour, QUESTIONS[0], scope(harbour.bundle, metadata=wanted))
    assert (answer.status, answer.hits, answer.unmatched_filters) == ("not_found", (), ("publishers",))
    elsewhere = scope(harbour.bundle, ["quay"], metadata=MetadataFilter(tags=("tides",)))
    assert elsewhere.unmatched_filters == ("tags",)
    assert ask(harbour, QUESTIONS[0], scope(harbour.bundle)).unmatched_filters == ()


def test_an_unknown_document_is_unknown_whatever_the_filter(harbour: Searcher) -> None:
    """An id that the index does not hold is an error, also where the filter keeps nothing."""
    with pytest.raises(UnknownError):
        scope(harbour.bundle, ["gone"], metadata=MetadataFilter(tags=("nothing",)))


def test_titles_are_listed_of_some_documents(harbour: Searcher) -> None:
    """A list of some documents goes on after an id, in the order of ids, as the list of all does."""
    names = harbour.bundle.metadata.names(MetadataFilter(tags=("tides", "boats")))
    assert [name for name, _ in harbour.bundle.titles(2, "bell", names)] == ["ferry", "floods"]
    assert [name for name, _ in harbour.bundle.titles(9, "floods", names)] == ["quay"]
    assert harbour.bundle.titles(9, "", []) == []


def test_a_kept_answer_is_that_of_its_own_scope(harbour: Searcher) -> None:
    """Answers that are kept in memory differ by their scope."""
    bell, ferry = (np.array(harbour.bundle.rows_of(name)) for name in ("bell", "ferry"))
    first = [harbour.ask("high water", within=rows).hits for rows in (bell, ferry)]
    again = [harbour.ask("high water", within=rows).hits for rows in (bell, ferry)]
    assert first == again
    assert {hit.passage.document for hit in first[0]} == {"bell"}
    assert {hit.passage.document for hit in first[1]} == {"ferry"}
