"""Passages with equal words: found at ingest, limited among the candidates, shown once with the other places named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from pincite.index.bundle import Bundle
from pincite.index.filters import rows as rows_of
from pincite.index.ranking.candidates import MAX_COPIES, RETRIEVER_DEPTH
from pincite.index.retrieval.copies import Copies, PassageDigests, find_copies
from pincite.index.searcher import MAX_ALSO_IN, Searcher
from pincite.index.types import Answer
from pincite.ingestion.report import BuildReport

QUESTION = "When does the ferry to the island sail?"
COPIES = 130  # more than a retriever gives
TIMETABLE = "The ferry to the island sails at seven\nin the morning. It carries no cars."
OTHERS = {
    "winter.md": "# Winter\n\n## The island\n\nIn winter the island is closed to guests.\n",
    "fares.md": "# Fares\n\n## Ferry\n\nA ticket for the ferry costs four crowns.\n",
    "dose.md": "# Doses\n\n## Pelamin\n\nTake one tablet twice a day.\n\n## Corazol\n\nTake one tablet\ntwice a day.\n",
}


@pytest.fixture(scope="module")
def harbour(ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A searcher over 130 copies of one timetable, with two titles, and a few other documents."""
    folder = tmp_path_factory.mktemp("harbour")
    for number in range(COPIES):
        title = "Timetable" if number % 2 else f"Timetable of pier {number}"
        words = TIMETABLE if number % 3 else " ".join(TIMETABLE.split())
        (folder / f"copy-{number:03}.md").write_text(f"# {title}\n\n## Sailings\n\n{words}\n")
    for name, text in OTHERS.items():
        (folder / name).write_text(text)
    root = tmp_path_factory.mktemp("copies")
    ingest(root, folder)
    bundle = Bundle(root)
    yield Searcher(bundle)
    bundle.close()


def without_time(answer: Answer) -> Answer:
    return replace(answer, took_ms=0.0)


def words(text: str) -> str:
    return " ".join(text.split())


def digests(*passages: str) -> PassageDigests:
    """Return the digests of passages given as "heading: words"."""
    made = PassageDigests()
    for passage in passages:
        made.add(passage.partition(": ")[2], passage)
    return made


def test_copies_are_found_in_any_order() -> None:
    """Each row with words that another has is listed with the first of them; white space does not count."""
    table = find_copies(digests("x: a b", "x: c", "y: a\n b", "x: d", "x: c ", "x: e", "y: a  b"))
    assert table.tolist() == [[0, 0, 0], [1, 1, 1], [2, 0, 2], [4, 1, 1], [6, 0, 2]]
    assert find_copies(digests()).shape == find_copies(digests("x: a")).shape == (0, 3)
    copies = Copies(table)
    assert copies.others(2).tolist() == [0, 6]
    assert copies.others(2, np.array([1, 2, 6])).tolist() == [6]
    assert copies.others(5).tolist() == []
    assert copies.earlier(np.array([6, 1, 2, 5, 4, 0])).tolist() == [0, 0, 1, 0, 1, 2]
    none = Copies(np.empty((0, 3), dtype=np.int64))
    assert (none.others(3).tolist(), none.earlier(np.array([3, 3])).tolist()) == ([], [0, 0])


def test_the_first_copy_within_a_scope_stands_for_the_others() -> None:
    """Passages with the same headings, too, are one candidate: the first of those that may answer."""
    copies = Copies(find_copies(digests("x: a", "y: a", "x: a", "x: b", "x: a", "y: a")))
    assert copies.representatives(np.array([5, 4, 3, 2, 0])).tolist() == [1, 0, 3, 0, 0]
    scope = np.array([2, 3, 4, 5])
    assert copies.representatives(np.array([5, 4, 3, 2]), scope).tolist() == [5, 2, 3, 2]
    none = Copies(np.empty((0, 3), dtype=np.int64))
    assert none.representatives(np.array([3, 1]), scope).tolist() == [3, 1]


