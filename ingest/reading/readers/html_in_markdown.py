"""The words of raw HTML that a reader of the page would see: no tags, comments, scripts or styles."""

from __future__ import annotations

import re
from html.parser import HTMLParser

MAX_HTML_CHARACTERS = 1_000_000  # characters; a longer block is taken as text, tags and all
MAX_UNCLOSED_TAGS = 50  # "<" after one that nothing closes; where there are more, all from that one on is text
_MIN_FEED_CHARACTERS = 20_000
_HIDDEN_TAGS = ("script", "style", "template")
_HUGE_CHARACTER_REFERENCE = re.compile("&#(?=[0-9]{1000})")  # Python makes a number of 4,300 digits at most


def visible_text(html: str) -> tuple[str, bool]:
    """Return the text of HTML without its markup, and whether all of it was looked into.

    For each "<" that nothing closes the parser goes through the rest once more. So it is fed as much again as it holds,
    which makes that a few times in all, and what it holds at the end is taken as it is where that holds many "<".
    """
    if len(html) > MAX_HTML_CHARACTERS:
        return html, False
    html = _HUGE_CHARACTER_REFERENCE.sub("&amp;#", html)
    parser = _VisibleTextParser()
    position = 0
    while position < len(html):
        size = max(_MIN_FEED_CHARACTERS, len(parser.rawdata))
        parser.feed(html[position : position + size])
        position += size
    is_complete = parser.rawdata.count("<") <= MAX_UNCLOSED_TAGS
    if is_complete:
        parser.close()
    else:
        parser.handle_data(parser.rawdata)
    return "".join(parser.pieces), is_complete


class _VisibleTextParser(HTMLParser):
    rawdata: str  # what was fed and not understood yet

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden_depth = 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take what the parser has no word for, such as "<![x]>", as a comment: browsers do."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden_depth += tag in _HIDDEN_TAGS

    def handle_endtag(self, tag: str) -> None:
        self._hidden_depth -= tag in _HIDDEN_TAGS and self._hidden_depth > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden_depth:
            self.pieces.append(data)
