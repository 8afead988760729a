"""The pages: a document's words as they stand, marks and nothing else added, the state of the answer first."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from fake_searcher import HANDBOOK, SOURCE, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pincite.index.citation.cells import cell_ranges
from pincite.index.settings import Settings
from pincite.index.types import Block, BlockKind, Document, Evidence, Range, Source
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.runtime.app import create_app
from pincite.service.web import blocks, views

ANSWERED = "/?q=how+long+is+a+sabbatical+after+seven+years"
RELATED = "/?q=jacket"
NOT_FOUND = "/?q=zebra"
CITE = "/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1"


TAGS = {*"p ul ol li h1 h2 h3 h4 h5 h6 mark table tr td th pre code blockquote div".split()}


class Page(HTMLParser):
    """The text of a page's main part, block by block, and of its marks; the tags seen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.marks: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        if tag in ("p", "li", "tr", "code") or re.fullmatch("h[1-6]", tag):
            self.blocks.append("")
        if tag in ("td", "th"):
            self.blocks[-1] += "|"
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "mark" in self._open:
            self.marks[-1] += data
        if not {"p", "li", "td", "th", "code", "h1", "h2", "h3", "h4", "h5", "h6"}.isdisjoint(self._open[-2:]):
            self.blocks[-1] += data


def app(*documents: Document) -> Flask:
    return create_app(FixedSource(StubSearcher(Shelf(documents))), Settings())


@pytest.fixture
def client() -> FlaskClient:
    return app(HANDBOOK, TIDES).test_client()


def named_places(html: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the lines on other places of a page, and their links: name and address."""
    lines = re.findall(r'<p class="also">(.*?)</p>', html)
    links = re.findall(r'<a href="([^"]*)">([^<]*)</a>', lines[0]) if lines else []
    return [unescape(re.sub("<[^>]*>", "", line)) for line in lines], [(unescape(n), unescape(u)) for u, n in links]


def render(shown: tuple[views.Shown, ...]) -> str:
    return str(app().jinja_env.get_template("_blocks.html").module.blocks(shown))  # type: ignore[attr-defined]


def start_of(words: str) -> int:
    return HANDBOOK.text.index(words)


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "The same words also stand in: Bell book 1 › High water."),
        (4, "{0}Bell book 1 › High water, Bell book 2 › High water, Bell book 3 › High water and 1 more place."),
        (
            1203,
            "{0}Bell book 1 › High water, Bell book 2 › High water, Bell book 3 › High water and 1,200 more places.",
        ),
    ],
)
def test_a_result_names_other_places_with_the_same_words(count: int, line: str) -> None:
    """The first three are linked, the others counted; a page without equal passages has no such line."""
    books = [replace(TIDES, id=f"bell-{n:04}", title=f"Bell book {n}") for n in range(count + 1)]
    html = app(HANDBOOK, *books).test_client().get("/?q=which+bell+rings+water").text
    lines, links = named_places(html)
    assert lines[0] == line.format("The same words also stand in: ")
    assert links[0][0] == "Bell book 1 › High water"
    assert links[0][1].startswith("/documents/bell-0001?mark=")
    assert [name for name, _ in links] == [f"Bell book {n} › High water" for n in range(1, min(count, 3) + 1)]
    assert named_places(app(HANDBOOK, TIDES).test_client().get(ANSWERED).text) == ([], [])


def test_places_with_one_title_are_told_apart_by_their_ids() -> None:
    """Two links with one name would lead to two places; each has its document's id behind it."""
    books = [replace(TIDES, id=f"bell-{n}", title="Bell <book>") for n in range(3)]
    _, links = named_places(app(*books).test_client().get("/?q=which+bell+rings+water").text)
    assert [name for name, _ in links] == ["Bell <book> › High water (bell-1)", "Bell <book> › High water (bell-2)"]


def title(html: str) -> str:
    return re.search("<title>(.*)</title>", html)[1]  # type: ignore[index]


UNNUMBERED: tuple[BlockKind, ...] = ("paragraph", "quote", "header", "row", "code")
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=30)
parts = st.one_of(
    st.builds(lambda kind, text, level: Part(kind, text, level), st.sampled_from(UNNUMBERED), words, st.integers(0, 2)),
    st.builds(lambda text: Part("footnote", text, marker="[1]"), words),
    st.builds(lambda text, level: Part("heading", text, level), words, st.integers(1, 8)),
    st.builds(
        lambda text, level, marker: Part("item", text, level, marker),
        words,
        st.integers(1, 4),
        st.sampled_from(["-", "1.", "(b)"]),
    ),
)


