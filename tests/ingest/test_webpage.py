"""Web pages to drafts: the main text in its outline, with notes on what was left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.webpage import furniture, read_webpage
from pincite.ingestion.reading.readers.webpage.guard import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS

ARTICLE = Path(__file__).parents[2] / "corpus" / "als.md"
PROSE = "The tower was built in the old days, and it still stands on the hill above the town."
MENU = "<nav><ul><li><a href=/>Home</a></li><li><a href=/a>Towers</a></li></ul></nav>"
FOOT = "<footer><p>Copyright of the council. All rights are reserved by the people of the town.</p></footer>"


def read(html: str) -> Draft:
    return read_webpage(html.encode(), "page.html")


def texts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts]


def site_page(body: str) -> str:
    """Return an article as sites lay it out: sections in boxes of their own, furniture around and between them."""
    title, *sections = re.split(r"(?=<h2>)", body)
    boxes = "".join(
        f'<div class="wrap"><section id="part-{i}" class="part-{i}">{section}</section></div>'
        '<div class="ad-slot">Advertisement</div>'
        for i, section in enumerate(sections)
    )
    return f"""<!doctype html><html lang="en-GB"><head><title>ALS | A Site</title>
    <meta property="og:site_name" content="A Site"><link rel="canonical" href="https://example.org/als">
    <script type="application/ld+json">{{"@type": "MedicalWebPage", "lastReviewed": "2024-05-06"}}</script></head>
    <body>{MENU}<div id="cookie-banner"><p>We use cookies. They make the site work, and show what is read.</p></div>
    <div class="page"><div class="content">{title}{boxes}</div>
    <aside><h3>Related</h3><p>Another page of ours, on another thing, that you may want to read.</p></aside></div>
    {FOOT}</body></html>"""


def test_an_article_among_furniture_gives_the_outline_that_its_markdown_gives() -> None:
    """Every heading, item and paragraph of the article is there, and nothing of what stands around it."""
    data = ARTICLE.read_bytes()
    expected = read_markdown(data, "als.md")
    body = MarkdownIt("commonmark").enable("table").render(data.decode().split("---\n", 2)[-1])
    draft = read(site_page(body))
    assert draft.parts == expected.parts
    assert (draft.source.publisher, draft.source.url, draft.source.reviewed) == (
        "A Site",
        "https://example.org/als",
        "2024-05-06",
    )
    assert draft.language == "en-GB"
    noted = " ".join(draft.notes)
    assert all(
        words in noted for words in ("Home Towers", "We use cookies", "Advertisement", "Another page", "Copyright")
    )


def test_lists_tables_terms_and_code_keep_their_shape() -> None:
    """Nested and numbered lists, header rows, captions, terms, details, code and quotes become such parts."""
    draft = read(
        f"""<body>{MENU}<main><h1>Towers</h1><p>{PROSE} See these:</p>
        <ol start=3><li>One<ul><li>Inner <time>2024-05-06</time></ul><li>Two</ol>
        <table><caption>Heights</caption><thead><tr><th>Name<th>Height</thead><tr><td>Old<td>10<sup>2</sup> m</table>
        <dl><dt>Keep<dd>A strong tower.</dl>
        <details><summary>More</summary><p>Behind the fold.</p></details>
        <figure><img alt=x><figcaption>The tower in May.</figcaption></figure>
        <pre><code>a\n  b</code></pre><blockquote><p>So they say.</p></blockquote></main>{FOOT}"""
    )
    assert draft.title == "Towers"
    assert draft.parts == (
        Part("paragraph", f"{PROSE} See these:"),
        Part("item", "One", 1, "3."),
        Part("item", "Inner 2024-05-06", 2),
        Part("item", "Two", 1, "4."),
        Part("paragraph", "Heights"),
        Part("header", "Name | Height"),
        Part("row", "Old | 10² m"),
        Part("item", "Keep", 1),
        Part("paragraph", "A strong tower.", 1),
        Part("paragraph", "More"),
        Part("paragraph", "Behind the fold."),
        Part("paragraph", "The tower in May."),
        Part("code", "a\n  b"),
        Part("quote", "So they say."),
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>Unseen</p>",
        "<p style='color:red; display : none'>Unseen</p>",
        "<span class='x sr-only'>Unseen</span>",
        "<script>Unseen</script>",
        "<style>Unseen</style>",
        "<template><p>Unseen</p></template>",
        "<noscript><p>Unseen</p></noscript>",
        "<button>Unseen</button>",
        "<select><option>Unseen</select>",
        "<svg><title>Unseen</title></svg>",
        "<!-- Unseen -->",
    ],
)
def test_hidden_text_is_no_text(hidden: str) -> None:
    """No part holds what a browser does not show, and words that an attribute hides are counted in a note."""
    draft = read(f"<p>{PROSE}</p>{hidden}<p>{PROSE}</p>")
    assert texts(draft) == [PROSE, PROSE]
    assert bool(draft.notes) == hidden.startswith(("<p", "<span"))


def test_a_button_in_a_heading_is_its_text() -> None:
    """Headings that open a panel, and panels that are marked as closed for screen readers alone, are text."""
    draft = read(f"<h2><button>Signs</button><a href='#signs'>#</a></h2><div aria-hidden=true><p>{PROSE}</p></div>")
    assert draft.parts == (Part("heading", "Signs", 2), Part("paragraph", PROSE))


@pytest.mark.parametrize(
    "body", ["Closed today.", "<nav><a href=/>Home</a></nav>Closed", "<p>Call <a href=tel:1>111</a>"]
)
def test_a_short_page_is_kept(body: str) -> None:
    """A page of a few words is text, even where it has no sentence."""
    assert texts(read(f"<title>Hours</title>{body}"))[0] in ("Closed today.", "Closed", "Call 111")


def test_a_page_of_links_is_text() -> None:
    """A page of nothing but menus and links is text as a whole."""
    assert texts(read("<nav><ul><li><a href=/a>Gates</a><li><a href=/b>Walls</a></ul></nav>")) == ["Gates", "Walls"]


def test_a_title_alone_is_the_text() -> None:
    """A page that holds its title and nothing else is that line."""
    draft = read("<h1>Closed</h1>")
    assert (draft.title, texts(draft)) == (None, ["Closed"])


def test_headings_alone_are_no_text() -> None:
    """A page of nothing but headings keeps its title, so that it is refused as such a document of another format is."""
    draft = read("<h1>Towers</h1><h2>Walls</h2><h3>Gates</h3>")
    assert (draft.title, [(p.kind, p.text) for p in draft.parts]) == (
        "Towers",
        [("heading", "Walls"), ("heading", "Gates")],
    )


@pytest.mark.parametrize("mark", ["<span class=popup>nerve</span>", "<sup class=noprint>nerve</sup>"])
def test_a_word_within_a_line_stays_whatever_it_is_named(mark: str) -> None:
    """A word that opens a box when it is pressed is part of its sentence."""
    draft = read(f"{MENU}<main><p>{PROSE}</p><p>So the cells of the {mark} die.</p></main>{FOOT}")
    assert texts(draft)[1] == "So the cells of the nerve die."


def test_an_advertisement_within_a_line_is_left_out() -> None:
    """No sentence needs what is named an advertisement."""
    draft = read(f"{MENU}<main><p>{PROSE} <span class=advert>Buy one now</span></p><p>{PROSE}</p></main>{FOOT}")
    assert texts(draft) == [PROSE, PROSE]


def test_a_page_without_a_link_is_a_document() -> None:
    """Names of boxes say nothing there; tags hold."""
    boxes = "<div class=footer-note>Made by hand</div><div class=tags>Old towers</div>"
    assert texts(read(f"<p>{PROSE}</p>{boxes}")) == [PROSE, "Made by hand", "Old towers"]
    assert texts(read(f"<p>{PROSE}</p>{boxes}<nav>Menu</nav>")) == [PROSE, "Made by hand", "Old towers"]
    assert texts(read(f"{MENU}<p>{PROSE}</p>{boxes}")) == [PROSE]


def test_a_definition_without_its_term_stands_in_the_item_around_it() -> None:
    """A list of definitions that begins no item adds no depth."""
    draft = read("<ol><li>Step<dl><dd>Note</dl><li>Next</ol><dl><dd>Alone</dl>")
    assert draft.parts == (
        Part("item", "Step", 1, "1."),
        Part("paragraph", "Note", 1),
        Part("item", "Next", 1, "2."),
        Part("paragraph", "Alone"),
    )


def test_what_follows_a_heading_of_other_pages_is_left_out() -> None:
    """Links to other articles below the text go with their heading, and the next section stays."""
    sections = f"<h2>Walls</h2><p>{PROSE}</p><p>{PROSE}</p><h2>Related articles</h2><p><a href=/x>Gates</a></p>"
    draft = read(f"{MENU}<article><h1>Towers</h1><p>{PROSE}</p>{sections}<h2>Roofs</h2><p>{PROSE}</p></article>{FOOT}")
    assert texts(draft) == [PROSE, "Walls", PROSE, PROSE, "Roofs", PROSE]
    assert any("“Related articles”" in note and "“Gates”" in note for note in draft.notes)


def test_what_is_named_like_furniture_and_holds_the_text_stays() -> None:
    """A box of the text may be called a sidebar: what holds much of a page's prose is its text."""
    draft = read(f"{MENU}<div class=sidebar><h2>Towers</h2><p>{PROSE}</p><p>{PROSE}</p></div>{FOOT}")
    assert texts(draft) == ["Towers", PROSE, PROSE]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=windows-1252><p>“Äpfel” – 5 €".encode("cp1252"), "“Äpfel” – 5 €"),
        ("<meta charset=iso-8859-1><p>“Äpfel”".encode("cp1252"), "“Äpfel”"),
        ("<p>“Äpfel”".encode("cp1252"), "“Äpfel”"),
        ("<p>“Äpfel”".encode(), "“Äpfel”"),
        ("\ufeff<p>“Äpfel”".encode("utf-16-le"), "“Äpfel”"),
        ("<meta charset=utf-16><p>“Äpfel”".encode(), "“Äpfel”"),
        ('<?xml version="1.0" encoding="koi8-r"?><p>Башня'.encode("koi8-r"), "Башня"),
        ("<meta http-equiv=Content-Type content='text/html; charset=shift_jis'><p>塔".encode("cp932"), "塔"),
        (b"<meta charset=rot13><p>tower", "tower"),
    ],
)
def test_the_encoding_is_found(data: bytes, text: str) -> None:
    """A byte order mark, then what the page declares, then UTF-8, then Windows-1252 says what bytes mean."""
    assert [part.text for part in read_webpage(data, "page.html").parts] == [text]


