"""Measures of readings, by examples that can be worked by hand."""

from __future__ import annotations

from benchmarks.docling import compare, judged, read_ours, read_truth
from benchmarks.formats.agreement import agreement, placed_words
from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.markdown import read_markdown

TRUTH = "# Towers\n\nOld $x^2$ stones.\n\n## Walls\n\n- [x] thick\n    - 1.1. thin\n\nSee all\n"


def test_a_reading_with_all_words_headings_and_items_has_no_difference() -> None:
    """Levels count by the headings above, boxes to tick and equations are no words, markers are."""
    draft = Draft(
        (
            Part("paragraph", "Old x² stones."),
            Part("heading", "Walls", 4),
            Part("item", "thick", 1),
            Part("item", "thin", 2, "1.1"),
            Part("paragraph", "See all"),
        ),
        "Towers",
    )
    truth = read_truth(TRUTH)
    compared = compare(truth, read_ours(draft, truth), ())
    assert [d.kind for d in compared.differences] == ["extra words"]
    assert compared.counts == {"words": 10, "words in ours": 10, "headings": 2, "headings in ours": 2} | {
        "items": 2,
        "items in ours": 2,
    }


def test_each_difference_is_listed_and_wants_a_judgement() -> None:
    """A word that is missing, a level, a nesting; words of a note are counted apart."""
    draft = Draft((Part("heading", "Walls", 1), Part("item", "thick", 2), Part("paragraph", "Old stones")), "Towers")
    truth = read_truth(TRUTH)
    compared = compare(truth, read_ours(Draft(draft.parts, "Roofs"), truth), ("left out: “See all”",))
    assert [d.kind for d in compared.differences].count("item") == 2
    assert ("heading", "1 Towers") in compared.differences
    assert ("heading", "2 Walls") in compared.differences
    assert compared.counts["words in notes"] == 2
    judgement = {"file": "a.docx", "kind": "item", "count": 2, "verdict": "ours", "reason": "so printed"}
    lines = [*judged("a.docx", compared.differences, [judgement])]
    assert [line for line in lines if "item " in line and "ours: so printed" not in line] == []
    assert any("NOT JUDGED" in line for line in lines)
    assert not any("ours" in line for line in judged("a.docx", compared.differences, [judgement | {"count": 3}]))


def _document(markdown: str) -> Document:
    return compose(read_markdown(markdown.encode(), "a.md"), "a", "A")


def test_agreement_counts_sections_passages_and_kinds() -> None:
    """A word that is lost, one in another section and one in another kind of part each lower their own share."""
    one = [*placed_words(_document("# A\n\n## B\n\nc d e\n\n## F\n\ng h\n"), 60)]
    assert agreement(one, one) == dict.fromkeys(
        ("words", "words found", "in order", "same section", "same passage", "same kind"), 7
    )
    two = [*placed_words(_document("# A\n\n## B\n\n- c d\n\n## F\n\ng\n\n## I\n\nh\n"), 60)]
    counts = agreement(one, two)
    assert (counts["in order"], counts["same section"], counts["same passage"], counts["same kind"]) == (6, 5, 5, 4)
