"""Hidden text of web pages and books: what a browser shows is text, what nobody can see of it is counted."""

import pytest
from book_files import book_file

from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.epub.reader import read_epub
from pincite.ingestion.reading.readers.webpage import read_webpage

HIDDEN = [
    "<p hidden>two words</p>",
    "<p style='display:none'>two words</p>",
    "<p style='visibility: hidden'>two words</p>",
    "<p style='opacity:0'>two words</p>",
    "<p style='font-size:0'>two words</p>",
    "<p style='font-size: 1px'>two words</p>",
    "<p style='font-size:.1em'>two words</p>",
    "<div style='position:absolute; left:-9999px'><p>two words</p></div>",
    "<p style='position: fixed; top: -200em'>two words</p>",
    "<p style='text-indent:-9999px'>two words</p>",
    "<p style='margin-left:-9999px'>two words</p>",
    "<p style='position:absolute;width:1px;height:1px;clip:rect(0 0 0 0);overflow:hidden'>two words</p>",
    "<p style='clip-path: inset(50%)'>two words</p>",
    "<p style='width:0;height:0;overflow:hidden'>two words</p>",
    "<p style='color:#fff;background:white !important'>two words</p>",
    "<p style='background-color:rgb(10, 20, 30);color:#0a141e'>two words</p>",
    "<p class='sr-only'>two <b>wo</b>rds</p>",
    "<div hidden>two<p>words<script>no words</script></p></div>",
]
HIDDEN_WITHOUT_SHEETS = [
    "<p style='color:white'>two words</p>",
    "<p><font color='#FFFFFF'>two words</font></p>",
    "<table bgcolor=navy><tr><td><font color=navy>two words</font></table>",
    "<div style='color:#fefefe'><p>two <b>words</b></p></div>",
    "<p style='color:transparent'>two words</p>",
]
SEEN = [
    "<p aria-hidden=true>two words</p>",
    "<p hidden=until-found>two words</p>",
    "<p style='opacity:0.5; font-size:0.9em'>two words</p>",
    "<div style='visibility:hidden'><p style='visibility:visible'>two words</p></div>",
    "<div style='font-size:0'><p style='font-size:12px'>two words</p></div>",
    "<p style='left:-9999px'>two words</p>",
    "<p style='text-indent:-2em'>two words</p>",
    "<p style='height:0;overflow:hidden'>two words</p>",
    "<p style='color:#fff;background:#fff url(dark.png)'>two words</p>",
    "<p style='color:#fff;background:linear-gradient(#000, #111)'>two words</p>",
    "<p style='color:#ffd;background:#fff'>two words</p>",
    "<div style='color:#246;background:#246'><p><a href='/x'>two words</a></p></div>",
    "<table background='dark.png'><tr><td><font color=white>two words</font></table>",
]
SEEN_WITH_SHEETS = [
    "<p style='color:white'>two words</p>",
    "<p style='color:transparent'>two words</p>",
    "<div style='color:#246;background:#246'><p>two words</p></div>",
    "<div style='background:white'><p style='color:white'>two words</p></div>",
]
SHEETS = "<style>p { color: red }</style>"


def read(body: str, head: str = "") -> Draft:
    return read_webpage(f"<html><head>{head}</head><body><p>The bell rings.</p>{body}</body></html>".encode(), "a.html")


def texts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts]


@pytest.mark.parametrize(("hidden", "head"), [(h, head) for h in HIDDEN for head in ("", SHEETS)])
def test_what_nobody_can_see_is_counted_and_left_out(hidden: str, head: str) -> None:
    """Text that is hidden, tiny, off the page, clipped or in the colour of its ground is no text, with a sheet too."""
    draft = read(hidden, head)
    assert (texts(draft), draft.notes) == (["The bell rings."], ("left out: words of hidden text (2)",))


@pytest.mark.parametrize("hidden", HIDDEN_WITHOUT_SHEETS)
def test_white_text_on_a_plain_page_is_left_out(hidden: str) -> None:
    """A page without a style sheet is white, and its text has no colours but those that stand in it."""
    draft = read(hidden)
    assert (texts(draft), draft.notes) == (["The bell rings."], ("left out: words of hidden text (2)",))


@pytest.mark.parametrize(
    ("seen", "head"), [(s, head) for s in SEEN for head in ("", SHEETS)] + [(s, SHEETS) for s in SEEN_WITH_SHEETS]
)
def test_what_may_be_seen_is_text(seen: str, head: str) -> None:
    """Text stays where a browser shows it, and where a style sheet may give it, or its ground, another colour."""
    draft = read(seen, head)
    assert (texts(draft), draft.notes) == (["The bell rings.", "two words"], ())


def test_hidden_text_of_books_is_counted_over_all_files() -> None:
    """A book has one note for the hidden words of all its files."""
    files = (f"<p>{word}.</p><p hidden=''>not this</p>" for word in ("One", "Two"))
    draft = read_epub(book_file(*files), "a.epub")
    assert (texts(draft), draft.notes) == (["One.", "Two."], ("left out: words of hidden text (4)",))