def test_each_kind_of_what_is_left_out_has_its_place_in_the_report() -> None:
    """A kind without one would be an error on the page that has it; the text around comes before menus."""
    kinds = {*furniture._TAGS.values(), *furniture._ROLES.values(), *furniture._NAMES, *furniture.SURE_KINDS}
    assert kinds < {*furniture.KINDS}
    page = b"<nav><a href=/>Home</a></nav><aside>Pull</aside><main><p>The bell rings at high water.</p></main>"
    assert read_webpage(page, "x").notes == (
        "left out: asides (1): \u201cPull\u201d",
        "left out: menus (1): \u201cHome\u201d",
    )


def test_bytes_that_are_no_text_are_counted() -> None:
    """A page that breaks its own encoding is read, with a note on how often."""
    draft = read_webpage(b"<meta charset=utf-8><p>a\xff b\xfe", "page.html")
    assert draft.notes == ("lost: bytes that are no utf-8 text, where U+FFFD stands (2)",)


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<div>" * (MAX_DEPTH + 1), "elements within each other"),
        ("<div></x>" * (MAX_DEPTH + 1), "elements within each other"),
        ("<p " + "a " * (MAX_ATTRIBUTES + 1) + ">", "attributes in one tag"),
        ('<p x=">"' + " a" * (MAX_ATTRIBUTES + 1) + ">", "attributes in one tag"),
        ("<br>" * (MAX_TAGS + 1), "tags"),
        ("".join(f"<p><b a={i}>" for i in range(3000)), "elements that nothing closes"),
    ],
)
def test_what_a_parser_takes_minutes_for_is_refused(html: str, problem: str) -> None:
    """Pages that cost time by the square of their length are refused before they are parsed."""
    with pytest.raises(ReadError, match=problem):
        read(html)


