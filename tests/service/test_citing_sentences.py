"""Quotes of marked sentences, with all that they need to be read, and references to all passages of a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import pairwise

import bibtexparser
import pytest
import rispy
from fake_searcher import FEES, HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from twelve_documents import shelf_of_twelve

from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app
from pincite.service.web.citing.passage_reference import marked_sentences, refer
from pincite.service.web.citing.reference_files import FILE_STYLES, with_own_keys, write_all
from pincite.service.web.citing.references import Reference, plain

SHELF = Shelf((HANDBOOK, TIDES, FEES))
QUAY = "safety-on-the-quay:1"
QUESTION = "/?q=which+moorings+are+paid+by+season"
TODAY = date(2026, 3, 9)
BASE = "https://pincite.example"


def client_of(shelf: Shelf, **settings: str) -> FlaskClient:
    return create_app(FixedSource(StubSearcher(shelf)), Settings(**settings), lambda: TODAY).test_client()  # type: ignore[arg-type]


@pytest.fixture
def client() -> FlaskClient:
    return client_of(SHELF, public_url=BASE)


def quoting(words: str) -> Reference:
    """Refer to the sentence of the handbook in which some words stand."""
    start = HANDBOOK.text.index(words)
    passage = next(p for p in SHELF.passages if p.document == HANDBOOK.id and p.start <= start < p.end)
    return refer(HANDBOOK, passage, [(start, start + len(words))], BASE, TODAY)


def test_a_sentence_is_quoted_whole() -> None:
    """A range inside a sentence quotes all of it, and nothing of its neighbours; the place is that of the sentence."""
    reference = quoting("sabbatical of three")
    assert reference.quote == "After seven years you may take a sabbatical of three months."
    (sentence,) = reference.sentences
    assert HANDBOOK.text[sentence.start : sentence.end] == sentence.quote
    assert f"characters {sentence.start}-{sentence.end} of" in reference.pinpoint
    assert f"?mark={sentence.start}-{sentence.end}&" in reference.url


def test_an_item_is_quoted_with_what_it_cannot_be_read_without() -> None:
    """An item brings the line that introduces its list and the item it is nested in; what is left out is shown."""
    assert (
        quoting("when you will return").quote
        == "Before you go on the quay: […] Tell the tower: […] when you will return"
    )
    assert quoting("Put on a life jacket").quote.split() == "Before you go on the quay: - Put on a life jacket".split()


@given(st.sampled_from(SHELF.passages), st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 300)), max_size=4))
def test_whatever_is_marked_whole_sentences_are_quoted(passage: object, marks: list[tuple[int, int]]) -> None:
    """Every quoted piece is the document's own, in order, and covers each sentence that a range touches."""
    document = SHELF.document(passage.document)  # type: ignore[attr-defined]
    ranges = [(start, start + length) for start, length in marks]
    pieces = marked_sentences(document, passage, ranges)  # type: ignore[arg-type]
    assert [p.quote for p in pieces] == [document.text[p.start : p.end] for p in pieces]
    assert all(a.end < b.start for a, b in pairwise(pieces))
    for start, end in passage.sentences:  # type: ignore[attr-defined]
        touched = any(s < end and start < e for s, e in ranges)
        assert any(p.start <= start and end <= p.end for p in pieces) >= touched


def copied(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'data-copy="([^"]*)"', html)]


def test_one_press_copies_what_the_cite_page_says(client: FlaskClient) -> None:
    """The text of "Copy quote" is that of "Quote and place" behind the Cite link of the same passage."""
    html = client.get("/?q=how+long+is+a+sabbatical+after+seven+years").text
    (first,) = copied(html)  # of the passage whose sentences are marked
    assert first.startswith("“After seven years you may take a sabbatical of three months.” Staff handbook > ")
    assert "Harbour Works. Reviewed 1 March 2024. Read 9 March 2026: https://pincite.example/documents/" in first
    cite = unescape(re.search(r'href="([^"]*/cite\?[^"]*)"', html)[1])  # type: ignore[index]
    page = client.get(cite).text
    assert passage_quoted(page) == first


def passage_quoted(page: str) -> str:
    return unescape(re.search(r'id="page_text_text"[^>]*>(.*?)</pre>', page)[1])  # type: ignore[index]


def test_the_cite_page_offers_the_sentences_and_the_passage(client: FlaskClient) -> None:
    """With marks it quotes the sentences; a link leads to the whole passage, and from there one back."""
    start = HANDBOOK.text.index("After seven")
    address = f"/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1&mark={start}-{start + 5}"
    sentences = client.get(address).text
    assert "<mark" in sentences
    assert "Cite these sentences" in sentences
    whole = unescape(re.search(r'href="([^"]*&amp;whole=1)"', sentences)[1])  # type: ignore[index]
    passage = client.get(whole).text
    assert "<mark" not in passage
    assert "three months. It is not paid." in passage_quoted(passage)
    assert "It is not paid." not in passage_quoted(sentences)
    assert "Cite the marked sentences alone" in passage
    for page, said in (
        (sentences, "abstract = {After seven years you may take a sabbatical of three months.}"),
        (passage, "It is not paid. Paragraph 0"),
    ):
        bibtex = unescape(re.search(r'href="([^"]*&amp;as=bibtex)"', page)[1])  # type: ignore[index]
        assert said in client.get(bibtex).text