@given(
    st.lists(parts, min_size=1, max_size=8), st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=5)
)
def test_a_page_adds_marks_to_the_words_and_nothing_else(drafted: list[Part], lengths: list[tuple[int, int]]) -> None:
    """Whatever the text and the ranges, the rendered blocks read back are the slices of the text, the marks too."""
    document = compose(Draft(tuple(drafted)), "any", "Any")
    marks = views.clip([(start, start + length) for start, length in lengths], (0, len(document.text)))
    page = Page(render(views.article(document, [], marks)))
    expected = [block_text(document, b) for b in document.blocks if b.start < b.end]
    assert [b.strip("\n") for b in page.blocks] == [text.strip("\n") for text in expected]
    pieces = [piece for b in document.blocks for piece in (cells(document, b) if is_row(b) else [(b.start, b.end)])]
    overlaps = [(max(start, s), min(end, e)) for start, end in pieces for s, e in marks]
    assert page.marks == [document.text[s:e] for s, e in overlaps if s < e]
    assert set(page.tags) <= TAGS


def is_row(block: Block) -> bool:
    return block.kind in ("header", "row")


def cells(document: Document, block: Block) -> list[tuple[int, int]]:
    return cell_ranges(document.text, (block.start, block.end))


def block_text(document: Document, block: Block) -> str:
    """Return what a page shows of a block: a "|" before each cell, a footnote's mark before it."""
    if is_row(block):
        return "".join("|" + document.text[start:end] for start, end in cells(document, block))
    line = document.text[document.text.rfind("\n", 0, block.start) + 1 : block.start].strip()
    marker = f"{line} " if block.kind in ("item", "footnote") and line in ("(b)", "[1]") else ""
    return marker + document.text[block.start : block.end]


def test_hostile_words_stay_words(client: FlaskClient) -> None:
    """Markup in a document, a heading or a question is shown, never obeyed."""
    html = client.get("/documents/staff-handbook").text + client.get("/?q=<script>x</script>\"'><b>").text
    assert html.count("<script") == html.count('<script src="/static/pincite.js?v=') == 2
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;" in html
    assert "Signs &amp; &lt;b&gt;signals&lt;/b&gt;" in html


def test_lists_are_lists_nested_and_numbered_as_in_the_document() -> None:
    """Bullets nest by level; numbers are kept even when a list does not begin at 1."""
    bullets, numbers = [s for s in views.article(HANDBOOK, [], ()) if isinstance(s, blocks.List)]
    assert [len(item.body) for item in bullets.items] == [0, 1, 0]
    assert [item.segments[0].text for item in bullets.items[1].body[0].items] == [
        "where you are",
        "when you will return",
    ]
    assert [(item.number, item.segments[0].text) for item in numbers.items] == [
        (3, "Unlock the gate"),
        (4, "Close the gate"),
    ]


def test_one_mark_over_several_items_opens_once_and_closes_once(client: FlaskClient) -> None:
    """A range across list items marks the words of each, and is announced as one."""
    start, end = start_of("Put on"), start_of("Check the tide") + len("Check the tide")
    page = client.get(f"/documents/staff-handbook?mark={start}-{end}").text
    assert page.count("<mark") == 5
    assert (page.count('"opens'), page.count('closes"')) == (1, 1)


def test_marks_in_disorder_or_overlapping_are_put_in_order() -> None:
    """Ranges come back in order and apart; those that overlap become one, those that touch stay two."""
    assert views.parse_marks("40-45,30-36,33-40", HANDBOOK) == ((30, 40), (40, 45))


