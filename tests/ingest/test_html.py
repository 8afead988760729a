"""Raw HTML to the blocks that a reader sees, in work that grows with its length alone."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.html import MAX_HTML_CHARACTERS, read_html


def visible_text(html: str) -> tuple[str, bool]:
    parts, is_complete = read_html(html)
    return " ".join(p.text for p in parts), is_complete


UNCLOSED = ['<a href="', "<!-- ", "<a ", "<!", "<?", "</", "<![CDATA[", "<a b='", "<", "<script>", "</a <", "<![x "]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>An <b>old</b> tower &amp; more</p>", "An old tower & more"),
        ("a<!-- no --><script>no</script><style>no</style>b", "ab"),
        ("<![if !IE]>a<![endif]><![x]>b<![CDATA[no]]>c", "abc"),
        ("a < b <= c", "a < b <= c"),
        ("&#" + "1" * 5000 + ";", "&#" + "1" * 5000 + ";"),
        ("<a b='&#" + "1" * 5000 + "'>c</a>", "c"),
        ("x" * 50_000 + "<b>y</b>&eacute;", "x" * 50_000 + "yé"),
        ("<!-- " + "x" * 100_000 + " -->y", "y"),
        ("<img src='data:" + "x" * 100_000 + "'>y", "y"),
    ],
)
def test_the_words_stay(html: str, words: str) -> None:
    """Tags, comments, scripts and styles go; what is no markup, and a number without end, stays as it is."""
    assert visible_text(html) == (words, True)


@pytest.mark.parametrize("unit", UNCLOSED)
def test_what_nothing_closes_is_looked_through_a_few_times(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With twice as many openers the parser looks through twice as many characters; every word stays."""
    searched = 0

    def counted(self: HTMLParser, end: int) -> None:
        nonlocal searched
        searched += len(self.rawdata)
        whole(self, end)

    def closing(self: HTMLParser, i: int) -> int:  # what goes through the rest from one "<"
        nonlocal searched
        searched += len(self.rawdata) - i
        return tag(self, i)

    whole, tag = HTMLParser.goahead, HTMLParser.parse_starttag  # type: ignore[attr-defined]
    monkeypatch.setattr(HTMLParser, "goahead", counted)
    monkeypatch.setattr(HTMLParser, "parse_starttag", closing)
    text = unit * (200_000 // len(unit))
    words, whole_of_it = visible_text(text + " end")
    assert searched < 60 * len(text)
    assert whole_of_it or words.endswith("end") or "script" in unit


@pytest.mark.parametrize("unit", UNCLOSED)
def test_it_is_fed_as_much_again_as_it_holds(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment, a tag or a script of a million characters is begun again a few times, not once a piece."""
    held = 0

    def counted(self: HTMLParser, end: int) -> None:
        nonlocal held
        held += len(self.rawdata)
        whole(self, end)

    whole = HTMLParser.goahead  # type: ignore[attr-defined]
    monkeypatch.setattr(HTMLParser, "goahead", counted)
    text = unit * (900_000 // len(unit))
    visible_text(text)
    assert held < 8 * len(text)


def test_a_page_in_one_block_is_text() -> None:
    """A block of over a million characters is taken as it is, which the reader tells."""
    html = "<b>" * (MAX_HTML_CHARACTERS // 3 + 1)
    assert visible_text(html) == (html, False)


@pytest.mark.parametrize(
    ("html", "parts"),
    [
        ("<h3>Cure</h3>Salt.<p>Wait</p>", [
            ("heading", "Cure", 3), ("paragraph", "Salt.", 0), ("paragraph", "Wait", 0)]),
        ("<ul><li>cod<li>eel<ol start=4><li>smoked</ol></ul>end", [
            ("item", "cod", 1), ("item", "eel", 1), ("item", "smoked", 2), ("paragraph", "end", 0)]),
        ("<ul><li><p>cod</p><p>fresh</p></li></ul>", [("item", "cod", 1), ("paragraph", "fresh", 1)]),
        ("<table><caption>Fish</caption><tr><th>Name<th>Weight<tr><td>Cod<td>2&nbsp;kg<br>or more</table>", [
            ("paragraph", "Fish", 0), ("header", "Name | Weight", 0), ("row", "Cod | 2 kg or more", 0)]),
        ("<table><tr><td>a | b<td><table><tr><td>x<td>y</table></table>", [("row", "a|b | x y", 0)]),
        ("<table><tr><th>Cod<td>2 kg<tr><th>Eel<td></table>", [("row", "Cod | 2 kg", 0), ("row", "Eel |", 0)]),
        ("<pre>\n  salt\n    fish\n</pre>", [("code", "salt\n  fish", 0)]),
        ("<blockquote><p>Never.</p></blockquote><p>So it was.", [
            ("quote", "Never.", 0), ("paragraph", "So it was.", 0)]),
        ("<h2><img src=x.png></h2>Later", [("heading", "", 2), ("paragraph", "Later", 0)]),
        ("<details><summary>Bones</summary>Few.</details>", [("paragraph", "Bones", 0), ("paragraph", "Few.", 0)]),
    ],
)  # fmt: skip
def test_blocks_stay_apart(html: str, parts: list[tuple[str, str, int]]) -> None:
    """Headings, items with their depth, rows with their cells, code with its lines, quotations."""
    assert [(p.kind, p.text, p.level) for p in read_html(html)[0]] == parts


def test_items_keep_their_numbers() -> None:
    """From where the list starts, or as an item says."""
    parts, _ = read_html("<ol start=3><li>a<li value=9>b<li>c</ol><ol><li>d</ol>")
    assert [p.marker for p in parts] == ["3.", "9.", "10.", "1."]
    assert parts[0] == Part("item", "a", 1, "3.")
