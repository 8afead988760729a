"""Raw HTML to parts as a browser shows it: no tags, comments, scripts or styles; blocks, items, rows and code apart."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers.html_parts import PartsWalk

MAX_HTML_CHARACTERS = 1_000_000  # characters; a longer block is taken as text, tags and all
MAX_UNCLOSED_TAGS = 50  # "<" after one that nothing closes; where there are more, all from that one on is text
_MIN_FEED_CHARACTERS = 20_000
_HUGE_CHARACTER_REFERENCE = re.compile("&#(?=[0-9]{1000})")  # Python makes a number of 4,300 digits at most


def read_html(html: str) -> tuple[list[Part], bool]:
    """Return the parts of HTML, and whether all of it was looked into.

    For each "<" that nothing closes the parser goes through the rest once more. So it is fed as much again as it holds,
    which makes that a few times in all, and what it holds at the end is taken as it is where that holds many "<".
    """
    if len(html) > MAX_HTML_CHARACTERS:
        return [Part("paragraph", " ".join(html.split()))], False
    html = _HUGE_CHARACTER_REFERENCE.sub("&amp;#", html)
    parser = _PartsParser()
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
    parser.walk.end_block()
    return parser.walk.parts, is_complete


class _PartsParser(HTMLParser):
    rawdata: str  # what was fed and not understood yet

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.walk = PartsWalk()

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take what the parser has no word for, such as "<![x]>", as a comment: browsers do."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.walk.start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.walk.end(tag)

    def handle_data(self, data: str) -> None:
        self.walk.write(data)

    def close(self) -> None:
        """Take what is left, and end a row that nothing closes."""
        super().close()
        self.walk.finish()