def test_a_link_made_for_another_text_marks_nothing(client: FlaskClient) -> None:
    """With another text's digest the page says so and marks nothing; with its own, the words are marked."""
    digest = client.get("/v1/query?q=boots&k=1").json["hits"][0]["citation"]["sha256"]  # type: ignore[index]
    right = client.get(f"/documents/staff-handbook?mark=60-100&text={digest[:12]}").text
    wrong = client.get(f"/documents/staff-handbook?mark=60-100&text={'0' * 12}").text
    assert ("<mark" in right, "has changed" in right) == (True, False)
    assert ("<mark" in wrong, "has changed" in wrong) == (False, True)


@pytest.mark.parametrize(
    "mark", ["", "5", "a-b", "9-5", "5-5", "-5", "1-2,", "0-999999", " 1-2", "1-2;3-4", "٣-٤", "1-2&mark=3-4"]
)
def test_ranges_that_cannot_be_marked_are_refused(client: FlaskClient, mark: str) -> None:
    """A range that is malformed or not inside the document gives a page with 422, not an unmarked document."""
    response = client.get(f"/documents/staff-handbook?mark={mark}")
    assert response.status_code == 422
    assert "These words cannot be marked" in response.text


def test_a_range_without_words_is_refused() -> None:
    """The space between blocks and the marker of an item are no words to mark."""
    at = start_of("Put on a life jacket")
    with pytest.raises(views.MarksError, match="holds no words"):
        views.parse_marks(f"{at - 3}-{at}", HANDBOOK)


def test_a_passages_link_lands_on_its_first_marked_word(client: FlaskClient) -> None:
    """With a mark inside a passage, the passage's id is on the mark; without one it stands at its start."""
    start = start_of("Unused days")
    marked = client.get(f"/documents/staff-handbook?mark={start}-{start + 6}").text
    assert '<mark id="leave-time-off:1" tabindex="-1" class="opens closes">Unused</mark>' in marked
    assert '<span id="leave-time-off:1">Everybody' in client.get("/documents/staff-handbook").text


def test_every_section_and_passage_has_its_id_once(client: FlaskClient) -> None:
    """Whatever a citation links to is there, and no id is there twice."""
    ids = re.findall(r' id="([^"]+)"', client.get("/documents/staff-handbook").text)
    assert len(ids) == len(set(ids))
    assert {p.anchor for p in Shelf((HANDBOOK,)).passages} <= set(ids)
    assert {s.id for s in HANDBOOK.sections if s.path} <= set(ids)


def test_headings_follow_the_outline(client: FlaskClient) -> None:
    """The title is the one h1; a section's heading is one deeper than its path is long."""
    page = client.get("/documents/staff-handbook").text
    assert page.count("<h1>") == 1
    assert '<h2 id="leave-time-off"' in page
    assert '<h3 id="leave-time-off--sabbatical"' in page


def test_the_article_opens_with_where_it_comes_from(client: FlaskClient) -> None:
    """Publisher, source, date, licence and note stand at the head; an unknown date is said to be unknown."""
    head = client.get("/documents/staff-handbook").text.split('class="article"')[0]
    for said in (
        "Harbour Works",
        'href="https://harbour.example/"',
        "Reviewed",
        "1 March 2024",
        "CC-BY-4.0",
        "Shortened.",
    ):
        assert said in head
    assert "Date unknown" in client.get("/documents/tides").text


def test_an_address_that_is_not_http_is_no_link() -> None:
    """A source's address becomes a link for http and https alone."""
    document = replace(TIDES, source=replace(SOURCE, url="javascript:alert(1)"))
    assert 'href="javascript' not in app(document).test_client().get("/documents/tides").text


def test_an_answer_shows_its_citation_before_its_words(client: FlaskClient) -> None:
    """Count and question come first, then document and section as a link, then the passage, its sentence marked."""
    page = client.get(ANSWERED).text
    assert title(page).startswith("5 passages for “how long")
    order = [
        "5 passages",
        "Most likely answer",
        "Staff handbook",
        "Leave / Time off › Sabbatical</a>",
        "<mark",
        "Read in context",
    ]
    places = [page.index(piece, page.index("<main")) for piece in order]
    assert places == sorted(places)
    assert page.count("Read in context") == 5


def test_related_passages_come_under_a_heading_that_says_so(client: FlaskClient) -> None:
    """A question that is only touched on is said to be so before any passage is shown."""
    page = client.get(RELATED).text
    assert title(page).startswith("Not answered, 5 near passages: “jacket”")
    assert (
        page.index("touch on this but may not answer it") < page.index("Nearest passages") < page.index("<blockquote")
    )
    assert "Most likely answer" not in page


