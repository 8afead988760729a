"""References: each style says what it must, and each format comes back from a public parser as it went in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest
import rispy
from fake_searcher import HANDBOOK, SOURCE, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text

from pincite.index.citation.cite import cite
from pincite.index.settings import Settings
from pincite.index.types import Citation, Source
from pincite.service.runtime.app import create_app
from pincite.service.web.citing.references import STYLES, Reference, ama, apa, bibtex, csl, nlm, plain, ris

SHELF = Shelf((HANDBOOK, TIDES))
SABBATICAL = next(p for p in SHELF.passages if p.section == "leave-time-off--sabbatical")
CITE = "/documents/staff-handbook/cite?passage=leave-time-off--sabbatical:1"
CITED = Reference(cite(HANDBOOK, SABBATICAL, []), SOURCE, "https://pincite.example/documents/x", date(2026, 3, 9))
BARE = replace(CITED, source=Source(), citation=replace(CITED.citation, path=()))

lines = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=40).filter(
    lambda text: text == " ".join(text.split())
)
unjoined = lines.map(lambda text: re.sub("[-`'?!<>\"]", "", text)).filter(str.strip)  # LaTeX joins some of these


@pytest.fixture
def client() -> FlaskClient:
    app = create_app(
        FixedSource(StubSearcher(SHELF)), Settings(public_url="https://pincite.example/"), lambda: date(2026, 3, 9)
    )
    return app.test_client()


def test_nlm_names_site_dates_and_place() -> None:
    """Title, medium, publisher, review and reading dates, section, address, in the order of Citing Medicine."""
    assert nlm(CITED) == (
        "Staff handbook [Internet]. [place unknown]: Harbour Works; [reviewed 2024 Mar 1; cited 2026 Mar 9]. "
        "Leave / Time off; Sabbatical. Available from: https://pincite.example/documents/x"
    )
    assert nlm(BARE) == (
        "Staff handbook [Internet]. [place unknown]: [publisher unknown]; [date unknown; cited 2026 Mar 9]. "
        "Available from: https://pincite.example/documents/x"
    )


def test_ama_and_apa_are_as_their_manuals_have_them() -> None:
    """AMA gives review and access dates; APA takes no review date for a date of publication."""
    assert ama(CITED) == (
        "Staff handbook: Leave / Time off > Sabbatical. Harbour Works. Reviewed March 1, 2024. "
        "Accessed March 9, 2026. https://pincite.example/documents/x"
    )
    assert apa(CITED) == (
        "Staff handbook (Leave / Time off > Sabbatical; last reviewed March 1, 2024). (n.d.). Harbour Works. "
        "Retrieved March 9, 2026, from https://pincite.example/documents/x"
    )
    assert ama(BARE) == "Staff handbook. Accessed March 9, 2026. https://pincite.example/documents/x"


def test_the_plain_style_begins_with_the_quote() -> None:
    """The passage's words in quotation marks, then where they stand and when they were read."""
    said = plain(CITED)
    assert said.startswith("“After seven years you may take a sabbatical of three months.")
    assert "Staff handbook > Leave / Time off > Sabbatical. Harbour Works. Reviewed 1 March 2024." in said
    assert said.endswith("Read 9 March 2026: https://pincite.example/documents/x")


@pytest.mark.parametrize(("reviewed", "said"), [("2025", "2025"), ("2025-05", "May 2025"), ("spring", "spring")])
def test_dates_are_as_exact_as_they_are_known(reviewed: str, said: str) -> None:
    """A year stays a year and a month a month; what is no date stands as it is."""
    assert f"Reviewed {said}." in ama(replace(CITED, source=replace(SOURCE, reviewed=reviewed)))


def reference(title: str, heading: str, quote: str, note: str) -> Reference:
    c = CITED.citation
    citation = Citation(c.document, title, (heading,), c.start, c.end, quote, c.sha256, c.url, None)
    return Reference(citation, replace(SOURCE, publisher=heading, note=note), CITED.url, CITED.cited)


@given(lines, lines, lines, lines)
def test_ris_comes_back_from_a_parser(title: str, heading: str, quote: str, note: str) -> None:
    """Title, section, publisher, address, quote and notes are read back as they were."""
    (entry,) = rispy.loads(ris(reference(title, heading, quote, note)))
    assert (entry["type_of_reference"], entry["title"], entry["publisher"]) == ("ELEC", title, heading)
    assert (entry["notes_abstract"], entry["notes"][-1]) == (quote, note)
    assert entry["urls"] == [CITED.url]
    assert entry["access_date"] == "2026/03/09/"


@settings(max_examples=40)
@given(unjoined, lines, unjoined, lines)
def test_bibtex_comes_back_from_a_parser(title: str, heading: str, quote: str, note: str) -> None:
    """One entry whose fields say, as LaTeX, what went in; no text can end a field early."""
    (entry,) = bibtexparser.loads(bibtex(reference(title, heading, quote, note))).entries
    assert (entry["ENTRYTYPE"], entry["url"], entry["urldate"]) == ("misc", CITED.url, "2026-03-09")
    read = LatexNodes2Text(strict_latex_spaces=True).latex_to_text
    assert without_space(read(entry["title"])) == without_space(title)
    assert without_space(read(entry["abstract"])) == without_space(quote)


def without_space(text: str) -> str:
    return "".join(text.split()).replace("ˆ", "^").replace("˜", "~")  # the parser takes the plain signs for accents


