"""Names and codes: which words are matched by themselves alone, and by which forms of themselves."""

from __future__ import annotations

import numpy as np
import pytest

from pincite.index.query.names import find_names
from pincite.index.retrieval.name_match import without_look_alikes

ENGLISH = frozenset(
    "the filter dose of is what how many people are under year survival line real real no cure in a have kids my "
    "mother and ill does share over get i am of out gene old with".split()
)


def is_english(word: str) -> bool:
    return word.lower() in ENGLISH


def names_in(text: str) -> list[str]:
    return [name.text for name in find_names(text, is_english)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What is the dose of prednisolone?", ["prednisolone"]),
        ("PREDNISOLONE dose", ["PREDNISOLONE"]),
        ("IS THE DOSE OF PREDNISONE REAL", ["PREDNISONE"]),  # all in capitals: they say nothing
        ("XJ-90 filter, 0x80070005", ["XJ-90", "0x80070005"]),
        ("Is NO cure in the MRI of LibreOffice", ["MRI", "LibreOffice"]),
        ("How many of 100,000 are under-55 or 5.2?", ["100,000", "55", "5.2"]),
        ("10-year survival of the 1st line", ["10"]),
        ("I am 36 and ill, my mother is 74. A 9-year-old", []),
        ("How many people in 1950?", ["1950"]),
        ("is a cure", []),
        ("可以用", ["可以", "以用"]),
    ],
)
def test_names_of_a_question(text: str, names: list[str]) -> None:
    """Codes, numbers, capitals and unknown words are names; ages, ordinals and grammar are not."""
    assert names_in(text) == names


@pytest.mark.parametrize(
    ("asked", "text", "held"),
    [
        ("COVID-19", "covid 19, covid19 or COVID‑19", True),
        ("XJ-90", "the XJ-900 filter", False),
        ("XJ-90", "the xj90s", True),
        ("SOD2", "SOD1 and SOD21", False),
        ("prednisolone", "Prednisone: 40 mg", False),
        ("cetirizin", "Cetirizine: 10 mg", True),
        ("MRI", "two MRIs", True),
        ("5.2", "15.2 or 5.25", False),
        ("17", "1.17, 17,000 and 171", False),
        ("100,000", "2 in 100000", True),
        ("2", "two kinds", True),
        ("TFCO2", "TFCO₂ is measured", True),
        ("肥皂", "不要使用肥皂", True),
    ],
)
def test_only_itself_matches_a_name(asked: str, text: str, held: bool) -> None:
    """Case, hyphens, plural, Unicode form and how a number is written make no difference; another letter does."""
    (name,) = find_names(asked, is_english)
    assert name.is_in(text) == held


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("SOD2", "SOD1 was the first", True),
        ("SOD2", "the first gene", False),
        ("prednisolone", "prednisone helps", True),
        ("nimodipine", "nifedipine helps", True),
        ("nimodipine", "the nights are long", False),
    ],
)
def test_look_alikes(asked: str, text: str, found: bool) -> None:
    """A code of the same shape, or a word that differs in one letter of four, looks like a name."""
    (name,) = find_names(asked, is_english)
    assert name.has_look_alike_in(text) == found


def test_a_look_alike_counts_nothing_if_the_name_is_somewhere() -> None:
    """Its tokens are taken out of a passage with a look-alike alone, and only if another passage holds the name."""
    names = find_names("SOD2 gene", is_english)
    texts = ["SOD1 gene", "SOD2 gene", "a gene"]
    max_sim, spans = np.ones((3, 3), np.float32), ((0, 3), (3, 4), (5, 9))
    rows = np.arange(len(texts))
    holds = np.array([[name.is_in(text) for name in names] for text in texts])
    assert without_look_alikes(max_sim, spans, names, holds, rows, texts.__getitem__).tolist() == [
        [0, 0, 1],
        [1] * 3,
        [1] * 3,
    ]
    nowhere = np.zeros_like(holds)
    assert without_look_alikes(max_sim, spans, names, nowhere, rows, texts.__getitem__) is max_sim