def test_not_found_is_said_and_no_passage_shown(client: FlaskClient) -> None:
    """Status 200, the question kept in the box, links to the documents' sections, and nothing quoted."""
    response = client.get(NOT_FOUND)
    assert response.status_code == 200
    assert "The documents do not say</h1>" in response.text
    assert ">\nzebra</textarea>" in response.text
    assert '<a href="/documents/staff-handbook#safety-on-the-quay">' in response.text
    assert "<blockquote" not in response.text


@pytest.mark.parametrize("address", [RELATED + "+zebra", NOT_FOUND])
def test_a_page_without_an_answer_names_the_unmatched_word_and_offers_questions(
    client: FlaskClient, address: str
) -> None:
    """Related and not found name the words that are met nowhere, and offer a question that is answered, as a link."""
    page = client.get(address).text
    assert "Nothing in the documents comes near: <b>zebra</b></p>" in page
    assert '<li><a href="/?q=Safety+on+the+quay">Safety on the quay</a></li>' in page


def test_small_talk_is_met_with_a_question_to_ask(client: FlaskClient) -> None:
    """A greeting is neither searched for nor named; a question that is answered is offered as a link."""
    page = client.get("/?q=Hi+there!").text
    assert "What would you like to know?</h1>" in page
    assert '<p>Ask a question, such as <a href="/?q=Safety+on+the+quay">Safety on the quay</a>.</p>' in page
    assert "comes near" not in page
    assert "near enough" not in page


def test_a_question_of_unmatched_words_alone_is_met_with_a_question_to_ask(client: FlaskClient) -> None:
    """The words are named once, and what can be asked is said instead of "nothing is near enough"."""
    page = client.get("/?q=zebra").text
    assert page.count("Nothing in the documents") == 1
    assert "Ask a question, such as" in page
    assert "near enough" not in page


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("¿Cuánto tiempo se vive con ELA?", '<h1 class="told" lang="es" dir="ltr">Estos documentos están en inglés.'),
        ("كم يعيش مريض ALS", '<h1 class="told" lang="ar" dir="rtl">هذه الوثائق باللغة الإنجليزية.'),
    ],
)
def test_a_question_in_another_language_is_met_in_it(client: FlaskClient, question: str, heading: str) -> None:
    """The heading is in the language of the question, and says so to screen readers; English follows."""
    page = client.get("/", query_string={"q": question}).text
    assert heading in page
    assert "Please ask in English.</p>" in page
    assert "comes near" not in page


def test_passages_for_a_question_in_another_language_come_after_a_word_in_it(client: FlaskClient) -> None:
    """A related answer says the same above the passages."""
    page = client.get("/", query_string={"q": "cual es el harbour"}).text
    assert page.index('<span lang="es" dir="ltr">Estos documentos') < page.index("<blockquote")


def test_an_answer_offers_no_other_question(client: FlaskClient) -> None:
    """An answered question is followed by no other."""
    page = client.get(ANSWERED).text
    assert "Questions that the documents answer" not in page
    assert "comes near" not in page


@pytest.mark.parametrize(("query", "said"), [("%20", "is empty"), ("why" * 2000, "2,000"), ("a&q=b", "more than once")])
def test_a_question_that_cannot_be_searched_is_kept_in_the_box(client: FlaskClient, query: str, said: str) -> None:
    """The problem is an alert with 422, and what was typed stays to be corrected."""
    response = client.get(f"/?q={query}")
    assert response.status_code == 422
    assert said in response.text.split('role="alert">')[1].split("</p>")[0]
    assert f">\n{query.split('&')[0].replace('%20', ' ')}</textarea>" in response.text
    assert title(response.text).startswith("Error: ")


def test_a_page_shows_the_query_if_it_is_not_the_question(client: FlaskClient) -> None:
    """The searched question is named when it differs from the one asked in more than white space."""
    assert "Searched for" not in client.get("/?q=++sabbatical++seven").text
    assert "Searched for: “sabbatical seven”" in client.get("/?q=sabbat%E2%80%8Bical+seven").text


