"""Text fragments: their first match on the page is the sentence meant, or there is none."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser import chromium, serving
from fake_searcher import HANDBOOK
from fixed_source import FixedSource
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from read_corpus import read_corpus

from pincite.index.citation.text_fragment import Fragment, shortest_fragment
from pincite.index.settings import Settings
from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.guard.guard import make_service
from pincite.service.guard.state import EXTENSION

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


def document(*blocks: str) -> Document:
    return compose(Draft(tuple(Part("paragraph", block) for block in blocks)), "d", "D")


def place(found: Fragment, text: str) -> int:
    """Return where a plain reader of the syntax finds the first match; text: a line for each block, no accents."""
    parts = [re.escape(p) for p in (found.start, found.end) if p]
    pattern = ".*?".join(parts)
    if found.prefix:
        pattern = rf"(?<={re.escape(found.prefix)}[ \n])(?:{pattern})"
    match = re.search(pattern + (rf"(?=[ \n]{re.escape(found.suffix)})" if found.suffix else ""), text, re.DOTALL)
    assert match
    return match.start()


def test_words_that_stand_once_are_named_alone() -> None:
    """A short sentence without a double needs no context."""
    page = document("The gate is open. The bell rings at noon.")
    assert str(shortest_fragment(page, (18, 41))) == ":~:text=The%20bell%20rings%20at%20noon."


def test_a_long_sentence_is_named_by_its_ends() -> None:
    """A run of more than a dozen words is named by its first five and last five."""
    words = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."
    found = shortest_fragment(document(words), (0, len(words)))
    assert found == Fragment("One two three four five", "ten eleven twelve thirteen fourteen.")


def test_a_double_is_told_apart_by_what_stands_before() -> None:
    """The second of two equal sentences is named with the word before it, from the block before if need be."""
    page = document("Ask the office. Wait.", "On Monday: Ask the office.", "Later.", "Ask the office.")
    second, third = page.text.index("Ask", 5), page.text.rindex("Ask")
    assert shortest_fragment(page, (0, 15)) == Fragment("Ask the office.")
    assert shortest_fragment(page, (second, second + 15)) == Fragment("Ask the office.", prefix="Monday:")
    assert shortest_fragment(page, (third, third + 15)) == Fragment("Ask the office.", prefix="Later.")


def test_what_cannot_be_told_apart_is_not_named() -> None:
    """Without any difference in ten words on each side there is no fragment."""
    page = document("a. " * 40 + "b.")
    assert shortest_fragment(page, (60, 62)) is None


def test_case_accents_and_parts_of_words_are_as_in_a_browser() -> None:
    """Another case or an accent is a match before the one meant; a part of a longer word is none."""
    page = document("THE CAFE OPENS.", "The café opens.", "Sunrise", "rise")
    cafe, rise = page.text.index("The café"), page.text.rindex("rise")
    assert shortest_fragment(page, (cafe, cafe + 15)) == Fragment("The café opens.", prefix="OPENS.")
    assert shortest_fragment(page, (rise, rise + 4)) == Fragment("rise")


@pytest.mark.parametrize("sign", ["-", ",", "&", "#", "%", " "])
def test_signs_of_the_syntax_are_encoded(sign: str) -> None:
    """No sign of the text can be taken for one of the syntax."""
    text = f"well{sign}known words"
    found = str(shortest_fragment(document(text), (0, len(text)))).removeprefix(":~:text=")
    assert unquote(found) == text
    assert sign not in re.sub("%[0-9A-F]{2}", "", found)


BLOCKS = st.lists(st.lists(st.sampled_from("ab cd ef.".split()), min_size=1, max_size=20), min_size=1, max_size=6)


@given(BLOCKS, st.data())
def test_the_first_match_is_the_one_meant(blocks: list[list[str]], data: st.DataObject) -> None:
    """In any text, however it repeats itself, a fragment that is given finds its own words first."""
    page = document(*(" ".join(words) for words in blocks))
    block = data.draw(st.sampled_from(page.blocks))
    text = page.text[block.start : block.end]
    starts = [m.span() for m in re.finditer(r"\S+", text)]
    first = data.draw(st.integers(0, len(starts) - 1))
    last = data.draw(st.integers(first, len(starts) - 1))
    wanted = (block.start + starts[first][0], block.start + starts[last][1])
    found = shortest_fragment(page, wanted)
    if found is not None:
        plain = "\n".join(page.text[b.start : b.end] for b in page.blocks)
        gone = sum(1 for b in page.blocks if b.start < block.start)
        offset = sum(b.end - b.start + 1 for b in page.blocks[:gone])
        assert place(found, plain) == offset + wanted[0] - block.start


@pytest.mark.parametrize("page", [HANDBOOK, *read_corpus([CORPUS]).documents], ids=lambda d: d.id)
def test_every_sentence_of_real_documents_can_be_reached(page: Document) -> None:
    """Each block of the served article has a fragment of its own."""
    assert [page.text[b.start : b.end] for b in page.blocks if shortest_fragment(page, (b.start, b.end)) is None] == []


def test_a_browser_goes_to_the_sentence_meant() -> None:
    """In Chromium, on a publisher's page that says much twice, each link has its own sentence in view."""
    twice = ["Ask the office.", "It is not paid.", "The bell rings at noon; then, and only then, you may go home."]
    lines = [f"Chapter {n}. {twice[n % 3]} After that, line {n} ends. {twice[(n + 1) % 3]}" for n in range(9)]
    page = document(*lines)
    filler = "<p style='height: 900px'></p>"
    body = filler.join(f"<p id='p{n}'>{html.escape(line)}</p>" for n, line in enumerate(lines))
    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: f"<!doctype html><title>Publisher</title>{filler}{body}{filler}")
    app.extensions[EXTENSION] = make_service(FixedSource(), Settings())
    with serving(app) as server, chromium() as browser:
        context = browser.new_context(viewport={"width": 800, "height": 500})
        for n, line in enumerate(lines):
            at = page.text.index(line)
            sentence = line.split(". ")[2]  # the one that other lines have, too
            start = at + line.rindex(sentence)
            found = shortest_fragment(page, (start, start + len(sentence)))
            assert found
            tab = context.new_page()
            tab.goto(f"{server.url}/#{found}")
            tab.wait_for_timeout(50)
            box = tab.locator(f"#p{n}").bounding_box()
            assert box
            assert -50 < box["y"] < 500, (n, str(found))
            tab.close()
        context.close()
