"""The first screen: what can be asked about, the answer at once, the rest folded; and the way back to it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from pincite.index.settings import Settings
from pincite.index.types import Document, Suggestion
from pincite.service.runtime.app import create_app
from pincite.service.web import blocks, nearness, start_page, way_back
from pincite.service.web.search_address import SearchAddress

ANSWERED = "/?q=how+long+is+a+sabbatical+after+seven+years"


def client(*documents: Document, suggestions: tuple[Suggestion, ...] = (), **settings: Any) -> FlaskClient:
    shelf = Shelf(documents or (HANDBOOK,), suggestions=suggestions)
    return create_app(FixedSource(StubSearcher(shelf)), Settings(**settings)).test_client()


def suggestion(question: str) -> Suggestion:
    return Suggestion(question, "staff-handbook", "sabbatical")


def link(html: str, name: str) -> str:
    """Return the address of the first link whose text begins so."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{name}', html)
    assert found, name
    return found[1].replace("&amp;", "&")


def heading(html: str) -> str:
    return re.search("<h1[^>]*>(.*?)</h1>", html)[1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Amyotrophic Lateral Sclerosis (ALS)", "ALS"),
        ("Staff handbook", "Staff handbook"),
        ("Leave (draft)", "Leave (draft)"),
        ("Safety at Sea (SEA)", "Safety at Sea (SEA)"),
        ("Rules (2024)", "Rules (2024)"),
        ("(ALS)", "(ALS)"),
    ],
)
def test_a_title_is_shortened_only_to_its_own_initials(title: str, short: str) -> None:
    """An abbreviation in brackets is the short title if it is the initials of the words before it."""
    assert start_page.short_title(title) == short


def test_the_start_page_says_what_it_is_about() -> None:
    """One document gives heading, source and date; of several none is named, and settings come before both."""
    one = client(replace(HANDBOOK, title="Staff Handbook (SH)")).get("/").text
    assert heading(one) == "Ask about SH"
    assert re.search(r'<p class="lead">[^/]*Harbour Works[^/]*<time datetime="2024-03-01">1 March 2024', one)
    assert heading(client(HANDBOOK, TIDES).get("/").text) == "Ask the documents"
    told = client(HANDBOOK, title="Ask <the> harbour", intro="Leave, tides and fees.").get("/").text
    assert heading(told) == "Ask &lt;the&gt; harbour"
    assert '<p class="lead">Leave, tides and fees.</p>' in told


def test_examples_are_questions_and_topics_are_called_topics() -> None:
    """From three questions on no topics join them, and there are four at most; with fewer, topics fill up."""
    asking = [suggestion(f"Is leave {n} paid?") for n in range(6)]
    topics = [suggestion(f"Topic {n}") for n in range(6)]
    many, few = start_page.examples([*topics, *asking]), start_page.examples([*topics, *asking[:2]])
    assert (many.questions, many.topics) == (tuple(asking[:4]), ())
    assert (few.questions, few.topics) == (tuple(asking[:2]), tuple(topics[:2]))
    page = client(suggestions=(topics[0], asking[0])).get("/?q=zebra").text
    assert page.index("Questions that the documents answer</h2>") < page.rindex("Is leave 0 paid?")
    assert page.index(">Topics</h2>") < page.index("Topic 0</a>")
    assert "Topics" not in client(suggestions=(asking[0],)).get("/").text


def test_the_sections_are_folded() -> None:
    """The documents' sections are one press away."""
    page = client().get("/").text
    assert page.index("<summary>Browse the article</summary>") < page.index("#safety-on-the-quay")
    assert "<summary>Browse the documents</summary>" in client(HANDBOOK, TIDES).get("/").text


def test_the_title_is_named_where_there_are_others() -> None:
    """A passage of the only document has its section above it alone."""
    assert 'class="title"' not in client().get(ANSWERED).text
    assert '<span class="title">Staff handbook</span>' in client(HANDBOOK, TIDES).get(ANSWERED).text


def test_passages_that_are_not_near_are_folded_and_unmarked() -> None:
    """After the first comes what scores nearly as well; the rest is folded, and the first alone is marked."""
    page = client().get(ANSWERED).text
    shown, folded = page.split('<details class="others">')
    assert (shown.count("<article>"), folded.count("<article>")) == (1, 4)
    assert "<summary>Show 4 more passages</summary>" in folded
    assert ("<mark" in shown, "<mark" in folded) == (True, False)
    assert "Other passages" not in page


def test_a_passage_is_near_by_its_score() -> None:
    """Scores within NEAR_GAP of the first are near; without hits there is none."""
    (hit,) = StubSearcher(Shelf((TIDES,))).ask("bell rings at high water", 1).hits
    assert nearness.count_near([replace(hit, score=score) for score in (0.8, 0.7001, 0.69)]) == 2
    assert nearness.count_near([]) == 0


