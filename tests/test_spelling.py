"""Spelling: what is mended, and above all what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.bundle import Bundle
from index.errors import ModelError
from index.searcher import Searcher
from index.spelling import Speller, write_words
from ingest import words
from ingest.words import general_words

TEXT = "Riluzole and edaravone slow the illness. The sclerosis of an electromyogram; spinal, enter, tests, sabbatical."


@pytest.fixture(scope="module")
def speller(tmp_path_factory: pytest.TempPathFactory) -> Speller:
    folder = tmp_path_factory.mktemp("words")
    write_words(folder, [TEXT, "riluzole"], general_words())
    return Speller(folder, lambda stem: stem == "ill", lambda word: word == "gehrig")


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("what does rilozole do", "what does riluzole do"),
        ("Rilozole?", "Riluzole?"),
        ("edarvone-riluzloe", "edaravone-riluzole"),
        ("schlerosis", "sclerosis"),
        ("electromyagran", "electromyogram"),  # two slips in a long word
        ("is it heriditary", "is it hereditary"),  # not in the documents, but a common word
    ],
)
def test_slips_are_mended(speller: Speller, typed: str, searched: str) -> None:
    """A word one slip away from a word of the documents, or two in a long word, becomes that word."""
    assert speller.mend(typed)[0] == searched


@pytest.mark.parametrize(
    "word",
    [
        "riluzole",
        "illness",  # by its stem
        "illnesses",
        "gehrig",  # by the encoder's vocabulary
        "swine",  # near "spine" but English
        "tracheotomy",
        "creatine",  # near "creating"
        "spinel",
        "als",  # short words have too many neighbours
        "txt",
        "RILOZOLE",  # capitals are an abbreviation, or shouting
        "Thomsen",  # a capital may begin a name
        "amx0035",
        "3-methylrilozolesulfate",
        "Ωμέγα",
        "筋萎縮性側索硬化症",
    ],
)
def test_right_and_unknown_words_stay(speller: Speller, word: str) -> None:
    """A word of the documents, of English, of another script, a name or an abbreviation is never mended."""
    assert speller.mend(f"about {word} then")[0] == f"about {word} then"


def test_mends_are_told_in_order(speller: Speller) -> None:
    """Each mend names the word as typed and as searched; everything between stays to the letter."""
    text, mends = speller.mend("Schlerosis:  rilozole, (enter) edaravine!")
    assert text == "Sclerosis:  riluzole, (enter) edaravone!"
    assert [(m.typed, m.searched) for m in mends] == [
        ("Schlerosis", "Sclerosis"),
        ("rilozole", "riluzole"),
        ("edaravine", "edaravone"),
    ]


def test_of_two_neighbours_the_more_frequent_is_meant(tmp_path: Path) -> None:
    """Of words as near, the one the documents use more is chosen, then the first in the alphabet."""
    write_words(tmp_path, ["quaxed quaxer quaxer quaxen"], [])
    assert Speller(tmp_path, lambda s: False, lambda w: False).mend("quaxez")[0] == "quaxer"
    write_words(tmp_path, ["quaxed quaxer quaxen"], [])
    assert Speller(tmp_path, lambda s: False, lambda w: False).mend("quaxez")[0] == "quaxed"


def test_an_answer_says_what_was_searched_and_can_be_asked_as_typed(bundle: Bundle) -> None:
    """A mended question finds what the right one finds; `verbatim` searches what was typed."""
    searcher = Searcher(bundle)
    mended = searcher.ask("is a sabatical paid")
    assert (mended.question, mended.searched) == ("is a sabatical paid", "is a sabbatical paid")
    assert [h.citation for h in mended.hits] == [h.citation for h in searcher.ask("is a sabbatical paid").hits]
    typed = searcher.ask("is a sabatical paid", verbatim=True)
    assert (typed.searched, typed.mends) == ("is a sabatical paid", ())


def test_a_missing_word_list_is_an_error_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that brings the words, ingest says which to install."""
    monkeypatch.setattr(words, "PACKAGE", "no-such-package")
    with pytest.raises(ModelError, match=r"no-such-package: .*\n  remedy: pip install"):
        general_words()
