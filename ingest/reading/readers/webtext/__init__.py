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
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.webtext.blocks import TextBlock, join_lines
from pincite.ingestion.reading.readers.webtext.boilerplate import find_boilerplate
from pincite.ingestion.reading.readers.webtext.contents import find_table_of_contents
from pincite.ingestion.reading.readers.webtext.footer import find_footer, find_publisher
from pincite.ingestion.reading.readers.webtext.lines import Line, blank_lines_separate, ends_sentence, split_lines
from pincite.ingestion.reading.readers.webtext.named_items import join_named_items
from pincite.ingestion.reading.readers.webtext.outline import outline
from pincite.ingestion.reading.readers.webtext.review_date import is_date_line, join_date_labels, last_review_date
from pincite.ingestion.reading.readers.webtext.title import find_title, labels_under_title

_MAX_NOTED_LINES = 10  # dropped lines shown in a note
_MAX_NOTED_CHARACTERS = 60  # characters of each


@dataclass(slots=True)
class _Omissions:
    """Lines that were left out, by reason, for the notes."""

    invisible_count: int  # invisible characters
    notes: list[str] = field(default_factory=list)

    def report(self, reason: str, texts: Iterable[str]) -> None:
        dropped = list(texts)
        if not dropped:
            return
        distinct = list(dict.fromkeys(dropped))
        quoted = ", ".join(f"“{_shorten(text)}”" for text in distinct[:_MAX_NOTED_LINES])
        more = f" and {len(distinct) - _MAX_NOTED_LINES} more" if len(distinct) > _MAX_NOTED_LINES else ""
        lines = "1 line" if len(dropped) == 1 else f"{len(dropped)} lines"
        self.notes.append(f"{lines} ({len(distinct)} distinct) left out as {reason}: {quoted}{more}.")


def read_webtext(data: bytes, name: str) -> Draft:
    """Text dumped from a web page to a Draft. Raises ReadError when the data is not UTF-8, or has too many lines."""
    text, invisible_count = decode_utf8(data, name)
    lines = join_date_labels(split_lines(bound_lines(text, name)))
    return _read_lines(lines, _Omissions(invisible_count)) if lines else Draft((), invisible_count=invisible_count)


def _read_lines(lines: Sequence[Line], omissions: _Omissions) -> Draft:
    table_of_contents = find_table_of_contents(lines)
    heading_levels = dict(table_of_contents.heading_levels)
    title = find_title(lines, table_of_contents.line_numbers, frozenset(heading_levels))
    body = range(max(title.line_number, max(table_of_contents.line_numbers, default=-1)) + 1, _last_prose(lines) + 1)
    boilerplate = find_boilerplate(lines, table_of_contents.line_numbers, heading_levels, body) - {title.line_number}
    head = set(range(title.line_number)) if title.line_number > 0 else set()
    omissions.report("the page's head", (lines[i].text for i in sorted(head)))
    omissions.report("the contents list", (lines[i].text for i in sorted(table_of_contents.line_numbers - head)))
    omissions.report(
        "repeated page furniture", (lines[i].text for i in sorted(boilerplate - head - table_of_contents.line_numbers))
    )
    dropped = head | boilerplate | table_of_contents.line_numbers | ({title.line_number} if title.text else set())
    labels = labels_under_title(
        lines, title, dropped | set(heading_levels), min(table_of_contents.line_numbers - head, default=-1)
    )
    omissions.report("labels under the headline", (lines[i].text for i in labels))
    dropped |= set(labels)
    kept = [i for i in range(len(lines)) if i not in dropped]
    kept_levels = {n: heading_levels[i] for n, i in enumerate(kept) if i in heading_levels}
    blocks = join_named_items(join_lines([lines[i] for i in kept], kept_levels))
    return _make_draft(blocks, title.text, frozenset(lines[i].text.casefold() for i in head), lines, omissions)


def _make_draft(
    blocks: list[TextBlock], title: str | None, head: frozenset[str], lines: Sequence[Line], omissions: _Omissions
) -> Draft:
    date_blocks = {i for i, block in enumerate(blocks) if is_date_line(block.text)}
    reviewed = last_review_date(
        [line.text for line in lines if is_date_line(line.text)] + [blocks[i].text for i in sorted(date_blocks)],
        today=date.today(),
    )
    if reviewed is not None and reviewed.note:
        omissions.notes.append(reviewed.note)
    publisher = find_publisher(blocks)
    footer_start = find_footer(blocks, head)
    omissions.report("the page's tail", (unit.text for unit in blocks[footer_start:]))
    omissions.report("dates of review", (blocks[i].text for i in sorted(date_blocks) if i < footer_start))
    body = [unit for i, unit in enumerate(blocks[:footer_start]) if i not in date_blocks]
    parts = outline(body, title, blank_lines_separate(lines))
    if not parts and title:  # a title alone is the whole text
        parts, title = [Part("paragraph", title)], None
    source = Source(publisher=publisher, reviewed=reviewed.iso if reviewed else None)
    return Draft(
        tuple(parts), title, source=source, notes=tuple(omissions.notes), invisible_count=omissions.invisible_count
    )


def _last_prose(lines: Sequence[Line]) -> int:
    return max((i for i, line in enumerate(lines) if ends_sentence(line.text)), default=len(lines))


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_NOTED_CHARACTERS else f"{text[: _MAX_NOTED_CHARACTERS - 1].rstrip()}…"


__all__ = ["read_webtext"]
