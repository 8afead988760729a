"""Reader of text copied from a web page: bytes in, a Draft with a clean outline out, notes on every line left out.

Only general signals decide: the contents list, repetition, punctuation, letter case, length and position. No
rule knows a site or a subject. The flow, one room a step:

    lines -> contents -> title -> boilerplate -> blocks (broken sentences joined) -> footer -> outline
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pincite.index.types import Source
from pincite.ingestion.reading.decode import decode_utf8
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.notes import left_out_note
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.webtext.blocks import TextBlock, join_lines
from pincite.ingestion.reading.readers.webtext.boilerplate import find_boilerplate
from pincite.ingestion.reading.readers.webtext.contents import TableOfContents, find_table_of_contents
from pincite.ingestion.reading.readers.webtext.footer import find_footer, find_publisher
from pincite.ingestion.reading.readers.webtext.lines import (
    Line,
    blank_lines_separate,
    count_words,
    ends_sentence,
    is_bare,
    split_lines,
)
from pincite.ingestion.reading.readers.webtext.outline import outline
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line, join_date_labels, last_review_date
from pincite.ingestion.reading.readers.webtext.title import PageTitle, find_title, labels_under_title

_UNSURE_FIRST = ("repeated page furniture", "labels under the headline", "the page's head", "the contents list")


@dataclass(slots=True)
class _Omissions:
    """Lines that were left out, by reason, for the notes. Never more words than are kept."""

    word_budget: int  # how many more words may go
    notes: list[str] = field(default_factory=list)

    def report(self, reason: str, texts: Iterable[str]) -> None:
        """Note every line in full."""
        dropped = list(texts)
        if not dropped:
            return
        self.word_budget -= sum(count_words(text) for text in dropped)
        self.notes.append(left_out_note(reason, len(dropped), dropped))


def read_webtext(data: bytes, name: str) -> Draft:
    """Text dumped from a web page to a Draft. Raises ReadError when the data is not UTF-8, or has too many lines."""
    text, invisible_count = decode_utf8(data, name)
    lines = join_date_labels(split_lines(bound_lines(text, name)))
    return _read_lines(lines, invisible_count) if lines else Draft((), invisible_count=invisible_count)


def _read_lines(lines: Sequence[Line], invisible_count: int) -> Draft:
    table_of_contents = find_table_of_contents(lines)
    heading_levels = dict(table_of_contents.heading_levels)
    title = find_title(lines, table_of_contents.line_numbers, frozenset(heading_levels))
    groups = _lines_to_leave_out(lines, title, table_of_contents)
    omissions = _Omissions(sum(count_words(line.written) for line in lines) // 2)
    for reason, line_numbers in groups.items():
        omissions.report(reason, (lines[i].written for i in sorted(line_numbers)))
    left_out = {title.line_number}.union(*groups.values())
    kept = [i for i in range(len(lines)) if i not in left_out]
    kept_levels = {n: heading_levels[i] for n, i in enumerate(kept) if i in heading_levels}
    blocks = join_lines([lines[i] for i in kept], kept_levels)
    head = frozenset(lines[i].text.casefold() for i in groups["the page's head"])
    return _make_draft(blocks, title.text, head, lines, omissions, invisible_count)


def _lines_to_leave_out(lines: Sequence[Line], title: PageTitle, contents: TableOfContents) -> dict[str, set[int]]:
    """Find lines that are no text, by reason; where they are more than the rest, the least sure of them stay."""
    levels = dict(contents.heading_levels)
    body = range(max(title.line_number, max(contents.line_numbers, default=-1)) + 1, _last_prose(lines) + 1)
    head = set(range(title.line_number)) if title.line_number > 0 else set()
    furniture = find_boilerplate(lines, contents.line_numbers, levels, body) - {title.line_number} - head
    listed = set(contents.line_numbers) - head
    known = head | listed | furniture | {title.line_number}
    labels = set(labels_under_title(lines, title, known | set(levels)))
    groups = {
        "the page's head": head,
        "the contents list": listed,
        "repeated page furniture": furniture - listed,
        "labels under the headline": labels,
    }
    words = [count_words(line.written) for line in lines]
    for reason in _UNSURE_FIRST:
        if 2 * sum(words[i] for group in groups.values() for i in group) > sum(words):
            groups[reason] = set()
    return groups


def _make_draft(
    blocks: list[TextBlock],
    title: str | None,
    head: frozenset[str],
    lines: Sequence[Line],
    omissions: _Omissions,
    invisible_count: int,
) -> Draft:
    date_blocks = {i for i, block in enumerate(blocks) if is_date_line(block.text)}
    reviewed = last_review_date(
        [line.text for line in lines if is_date_line(line.text)] + [blocks[i].text for i in sorted(date_blocks)],
        today=date.today(),
    )
    if reviewed is not None and reviewed.note:
        omissions.notes.append(reviewed.note)
    publisher = find_publisher(line.text for line in lines)
    footer_start = find_footer(blocks, head, omissions.word_budget)
    omissions.report("the page's tail", (block.text for block in blocks[footer_start:]))
    first_prose = next((i for i, block in enumerate(blocks) if not is_bare(block.text)), 0)
    above = {i for i in date_blocks if i < min(first_prose, footer_start)}  # among text a date is text
    if sum(count_words(blocks[i].text) for i in above) > omissions.word_budget:
        above = set()
    omissions.report("dates of review", (blocks[i].text for i in sorted(above)))
    body = [block for i, block in enumerate(blocks[:footer_start]) if i not in above]
    parts = outline(body, title, blank_lines_separate(lines))
    if not parts and title:  # a title alone is the whole text
        parts, title = [Part("paragraph", title)], None
    source = Source(publisher=publisher, reviewed=reviewed.iso if reviewed else None)
    return Draft(tuple(parts), title, source=source, notes=tuple(omissions.notes), invisible_count=invisible_count)


def _last_prose(lines: Sequence[Line]) -> int:
    return max((i for i, line in enumerate(lines) if ends_sentence(line.text)), default=len(lines))


__all__ = ["read_webtext"]