def test_markup_within_scripts_and_comments_is_not_counted() -> None:
    """Tags that scripts write are no elements of the page."""
    script = "<script>" + "'<div>'" * (MAX_DEPTH + 1) + "</script><!--" + "<div>" * (MAX_DEPTH + 1) + "-->"
    assert texts(read(f"{script}<p>{PROSE}")) == [PROSE]


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("<link rel=canonical href=https://example.org/a>", "https://example.org/a"),
        ("<link rel=canonical href=/a><meta property=og:url content=https://example.org/b>", "https://example.org/b"),
        ("<link rel=canonical href=javascript:alert(1)>", None),
        ('<script type="application/ld+json">[[[[</script>', None),
        (
            '<script type="application/ld+json">{"@type": ["Article"], "url": "https://example.org/c"}</script>',
            "https://example.org/c",
        ),
    ],
)
def test_the_address_is_a_web_address_or_none(head: str, url: str | None) -> None:
    """The address that a page states for itself is taken where a link may lead to it."""
    assert read(f"<html><head>{head}</head><body><p>{PROSE}").source.url == url


def test_a_browser_says_where_it_saved_a_page_from() -> None:
    """The comment that a browser writes over a saved page is its address where the page states none."""
    page = f"<!-- saved from url=(0021)https://example.org/a -->\n<html><body><p>{PROSE}"
    assert read(page).source.url == "https://example.org/a"


def test_the_line_that_dates_the_review_dates_the_page() -> None:
    """A page without meta data is dated by its line on when it was reviewed, and the line stays."""
    draft = read(f"<p>{PROSE}</p><p>Last reviewed on <time datetime=2024-05-06>6 May 2024</time>.</p>")
    assert draft.source.reviewed == "2024-05-06"
    assert texts(draft)[-1] == "Last reviewed on 6 May 2024."
