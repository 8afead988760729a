"""Reader of text copied from a web page: bytes in, a Draft with a clean outline out, notes on every line left out.

Only general signals decide: the contents list, repetition, punctuation, letter case, length and position. No
rule knows a site or a subject. The flow, one room a step:

    lines -> contents -> title -> boilerplate -> blocks (broken sentences joined) -> footer -> outline
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pincite.index.types import Source
from pincite.ingestion.reading.decode import decode
from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.bounds import bound_lines
from pincite.ingestion.reading.readers.webtext.blocks import Unit, join_lines
from pincite.ingestion.reading.readers.webtext.boilerplate import find_furniture
from pincite.ingestion.reading.readers.webtext.contents import find_contents
from pincite.ingestion.reading.readers.webtext.footer import find_publisher, find_tail
from pincite.ingestion.reading.readers.webtext.lines import Line, gaps_tell, is_closed, split_lines
from pincite.ingestion.reading.readers.webtext.named_items import join_names
from pincite.ingestion.reading.readers.webtext.outline import outline
from pincite.ingestion.reading.readers.webtext.review_date import dates_line, last_review, with_dates
from pincite.ingestion.reading.readers.webtext.title import find_headline, lines_under_headline

_SHOWN = 10  # dropped lines shown in a note
_SHORTENED = 60  # characters of each


@dataclass(slots=True)
class _Left:
    """Lines that were left out, by reason, for the notes."""

    unseen: int  # invisible characters
    notes: list[str] = field(default_factory=list)

    def tell(self, reason: str, texts: Iterable[str]) -> None:
        dropped = list(texts)
        if not dropped:
            return
        distinct = list(dict.fromkeys(dropped))
        shown = ", ".join(f"“{_shorten(text)}”" for text in distinct[:_SHOWN])
        more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
        lines = "1 line" if len(dropped) == 1 else f"{len(dropped)} lines"
        self.notes.append(f"{lines} ({len(distinct)} distinct) left out as {reason}: {shown}{more}.")


def read_webtext(data: bytes, name: str) -> Draft:
    """Text dumped from a web page to a Draft. Raises ReadError when the data is not UTF-8, or has too many lines."""
    text, unseen = decode(data, name)
    lines = with_dates(split_lines(bound_lines(text, name)))
    return _read(lines, _Left(unseen)) if lines else Draft((), unseen=unseen)


def _read(lines: Sequence[Line], left: _Left) -> Draft:
    contents = find_contents(lines)
    levels = dict(contents.levels)
    headline = find_headline(lines, contents.listed, frozenset(levels))
    body = range(max(headline.at, max(contents.listed, default=-1)) + 1, _last_prose(lines) + 1)
    furniture = find_furniture(lines, contents.listed, levels, body) - {headline.at}
    head = set(range(headline.at)) if headline.at > 0 else set()
    left.tell("the page's head", (lines[i].text for i in sorted(head)))
    left.tell("the contents list", (lines[i].text for i in sorted(contents.listed - head)))
    left.tell("repeated page furniture", (lines[i].text for i in sorted(furniture - head - contents.listed)))
    dropped = head | furniture | contents.listed | ({headline.at} if headline.text else set())
    between = lines_under_headline(lines, headline, dropped | set(levels), min(contents.listed - head, default=-1))
    left.tell("labels under the headline", (lines[i].text for i in between))
    dropped |= set(between)
    kept = [i for i in range(len(lines)) if i not in dropped]
    known = {n: levels[i] for n, i in enumerate(kept) if i in levels}
    units = join_names(join_lines([lines[i] for i in kept], known))
    return _draft(units, headline.text, frozenset(lines[i].text.casefold() for i in head), lines, left)


def _draft(units: list[Unit], title: str | None, head: frozenset[str], lines: Sequence[Line], left: _Left) -> Draft:
    dated = {i for i, unit in enumerate(units) if dates_line(unit.text)}
    reviewed = last_review(
        [line.text for line in lines if dates_line(line.text)] + [units[i].text for i in sorted(dated)]
    )
    if reviewed is not None and reviewed.note:
        left.notes.append(reviewed.note)
    publisher = find_publisher(units)
    tail = find_tail(units, head)
    left.tell("the page's tail", (unit.text for unit in units[tail:]))
    left.tell("dates of review", (units[i].text for i in sorted(dated) if i < tail))
    body = [unit for i, unit in enumerate(units[:tail]) if i not in dated]
    parts = outline(body, title, gaps_tell(lines))
    if not parts and title:  # a title alone is the whole text
        parts, title = [Part("paragraph", title)], None
    source = Source(publisher=publisher, reviewed=reviewed.iso if reviewed else None)
    return Draft(tuple(parts), title, source=source, notes=tuple(left.notes), unseen=left.unseen)


def _last_prose(lines: Sequence[Line]) -> int:
    return max((i for i, line in enumerate(lines) if is_closed(line.text)), default=len(lines))


def _shorten(text: str) -> str:
    return text if len(text) <= _SHORTENED else f"{text[: _SHORTENED - 1].rstrip()}…"


__all__ = ["read_webtext"]
