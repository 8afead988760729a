"""Lines of copied text and what their shape says. Only letter case, punctuation, length and gaps are seen here.

Every test looks at a bounded stretch of the line, so a line of millions of characters costs no more than its copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pincite.ingestion.reading.readers.webtext.word_lists import ABBREVIATIONS, BULLETS, EDIT_LABELS, is_topic_word

CLOSING_PUNCTUATION = ")]}\"'”’»›“"
CONTINUATION_CHARACTERS = ".,;:!?)]}%”’»®™…'،。，、"  # no sentence, heading or item starts with these
_MAX_ITEM_LINES = 6  # lines that an item between two letters may have
_LONE_STOPS = frozenset(".,;")
_SENTENCE_ENDS = frozenset(".!?…。！？؟।")
OPENING_PUNCTUATION = "([{“‘«„"
_NUMBERING = re.compile(r"\(?\d{1,2}(?:\.\d{1,2}){0,3}[.)]? +(?=\S)")
_LIST_MARKER = re.compile(rf"(?:([{re.escape(BULLETS)}]\ufe0f?)|(\d{{1,3}}[.)]|\(\d{{1,3}}\)))\s+(?=\S)")
_LETTER_MARKER = re.compile(r"(?:(\(?)([A-Za-z]|[ivx]{2,5}|[IVX]{2,5})([.)])|o) (?=\S)")
_LONE_LIST_MARKER = re.compile(rf"[{re.escape(BULLETS)}]|\d{{1,3}}[.)]")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_TRAILING_REFERENCES = re.compile(r"(?:\[[\w ]{1,12}\]){1,8}$")
_EDIT = rf"(?:{'|'.join(EDIT_LABELS)})(?: ?\| ?(?:{'|'.join(EDIT_LABELS)}))?"
_EDIT_LINK = re.compile(rf" ?\[ ?{_EDIT} ?\]$", re.IGNORECASE)
_LONE_REFERENCE = re.compile(rf"\[(?:\d{{1,4}}|[a-z]|n(?:ote|b) \d{{1,3}}|citation needed|{_EDIT})\]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_INNER_SENTENCE_END = re.compile(r"[^\W_][^\W_%)\]][^\W_)%\]®][.!?][”’\")\]]{0,3}(?:\[\w{1,3}\]){0,3} ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, its white space folded."""

    text: str
    blank_before: bool = False  # a blank line stands before it
    indent: int = 0
    marker: str | None = None  # a bullet, number or letter that survived the copying: "-" or as written, "3." or "(a)"
    is_row: bool = False  # cells with tabs between them, now spaces

    @property
    def written(self) -> str:
        """The line with its number or letter."""
        return self.text if self.marker in (None, "-") else f"{self.marker} {self.text}"

    @property
    def comparison_key(self) -> str:
        """The line as compared with others: no case, no numbering, no "[edit]" after it."""
        return strip_edit_link(_NUMBERING.sub("", self.text[:300], count=1)).casefold().strip(" :")


def split_lines(text: str) -> list[Line]:
    """Lines in order, blank ones turned into gaps; a bullet alone on its line joins the line after it."""
    return _join_lone_stops(_join_references(_mark_lettered(_split_with_markers(text))))


def _join_lone_stops(lines: Sequence[Line]) -> list[Line]:
    """Put a full stop or comma that stands alone behind its line, so that furniture with one is seen as a whole."""
    joined: list[Line] = []
    for line in lines:
        if (
            joined
            and line.text in _LONE_STOPS
            and not line.blank_before
            and len(joined[-1].text) < 2000
            and joined[-1].text[-1] not in _LONE_STOPS
        ):
            joined[-1] = replace(joined[-1], text=joined[-1].text + line.text)
            if line.text == "." and len(joined) > 1 and _is_cut_at_link(joined[-2], joined[-1]):
                link = joined.pop()
                joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {link.text}")
        else:
            joined.append(line)
    return joined


def _is_cut_at_link(line: Line, link: Line) -> bool:
    """Return whether an open line and a few linked words without a full stop are one sentence."""
    stands_free = link.blank_before or link.marker or len(line.text) > 2000 or line.text[-1:] in ".!?:;,"
    return not stands_free and count_words(line.text) >= 6 and count_words(link.text) <= 6


