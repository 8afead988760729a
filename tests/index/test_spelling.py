"""Spelling: which words are corrected, and above all which are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pincite.index.bundle import Bundle
from pincite.index.errors import ModelError
from pincite.index.query.spelling import Speller
from pincite.index.searcher import Searcher
from pincite.index.storage.word_files import (
    open_word_frequencies,
    read_corpus_words,
    write_corpus_words,
    write_word_frequencies,
)
from pincite.ingestion import english_words
from pincite.ingestion.english_words import words_by_frequency

TEXT = (
    "Riluzole and edaravone slow the illness. The sclerosis of an experimental electromyogram; spinal, enter, tests, "
    "sabbatical."
)


def make(folder: Path, texts: list[str], general: list[str]) -> Speller:
    write_corpus_words(folder, texts)
    write_word_frequencies(folder, general)
    english = open_word_frequencies(folder)
    return Speller(read_corpus_words(folder), english, lambda stem: stem == "ill", lambda word: word == "gehrig")


@pytest.fixture(scope="module")
def speller(tmp_path_factory: pytest.TempPathFactory) -> Speller:
    folder = tmp_path_factory.mktemp("words")
    return make(folder, [TEXT, "riluzole"], words_by_frequency())


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("what does rilozole do", "what does riluzole do"),
        ("Rilozole?", "Riluzole?"),
        ("edarvone-riluzloe", "edaravone-riluzole"),
        ("schlerosis", "sclerosis"),
        ("electromyagram", "electromyogram"),
        ("experimnetla", "experimental"),  # two slips in a long English word
        ("is it heriditary", "is it hereditary"),  # not in the documents, but a common word
    ],
)
def test_slips_are_mended(speller: Speller, typed: str, searched: str) -> None:
    """A word one slip away from a word of the documents, or two in a long word, becomes that word."""
    assert speller.correct(typed)[0] == searched


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
    """A word of the documents, of English, of another script, a name or an abbreviation is never corrected."""
    assert speller.correct(f"about {word} then")[0] == f"about {word} then"


def test_mends_are_told_in_order(speller: Speller) -> None:
    """Each correction names the word as typed and as searched; everything between stays to the letter."""
    text, mends, did_you_mean = speller.correct("Schlerosis:  rilozole, (enter) edaravine!")
    assert did_you_mean is None
    assert text == "Sclerosis:  riluzole, (enter) edaravone!"
    assert [(m.typed, m.searched) for m in mends] == [
        ("Schlerosis", "Sclerosis"),
        ("rilozole", "riluzole"),
        ("edaravine", "edaravone"),
    ]


@pytest.mark.parametrize(
    ("typed", "searched", "offered"),
    [
        ("rilufole", "rilufole", "riluzole"),  # another consonant: it may be another name
        ("an electromyagran of", "an electromyagran of", "an electromyogram of"),  # two edits
        ("schlerosis, rilufole", "sclerosis, rilufole", "sclerosis, riluzole"),
        ("edaravona riluzolo", "edaravone riluzole", None),  # a vowel: a slip
    ],
)
def test_what_may_be_another_name_is_offered_alone(
    speller: Speller, typed: str, searched: str, offered: str | None
) -> None:
    """A word near a name of the documents is searched as typed and the name offered, unless one slip parts them."""
    text, _, did_you_mean = speller.correct(typed)
    assert (text, did_you_mean) == (searched, offered)


def test_of_two_names_none_is_searched(tmp_path: Path) -> None:
    """English: the word that the documents use most, then the first in the alphabet. Several names: none of them."""
    words = ["quaxed", "quaxer", "quaxen"]
    assert make(tmp_path, ["quaxed quaxer quaxer quaxen"], words).correct("quaxez")[0] == "quaxer"
    assert make(tmp_path, ["quaxed quaxer quaxen"], words).correct("quaxez")[0] == "quaxed"
    assert make(tmp_path, ["quaxed quaxer quaxen"], []).correct("quaxez") == ("quaxez", (), "quaxed")


@pytest.mark.parametrize(
    ("word", "is_english"),
    [
        ("treatment", True),
        ("neighbours", True),  # British
        ("resizing", True),
        ("wich", True),  # a slip of a common word
        ("Wich", False),  # a capital may begin a name
        ("prednisolone", False),
        ("MRI", False),
        ("NO", True),
    ],
)
def test_english_words_and_their_slips_are_no_names(speller: Speller, word: str, is_english: bool) -> None:
    """Either spelling, an inflection and one slip in a common word are English; in capitals, common words alone."""
    assert speller.is_english(word) == is_english


def test_rarity_grows_with_the_place_in_the_list(tmp_path: Path) -> None:
    """The most frequent word has rarity 0; a word that is not in the list, and those far down, have 1."""
    write_word_frequencies(tmp_path, [*(f"w{n}" for n in range(70_000)), "last"])
    english_words = open_word_frequencies(tmp_path)
    assert [english_words.rarity(w) for w in ("w0", "W0s", "last", "w65000", "none")] == [0, 0, 1, 1, 1]
    assert 0 < english_words.rarity("w10") < english_words.rarity("w1000") < 1
    assert ("w5" in english_words, "w" in english_words) == (True, False)


def test_an_answer_says_what_was_searched_and_can_be_asked_as_typed(bundle: Bundle) -> None:
    """A corrected question finds what the right one finds; `verbatim` searches what was typed."""
    searcher = Searcher(bundle)
    mended = searcher.ask("is a sabatical paid")
    assert (mended.question, mended.searched) == ("is a sabatical paid", "is a sabbatical paid")
    assert [h.citation for h in mended.hits] == [h.citation for h in searcher.ask("is a sabbatical paid").hits]
    typed = searcher.ask("is a sabatical paid", verbatim=True)
    assert (typed.searched, typed.corrections) == ("is a sabatical paid", ())


def test_a_missing_word_list_is_an_error_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that brings the words, ingest says which to install."""
    monkeypatch.setattr(english_words, "WORD_LIST_PACKAGE", "no-such-package")
    with pytest.raises(ModelError, match=r"no-such-package: .*\n  remedy: pip install"):
        words_by_frequency()
