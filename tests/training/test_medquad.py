"""Pairs from MedQuAD, on a tiny collection."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tiny_collections import KINDS, write_diseases

from training.data import medquad
from training.data.medquad import Disease


@pytest.fixture
def diseases(tmp_path: Path) -> dict[str, Disease]:
    write_diseases(tmp_path / "medquad", ["Gout", "Rabies", "Amyotrophic lateral sclerosis"])
    return {d.title: d for d in medquad.read_diseases(tmp_path / "medquad", random.Random(1))}


def test_diseases_have_their_sections_by_kind(diseases: dict[str, Disease]) -> None:
    """And the disease of the development documents is left out."""
    assert set(diseases) == {"Gout", "Rabies"}
    assert set(diseases["Gout"].sections) == set(KINDS)


def test_a_question_goes_with_its_own_section(diseases: dict[str, Disease]) -> None:
    """Right is a window of the section of the kind, wrong are windows of the disease's other sections."""
    pairs = list(medquad.section_pairs(diseases["Gout"], random.Random(1)))
    own = [p for p in pairs if p.answers]
    assert all(text.format(x="Gout") in p.passage for p, text in zip(own, KINDS.values(), strict=True))
    for seed in range(20):
        own_of = {
            p.question: p.passage for p in medquad.section_pairs(diseases["Gout"], random.Random(seed)) if p.answers
        }
        wrong = [p for p in medquad.section_pairs(diseases["Gout"], random.Random(seed)) if not p.answers]
        assert not any(own_of[p.question] == p.passage for p in wrong)
    assert {p.kind for p in pairs if not p.answers} == {"section"}
    assert all(p.marks is None and "Rabies" not in p.passage for p in pairs)


def test_what_no_section_treats_is_not_answered(diseases: dict[str, Disease]) -> None:
    """The kind is one that Gout has no section of, and the pair is a near miss."""
    pairs = [p for seed in range(40) for p in medquad.missing_kind_pairs(diseases["Gout"], random.Random(seed))]
    assert {(p.answers, p.kind, p.marks) for p in pairs} == {(False, "near", ())}


def test_a_section_on_another_disease_does_not_answer(diseases: dict[str, Disease]) -> None:
    """The question names one disease and the window is about the other; a disease is never its own other."""
    pairs = [
        p
        for seed in range(9)
        for p in medquad.wrong_disease_pairs(diseases["Gout"], diseases["Rabies"], random.Random(seed))
    ]
    assert pairs
    assert all(not p.answers and "Rabies" in p.passage and "Gout" not in p.passage for p in pairs)
    assert list(medquad.wrong_disease_pairs(diseases["Gout"], diseases["Gout"], random.Random(1))) == []


def test_a_phrase_goes_with_its_sentence() -> None:
    """Its sentence is marked; a phrase of the other disease is answered by no window."""
    gout = Disease("Gout", {"symptoms": [medquad.cut_windows("g", "Gout", "Crystals accumulate between joints.")]})
    other = Disease("Mumps", {"symptoms": [medquad.cut_windows("m", "Mumps", "Salivary glands become painful.")]})
    right, wrong = medquad.phrase_pairs(gout, other, random.Random(3))
    assert [right.passage[start:end] for start, end in right.marks or ()] == ["Crystals accumulate between joints."]
    assert (right.answers, right.kind, wrong.answers, wrong.kind) == (True, "own", False, "phrase")


def test_the_hardest_windows_share_most_words() -> None:
    """Small words do not count."""
    windows = medquad.cut_windows("g", "G", "It is of the and. Crystals in joints hurt. Joints hurt.", words=5)
    ranked = medquad.by_shared_words("Do the crystals of joints hurt?", windows, random.Random(1))
    assert [w.body for w in ranked] == ["Crystals in joints hurt.", "Joints hurt.", "It is of the and."]