def _join_references(lines: Sequence[Line]) -> list[Line]:
    """Put "[1]" and "[edit]" back behind their line, whether they were broken off whole or bracket by bracket."""
    joined: list[Line] = []
    references: list[str] = []
    i = 0
    while i < len(lines):
        reference_lines = (
            1 if _LONE_REFERENCE.fullmatch(lines[i].text[:40]) else 3 if _is_broken_reference(lines, i) else 0
        )
        if reference_lines and joined:
            references += (line.text for line in lines[i : i + reference_lines])
        else:
            _append_references(joined, references)
            references = []
            joined.append(lines[i])
        i += max(reference_lines, 1)
    _append_references(joined, references)
    return joined


def _append_references(lines: list[Line], references: list[str]) -> None:
    """Put the marks behind the last line."""
    if references:
        lines[-1] = replace(lines[-1], text=lines[-1].text + "".join(references))


def _is_broken_reference(lines: Sequence[Line], i: int) -> bool:
    if lines[i].text != "[" or i + 2 >= len(lines) or lines[i + 2].text != "]":
        return False
    return _LONE_REFERENCE.fullmatch(f"[{lines[i + 1].text[:40]}]") is not None


def _split_with_markers(text: str) -> list[Line]:
    lines: list[Line] = []
    blank_before, lone_marker = False, None
    for raw in text.split("\n"):
        folded = " ".join(raw.split())
        if not folded:
            blank_before = True
            continue
        if _LONE_LIST_MARKER.fullmatch(folded[:5]) and lone_marker is None:
            lone_marker = (folded, blank_before)
            blank_before = False
            continue
        line = _line_with_marker(raw, blank_before)
        if lone_marker is not None:
            line = _attach_lone_marker(lone_marker, line, lines)
        lines.append(line)
        blank_before, lone_marker = False, None
    if lone_marker is not None:
        lines.append(Line(lone_marker[0], lone_marker[1]))
    return lines


def _line_with_marker(raw: str, blank_before: bool) -> Line:
    """Make a line of its words, with the bullet or number it begins with. Tabs between words make it a row."""
    indent, text = len(raw) - len(raw.lstrip()), raw.strip()
    match = _LIST_MARKER.match(text[:40])
    words = text[match.end() :] if match else text
    return Line(" ".join(words.split()), blank_before, indent, match and (match[2] or "-"), "\t" in words)


def _attach_lone_marker(lone_marker: tuple[str, bool], line: Line, lines: list[Line]) -> Line:
    """Give a mark found alone to the line after it, unless that line shows it to be a piece of a sentence."""
    mark, blank_before = lone_marker
    if line.marker or (starts_lowercase(line.text) and mark[0].isdigit()) or must_continue(line.text):
        lines.append(Line(mark, blank_before))
        return line
    return Line(line.text, blank_before, line.indent, mark if mark[0].isdigit() else "-", line.is_row)


def _mark_lettered(lines: list[Line]) -> list[Line]:
    """Take letters for markers where they count up from the first, as "(a)" and "(b)", and "o" where it returns."""
    runs: list[tuple[tuple[str | None, ...], list[int], str]] = []
    for i, line in enumerate(lines):
        match = None if line.marker else _LETTER_MARKER.match(line.text[:12])
        if match is None:
            continue
        style, letter = (match[1], match[3]), (match[2] or "").casefold()
        run = next((r for r in runs[-2:] if r[0] == style and i - r[1][-1] <= _MAX_ITEM_LINES), None)
        if run and _follows(run[2], letter):
            runs[runs.index(run)] = (style, [*run[1], i], letter)
        elif letter in ("", "a", "i"):
            runs.append((style, [i], letter))
    marked = list(lines)
    for i in (i for _, places, _ in runs if len(places) > 1 for i in places):
        mark, text = lines[i].text.split(" ", 1)
        marked[i] = replace(lines[i], text=text, marker="-" if mark == "o" else mark)
    return marked


def _follows(letter: str, following: str) -> bool:
    """Return whether a letter or Roman numeral comes right after another; a bullet "o" has none."""
    roman = letter in _ROMAN[:-1] and _ROMAN[_ROMAN.index(letter) + 1] == following
    return (
        roman or letter == following == "" or (len(letter) == len(following) == 1 and ord(following) - ord(letter) == 1)
    )


def strip_edit_link(text: str) -> str:
    """Leave out the "[edit]" that encyclopaedias set after a heading."""
    return _EDIT_LINK.sub("", text) if text.endswith("]") and len(text) < 200 else text


def count_words(text: str) -> int:
    """Words, counted in the first 2,000 characters alone: nothing here asks whether a line has more."""
    return len(text[:2000].split())


