"""Raw HTML to the words that a reader sees, in work that grows with its length alone."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from pincite.ingestion.reading.readers.html_in_markdown import MAX_HTML_CHARACTERS, visible_text

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
