"""Language tags: what BCP 47 allows comes back in its usual case, everything else is no tag."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.readers.language_tag import TWO_LETTER_LANGUAGES, canonical_language_tag
from pincite.ingestion.reading.readers.markdown import read_markdown


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"),
        ("gsw", "gsw"),
        ("de-x-leicht", "de-x-leicht"),
        ("ar-u-nu-latn", "ar-u-nu-latn"),
    ],
)
def test_a_tag_is_written_in_its_usual_case(text: str, tag: str) -> None:
    """The language in small letters, the script with a capital, the country in capitals (RFC 5646, 2.1.1)."""
    assert canonical_language_tag(text) == tag


@pytest.mark.parametrize(
    "text",
    [
        "german",
        "Deutsch",
        "xx",
        "d",
        "de_DE",
        "pt BR",
        "de-",
        "-de",
        "de-x",
        "de-DE-u",
        "x-klingon",
        "deu",
        "eng",
        "en-UK",
        "dé",
        "ﬁ",
    ],
)
def test_what_is_no_tag_is_told_from_one(text: str) -> None:
    """Names of languages, codes of no language or country, long codes, and other separators are no tags."""
    assert canonical_language_tag(text) is None


def test_the_languages_of_two_letters_are_those_of_iso_639_1() -> None:
    """There are 183 of them, and bh and sh, which the registry of BCP 47 still has."""
    assert len(TWO_LETTER_LANGUAGES) == 185


def test_front_matter_states_the_language() -> None:
    """A document has the language that its front matter states, and none where it states none."""
    assert read_markdown(b"---\nlanguage: PT-br\n---\nMar\xc3\xa9\n", "tide.md").language == "pt-BR"
    assert read_markdown(b"---\nlanguage: no\n---\nTidevann\n", "tide.md").language == "no"
    assert read_markdown(b"---\nid: tide\nlanguage:\n---\nTide\n", "tide.md").language is None


def test_a_wrong_language_names_the_place_and_the_remedy() -> None:
    """A language that is no tag is an error of its line."""
    with pytest.raises(ReadError, match=r"^tide\.md:3, front matter, language: 'German' .*\n  remedy: .* such as de"):
        read_markdown(b"---\nid: tide\nlanguage: German\n---\nEbbe\n", "tide.md")
