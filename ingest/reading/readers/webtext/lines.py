"""Lines of copied text and what their shape says. Only letter case, punctuation, length and gaps are seen here.

Every test looks at a bounded stretch of the line, so a line of millions of characters costs no more than its copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pincite.ingestion.reading.readers.webtext.word_lists import ABBREVIATIONS, is_content_word

CLOSERS = ")]}\"'”’»›“"
CONTINUES = ".,;:!?)]}%”’»®™…'،。，、"  # no sentence, heading or item starts with these
_LONE_STOPS = frozenset(".,;")
_STOPS = frozenset(".!?…。！？؟।")
OPENERS = "([{“‘«„"
_NUMBERING = re.compile(r"\(?\d{1,2}(?:\.\d{1,2}){0,3}[.)]? +(?=\S)")
_MARK = re.compile(r"(?:([•·*▪◦‣●○∙–—-])|(\d{1,3}[.)])) +(?=\S)")
_LONE_MARK = re.compile(r"[•·*▪◦‣●○∙-]|\d{1,3}[.)]")
_REFERENCES = re.compile(r"(?:\[[\w ]{1,12}\]){1,8}$")
_EDIT = re.compile(r" ?\[ ?[^\W\d_]{3,16}(?: ?\| ?[^\W\d_ ]{3,16}(?: [^\W\d_]{3,16})?)? ?\]$")
_MARK_ALONE = re.compile(r"\[[\w ]{1,16}\]")
_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(r"[^\W_][^\W_%)\]][^\W_)%\]®][.!?][”’\")\]]{0,3}(?:\[\w{1,3}\]){0,3} ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, its white space folded."""

    text: str
    gap: bool = False  # a blank line stands before it
    indent: int = 0
    marker: str | None = None  # a bullet or number that survived the copying: "-" or as written, "3."

    @property
    def key(self) -> str:
        """The line as compared with others: no case, no numbering, no "[edit]" after it."""
        return without_edit(_NUMBERING.sub("", self.text[:300], count=1)).casefold().strip(" :")


def split_lines(text: str) -> list[Line]:
    """Lines in order, blank ones turned into gaps; a bullet alone on its line joins the line after it."""
    return _with_stops(_with_marks(_with_bullets(text)))


def _with_stops(lines: Sequence[Line]) -> list[Line]:
    """Put a full stop or comma that stands alone behind its line, so that furniture with one is seen as a whole."""
    out: list[Line] = []
    for line in lines:
        if (
            out
            and line.text in _LONE_STOPS
            and not line.gap
            and len(out[-1].text) < 2000
            and out[-1].text[-1] not in _LONE_STOPS
        ):
            out[-1] = replace(out[-1], text=out[-1].text + line.text)
            if line.text == "." and len(out) > 1 and _is_cut_at_link(out[-2], out[-1]):
                link = out.pop()
                out[-1] = replace(out[-1], text=f"{out[-1].text} {link.text}")
        else:
            out.append(line)
    return out


def _is_cut_at_link(line: Line, link: Line) -> bool:
    """Return whether an open line and a few linked words without a full stop are one sentence."""
    stands_free = link.gap or link.marker or len(line.text) > 2000 or line.text[-1:] in ".!?:;,"
    return not stands_free and count_words(line.text) >= 6 and count_words(link.text) <= 6


def _with_marks(lines: Sequence[Line]) -> list[Line]:
    """Put "[1]" and "[edit]" back behind their line, whether they were broken off whole or bracket by bracket."""
    out: list[Line] = []
    marks: list[str] = []
    i = 0
    while i < len(lines):
        taken = 1 if _MARK_ALONE.fullmatch(lines[i].text[:40]) else 3 if _is_broken_mark(lines, i) else 0
        if taken and out:
            marks += (line.text for line in lines[i : i + taken])
        else:
            _close(out, marks)
            marks = []
            out.append(lines[i])
        i += max(taken, 1)
    _close(out, marks)
    return out


def _close(out: list[Line], marks: list[str]) -> None:
    """Put the marks behind the last line."""
    if marks:
        out[-1] = replace(out[-1], text=out[-1].text + "".join(marks))


def _is_broken_mark(lines: Sequence[Line], i: int) -> bool:
    if lines[i].text != "[" or i + 2 >= len(lines) or lines[i + 2].text != "]":
        return False
    return _MARK_ALONE.fullmatch(f"[{lines[i + 1].text[:40]}]") is not None


def _with_bullets(text: str) -> list[Line]:
    lines: list[Line] = []
    gap, waiting = False, None
    for raw in text.split("\n"):
        folded = " ".join(raw.split())
        if not folded:
            gap = True
            continue
        if _LONE_MARK.fullmatch(folded[:5]) and len(folded) < 5 and waiting is None:
            waiting = (folded, gap)
            gap = False
            continue
        line = _marked(folded, gap, len(raw) - len(raw.lstrip()), None)
        if waiting is not None:
            line = _resolve(waiting, line, lines)
        lines.append(line)
        gap, waiting = False, None
    if waiting is not None:
        lines.append(Line(waiting[0], waiting[1]))
    return lines


