"""Metadata of a page: title, publisher, address, date of review and language, as its head states them."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from pincite.ingestion.reading.draft import MAX_HEADING_CHARACTERS
from pincite.ingestion.reading.readers.language_tag import canonical_language_tag
from pincite.ingestion.reading.readers.stated_values import is_iso_date, is_web_address
from pincite.ingestion.reading.readers.webpage.tree import Element, Page

_MAX_JSON_CHARACTERS = 500_000  # of one script
_MAX_JSON_OBJECTS = 5_000
_PAGE_TYPES = re.compile(r".*(Article|Posting|WebPage|Report|Recipe|HowTo|FAQPage|QAPage|Guide|MedicalCondition|Drug)")
_REVIEW_NAMES = ("last-reviewed", "lastreviewed", "reviewed", "date-reviewed", "dcterms.reviewed", "review-date")
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S+) -->|<!--\s+Page saved with SingleFile\s+url: (\S+)")
_SAVED_FROM_WITHIN = 2_000  # characters
_TITLE_SEPARATORS = re.compile(r"\s+(?:[|–—•·»]|-|::)\s+")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Statements of a page about itself. A value that is not valid is None, never guessed."""

    titles: tuple[str, ...]  # the same title, as several places write it; the first without the name of the site
    description: str
    publisher: str | None
    url: str | None
    reviewed: str | None
    language: str | None


def read_metadata(page: Page, html: str) -> Metadata:
    """Read the head of a page. html: the page, for what a browser wrote over it when it saved it."""
    metas: dict[str, str] = {}
    for element in page.head:
        if element.tag == "meta":
            key = element.get("name") or element.get("property") or element.get("itemprop") or element.get("http-equiv")
            metas.setdefault(key.lower(), _line(element.get("content")))
    items = [*_schema_items(page.head)]
    title = next((e.text() for e in page.head if e.tag == "title"), "")
    publisher = (
        _first(_names(items, "publisher")) or metas.get("og:site_name") or _first(_names(items, "sourceOrganization"))
    )
    titles = (*_strings(items, "headline"), metas.get("og:title", ""), *_strings(items, "name"), title)
    return Metadata(
        tuple(
            dict.fromkeys(
                t for t in (without_site(t, publisher) for t in titles) if 0 < len(t) <= MAX_HEADING_CHARACTERS
            )
        ),
        metas.get("description") or metas.get("og:description") or "",
        publisher or None,
        _first(filter(is_web_address, _addresses(page.head, metas, items, html))),
        _first(filter(is_iso_date, (d[:10] for d in _review_dates(metas, items)))),
        _language(page.language, metas, items),
    )


def canonical_address(page: Page, address: str) -> str:
    """Return the address that a page calls its own, if it is on the host that it came from; else where it came from.

    The link rel="canonical" alone counts: og:url and JSON-LD often name the site. An address of another host, or
    without the encryption that the page came with, is not taken.
    """
    fetched = urlsplit(address)
    for href in _canonical_links(page.head):
        try:
            url = urldefrag(urljoin(address, href)).url
            stated = urlsplit(url)
        except ValueError:
            continue
        if is_web_address(url) and stated.netloc.lower() == fetched.netloc and stated.scheme >= fetched.scheme:
            return url
    return address


def without_site(title: str, publisher: str | None) -> str:
    """Return a title without the name of the site that stands after a separator."""
    pieces = _TITLE_SEPARATORS.split(_line(title))
    while len(pieces) > 1 and publisher and pieces[-1].casefold() == publisher.casefold():
        title = title[: title.rindex(pieces[-1])].rstrip(" |–—•·»-:")
        pieces.pop()
    return _line(title)


def _schema_items(head: Iterable[Element]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of JSON-LD that describe a page."""
    for script in head:
        text = "".join(script.strings()) if script.tag == "script" else ""
        if not text or len(text) > _MAX_JSON_CHARACTERS:
            continue
        try:
            pending = deque([json.loads(text, strict=False)])
        except (ValueError, RecursionError):
            continue
        for _ in range(_MAX_JSON_OBJECTS):
            if not pending:
                break
            value = pending.popleft()
            if isinstance(value, list):
                pending.extendleft(reversed(value[:_MAX_JSON_OBJECTS]))
            elif isinstance(value, dict):
                types = value.get("@type")
                if any(_PAGE_TYPES.match(str(t)) for t in (types if isinstance(types, list) else [types])):
                    yield value
                pending += [
                    inner for key, inner in value.items() if key in ("@graph", "mainEntity", "mainEntityOfPage")
                ]


def _strings(items: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    for item in items:
        value = item.get(key)
        if isinstance(value, str) and _line(value):
            yield _line(value)


def _names(items: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    for item in items:
        value = item.get(key)
        for one in value if isinstance(value, list) else [value]:
            name = one.get("name") if isinstance(one, dict) else one
            if isinstance(name, str) and _line(name):
                yield _line(name)


def _addresses(
    head: Iterable[Element], metas: Mapping[str, str], items: list[Mapping[str, Any]], html: str
) -> Iterator[str]:
    yield from _canonical_links(head)
    yield metas.get("og:url", "")
    yield from _strings(items, "url")
    if saved := _SAVED_FROM.search(html[:_SAVED_FROM_WITHIN]):
        yield saved[1] or saved[2]


def _canonical_links(head: Iterable[Element]) -> Iterator[str]:
    return (e.get("href").strip() for e in head if e.tag == "link" and "canonical" in e.get("rel").lower().split())


def _review_dates(metas: Mapping[str, str], items: list[Mapping[str, Any]]) -> Iterator[str]:
    yield from _strings(items, "lastReviewed")
    yield from (metas[name] for name in _REVIEW_NAMES if name in metas)


def _language(language: str | None, metas: Mapping[str, str], items: list[Mapping[str, Any]]) -> str | None:
    stated = (language, metas.get("content-language"), *_strings(items, "inLanguage"), metas.get("og:locale"))
    return _first(filter(None, (canonical_language_tag(tag.strip().replace("_", "-")) for tag in stated if tag)))


def _line(text: str) -> str:
    return " ".join(text.split())


def _first(values: Iterable[str]) -> str | None:
    return next(iter(values), None)
