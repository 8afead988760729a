"""The Markdown reader: markup goes, words stay, front matter is checked."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.markdown import read_markdown


def read(text: str) -> Draft:
    return read_markdown(text.encode(), "notes.md")


def shown(text: str) -> list[tuple[str, str]]:
    return [(p.kind, p.text) for p in read(text).parts]


def test_inline_markup_goes_and_its_words_stay() -> None:
    """Emphasis, links, images, code, HTML and line breaks leave their words, on one line."""
    text = (
        "An *old* **tower**,\n[near](http://x.example 't') the ![lighthouse](l.png) `quay`<br>\\\n"
        "and <b>boats</b> &amp; <!-- no --> more\n"
    )
    assert shown(text) == [("paragraph", "An old tower, near the lighthouse quay and boats & more")]


def test_lists_keep_their_order_depth_and_numbers() -> None:
    """Items know their depth and their marker; a second paragraph of an item stands in it."""
    parts = read("Bring:\n\n- salt\n- bread\n\n  3. white\n  4. dark\n\n     Or none.\n- wine\n").parts
    assert [(p.text, p.level, p.marker) for p in parts if p.kind == "item"] == [
        ("salt", 1, "-"),
        ("bread", 1, "-"),
        ("white", 2, "3."),
        ("dark", 2, "4."),
        ("wine", 1, "-"),
    ]
    assert Part("paragraph", "Or none.", 2) in parts


def test_tables_code_and_html_blocks_are_text() -> None:
    """A table gives its column names and a line a row; fenced code and HTML blocks give their visible words."""
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n\n<div>seen<script>unseen</script></div>\n"
    assert shown(text) == [
        ("header", "a | b"),
        ("row", "1 | 2"),
        ("code", "x = 1"),
        ("paragraph", "seen"),
    ]


def test_a_single_opening_level_one_heading_is_the_title() -> None:
    """It is the title and no section; front matter has the last word; two such headings are sections."""
    assert (read("# T\n\n## A\n\na\n").title, shown("# T\n\n## A\n\na\n")[0]) == ("T", ("heading", "A"))
    assert read("---\ntitle: F\n---\n# T\n\na\n").title == "F"
    assert (read("# T\n\na\n\n# U\n\nb\n").title, len(shown("# T\n\na\n\n# U\n\nb\n"))) == (None, 4)
    assert read("a\n\n# T\n").title is None


def test_front_matter_is_the_source() -> None:
    """Known keys fill the source; unknown keys are left alone; a date may be a YAML date."""
    draft = read(
        "---\nid: tides\npublisher: Harbour Works\nsource_title: Notes\nsource_url: https://harbour.example/n\n"
        "reviewed: 2024-03-01\nlicence: CC0\nnote: ours\nbased_on: Tide Office\nother: [1, 2]\n---\ntext\n"
    )
    s = draft.source
    assert (draft.id, s.publisher, s.title, s.url) == ("tides", "Harbour Works", "Notes", "https://harbour.example/n")
    assert (s.reviewed, s.licence, s.note, s.based_on) == ("2024-03-01", "CC0", "ours", "Tide Office")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("id: a b", r"notes.md:2, front matter, id: 'a b' cannot stand in an address"),
        ("id: ../x", r"front matter, id: '\.\./x' cannot"),
        ("reviewed: May 2024", r"reviewed: 'May 2024' is not a date\n  remedy: write it as 2025-05-06, or 2025-05"),
        ("reviewed: 2024-13-01", r"front matter"),
        ("reviewed: '20240301'", r"'20240301' is not a date"),
        ("reviewed: 2024-13", r"'2024-13' is not a date"),
        ("source_url: javascript:alert(1)", r"front matter, source_url: .* is not a web address"),
        ("title: [a]", r"front matter, title: is not one plain value"),
        ("title: a: b", r"notes.md:2: the front matter is not YAML"),
    ],
)
def test_bad_front_matter_is_named(front: str, message: str) -> None:
    """Each fault in the front matter is an error that names file, key or line, and the remedy."""
    with pytest.raises(ReadError, match=message):
        read(f"---\n{front}\n---\ntext\n")


@pytest.mark.parametrize("date", ["2024-03-01", "2024-03", "2024"])
def test_a_date_may_be_as_exact_as_it_is_known(date: str) -> None:
    """A review date may be a day, a month or a year."""
    assert read(f"---\nreviewed: {date}\n---\ntext\n").source.reviewed == date


def test_invisible_characters_are_left_out_with_a_note() -> None:
    """NUL, bidirectional overrides and tag characters go, counted; joiners in words stay."""
    draft = read("a\x00b \u202ec\U000e0041 👩\u200d⚕\n")
    assert draft.parts[0].text == "ab c 👩\u200d⚕"
    assert draft.notes == ("left out: invisible or control characters (3)",)


def test_code_keeps_its_lines() -> None:
    """Fences, indented code and raw HTML are alike; the indent that all lines have goes."""
    text = "Run:\n\n~~~sh\nstop # first\n\n  go\n~~~\n\n    a: 1\n      b: 2\n\n<pre>\n x\n  y</pre>\n"
    assert shown(text) == [
        ("paragraph", "Run:"),
        ("code", "stop # first\n\n  go"),
        ("code", "a: 1\n  b: 2"),
        ("code", "x\n y"),
    ]


def test_a_cell_keeps_its_words_apart() -> None:
    """A line break in a cell is a space, a "|" within it no cell; an empty row goes, an empty cell does not."""
    text = "| Who | When |\n|---|---|\n| cats \\| dogs | noon<br>night |\n| | dusk |\n| | |\n"
    assert shown(text) == [
        ("header", "Who | When"),
        ("row", "cats|dogs | noon night"),
        ("row", "| dusk"),
    ]


@pytest.mark.parametrize(
    "heading",
    ["## Fees {#fees}", "## Fees {: .big #f }", "## Fees <a id='f'></a>", "## Fees [¶](#fees)", "<h2>Fees</h2>"],
)
def test_a_heading_has_its_words_alone(heading: str) -> None:
    """Ids, classes, anchors and permanent links are not shown on a page."""
    assert shown(f"{heading}\n\nNone.\n") == [("heading", "Fees"), ("paragraph", "None.")]


def test_a_heading_of_braces_keeps_them() -> None:
    """Braces that hold no attribute are text."""
    assert shown("## The set {a, b}\n\nx\n")[0] == ("heading", "The set {a, b}")


def test_a_heading_without_a_word_ends_the_section_before_it() -> None:
    """The text after it stands under the headings above."""
    document = compose(read("## Staff\n\n### Holiday\n\nAsk.\n\n### ![](car.png)\n\nReturn the car.\n"), "d", "D")
    assert [(s.path, document.text[s.start : s.end].split("\n\n")[-1]) for s in document.sections] == [
        (("Staff",), ""),
        (("Staff", "Holiday"), "Ask."),
        (("Staff",), "Return the car."),
    ]


def test_headings_in_quotations_and_items_govern_nothing() -> None:
    """They are text of the quotation or item."""
    text = "## Rules\n\n> ## Never\n>\n> Swim.\n\n- # Ever\n\n  Dive.\n\nEnd.\n"
    assert shown(text) == [
        ("heading", "Rules"),
        ("quote", "Never"),
        ("quote", "Swim."),
        ("item", "Ever"),
        ("paragraph", "Dive."),
        ("paragraph", "End."),
    ]


@pytest.mark.parametrize(
    ("title", "heading", "first"),
    [
        ("Mixtra", "Mixtra", ("paragraph", "Text.")),
        ("Mixtra: leaflet", "MIXTRA leaflet", ("paragraph", "Text.")),
        ("Mixtra", "Mixtra is not for pets", ("heading", "Mixtra is not for pets")),
    ],
)
def test_a_first_heading_that_says_more_than_the_title_stays(title: str, heading: str, first: tuple[str, str]) -> None:
    """It is dropped only if the title has all of its words."""
    draft = read(f"---\ntitle: '{title}'\n---\n\n# {heading}\n\nText.\n")
    assert (draft.title, (draft.parts[0].kind, draft.parts[0].text)) == (title, first)


def test_raw_html_keeps_its_blocks_in_lists() -> None:
    """A table in an item stands in it."""
    parts = read("- Sizes:\n\n  <table><tr><th>Size<th>Fee</th></tr><tr><td>S<td>2</table>\n- End\n").parts
    assert [(p.kind, p.text, p.level) for p in parts] == [
        ("item", "Sizes:", 1),
        ("header", "Size | Fee", 1),
        ("row", "S | 2", 1),
        ("item", "End", 1),
    ]
