"""Bounds of a page, checked before it is parsed: what a parser would take minutes or gigabytes for is refused."""

from __future__ import annotations

import re

from pincite.index.errors import ReadError

MAX_DEPTH = 5_000  # elements within each other; parsing takes time by the square of it
MAX_ATTRIBUTES = 5_000  # of one tag; parsing takes time by the square of it
MAX_REOPENED = 1_000_000  # elements that a parser opens once more in each paragraph, since nothing closed them
MAX_TAGS = 500_000  # some 30 microseconds and 2 KB each
_TAG = re.compile(r"<(?:(!--)|(/?)([A-Za-z][^\s/>]*))")
_ATTRIBUTE = re.compile(r"""[\s/]*[^\s/>][^\s/>=]*(?:\s*=\s*(?:"[^"]*"?|'[^']*'?|[^\s>]*))?""")
_RAW_TAGS = frozenset("script style textarea title xmp iframe noembed noframes".split())
_EMPTY_TAGS = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SELF_CLOSING = frozenset("p li dd dt td th tr thead tbody tfoot option optgroup colgroup rt rp".split())
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_REMEDY = "save the page again with a browser, or give its text"


def check_bounds(html: str, name: str) -> None:
    """Raise ReadError for a page that is nested too deep, or has too many tags, or attributes in one."""
    scan = _Scan(name)
    position = 0
    while match := _TAG.search(html, position):
        position = scan.take(html, match)


class _Scan:
    """Goes over the tags of a page once, and keeps count."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[str] = []
        self._open_counts: dict[str, int] = {}
        self._unclosed_formatting: set[str] = set()
        self._tag_count = self._reopened_count = 0

    def take(self, html: str, match: re.Match[str]) -> int:
        """Count one tag. Returns where the next may begin."""
        if match[1]:
            return _after(html, "-->", match.end())
        self._tag_count += 1
        self._bound(self._tag_count, MAX_TAGS, "tags")
        tag = match[3].lower()
        end = self._end_of_tag(html, match.end())
        if match[2]:
            self._close(tag)
        elif tag in _RAW_TAGS:
            closing = re.compile(f"</{tag}", re.IGNORECASE).search(html, end)
            return closing.start() if closing else len(html)
        elif tag in _SELF_CLOSING:
            self._reopen()
        elif tag not in _EMPTY_TAGS:
            self._open_tag(tag, html[match.start() : min(end, match.start() + 200)])
        return end

    def _end_of_tag(self, html: str, position: int) -> int:
        count = 0
        while match := _ATTRIBUTE.match(html, position):
            count += 1
            position = match.end()
            self._bound(count, MAX_ATTRIBUTES, "attributes in one tag")
        return _after(html, ">", position)

    def _open_tag(self, tag: str, written: str) -> None:
        if tag in _FORMATTING:
            self._unclosed_formatting.add(written)
        else:
            self._reopen()
        self._open.append(tag)
        self._open_counts[tag] = self._open_counts.get(tag, 0) + 1
        self._bound(len(self._open), MAX_DEPTH, "elements within each other")

    def _close(self, tag: str) -> None:
        if tag in _FORMATTING and self._open[-1:] == [tag] and self._open_counts[tag] == 1:
            self._unclosed_formatting = {t for t in self._unclosed_formatting if not t.lower().startswith(f"<{tag}")}
        if not self._open_counts.get(tag):
            return
        while True:
            last = self._open.pop()
            self._open_counts[last] -= 1
            if last == tag:
                return

    def _reopen(self) -> None:
        self._reopened_count += len(self._unclosed_formatting) if not self._is_formatting_open() else 0
        self._bound(self._reopened_count, MAX_REOPENED, "elements that nothing closes")

    def _is_formatting_open(self) -> bool:
        return bool(self._open) and self._open[-1] in _FORMATTING and len(self._unclosed_formatting) < 20

    def _bound(self, count: int, limit: int, things: str) -> None:
        if count > limit:
            raise ReadError(self._name, f"has more than {limit:,} {things}", _REMEDY, "too_complex")


def _after(html: str, text: str, position: int) -> int:
    found = html.find(text, position)
    return len(html) if found < 0 else found + len(text)