def test_equal_words_are_one_hit_that_names_the_other_places(harbour: Searcher) -> None:
    """However many copies there are, k counts distinct texts; the first places are cited, and all counted."""
    hits = harbour.ask(QUESTION, 3).hits
    texts = [words(hit.text) for hit in hits]
    assert len({*texts}) == 3
    assert texts[0] == words(TIMETABLE)
    assert (hits[0].also_in_count, len(hits[0].also_in)) == (COPIES - 1, MAX_ALSO_IN)
    assert {words(c.quote) for c in hits[0].also_in} == {texts[0]}
    for cited in hits[0].also_in:
        assert harbour.bundle.document(cited.document).text[cited.start : cited.end] == cited.quote
    places = {(c.document, c.start) for c in (hits[0].citation, *hits[0].also_in)}
    assert len(places) == MAX_ALSO_IN + 1
    assert all((hit.also_in, hit.also_in_count) == ((), 0) for hit in hits[1:] if "tablet" not in hit.text)


def test_copies_do_not_hide_other_candidates(harbour: Searcher) -> None:
    """Every other passage is a candidate, though each retriever has more copies than candidates."""
    assert COPIES > RETRIEVER_DEPTH
    ranked = harbour.search(QUESTION)
    documents = [harbour.bundle.records.passage(row).document for row in ranked.rows.tolist()]
    assert {"winter", "fares"} <= {*documents}
    assert sum(name.startswith("copy-") for name in documents) == 1
    assert 1 < MAX_COPIES < RETRIEVER_DEPTH


def test_ranks_of_distinct_texts_depend_on_nothing_but_the_question(harbour: Searcher) -> None:
    """They are the same for every k, and where all passages are named as the ones to answer from."""
    whole = without_time(harbour.ask(QUESTION, 50))
    for k in (1, 2, 3, 4):
        assert without_time(harbour.ask(QUESTION, k)) == replace(whole, hits=whole.hits[:k])
    everything = np.arange(len(harbour.bundle))
    assert without_time(harbour.ask(QUESTION, 50, within=everything)) == whole
    same_title = [name for name in range(COPIES) if name % 2]
    assert whole.hits[0].citation.document in (
        f"copy-{same_title[0]:03}",
        *(f"copy-{n:03}" for n in range(0, COPIES, 2)),
    )


def test_a_question_of_many_sentences_finds_no_more_copies(harbour: Searcher) -> None:
    """Each sentence finds candidates of its own, and all of them together hold a text no more often than one would."""
    piers = " ".join(f"When does the ferry sail from pier {number}?" for number in range(0, 40, 4))
    texts = [words(hit.text) for hit in harbour.ask(piers, 10).hits]
    assert texts.count(words(TIMETABLE)) == 1
    assert len({*texts}) == len(texts) == len(OTHERS) + 1


def test_places_outside_a_scope_are_not_named(harbour: Searcher) -> None:
    """Within three copies and another document the hit is one of them and names the two others."""
    names = ["copy-004", "copy-040", "copy-101", "winter"]
    hits = harbour.ask(QUESTION, 5, within=rows_of(harbour.bundle, names)).hits
    assert len(hits) == 2
    best = next(hit for hit in hits if hit.also_in)
    found = {best.citation.document, *(c.document for c in best.also_in)}
    assert (found, best.also_in_count) == ({*names[:3]}, 2)


@pytest.mark.parametrize("name", ["Pelamin", "Corazol"])
def test_of_equal_words_those_under_the_heading_asked_for_are_shown(harbour: Searcher, name: str) -> None:
    """The same dose stands under two medicines: the hit is the one asked for, the other is named as the other."""
    hit = harbour.ask(f"How often do I take {name}?", 1).hits[0]
    assert hit.citation.path == (name,)
    assert [c.path[0] for c in hit.also_in] == [{"Pelamin": "Corazol", "Corazol": "Pelamin"}[name]]
