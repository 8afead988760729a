"""Names, codes and scripts, from files to statuses: what no document holds is not answered by its look-alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.ingestion.report import BuildReport

FILES = {
    "ward.md": "# Ward\n\n## Pain\n\nMetamizole: give 500 mg three times a day.\n\n"
    "## Sleep\n\nZopiclone: give 7.5 mg at night.\n",
    "boats.md": "# Boats\n\n## Engines\n\nThe QT-40 engine needs oil every spring. It takes two litres.\n\n"
    "The QT-400 engine needs oil every month. It takes nine litres.\n\n"
    "## Flags\n\nFlag 31 means that divers are down.\n",
    "quay.md": "# Quay\n\n## No fires on the wooden quay\n\n## Fish\n\nThe ﬁsh ofﬁce opens at six.\n",
    "copy1.md": "# Rules\n\n## Mooring\n\nMoor on the north side. It is free for a day.\n",
    "copy2.md": "# Rules\n\n## Mooring\n\nMoor on the north side. It is free for a day.\n",
    "mooring.md": "# Winter\n\n## Winter mooring\n\nIn winter moor in the inner basin. It costs ninety euros.\n",
    "handbook.md": "# 船的手册\n\n## 清洗\n\n每周用淡水冲洗甲板。\n\n## 锚\n\n锚链生锈时要上油。\n\n"
    "## 冬天\n\n冬天把船拉到岸上。\n",
}


@pytest.fixture(scope="module")
def harbour(ingest: Callable[..., BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("harbour")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    root = tmp_path_factory.mktemp("harbour-index")
    ingest(root, folder)
    with closing(Bundle(root)) as bundle:
        yield Searcher(bundle)


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("What is the dose of metamizone?", "metamizone"),
        ("ZOPICLANE dose", "ZOPICLANE"),
        ("When does the QT-45 engine need oil?", "QT-45"),
        ("What does flag 37 mean?", "37"),
    ],
)
def test_a_look_alike_is_no_answer(harbour: Searcher, question: str, lacking: str) -> None:
    """The name that was asked for is among the unmatched terms, and the status is not `answered`."""
    answer = harbour.ask(question)
    assert answer.status != "answered"
    assert answer.confidence <= 0.3
    assert lacking in answer.unmatched_terms


def test_another_name_is_offered_and_not_searched(harbour: Searcher) -> None:
    """The question stays as typed, and the name of the documents is offered."""
    answer = harbour.ask("what is the dose of zopicrone")
    assert (answer.searched, answer.corrections) == ("what is the dose of zopicrone", ())
    assert answer.did_you_mean == "what is the dose of zopiclone"


@pytest.mark.parametrize(
    ("question", "marked", "others"),
    [
        ("How often does the QT-400 engine need oil?", "The QT-400 engine needs oil every month.", ("QT-40 ", "two")),
        ("How often does the QT-40 engine need oil?", "The QT-40 engine needs oil every spring.", ("QT-400", "nine")),
    ],
)
def test_the_sentence_of_the_code_is_marked(
    harbour: Searcher, question: str, marked: str, others: tuple[str, ...]
) -> None:
    """The code of the question is marked, and nothing that is said about the other of its shape."""
    quotes = [evidence.quote for evidence in harbour.ask(question).hits[0].evidence]
    assert marked in quotes
    assert not [quote for quote in quotes if any(other in quote for other in others)]


@pytest.mark.parametrize("question", ["what", "is the", "how much is it"])
def test_words_of_grammar_are_not_answered(harbour: Searcher, question: str) -> None:
    """A question without a content word asks nothing."""
    assert harbour.ask(question).status != "answered"


@pytest.mark.parametrize(("question", "found"), [("锚链", "锚链生锈"), ("甲板", "甲板"), ("岸上", "岸上")])
def test_words_of_a_script_without_spaces_are_found(harbour: Searcher, question: str, found: str) -> None:
    """The passage that holds the characters comes first, and they are not said to be missing."""
    answer = harbour.ask(question)
    assert found in answer.hits[0].citation.quote
    assert answer.unmatched_terms == ()


def test_ligatures_and_headings_are_found(harbour: Searcher) -> None:
    """A word written with a ligature, and a sentence that stands in a heading alone."""
    office = harbour.ask("When does the fish office open?")
    assert "opens at six" in office.hits[0].citation.quote
    assert not {"fish", "office"} & set(office.unmatched_terms)
    assert harbour.ask("Are fires allowed on the wooden quay?").hits[0].citation.quote == "No fires on the wooden quay"


def test_equal_texts_are_one_hit(harbour: Searcher) -> None:
    """Two copies take one place, ranks have no gaps, and fewer hits are the first of more."""
    hits = harbour.ask("Where do I moor?", 3).hits
    assert len({hit.citation.quote for hit in hits}) == 3
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.passage.id for hit in harbour.ask("Where do I moor?", 2).hits] == [h.passage.id for h in hits[:2]]
