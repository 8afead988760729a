"""Whatever a document, a heading or a question holds, it is text: shown, found equal when read back, never run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from browser import serving
from fake_searcher import Shelf, StubSearcher
from fixed_source import FixedSource
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from pincite.index.settings import Settings
from pincite.index.types import Document, Source
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app

HOSTILE = (
    "<script>window.pwned = 1; alert(1)</script>",
    "<svg onload=alert(2)><animate onbegin=alert(3) attributeName=x dur=1s>",
    '"><img src=x onerror=alert(4)>',
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "javascript:alert(5)//",
    "</title></textarea></mark></style><script>alert(6)</script>",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7*7 %>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(7)>",
    "<a href=javascript:alert(8)>sabbatical</a>",
    "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=https://evil.example/'>",
)


def hostile() -> Document:
    parts = [part for text in HOSTILE for part in (Part("heading", text, 1), Part("paragraph", f"Marker words {text}"))]
    source = Source(*HOSTILE[:2], "javascript:alert(9)", "2020-01-01", HOSTILE[2], HOSTILE[3])
    return compose(Draft(tuple(parts), source=source), "hostile", HOSTILE[0])


@pytest.mark.parametrize("way", ["loaded", "in place"])
def test_nothing_hostile_runs(browser: Browser, way: str) -> None:
    """No dialog, no script of theirs, no request elsewhere and no attempt that the policy had to stop."""
    app = create_app(FixedSource(StubSearcher(Shelf((hostile(),)))), Settings(contact='x" onclick="alert(10)'))
    with serving(app) as server:
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        heard: list[Any] = []
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(server.url) or heard.append(request.url))
        page.add_init_script("addEventListener('securitypolicyviolation', e => { window.stopped = e.blockedURI; })")
        passages = service_of(app).source.current().bundle.passages_of("hostile")
        places = ["/", "/documents", "/documents/hostile", "/about", "/documents/" + HOSTILE[0].replace("/", "%2F")]
        places += [f"/documents/hostile/cite?passage={p.anchor}" for p in passages[:3]]
        for place in places:
            page.goto(place)
            assert page.evaluate("[window.pwned, window.stopped]") == [None, None], place
        for text in HOSTILE:
            question = f"marker words {text}"
            if way == "loaded":
                page.goto("about:blank")
                page.goto("/?" + urlencode({"q": question}))
            else:
                page.goto("/")
                page.get_by_label("Your question").fill(question)
                page.keyboard.press("Enter")
                page.locator("main q").first.wait_for()
            assert page.locator("main q").first.inner_text().split() == question.split()
            assert page.get_by_label("Your question").input_value() == question
            assert page.evaluate("[window.pwned, window.stopped]") == [None, None], text
        context.close()
    assert heard == []


words = st.text(
    st.characters(exclude_categories=["C"], include_characters="\u200d\u00ad"), min_size=1, max_size=40
).filter(lambda text: text and text == one_line(text))


READ = """pages => pages.map(html => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const article = page.querySelector(".article");
    return {
        title: page.querySelector("h1").textContent,
        heading: article?.querySelector("h2")?.textContent,
        passage: article?.querySelector("p")?.textContent,
        tags: article ? [...new Set([...article.querySelectorAll("*")].map(e => e.localName))] : [],
        marked: article ? [...article.querySelectorAll("mark")].map(e => e.textContent).join("") : "",
        boxed: page.querySelector("#page_q")?.value,
        quoted: page.querySelector("main q")?.textContent,
    };
})"""


def test_any_text_comes_back_equal_from_the_parsed_page(browser: Browser) -> None:
    """Title, heading, passage and question are what Chromium reads back, and mark is all that was added to them."""
    page = browser.new_page()

    @settings(max_examples=60)
    @given(words, words, words, words)
    def check(title: str, heading: str, passage: str, question: str) -> None:
        document = compose(Draft((Part("heading", heading, 1), Part("paragraph", passage))), "d", title)
        client = create_app(FixedSource(StubSearcher(Shelf((document,)))), Settings()).test_client()
        start = document.text.index(passage, document.blocks[1].start)
        addresses = ["/documents/d", f"/documents/d?mark={start}-{start + len(passage)}"]
        html = [client.get(address).data.decode() for address in addresses]
        html.append(client.get("/", query_string={"q": question}).data.decode())
        plain, marked, asked = page.evaluate(READ, html)
        for read in (plain, marked):
            assert (read["title"], read["heading"], read["passage"]) == (document.title, heading, passage)
        assert set(plain["tags"]) <= {"h2", "p", "span", "a"}
        assert set(marked["tags"]) - set(plain["tags"]) == {"mark"}
        assert marked["marked"] == passage
        assert asked["boxed"] == question
        assert asked["quoted"] in (None, question)

    check()
    page.close()