@pytest.mark.parametrize(
    ("marks", "status", "said"),
    [
        ("mark=0-5", 422, "not in this passage"),
        ("mark=x", 422, "START-END"),
        ("mark=0-5&text=000000000000", 200, "This text has changed since"),
    ],
)
def test_marks_that_do_not_fit_are_said(client: FlaskClient, marks: str, status: int, said: str) -> None:
    """Ranges elsewhere in the document are an error; marks made for another text are dropped, and the page says so."""
    response = client.get(
        f"/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1&{marks}", headers={"Accept": "text/html"}
    )
    assert (response.status_code, said in response.text) == (status, True)


@pytest.mark.parametrize(("settings", "local"), [({}, True), ({"public_url": BASE}, False)])
def test_a_local_address_is_called_one(settings: dict[str, str], local: bool) -> None:
    """Without PINCITE_PUBLIC_URL the page warns that the addresses lead nowhere for others."""
    page = client_of(SHELF, **settings).get(f"/documents/staff-handbook/cite?passage={QUAY}").text
    assert ("PINCITE_PUBLIC_URL" in page) == local


def download(client: FlaskClient, query: str, style: str) -> str:
    response = client.get(f"/references{query.removeprefix('/')}&as={style}")
    assert response.status_code == 200
    suffix = next(s.suffix for s in FILE_STYLES if s.name == style)
    assert response.headers["Content-Disposition"] == f"attachment; filename=pincite{suffix}"
    return response.text


def test_all_references_of_a_page_come_back_from_parsers(client: FlaskClient) -> None:
    """RIS, BibTeX and CSL-JSON have an entry for each passage shown, in its order, each with its own key.

    The first quotes what is marked, the others their passage.
    """
    (marked,) = (text.partition("”")[0].removeprefix("“") for text in copied(client.get(QUESTION + "&k=9").text))
    ris = rispy.loads(download(client, QUESTION + "&k=9", "ris"))
    bib = bibtexparser.loads(download(client, QUESTION + "&k=9", "bibtex")).entries
    csl = json.loads(download(client, QUESTION + "&k=9", "csl"))
    assert [entry["notes_abstract"] for entry in ris] == [entry["abstract"] for entry in csl]
    assert ris[0]["notes_abstract"] == marked
    hits = client.get(f"/v1/query{QUESTION.removeprefix('/')}&k=9").get_json()["hits"]
    quoted = [" ".join(hit["text"].split()) for hit in hits[1:]]
    assert [entry["notes_abstract"].rpartition(" […] ")[2] for entry in ris[1:]] == quoted
    keys = [entry["id"] for entry in csl]
    assert [entry["id"] for entry in ris] == [entry["ID"] for entry in bib] == keys
    assert len({key.casefold() for key in keys}) == 9
    assert [entry["url"] for entry in bib] == [entry["URL"] for entry in csl]


def test_references_have_the_same_filter_as_the_page() -> None:
    """The links of the page lead to files of its own passages alone."""
    client = client_of(shelf_of_twelve())
    html = client.get("/?q=museum+clocks+footpath&documents=museum,bees&k=3").text
    link = unescape(re.search(r'href="([^"]*as=ris)" download', html)[1])  # type: ignore[index]
    assert link == "/references?q=museum+clocks+footpath&k=3&documents=museum,bees&as=ris"
    assert {entry["title"] for entry in rispy.loads(client.get(link).text)} == {"Museum guide", "Keeping bees"}


def test_keys_that_would_be_equal_are_numbered() -> None:
    """Two documents whose ids have the same letters and digits, in any case, get two keys in one file."""
    twin = quoting("sabbatical of three")
    others = [replace(twin, citation=replace(twin.citation, document=d)) for d in ("staff.handbook", "Staff-Handbook")]
    keys = [reference.key for reference in with_own_keys([twin, *others])]
    start, end = twin.ranges[0]
    assert keys == [
        f"staff-handbook-{start}-{end}",
        f"staff-handbook-{start}-{end}--2",
        f"Staff-Handbook-{start}-{end}--3",
    ]
    bibtex = next(style for style in FILE_STYLES if style.name == "bibtex")
    entries = bibtexparser.loads(write_all(bibtex, [twin, *others])).entries
    assert [entry["ID"] for entry in entries] == keys


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("?q=zebra&as=ris", 404, "nothing to cite"),
        ("?q=moorings&as=text", 404, "there are ris, bibtex, csl"),
        ("?q=moorings", 404, "there are ris, bibtex, csl"),
        ("?q=+&as=ris", 422, "is empty"),
        ("?as=ris", 422, "question is missing"),
        ("?q=moorings&as=ris&documents=gone", 404, "“gone”"),
    ],
)
def test_a_file_that_cannot_be_made_says_why(client: FlaskClient, query: str, status: int, said: str) -> None:
    """No passages, no such style, no question and no such document are errors, not empty files."""
    response = client.get(f"/references{query}", headers={"Accept": "text/html"})
    assert (response.status_code, said in response.text) == (status, True)


def test_the_quote_of_a_passage_without_marks_is_the_passage() -> None:
    """A reference without marks quotes the passage after its lead-ins."""
    passage = next(p for p in SHELF.passages if p.section == "leave-time-off--sabbatical")
    said = plain(refer(HANDBOOK, passage, (), BASE, TODAY))
    assert said.startswith(f"“{' '.join(HANDBOOK.text[passage.start : passage.end].split())}” Staff handbook")
