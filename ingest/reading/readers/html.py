"""Raw HTML to parts as a browser shows it: no tags, comments, scripts or styles; blocks, items, rows and code apart."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pincite.ingestion.reading.draft import Part, row_of_cells
from pincite.ingestion.reading.readers.inline_text import InlineText

MAX_HTML_CHARACTERS = 1_000_000  # characters; a longer block is taken as text, tags and all
MAX_UNCLOSED_TAGS = 50  # "<" after one that nothing closes; where there are more, all from that one on is text
_MIN_FEED_CHARACTERS = 20_000
_HUGE_CHARACTER_REFERENCE = re.compile("&#(?=[0-9]{1000})")  # Python makes a number of 4,300 digits at most
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary table tbody td "
    "tfoot th thead title tr ul".split()
)


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
    parser.end_block()
    return parser.parts, is_complete


class _PartsParser(HTMLParser):
    rawdata: str  # what was fed and not understood yet

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self._text = InlineText()
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets; outermost first
        self._marker: str | None = None  # set between an item's opening and its first text
        self._heading = 0
        self._quotes = 0
        self._tables = 0
        self._rows: list[_Row] = []  # open table rows, outermost first

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take what the parser has no word for, such as "<![x]>", as a comment: browsers do."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_block()
        if tag in _HEADINGS:
            self._heading = int(tag[1])
        elif tag in ("ul", "ol"):
            self._lists.append(_number(dict(attrs).get("start")) if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker(dict(attrs).get("value"))
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "table":
            self._tables += 1
        elif tag == "tr":
            self._end_rows(self._tables)
            self._rows.append(_Row(self._tables))
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].start_cell(tag)
        elif tag == "pre":
            self._text = InlineText(keeps_lines=True)
        else:
            self._text.start(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_block()
        if tag in _HEADINGS:
            if self._heading and not self._rows:  # without a word: a picture, or nothing
                self.parts.append(Part("heading", "", self._heading))
            self._heading = 0
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._marker = None
        elif tag == "li":
            self._marker = None
        elif tag == "blockquote" and self._quotes:
            self._quotes -= 1
        elif tag == "tr":
            self._end_rows(self._tables)
        elif tag == "table" and self._tables:
            self._end_rows(self._tables)
            self._tables -= 1
        else:
            self._text.end(tag)

    def handle_data(self, data: str) -> None:
        self._text.write(data)

    def close(self) -> None:
        """Take what is left, and end a row that nothing closes."""
        super().close()
        self.end_block()
        self._end_rows(0)

    def end_block(self) -> None:
        """Make a part, or a piece of a cell, of the text since the last block."""
        text = self._text
        self._text = InlineText()
        body = text.text()
        if not body.strip():
            return
        if self._rows:
            self._rows[-1].add(" ".join(body.split()))
        elif text.keeps_lines:
            self.parts.append(Part("code", code_text(body), len(self._lists)))
        elif self._heading:
            self.parts.append(Part("heading", body, self._heading))
            self._heading = 0
        elif self._marker is not None:
            self.parts.append(Part("item", body, max(1, len(self._lists)), self._marker))
            self._marker = None
        else:
            self.parts.append(Part("quote" if self._quotes else "paragraph", body, len(self._lists)))

    def _end_rows(self, depth: int) -> None:
        """End the open rows of the tables from a depth on; a table within a cell is text of the cell."""
        while self._rows and self._rows[-1].depth >= depth:
            self._end_row(self._rows.pop())

    def _end_row(self, row: _Row) -> None:
        if self._rows:
            self._rows[-1].add(" ".join(filter(None, row.cells)))
        elif len(row.cells) == 1:  # a layout, or a cell across the table
            self.parts += [Part("paragraph", cell, len(self._lists)) for cell in row.cells if cell]
        elif any(row.cells):
            self.parts.append(Part("header" if row.is_header else "row", row_of_cells(row.cells), len(self._lists)))

    def _next_marker(self, value: str | None) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "-"
        number = _number(value, number)
        self._lists[-1] = number + 1
        return f"{number}."


class _Row:
    """Cells of a table row while it is open."""

    def __init__(self, depth: int) -> None:
        self.depth = depth  # of its table among tables
        self.cells: list[str] = []
        self.is_header = True  # until a cell is no `th`

    def start_cell(self, tag: str) -> None:
        """Open a cell."""
        self.cells.append("")
        self.is_header &= tag == "th"

    def add(self, text: str) -> None:
        """Add text to the open cell; text outside of cells makes one."""
        if not self.cells:
            self.start_cell("td")
        self.cells[-1] = f"{self.cells[-1]} {text}".strip()


def code_text(text: str) -> str:
    """Return code without what all of its lines are indented by, space at line ends or round it, and more than one
    empty line in a row.
    """
    lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line[indent:] for line in lines)).strip()


def _number(text: str | None, default: int = 1) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else default
