"""The words of raw HTML that a reader of the page would see: no tags, comments, scripts or styles."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LONGEST = 1_000_000  # characters; a longer block is taken as text, tags and all
MOST_UNCLOSED = 50  # "<" after one that nothing closes; where there are more, all from that one on is text
_PIECE = 20_000
_UNSEEN = ("script", "style", "template")
_ENDLESS_NUMBER = re.compile("&#(?=[0-9]{1000})")  # Python makes a number of 4,300 digits at most


def visible_words(html: str) -> tuple[str, bool]:
    """Return the text of HTML without its markup, and whether all of it was looked into.

    For each "<" that nothing closes the parser goes through the rest once more. So it is fed as much again as it holds,
    which makes that a few times in all, and what it holds at the end is taken as it is where that holds many "<".
    """
    if len(html) > LONGEST:
        return html, False
    html = _ENDLESS_NUMBER.sub("&amp;#", html)
    parser = _Words()
    at = 0
    while at < len(html):
        size = max(_PIECE, len(parser.rawdata))
        parser.feed(html[at : at + size])
        at += size
    whole = parser.rawdata.count("<") <= MOST_UNCLOSED
    if whole:
        parser.close()
    else:
        parser.handle_data(parser.rawdata)
    return "".join(parser.words), whole


class _Words(HTMLParser):
    rawdata: str  # what was fed and not understood yet

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take what the parser has no word for, such as "<![x]>", as a comment: browsers do."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)
