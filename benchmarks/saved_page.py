"""The outline of an article saved from a browser, next to that of its text copied from the same page.

    python -m benchmarks.saved_page TEXT        # TEXT: text copied from a web page

The text is read as pincite reads such files. Its headings, paragraphs and lists are then set among the furniture of a
health site, in words of ours: banner, navigation, breadcrumbs, contents, advertisements and an appeal within the
article, share buttons, a form, related articles, JSON-LD. That page is read as HTML: as it is, with landmark
elements; with a div for each of them; and with divs of no class. The first two have to have the title, the outline,
the date of review and the words of the text, the line on the review after them, and no other. Of the third, where
nothing says what is an advertisement, the differences are counted.

What it shows is that furniture of these kinds is parted from an article of this shape. It does not show that the site's
own markup, which nobody saved here, is read as well.
"""

from __future__ import annotations

import argparse
import difflib
import html
import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX

UNHELD = "divs of no class"
_WORD = re.compile(r"\w+")
_LANDMARKS = re.compile(r"<(/?)(?:header|nav|main|article|section|aside|footer)\b")
_CLASS = re.compile(r' class="[^"]*"')
_ADVERTISEMENT = """<div class="ad-slot"><span>Advertisement</span><p>This clinic is a charity, and its advertisements
pay for its pages. It recommends none of what they offer. <a href="/ads">Our rules</a></p></div>"""
_APPEAL = """<aside class="promo"><h2>Be treated by us</h2><ul><li><a href="/t">Our treatments</a></li>
<li><a href="/d">Choose a specialist</a></li><li><a href="/b">Book a visit</a></li></ul></aside>"""
_REVIEW = "Reviewed by our doctors on"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Example Clinic</title>
<meta property="og:site_name" content="Example Clinic"><link rel="canonical" href="https://clinic.example/health/article">
<script type="application/ld+json">{data}</script><script>window.layer = [];</script></head><body>
<a class="skip-link" href="#content">Skip to the content</a>
<div class="cookie-banner" role="dialog"><p>We keep cookies to count visits.</p><button>Agree</button></div>
<header class="site-header"><a href="/">Example Clinic</a>
<form role="search"><input name="q"><button>Search</button></form>
<nav class="main-nav"><ul><li><a href="/l">Health library</a></li><li><a href="/d">Doctors</a></li>
<li><a href="/p">Places</a></li><li><a href="/v">Visitors</a></li></ul></nav></header>
<nav class="breadcrumbs"><ol><li><a href="/">Start</a></li><li><a href="/l">Health library</a></li>
<li>{title}</li></ol></nav>
<main id="content"><article><header><h1>{title}</h1>
<div class="share-bar"><a href="/f">Share</a> <a href="/m">Send</a> <button>Print</button></div></header>
<nav class="toc"><h2>On this page</h2><ul>{contents}</ul></nav>
{body}
<div class="review"><p>{review} <time datetime="{reviewed}">{reviewed}</time></p></div>
</article></main>
<aside class="related"><h2>Related articles</h2><ul><li><a href="/1">Sleep and its disorders</a></li>
<li><a href="/2">Healthy meals for a week</a></li><li><a href="/3">Walking after an illness</a></li></ul></aside>
<section class="newsletter"><h2>News by mail</h2><form><input type="email"><button>Subscribe</button></form></section>
<footer class="site-footer"><ul><li><a href="/a">About us</a></li><li><a href="/j">Jobs</a></li>
<li><a href="/s">Privacy</a></li></ul><p>Example Clinic, 1 Example Street. All rights reserved.</p></footer>
</body></html>
"""


def saved_page(draft: Draft) -> str:
    """Set the parts of a draft in the page of a site. Its title is the heading of the page, its levels begin at h2."""
    headings = [part for part in draft.parts if part.kind == "heading"]
    top = min((part.level for part in headings), default=1)
    contents = "".join(
        f'<li><a href="#{_anchor(p)}">{html.escape(p.text)}</a></li>' for p in headings if p.level == top
    )
    data = {"@type": "MedicalWebPage", "name": draft.title, "lastReviewed": draft.source.reviewed}
    return _PAGE.format(
        title=html.escape(draft.title or ""),
        data=json.dumps({"@context": "https://schema.org", **data}),
        contents=contents,
        body="\n".join(_body(draft.parts, top)),
        review=_REVIEW,
        reviewed=draft.source.reviewed,
    )


def _body(parts: Sequence[Part], top: int) -> Iterator[str]:
    """Yield the article in HTML, an advertisement in every second of its chapters and an appeal after the third."""
    chapters = 0
    for kind, run in groupby(parts, key=lambda part: part.kind):
        if kind == "heading":
            for part in run:
                chapters += part.level == top
                if part.level == top and chapters == 4:
                    yield _APPEAL
                tag = f"h{part.level - top + 2}"
                yield f'<{tag} id="{_anchor(part)}">{html.escape(part.text)}</{tag}>'
        elif kind == "item":
            yield "<ul>" + "".join(f"<li>{html.escape(part.text)}</li>" for part in run) + "</ul>"
        else:
            yield "\n".join(f"<p>{html.escape(part.text)}</p>" for part in run)
            if chapters % 2:
                yield _ADVERTISEMENT


def _anchor(heading: Part) -> str:
    return "-".join(word.lower() for word in _WORD.findall(heading.text))


def compare(expected: Document, found: Document) -> Iterator[str]:
    """Yield a line for each thing in which the page differs from the text."""
    reviewed = expected.source.reviewed
    if (found.title, found.source.reviewed) != (expected.title, reviewed):
        yield f"title and review: {found.title!r}, {found.source.reviewed!r}"
    outlines = ([" > ".join(section.path) for section in document.sections] for document in (expected, found))
    words = (_WORD.findall(text) for text in (f"{expected.text} {_REVIEW} {reviewed}", found.text))
    for kind, (theirs, ours) in (("section", outlines), ("word", words)):
        for line in difflib.ndiff(theirs, ours) if theirs != ours else ():
            if line[0] in "-+":
                yield f"{kind}: {line}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    file = parser.parse_args().text
    draft = READERS_BY_SUFFIX[file.suffix](file.read_bytes(), file.name)
    expected = compose(draft, file.stem, draft.title or "")
    page = saved_page(draft)
    pages = {
        "landmark elements": page,
        "divs": _LANDMARKS.sub(r"<\1div", page),
        UNHELD: _CLASS.sub("", _LANDMARKS.sub(r"<\1div", page)),
    }
    differing = 0
    for name, written in pages.items():
        read = READERS_BY_SUFFIX[".html"](written.encode("utf-8"), "page.html")
        found = compose(read, file.stem, read.title or "")
        lines = [*compare(expected, found)]
        counts = f"{len(found.sections)} sections, {len(_WORD.findall(found.text)):,} words"
        print(f"{name}: {counts}, {len(lines)} differences")
        if name != UNHELD:
            differing += len(lines)
            print(*(f"  {line}\n" for line in lines), sep="", end="")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
