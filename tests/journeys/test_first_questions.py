"""First questions that people ask of the default article, with sentences that must and must not be marked."""

from __future__ import annotations

import pytest

from pincite.index.searcher import Searcher

SYMPTOMS = ("Weakness of the muscles", "Twitching", "Stiffness", "slurred", "Drooling", "Fatigue", "swallowing")
TREATMENTS = ("Medications", "Rehabilitation or therapies", "Breathing support", "Nutritional support")
SIGNS_TO_CALL = ("Shortness of breath", "weak cough", "Extra saliva", "lie flat", "Chest infections")


@pytest.mark.parametrize(
    ("question", "must", "must_not"),
    [
        ("Is there a cure for ALS?", ("There is no cure",), ()),
        ("Can ALS be cured?", ("There is no cure",), ()),
        ("does ALS have a cure", ("no cure",), ()),
        ("What are the symptoms of ALS?", SYMPTOMS, ()),
        ("how is it treated", TREATMENTS, ()),
        ("when should we call the doctor", SIGNS_TO_CALL, ()),
        ("Is ALS hereditary?", ("inherited",), ()),
        ("can ALS be prevented", ("No way to prevent ALS",), ()),
        ("what causes ALS", ("not known to researchers", "Genetics", "Environment"), ()),
        ("how long do people live with ALS", ("three to five years", "30% live"), ()),
        ("what tests diagnose ALS", ("Urine tests", "Blood tests", "EMG", "MRI"), ()),
        ("what does tofersen do", ("Tofersen",), ("Edaravone", "Riluzole")),
        ("what is Qalsody", ("Qalsody",), ()),
        ("what does edaravone do", ("Edaravone",), ()),
        ("which types of ALS are there", ("Sporadic", "Familial"), ()),
        ("what is sporadic ALS", ("Sporadic ALS is the most common",), ()),
    ],
)
def test_marked_sentences(article: Searcher, question: str, must: tuple[str, ...], must_not: tuple[str, ...]) -> None:
    """All that answers is marked in the first passage, and nothing that misleads."""
    marked = " ".join(evidence.quote for evidence in article.ask(question).hits[0].evidence)
    assert [words for words in must if words not in marked] == []
    assert [words for words in must_not if words in marked] == []


def test_no_list_is_marked_in_part(article: Searcher) -> None:
    """One item of a list is marked, or all of the passage's items."""
    for question in ("What are the symptoms of ALS?", "how is it treated", "what does tofersen do", "what causes ALS"):
        for hit in article.ask(question).hits:
            marked = {(evidence.start, evidence.end) for evidence in hit.evidence}
            for lead_in in set(hit.passage.lead_ins) - {()}:
                items = [
                    sentence
                    for sentence, of_item in zip(hit.passage.sentences, hit.passage.lead_ins, strict=True)
                    if of_item == lead_in
                ]
                assert len(marked.intersection(items)) in (0, 1, len(items)), question
