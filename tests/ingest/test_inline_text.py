"""Inline text: what raised figures, notes, line breaks and hidden elements leave of themselves."""

from __future__ import annotations

import pytest

from pincite.ingestion.reading.readers.markdown import read_markdown


def shown(text: str) -> str:
    return " / ".join(p.text for p in read_markdown(text.encode(), "notes.md").parts)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("about 3 × 10<sup>12</sup> cells", "about 3 × 10¹² cells"),
        ("10<sup>-9</sup> m", "10⁻⁹ m"),
        ("Ca<sup>2+</sup> and SO<sub>4</sub><sup>2-</sup>", "Ca²⁺ and SO₄²⁻"),
        ("a plot of 40 m<sup>2</sup>", "a plot of 40 m²"),
        ("take 1<sup>3</sup>/<sub>4</sub> cups", "take 1 3/4 cups"),
        ("take <sup>3</sup>&frasl;<sub>4</sub> cup", "take 3/4 cup"),
        ("the 21<sup>st</sup> of May", "the 21st of May"),
        ("2<sup>x</sup> and 2<sup>x+1</sup>", "2^x and 2^(x+1)"),
        ("proven twice<sup>3,4</sup> since", "proven twice[3,4] since"),
        ("log<sub>10</sub> and V<sub>max</sub>", "log₁₀ and Vmax"),
        ("Brand<sup>®</sup>", "Brand®"),
        ("wash<br>rinse<br/>dry", "wash rinse dry"),
        ("seen<script>not</script> here", "seen here"),
        ("five<sup></sup> stars</sup>", "five stars"),
        ("**4**<sup>[*a*]</sup>", "4[a]"),
    ],
)
def test_raised_and_lowered_text(source: str, text: str) -> None:
    """A raised figure never runs into the number before it; ordinals and signs of brands do."""
    assert shown(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("sold 30[^a] times\n\n[^a]: In 2019.", "sold 30[1] times / In 2019."),
        ("sold 30[2] times\n\n[2]: https://shop.example 'Sales'", "sold 30[2] times / https://shop.example Sales"),
        ("sold 30 [2] times\n\n[2]: /s", "sold 30 [2] times / /s"),
        ("sold 30[7](/s) times", "sold 30[7] times / /s"),
        ("see [chapter 3](c3.md) and [4](c4.md)", "see chapter 3 and 4"),
        ("a[1] b[^x]\n\n[1]: /one\n[^x]: Two.", "a[1] b[^1] / /one / Two."),
    ],
)
def test_a_note_is_no_part_of_a_number(source: str, text: str) -> None:
    """Its mark stays in brackets, what it says comes at the end of the section."""
    assert shown(source) == text


def test_footnotes_stand_in_the_section_that_refers_to_them() -> None:
    """Wherever they are defined; one that nothing refers to stays where it is."""
    text = "## A\n\nOne.[^n] Two.[^n]\n\n## B\n\nThree.\n\n[^n]: Note with\n\n    two paragraphs.\n\n[^lost]: Alone.\n"
    parts = read_markdown(text.encode(), "notes.md").parts
    assert [(p.kind, p.text) for p in parts] == [
        ("heading", "A"),
        ("paragraph", "One.[1] Two.[1]"),
        ("footnote", "Note with two paragraphs."),
        ("heading", "B"),
        ("paragraph", "Three."),
        ("footnote", "Alone."),
    ]
    assert [p.marker for p in parts if p.kind == "footnote"] == ["[1]", "[lost]"]