def _marked(text: str, gap: bool, indent: int, marker: str | None) -> Line:
    found = _MARK.match(text)
    if marker is None and found:
        return Line(text[found.end() :], gap, indent, found[2] or "-")
    return Line(text, gap, indent, marker)


def _resolve(waiting: tuple[str, bool], line: Line, lines: list[Line]) -> Line:
    """Give a mark found alone to the line after it, unless that line shows it to be a piece of a sentence."""
    mark, gap = waiting
    if line.marker or (starts_low(line.text) and mark[0].isdigit()) or starts_continuing(line.text):
        lines.append(Line(mark, gap))
        return line
    return Line(line.text, gap, line.indent, mark if mark[0].isdigit() else "-")


def without_edit(text: str) -> str:
    """Leave out the "[edit]" that encyclopaedias set after a heading."""
    return _EDIT.sub("", text) if text.endswith("]") and len(text) < 200 else text


def count_words(text: str) -> int:
    """Words, counted in the first 2,000 characters alone: nothing here asks whether a line has more."""
    return len(text[:2000].split())


def content_words(text: str) -> set[str]:
    """Return the words that carry meaning, case-folded."""
    return {w for w in _WORD.findall(text[:2000].casefold()) if is_content_word(w)}


def starts_low(text: str) -> bool:
    """Starts with a small letter."""
    return text[:1].islower()


def starts_continuing(text: str) -> bool:
    """Return whether a line starts with closing punctuation, and so continues the line before it."""
    return text[0] in CONTINUES and not (
        text[0] in ".'’" and text[1:2].isalnum() and len(text) > 3 and text[2].isalnum()
    )


def starts_fresh(text: str) -> bool:
    """May start a sentence, a heading or an item."""
    return not starts_low(text) and not starts_continuing(text)


def is_symbols(text: str) -> bool:
    """Return whether a text has no letter and no digit: a separator, a rule, an arrow."""
    return len(text) < 80 and not any(c.isalnum() for c in text)


def ending(text: str) -> str:
    """Return the last characters, without closing brackets, quotes and reference marks after the last word."""
    return _REFERENCES.sub("", text[-120:].rstrip()).rstrip(CLOSERS)


def is_closed(text: str) -> bool:
    """Ends as a sentence ends."""
    if text[-1:].isalnum():  # most lines that are not closed, decided at once
        return False
    end = ending(text)
    return end[-1:] in _STOPS and last_word(end).casefold() not in ABBREVIATIONS


def is_question(text: str) -> bool:
    """Return whether a text is one short question and nothing else."""
    return text.endswith("?") and len(text) <= 150 and not has_sentence_inside(text)


def is_lead_in(text: str) -> bool:
    """Ends in a colon, as what introduces a list does."""
    return text.endswith((":", "："))


def is_bare(text: str) -> bool:
    """Neither a sentence nor a lead-in: a heading, an item, a label or a piece."""
    return (not is_closed(text) or is_question(text)) and not is_lead_in(text)


def last_word(text: str) -> str:
    """Return the last word with its punctuation; "" if there is none."""
    parts = text[-80:].rsplit(None, 1)
    return parts[-1] if parts else ""


def has_sentence_inside(text: str) -> bool:
    """Return whether a sentence ends before the text does."""
    return _INSIDE.search(text) is not None


def is_heading_shaped(text: str) -> bool:
    """Short, begun afresh, without the punctuation of running text."""
    if (
        len(text) > 110
        or not 0 < count_words(text) <= 14
        or text[-1] in ".,;:!-–—/&+"
        or (is_closed(text) and not is_question(text))
    ):
        return False
    if text[0].isdigit() and sum(w[0].isalpha() for w in text.split()) < 2 and text[-1].isdigit():
        return False  # a date or a figure
    return (
        starts_fresh(text) and any(c.isalpha() for c in text) and not has_sentence_inside(text) and text[0] not in "(["
    )


def is_title_case(text: str) -> bool:
    """Return whether every longer word has a capital, and there are two at least."""
    words = [w for w in text.split() if len(w) > 3 and w[0].isalpha()]
    return len(words) > 1 and all(w[0].isupper() for w in words)


def is_prose_at(lines: Sequence[Line], i: int) -> bool:
    """Return whether a sentence starts here, closed on this line or going on in the next."""
    line = lines[i]
    if not starts_fresh(line.text) or line.marker:
        return False
    words = count_words(line.text)
    if words > 5 and ((is_closed(line.text) and not is_question(line.text)) or is_lead_in(line.text)):
        return True
    following = lines[i + 1] if i + 1 < len(lines) else None
    goes_on = following is not None and not following.gap and not following.marker and not starts_fresh(following.text)
    return words > 15 or (goes_on and words > 2)


def gaps_tell(lines: Sequence[Line]) -> bool:
    """Blank lines separate blocks here, rather than standing after every line or nowhere."""
    gaps = sum(line.gap for line in lines[1:])
    return gaps > 0 and 0.04 < gaps / (len(lines) - 1) < 0.97