def test_the_same_question_gives_the_same_page(client: FlaskClient) -> None:
    """A page is a function of the question and the index: byte for byte."""
    assert client.get(ANSWERED).data == client.get(ANSWERED).data


def test_every_page_has_the_notice_and_no_inline_code(client: FlaskClient) -> None:
    """Emergency numbers and the disclaimer are on every page; no page has code or style within it."""
    for path in (
        "/",
        ANSWERED,
        RELATED,
        NOT_FOUND,
        "/?q=",
        "/documents",
        "/documents/tides",
        "/about",
        CITE,
        "/nowhere",
        "/problems",
        "/problems/internal",
    ):
        page = client.get(path).text
        assert '<a href="tel:911">911</a>' in page
        assert "pincite quotes a document; this is not medical advice." in page
        assert not re.search(
            "<script(?! src)|<style|style=| on[a-z]+=|https?://(?!harbour|localhost|127\\.0\\.0\\.1)", page
        )


def test_an_item_is_quoted_with_the_line_that_introduces_its_list() -> None:
    """When a list goes on from an earlier passage, its lead-in is shown first, then that something is left out."""
    items = [Part("item", f"Thing number {n} that has to be carried") for n in range(9)]
    document = compose(Draft((Part("paragraph", "Never carry these:"), *items), source=Source()), "d", "D")
    searcher = StubSearcher(Shelf((document,)))
    last = searcher._hit("thing", searcher.bundle.passages[-1], 1)
    first, gap, *_ = shown = views.quote(document, last)
    assert isinstance(first, blocks.Line)
    assert first.segments == (blocks.Segment("Never carry these:", True, True, True),)
    assert isinstance(gap, blocks.Gap)
    assert len(shown) == 3


def test_evidence_is_marked_within_its_passage_alone() -> None:
    """Each range of the evidence is one mark; the rest of the passage is left as it stands."""
    searcher = StubSearcher(Shelf((TIDES,)))
    passage = searcher.bundle.passages[0]
    ranges: list[Range] = [(passage.start, passage.start + 8), (passage.end - 6, passage.end)]
    evidence = tuple(Evidence(s, e, TIDES.text[s:e]) for s, e in ranges)
    shown = views.quote(TIDES, replace(searcher._hit("bell", passage, 1), evidence=evidence))
    assert Page(render(shown)).marks == ["The bell", "water."]


@pytest.mark.parametrize(
    ("count", "seen"),
    [(1, "contents"), (5, "<details>"), (6, "Tide notes 5"), (20, "Tide notes 19"), (21, "See all 21 documents")],
)
def test_the_start_page_grows_with_the_corpus(count: int, seen: str) -> None:
    """One document shows its sections, a few fold theirs, up to twenty are listed by title, more are a link."""
    documents = [replace(TIDES, id=f"tides-{n}", title=f"Tide notes {n}") for n in range(count)]
    page = app(*documents).test_client().get("/").text
    assert seen in page
    assert ("<details>" in page) == (count == 5)


@pytest.mark.parametrize("numbers", ["911, or your doctor's line 555 01-23", 'call "112" & <999>', "&#39; is 39"])
def test_emergency_numbers_stand_as_they_were_set(numbers: str) -> None:
    """Quotation marks and their like show as themselves, and every number is a link that calls it."""
    html = (
        create_app(FixedSource(StubSearcher(Shelf((TIDES,)))), Settings(emergency=numbers)).test_client().get("/").text
    )
    shown = re.search(r"Emergency\? Call (.*)\.</p>", html)
    assert shown is not None
    assert unescape(re.sub("</?a.*?>", "", shown[1])) == numbers
    assert re.findall('<a href="tel:[0-9]+">(.*?)</a>', shown[1]) == re.findall(r"\d[\d -]*\d|\d", numbers)


@pytest.mark.parametrize("contact", ["a@b.example", "mailto:a@b.example"])
def test_an_e_mail_contact_is_a_mailto_link(contact: str) -> None:
    """The link says mailto: once, whether it was set with it or without."""
    client = create_app(FixedSource(StubSearcher(Shelf((TIDES,)))), Settings(contact=contact)).test_client()
    assert '<a href="mailto:a@b.example">' in client.get("/").text
