"""Join lines into units: a whole paragraph, item or heading each, sentences that broke at a link joined.

What a line is for is not decided here, only where it ends. Wording never changes; only line ends become
spaces, or nothing before closing punctuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pincite.ingestion.reading.readers.webtext.figures import is_figures_row, is_value
from pincite.ingestion.reading.readers.webtext.lines import (
    OPENING_PUNCTUATION,
    Line,
    blank_lines_separate,
    count_words,
    ending_without_closers,
    ends_sentence,
    has_sentence_inside,
    is_bare,
    is_lead_in,
    is_question,
    last_word,
    may_start_block,
    must_continue,
    starts_lowercase,
)
from pincite.ingestion.reading.readers.webtext.word_lists import DANGLING_WORDS, JOINING_WORDS, PREPOSITIONS


@dataclass(slots=True)
class TextBlock:
    """Lines that belong together. Grows while lines are read, then is only read."""

    lines: list[Line]
    level: int = 0  # a heading known beforehand, else 0
    in_lowercase_list: bool = False  # one of a list whose items all start in lower case
    in_comma_list: bool = False  # one of a list whose items end in commas or semicolons
    has_inner_sentence: bool = False
    text: str = field(default="", init=False)

    def add(self, line: Line) -> None:
        """Take one more line."""
        seam = self.lines[-1].text[-12:]
        self.has_inner_sentence |= has_sentence_inside(f"{seam}{_separator(seam, line.text)}{line.text}")
        self.lines.append(line)

    def close(self) -> TextBlock:
        """Make the text, once no more lines come."""
        pieces = [self.lines[0].text]
        for line in self.lines[1:]:
            pieces += (_separator(pieces[-1], line.text), line.text)
        self.text = "".join(pieces)
        return self

    @property
    def marker(self) -> str | None:
        """The bullet or number of the first line."""
        return self.lines[0].marker

    @property
    def is_row(self) -> bool:
        """Cells of a table stand in it, or figures after a name."""
        line = self.lines[0]
        return len(self.lines) == 1 and (line.is_row or (is_figures_row(line.text) and not is_value(line.text)))

    @property
    def is_value(self) -> bool:
        """Figures, units or marks are all it holds: a cell that stands on a line of its own."""
        return len(self.lines) == 1 and is_value(self.lines[0].text) and not self.lines[0].is_row

    @property
    def blank_before(self) -> bool:
        """A blank line stands before it."""
        return self.lines[0].blank_before

    @property
    def last_line(self) -> str:
        """The last line: enough to see how the unit ends."""
        return self.lines[-1].text


def join_lines(lines: Sequence[Line], levels: Mapping[int, int]) -> list[TextBlock]:
    """Lines to blocks. levels: known headings by line number; these are never joined to anything."""
    width, blank_lines_matter = _wrap_column(lines), blank_lines_separate(lines)
    broken = width > 0 or _breaks_sentences(lines)
    blocks: list[TextBlock] = []
    for i, line in enumerate(lines):
        block = blocks[-1] if blocks else None
        joins = (
            broken and block is not None and not (i in levels or block.level or line.is_row or block.lines[-1].is_row)
        )
        if (
            joins
            and block is not None
            and _continues_block(block, line, _next_line(lines, i, levels), width, blank_lines_matter)
        ):
            block.add(line)
            continue
        new_block = TextBlock([line], levels.get(i, 0), has_inner_sentence=has_sentence_inside(line.text))
        if block is not None and not block.level:
            _inherit_list_state(new_block, block, _next_line(lines, i, levels))
        blocks.append(new_block)
    return [block.close() for block in blocks]


def _breaks_sentences(lines: Sequence[Line]) -> bool:
    """Return whether sentences break across lines, as where each link had a line of its own; else a line is whole."""
    return any(
        _goes_on(a.text, b.text) for a, b in pairwise(lines) if not b.marker and not b.is_row and not b.blank_before
    )


def _goes_on(before: str, text: str) -> bool:
    """Return whether a line is a piece: it starts with closing punctuation, ends in an article, or ends a sentence
    that began before it."""
    if must_continue(text) or last_word(before) in DANGLING_WORDS:
        return True
    return starts_lowercase(text) and ends_sentence(text) and is_bare(before) and not is_question(before)


def _next_line(lines: Sequence[Line], i: int, levels: Mapping[int, int]) -> Line | None:
    return lines[i + 1] if i + 1 < len(lines) and i + 1 not in levels else None


def _inherit_list_state(new_block: TextBlock, previous: TextBlock, after: Line | None) -> None:
    """See whether a lead-in opens, or an item goes on with, a list in lower case or with commas at its ends."""
    line = new_block.lines[0].text
    opened = is_lead_in(previous.last_line)
    new_block.in_lowercase_list = starts_lowercase(line) and (opened or previous.in_lowercase_list)
    both_serial = (
        after is not None and _ends_with_comma(line) and (_ends_with_comma(after.text) or ends_sentence(after.text))
    )
    new_block.in_comma_list = (opened and both_serial and count_words(line) > 1) or (
        previous.in_comma_list and _ends_with_comma(previous.last_line)
    )


def _ends_with_comma(text: str) -> bool:
    end = text[-12:].casefold()
    return end.endswith((",", ";", ", and", ", or", "; and", "; or", ", und", ", oder", ", y", ", o", "; y", "; o"))


def _continues_block(block: TextBlock, line: Line, after: Line | None, width: int, blank_lines_matter: bool) -> bool:
    """Return whether a line belongs to the unit before it, by certain signs first and guesses last."""
    last, text = block.last_line, line.text
    if line.marker:
        return False
    if must_continue(text):
        return True
    if width and not line.blank_before:
        return len(block.lines[-1].text) + 1 + len(text.split(" ", 1)[0]) > width or bool(block.marker and line.indent)
    if blank_lines_matter and line.blank_before and may_start_block(text):
        return False
    if block.in_comma_list and _ends_with_comma(last) and _starts_item(text):
        return False
    if is_unfinished(last):
        return True
    if ends_sentence(last) or is_lead_in(last):
        return False
    if block.in_lowercase_list and starts_lowercase(text):
        return False
    if (
        text[0] in "“„«" and last_word(ending_without_closers(last)) in PREPOSITIONS
    ):  # a quotation after "is", "like", "called"
        return True
    return starts_lowercase(text) or _explains_name(text) or _is_linked_name(block, text, after)


def _explains_name(text: str) -> bool:
    """Return whether a line starts with a bracket that goes on with the line before: without a sentence in it or a
    new one after it, and no number of a reference."""
    inside, _, rest = text[1:400].partition(")" if text[0] == "(" else "]")
    if text[0] not in "([" or (text[0] == "[" and inside.isalnum() and rest):
        return False
    return not ends_sentence(inside) and not has_sentence_inside(inside) and not rest.strip()[:1].isupper()


def _starts_item(text: str) -> bool:
    return text.split(" ", 1)[0].casefold() not in JOINING_WORDS or count_words(text) > 2


def is_unfinished(last: str) -> bool:
    """Return whether a line cannot be whole: its last character or word calls for another."""
    tail = last[-200:]
    if tail.endswith((",", "،", "-", "/", "&", *OPENING_PUNCTUATION)) and tail[-3:] != " - ":
        return True
    return (
        (tail.rfind("(") > tail.rfind(")") and len(last) < 2000)
        or last_word(tail) in DANGLING_WORDS
        or _is_article(tail)
    )


def _is_article(text: str) -> bool:
    """Return whether a line is a capitalised article alone; "A" may also be a grade or a blood group."""
    return 1 < len(text) < 6 and text.casefold() in DANGLING_WORDS


def _is_linked_name(block: TextBlock, text: str, after: Line | None) -> bool:
    """Return whether a line with a capital or digit is a linked name in the middle of a sentence."""
    if block.has_inner_sentence:
        return True
    last = block.last_line
    if text[0].isdigit() and len(block.lines) > 1 and starts_lowercase(last):
        return True
    if after is None or after.blank_before or may_start_block(after.text) or count_words(text) > 6:
        return False
    return last_word(ending_without_closers(last)) in PREPOSITIONS or _is_inside_sentence(block, after)


def _is_inside_sentence(block: TextBlock, after: Line) -> bool:
    """Return whether the next line goes on with a comma or bracket, so that the name is inside a sentence."""
    return count_words(block.last_line) > 4 and must_continue(after.text) and not is_lead_in(block.last_line)


def _separator(before: str, text: str) -> str:
    """Return what joins two lines: a space, or nothing at punctuation that touches its word."""
    if (must_continue(text) and not text.startswith(("…", "—", "–"))) or (text[:1] == "[" and text[1:2].isdigit()):
        return ""
    if (
        before.endswith(("-", "/"))
        and before[-2:-1].isalpha()
        and text.split(" ", 1)[0].casefold() not in JOINING_WORDS
    ):
        return ""
    return "" if before[-1:] in OPENING_PUNCTUATION else " "


def _wrap_column(lines: Sequence[Line]) -> int:
    """Return the column at which a text was wrapped by hand; 0 if most lines have room for the next word."""
    widest = max((len(line.text) + line.indent for line in lines), default=0)
    if not 40 <= widest <= 132:
        return 0
    pairs = [(a, b) for a, b in pairwise(lines) if not b.blank_before and not b.marker]
    full_width = widest - 10
    full_lines = sum(len(a.text) + a.indent + 1 + len(b.text.split(" ", 1)[0]) > full_width for a, b in pairs)
    low = sum(starts_lowercase(b.text) for _, b in pairs)  # names of equal length are no wrapped text
    return full_width if len(pairs) > 2 and full_lines >= 0.6 * len(pairs) and 4 * low >= len(pairs) else 0