def test_a_run_of_marks_is_announced_once() -> None:
    """Sentences and items that follow each other are one run; words between them part the runs."""
    text = HANDBOOK.text
    first, second = "Everybody has 27 days of leave a year.", "Unused days are lost in March."
    marks = [(text.index(s), text.index(s) + len(s)) for s in (first, second, "Unlock the gate", "Close the gate")]
    assert blocks.mark_runs(HANDBOOK, marks) == ((marks[0][0], marks[1][1]), (marks[2][0], marks[3][1]))
    assert blocks.mark_runs(HANDBOOK, [marks[0], marks[2]]) == (marks[0], marks[2])
    page = client().get("/documents/staff-handbook?mark=" + ",".join(f"{start}-{end}" for start, end in marks)).text
    assert (page.count("<mark"), page.count('"opens'), page.count('closes"')) == (4, 2, 2)


def test_the_way_back_leads_to_the_same_answer() -> None:
    """From the answer to the reader or the Cite page, and from there to the reader, a link leads back to the answer."""
    reader = client()
    for verbatim in ("", "&verbatim=1"):
        asked = ANSWERED + verbatim
        answer = reader.get(asked).text
        for name in ("Read in context", "Cite", "Leave / Time off › Sabbatical"):
            page = reader.get(link(answer, name).partition("#")[0]).text
            assert link(page, "‹ Back") == asked
        cite = reader.get(link(answer, "Cite")).text
        again = reader.get(link(cite, "Read in context").partition("#")[0]).text
        assert link(again, "‹ Back") == asked


def test_what_is_copied_does_not_tell_the_question() -> None:
    """The address that a button copies, and those that the reader's signs copy, are without it."""
    answer = client().get(ANSWERED).text
    assert "q=" not in re.findall('data-address="([^"]*)"', answer)[0]
    reader = client().get(link(answer, "Read in context")).text
    assert re.findall('class="here"[^>]* href="([^"]*)"', reader)
    assert not [address for address in re.findall('class="here"[^>]* href="([^"]*)"', reader) if "q=" in address]


@pytest.mark.parametrize("query", ["", "q=", "q=%20%0A", "q=a&q=b", f"q={'why' * 2000}"])
def test_without_a_question_the_bar_leads_to_the_start(query: str) -> None:
    """A question that could not be asked is no way back."""
    assert link(client().get(f"/documents/staff-handbook?{query}").text, "‹ Start page") == "/"


def test_a_question_is_added_before_the_fragment() -> None:
    """Whatever stands in a question, the address has it as one parameter and keeps its place in the page."""
    url = SearchAddress("a&b=c#d\n?").link("/documents/d?mark=1-2#here")
    assert (urlsplit(url).fragment, parse_qs(urlsplit(url).query)) == ("here", {"mark": ["1-2"], "q": ["a&b=c#d\n?"]})
    assert way_back.asked_before(MultiDict({"q": "a\r\nb"}), 3) == SearchAddress("a\nb")


def test_line_breaks_are_spaces_to_the_search_and_stay_in_the_box() -> None:
    """A story in lines is answered as in one; its breaks count once, and the first of them is not lost."""
    question = "\r\nhow long is a sabbatical\r\nafter seven years"
    page = client(question_characters=len(question) - 2).get("/", query_string={"q": question})
    assert page.status_code == 200
    assert "Most likely answer" in page.text
    assert "Searched for" not in page.text
    assert ">\n\nhow long is a sabbatical\nafter seven years</textarea>" in page.text


@pytest.mark.parametrize(("length", "shown"), [(17, False), (18, True), (20, True), (21, True)])
def test_the_limit_is_shown_when_little_room_is_left(length: int, shown: bool) -> None:
    """From nine tenths on the page counts the characters, and the box takes no more than the setting says."""
    page = client(question_characters=20).get(f"/?q={'a' * length}").text
    assert 'maxlength="20"' in page
    counted = re.search(r'<p class="count" id="page_count"( hidden)?>(.*?)</p>', page)
    assert counted
    assert (counted[1] is None, counted[2]) == (shown, f"{length} of 20 characters")


def test_a_question_to_correct_has_the_focus() -> None:
    """Without scripts, too, the box with the error is where one types on; the box of an answer is not."""
    box = re.compile('<textarea[^>]* aria-describedby="page_wrong page_count" aria-invalid="true" autofocus>')
    assert box.search(client().get("/?q=").text)
    assert "autofocus" not in client().get(ANSWERED).text + client().get("/").text


def test_an_unknown_document_is_told_where_the_list_is() -> None:
    """The place of the list is a link."""
    page = client().get("/documents/none", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert '<a class="more" href="/documents">All documents</a>' in page.text


def test_no_question_is_indexed() -> None:
    """Search engines are asked to leave every address with a question alone, the reader's too."""
    assert "Disallow: /*&q=" in client().get("/robots.txt").text
