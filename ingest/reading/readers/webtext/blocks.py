"""Join lines into units: a whole paragraph, item or heading each, sentences that broke at a link joined.

What a line is for is not decided here, only where it ends. Wording never changes; only line ends become
spaces, or nothing before closing punctuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pincite.ingestion.reading.readers.webtext.lines import (
    OPENERS,
    Line,
    count_words,
    ending,
    gaps_tell,
    has_sentence_inside,
    is_closed,
    is_heading_shaped,
    is_lead_in,
    last_word,
    starts_continuing,
    starts_fresh,
    starts_low,
)
from pincite.ingestion.reading.readers.webtext.word_lists import DANGLING, JOINING, PREPOSITIONS


@dataclass(slots=True)
class Unit:
    """Lines that belong together. Grows while lines are read, then is only read."""

    lines: list[Line]
    level: int = 0  # a heading known beforehand, else 0
    low_list: bool = False  # one of a list whose items all start in lower case
    serial: bool = False  # one of a list whose items end in commas or semicolons
    paired: bool = False  # an item whose name stood on a line of its own, closed like a sentence
    has_sentence: bool = False
    text: str = field(default="", init=False)

    def add(self, line: Line) -> None:
        """Take one more line."""
        seam = self.lines[-1].text[-12:]
        self.has_sentence |= has_sentence_inside(f"{seam}{_glue(seam, line.text)}{line.text}")
        self.lines.append(line)

    def close(self) -> Unit:
        """Make the text, once no more lines come."""
        pieces = [self.lines[0].text]
        for line in self.lines[1:]:
            pieces += (_glue(pieces[-1], line.text), line.text)
        self.text = "".join(pieces)
        return self

    @property
    def marker(self) -> str | None:
        """The bullet or number of the first line."""
        return self.lines[0].marker

    @property
    def gap(self) -> bool:
        """A blank line stands before it."""
        return self.lines[0].gap

    @property
    def last(self) -> str:
        """The last line: enough to see how the unit ends."""
        return self.lines[-1].text


def join_lines(lines: Sequence[Line], levels: Mapping[int, int]) -> list[Unit]:
    """Lines to units. levels: known headings by line number; these are never joined to anything."""
    width, gaps = _wrapped_width(lines), gaps_tell(lines)
    units: list[Unit] = []
    for i, line in enumerate(lines):
        unit = units[-1] if units else None
        known = i in levels or (unit is not None and unit.level > 0)
        if unit is not None and not known and _goes_on(unit, line, _after(lines, i, levels), width, gaps):
            unit.add(line)
            continue
        fresh = Unit([line], levels.get(i, 0), has_sentence=has_sentence_inside(line.text))
        if unit is not None and not unit.level:
            _inherit_list(fresh, unit, _after(lines, i, levels))
        units.append(fresh)
    return [unit.close() for unit in units]


def _after(lines: Sequence[Line], i: int, levels: Mapping[int, int]) -> Line | None:
    return lines[i + 1] if i + 1 < len(lines) and i + 1 not in levels else None


def _inherit_list(fresh: Unit, before: Unit, after: Line | None) -> None:
    """See whether a lead-in opens, or an item goes on with, a list in lower case or with commas at its ends."""
    line = fresh.lines[0].text
    opened = is_lead_in(before.last)
    fresh.low_list = starts_low(line) and (opened or before.low_list or _opens_low_list(before, fresh.lines[0], after))
    two = after is not None and _ends_serial(line) and (_ends_serial(after.text) or is_closed(after.text))
    fresh.serial = (opened and two and count_words(line) > 1) or (before.serial and _ends_serial(before.last))


def _ends_serial(text: str) -> bool:
    end = text[-12:].casefold()
    return end.endswith((",", ";", ", and", ", or", "; and", "; or", ", und", ", oder", ", y", ", o", "; y", "; o"))


def _goes_on(unit: Unit, line: Line, after: Line | None, width: int, gaps: bool) -> bool:
    """Return whether a line belongs to the unit before it, by certain signs first and guesses last."""
    last, text = unit.last, line.text
    if line.marker:
        return False
    if starts_continuing(text):
        return True
    if width and not line.gap:
        return len(unit.lines[-1].text) + 1 + len(text.split(" ", 1)[0]) > width or bool(unit.marker and line.indent)
    if gaps and line.gap and starts_fresh(text):
        return False
    if unit.serial and _ends_serial(last) and _starts_item(text):
        return False
    if is_open(last):
        return True
    if is_closed(last) or is_lead_in(last):
        return False
    if (unit.low_list or _opens_low_list(unit, line, after)) and starts_low(text):
        return _joins_low_item(last, text)
    if text[0] in "“„«" and last_word(ending(last)) in PREPOSITIONS:  # a quotation after "is", "like", "called"
        return True
    return starts_low(text) or text[0] in "([" or _is_piece(unit, text, after)


def _opens_low_list(unit: Unit, line: Line, after: Line | None) -> bool:
    """Return whether a label of a word or two stands over clauses that begin alike, as "Do" over what to do."""
    if (
        len(unit.lines) > 1
        or after is None
        or (count_words(unit.last) > 2 and not _begin_alike(unit, line.text, after.text))
        or unit.last.casefold() in DANGLING | PREPOSITIONS
    ):
        return False
    return all(_is_low_clause(each.text) for each in (line, after))


def _begin_alike(unit: Unit, text: str, after: str) -> bool:
    """Return whether two clauses begin with one word under a short label, as "Do not use it" over "if ..."."""
    return (
        is_heading_shaped(unit.last) and count_words(unit.last) <= 8 and text.split(" ", 1)[0] == after.split(" ", 1)[0]
    )


def _is_low_clause(text: str) -> bool:
    whole = not is_closed(text) and not is_open(text) and last_word(text) not in PREPOSITIONS
    return starts_low(text) and count_words(text) > 2 and whole


def _starts_item(text: str) -> bool:
    return text.split(" ", 1)[0].casefold() not in JOINING or count_words(text) > 2


def is_open(last: str) -> bool:
    """Return whether a line cannot be whole: its last character or word calls for another."""
    tail = last[-200:]
    if tail.endswith((",", "،", "-", "/", "&", *OPENERS)) and tail[-3:] != " - ":
        return True
    return (tail.rfind("(") > tail.rfind(")") and len(last) < 2000) or last_word(tail) in DANGLING or _is_article(tail)


def _is_article(text: str) -> bool:
    """Return whether a line is a capitalised article alone; "A" may also be a grade or a blood group."""
    return 1 < len(text) < 6 and text.casefold() in DANGLING


def _joins_low_item(last: str, text: str) -> bool:
    """Among items in lower case only function words at the seam tell a broken line from the next item."""
    return text.split(" ", 1)[0] in JOINING or last_word(last) in PREPOSITIONS


def _is_piece(unit: Unit, text: str, after: Line | None) -> bool:
    """Return whether a line with a capital or digit is a linked name in the middle of a sentence."""
    if unit.has_sentence:
        return not _is_heading_after(text, after)
    last = unit.last
    if text[0].isdigit() and len(unit.lines) > 1 and starts_low(last):
        return True
    if after is None or after.gap or starts_fresh(after.text) or count_words(text) > 6:
        return False
    return last_word(ending(last)) in PREPOSITIONS or _is_named(unit, after)


def _is_heading_after(text: str, after: Line | None) -> bool:
    """Return whether a line heads a whole sentence, under text without full stop: a linked name would not end there."""
    return (
        after is not None
        and is_heading_shaped(text)
        and count_words(after.text) > 5
        and starts_fresh(after.text)
        and (is_closed(after.text) or is_lead_in(after.text))
    )


def _is_named(unit: Unit, after: Line) -> bool:
    """Return whether the next line goes on with a comma or bracket, so that the name is inside a sentence."""
    return count_words(unit.last) > 4 and starts_continuing(after.text) and not is_lead_in(unit.last)


def _glue(before: str, text: str) -> str:
    """Return what joins two lines: a space, or nothing at punctuation that touches its word."""
    if (starts_continuing(text) and not text.startswith(("…", "—", "–"))) or (text[:1] == "[" and text[1:2].isdigit()):
        return ""
    if before.endswith(("-", "/")) and before[-2:-1].isalpha() and text.split(" ", 1)[0].casefold() not in JOINING:
        return ""
    return "" if before[-1:] in OPENERS else " "


def _wrapped_width(lines: Sequence[Line]) -> int:
    """Return the column at which a text was wrapped by hand; 0 if most lines have room for the next word."""
    widest = max((len(line.text) + line.indent for line in lines), default=0)
    if not 40 <= widest <= 132:
        return 0
    pairs = [(a, b) for a, b in pairwise(lines) if not b.gap and not b.marker]
    slack = widest - 10
    full = sum(len(a.text) + a.indent + 1 + len(b.text.split(" ", 1)[0]) > slack for a, b in pairs)
    return slack if len(pairs) > 2 and full >= 0.6 * len(pairs) else 0