@given(lines, lines, lines, lines)
def test_csl_is_json_of_known_fields(title: str, heading: str, quote: str, note: str) -> None:
    """A list with one item, of the type and with the variables of CSL 1.0."""
    (item,) = json.loads(csl(reference(title, heading, quote, note)))
    assert (item["type"], item["title"], item["section"], item["abstract"]) == ("webpage", title, heading, quote)
    assert item["accessed"] == {"date-parts": [[2026, 3, 9]]}
    assert set(item) <= {"id", "type", "title", "section", "publisher", "URL", "note", "accessed", "abstract"}


def test_the_page_shows_every_style(client: FlaskClient) -> None:
    """All seven references, for an absolute address that was configured and not taken from the request."""
    page = client.get(CITE, headers={"Host": "evil.example"}).text
    for style in STYLES:
        assert f">{style.title}</h2>" in page
    assert "https://pincite.example/documents/staff-handbook?mark=" in page
    assert "https://evil.example" not in page.split("<footer>")[0]


@pytest.mark.parametrize("name", ["ris", "bibtex", "csl"])
def test_a_reference_manager_gets_a_file(client: FlaskClient, name: str) -> None:
    """?as= gives one reference as an attachment of its own type."""
    style = next(style for style in STYLES if style.name == name)
    response = client.get(f"{CITE}&as={name}")
    assert response.content_type == f"{style.mimetype}; charset=utf-8"
    assert response.headers["Content-Disposition"] == f"attachment; filename=pincite{style.suffix}"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/documents/staff-handbook/cite", "has no passage “”"),
        ("/documents/staff-handbook/cite?passage=nowhere:1", "has no passage “nowhere:1”"),
        ("/documents/nothing/cite?passage=a:1", "No document has the id"),
        (f"{CITE}&as=mla", "there are text, nlm, ama, apa, ris, bibtex, csl"),
    ],
)
def test_what_is_not_there_is_named(client: FlaskClient, address: str, said: str) -> None:
    """A document, passage or style that does not exist is a 404 that says which."""
    response = client.get(address)
    assert response.status_code == 404
    assert said in response.text


SUMMARY = replace(SOURCE, publisher="Harbour Works", based_on="Tide Office", note=None, licence=None)
SUMMARISED = replace(CITED, source=SUMMARY)
BASIS = "Based on Tide Office, “Staff handbook” (page reviewed {}; https://harbour.example/)"


def test_a_summary_is_cited_as_its_writers() -> None:
    """The writer is the publisher; party, title, date and address of the facts stand after "Based on"."""
    place = "Staff handbook > Leave / Time off > Sabbatical. Harbour Works."
    read = "https://pincite.example/documents/x"
    assert f" {place} {BASIS.format('1 March 2024')}. Read 9 March 2026: {read}" in plain(SUMMARISED)
    assert nlm(SUMMARISED) == (
        "Staff handbook [Internet]. [place unknown]: Harbour Works; [date unknown; cited 2026 Mar 9]. "
        f"Leave / Time off; Sabbatical. Available from: {read} {BASIS.format('2024 Mar 1')}."
    )
    assert ama(SUMMARISED) == (
        f"Staff handbook: Leave / Time off > Sabbatical. Harbour Works. {BASIS.format('March 1, 2024')}. "
        f"Accessed March 9, 2026. {read}"
    )
    assert apa(SUMMARISED) == (
        f"Staff handbook (Leave / Time off > Sabbatical). (n.d.). Harbour Works. {BASIS.format('March 1, 2024')}. "
        f"Retrieved March 9, 2026, from {read}"
    )


def test_files_for_reference_managers_cite_a_summary_as_its_writers() -> None:
    """The field of the publisher holds the writer; the basis is the first note."""
    (entry,) = rispy.loads(ris(SUMMARISED))
    assert (entry["publisher"], entry["notes"][0]) == ("Harbour Works", BASIS.format("2024-03-01"))
    (entry,) = bibtexparser.loads(bibtex(SUMMARISED)).entries
    assert entry["organization"] == "Harbour Works"
    assert entry["note"].startswith(f"Leave / Time off > Sabbatical; {BASIS.format('2024-03-01')}; characters")
    (item,) = json.loads(csl(SUMMARISED))
    assert item["publisher"] == "Harbour Works"
    assert item["note"].startswith(BASIS.format("2024-03-01"))


def test_what_is_unknown_of_the_basis_is_left_out() -> None:
    """Without title, date and address the party stands alone; without a writer nobody takes the writer's place."""
    bare = replace(CITED, source=Source(based_on="Tide Office"))
    assert "Sabbatical. Based on Tide Office. Accessed" in ama(bare)
    assert "[publisher unknown]" in nlm(bare)


names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12).map(lambda name: f"Zz{name}")
optional = st.none() | lines.map(lambda text: text.replace("Zz", ""))


@settings(max_examples=40)
@given(names, optional, optional, st.sampled_from([None, "2024", "2024-03", "2024-03-01"]), st.booleans())
def test_no_style_gives_the_words_to_the_one_that_they_are_based_on(
    name: str, publisher: str | None, title: str | None, reviewed: str | None, has_url: bool
) -> None:
    """Whatever is known of a source, the name stands after "Based on" and nowhere else, nor is its date ours."""
    url = "https://tides.example/" if has_url else None
    source = Source(publisher, title, url, reviewed, based_on=name)
    for style in STYLES:
        written = style.write(replace(CITED, source=source))
        assert written.count(name) == written.count(f"Based on {name}") == 1, style.name
        assert "eviewed" not in written.replace("(page reviewed", ""), style.name