def topic_words(text: str) -> set[str]:
    """Return the words that carry meaning, case-folded."""
    return {w for w in _WORD.findall(text[:2000].casefold()) if is_topic_word(w)}


def starts_lowercase(text: str) -> bool:
    """Starts with a word in small letters; a name such as eSIM has a capital inside."""
    return text[:1].islower() and not any(c.isupper() for c in text[:20].split(" ", 1)[0])


def must_continue(text: str) -> bool:
    """Return whether a line starts with closing punctuation, and so continues the line before it."""
    return text[0] in CONTINUATION_CHARACTERS and not (
        text[0] in ".'’" and text[1:2].isalnum() and len(text) > 3 and text[2].isalnum()
    )


def may_start_block(text: str) -> bool:
    """May start a sentence, a heading or an item."""
    return not starts_lowercase(text) and not must_continue(text)


def is_symbols_only(text: str) -> bool:
    """Return whether a text has no letter and no digit: a separator, a rule, an arrow."""
    return len(text) < 80 and not any(c.isalnum() for c in text)


def ending_without_closers(text: str) -> str:
    """Return the last characters, without closing brackets, quotes and reference marks after the last word."""
    return _TRAILING_REFERENCES.sub("", text[-120:].rstrip()).rstrip(CLOSING_PUNCTUATION)


def ends_sentence(text: str) -> bool:
    """Ends as a sentence ends."""
    if text[-1:].isalnum():  # most lines that are not closed, decided at once
        return False
    end = ending_without_closers(text)
    return end[-1:] in _SENTENCE_ENDS and last_word(end).casefold() not in ABBREVIATIONS


def is_question(text: str) -> bool:
    """Return whether a text is one short question and nothing else."""
    return text.endswith("?") and len(text) <= 150 and not has_sentence_inside(text)


def is_lead_in(text: str) -> bool:
    """Ends in a colon, as what introduces a list does."""
    return text.endswith((":", "："))


def is_bare(text: str) -> bool:
    """Neither a sentence nor a lead-in: a heading, an item, a label or a piece."""
    return (not ends_sentence(text) or is_question(text)) and not is_lead_in(text)


def last_word(text: str) -> str:
    """Return the last word with its punctuation; "" if there is none."""
    parts = text[-80:].rsplit(None, 1)
    return parts[-1] if parts else ""


def has_sentence_inside(text: str) -> bool:
    """Return whether a sentence ends before the text does."""
    return _INNER_SENTENCE_END.search(text) is not None


def is_heading_shaped(text: str) -> bool:
    """Short, begun afresh, without the punctuation of running text."""
    if (
        len(text) > 110
        or not 0 < count_words(text) <= 14
        or text[-1] in ".,;:!-–—/&+"
        or (ends_sentence(text) and not is_question(text))
    ):
        return False
    if any(separator in text for separator in (" > ", " › ", " » ", " | ")):
        return False  # where the page stands in its site
    if text[0].isdigit() and sum(w[0].isalpha() for w in text.split()) < 2 and text[-1].isdigit():
        return False  # a date or a figure
    return (
        may_start_block(text)
        and any(c.isalpha() for c in text)
        and not has_sentence_inside(text)
        and text[0] not in "(["
    )


def is_title_case(text: str) -> bool:
    """Return whether every longer word has a capital, and there are two at least."""
    words = [w for w in text.split() if len(w) > 3 and w[0].isalpha()]
    return len(words) > 1 and all(w[0].isupper() for w in words)


def is_prose_at(lines: Sequence[Line], i: int) -> bool:
    """Return whether a sentence starts here, closed on this line or going on in the next."""
    line = lines[i]
    if not may_start_block(line.text) or line.marker:
        return False
    words = count_words(line.text)
    if words > 5 and ((ends_sentence(line.text) and not is_question(line.text)) or is_lead_in(line.text)):
        return True
    following = lines[i + 1] if i + 1 < len(lines) else None
    goes_on = (
        following is not None
        and not following.blank_before
        and not following.marker
        and not may_start_block(following.text)
    )
    return words > 15 or (goes_on and words > 2)


def blank_lines_separate(lines: Sequence[Line]) -> bool:
    """Blank lines separate blocks here, rather than standing after every line or nowhere."""
    gaps = sum(line.blank_before for line in lines[1:])
    return gaps > 0 and 0.04 < gaps / (len(lines) - 1) < 0.97
