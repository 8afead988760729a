"""References to a passage, in the styles that libraries ask for. A Reference comes in, text goes out.

Styles: NLM (Citing Medicine, chapter 26), AMA (11th edition), APA (7th edition). Formats: RIS, BibTeX, CSL-JSON 1.0.
A fact that is unknown is left out or called unknown. The title comes first in every style, since a publisher need not
be an author. Of words that are based on another's page, that party and its review date stand after "Based on" alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pincite.index.types import Citation, Evidence, PageRange, Range, Source
from pincite.service.web import dates


@dataclass(frozen=True, slots=True)
class Reference:
    """Facts that every style is made of."""

    citation: Citation
    source: Source
    url: str  # absolute: the reader page, the passage marked
    cited: date
    lead_ins: tuple[str, ...] = ()  # of the passage, from before it: without them it could be read as its opposite
    sentences: tuple[Evidence, ...] = ()  # those to quote, with their lead-ins, in order; empty for the whole passage
    page: PageRange | None = None  # of the quoted words, without lead-ins from before a whole passage
    number: int = 1  # of the references in one file that would have the same key

    @property
    def quote(self) -> str:
        """The words to quote on one line: the sentences, or the passage after its lead-ins."""
        sentences = [sentence.quote for sentence in self.sentences]
        return " […] ".join(map(_line, sentences or (*self.lead_ins, self.citation.quote)))

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The places of the quoted words in the document's text, without lead-ins from before a whole passage."""
        return tuple((s.start, s.end) for s in self.sentences) or ((self.citation.start, self.citation.end),)

    @property
    def key(self) -> str:
        """The name of the entry in a file: letters, digits and hyphens alone."""
        name = "".join(c if c.isascii() and c.isalnum() else "-" for c in self.citation.document)
        key = f"{name}-{self.ranges[0][0]}-{self.ranges[-1][1]}"
        return key if self.number == 1 else f"{key}--{self.number}"

    @property
    def place(self) -> str:
        """The headings that the passage stands under, outermost first."""
        return " > ".join(_line(heading) for heading in self.citation.path)

    @property
    def title(self) -> str:
        """The document's title on one line."""
        return _line(self.citation.title)

    @property
    def pinpoint(self) -> str:
        """The exact place in the document's text, and the text that it is a place in."""
        ranges = ", ".join(f"{start}-{end}" for start, end in self.ranges)
        return f"characters {ranges} of the text with SHA-256 {self.citation.sha256}"

    @property
    def publisher(self) -> str | None:
        """Publisher of the words, on one line."""
        return _line(self.source.publisher or "") or None

    @property
    def reviewed(self) -> str | None:
        """The date on which these words were last reviewed; None for words based on a page that was."""
        return None if self.source.based_on else self.source.reviewed

    def basis(self, in_style: Callable[[str], str] = str) -> str | None:
        """Describe the page that the words are based on; None if they are their publisher's own. in_style: of dates."""
        s = self.source
        if not s.based_on:
            return None
        details = "; ".join(filter(None, (s.reviewed and f"page reviewed {in_style(s.reviewed)}", s.url)))
        page = f", “{s.title}”" if s.title else ""
        return _line(f"Based on {s.based_on}{page}{f' ({details})' if details else ''}")

    @property
    def notes(self) -> list[str]:
        """Notes for what no field of the formats holds."""
        s = self.source
        source = f"Source: {s.url}" if s.url and not s.based_on else None
        notes = (self.basis(), self.reviewed and f"Reviewed {self.reviewed}", self.pinpoint)
        return [_line(note) for note in (*notes, s.licence and f"Licence: {s.licence}", source, s.note) if note]


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write a reference."""

    name: str  # in addresses
    title: str
    write: Callable[[Reference], str]
    mimetype: str = "text/plain"
    suffix: str | None = None  # of the file, where reference managers read one


def plain(r: Reference) -> str:
    """Format the quote and its place, for an e-mail or a footnote."""
    reviewed = f"Reviewed {dates.in_words(r.reviewed)}." if r.reviewed else "Date unknown."
    dated = _dot(r.basis(dates.in_words)) or reviewed
    headings = " > ".join(filter(None, (r.title, r.place)))
    place = _dot(f"{headings}, {r.page.abbreviated}" if r.page else headings)
    accessed = f"Read {dates.in_words(str(r.cited))}: {r.url}"
    return _join(f"“{r.quote}”", place, _dot(r.publisher), dated, accessed)


def nlm(r: Reference) -> str:
    """Format in the style of the National Library of Medicine, as part of a web site."""
    reviewed = f"reviewed {dates.nlm(r.reviewed)}" if r.reviewed else "date unknown"
    publisher = r.publisher or "[publisher unknown]"
    origin = f"[place unknown]: {publisher}; [{reviewed}; cited {dates.nlm(str(r.cited))}]."
    page = f"p. {r.page}" if r.page else None  # of several pages, too
    place = _dot("; ".join(filter(None, (r.place.replace(" > ", "; "), page))))
    basis = _dot(r.basis(dates.nlm))  # a note, which Citing Medicine puts last
    return _join(f"{r.title} [Internet].", origin, place, f"Available from: {r.url}", basis)


def ama(r: Reference) -> str:
    """Format in the style of the American Medical Association, as a web page."""
    place = ", ".join(filter(None, (r.place, r.page.abbreviated.replace(".", "", 1) if r.page else None)))
    title = _dot(f"{r.title}: {place}" if place else r.title)
    reviewed = f"Reviewed {dates.american(r.reviewed)}." if r.reviewed else None
    dated = _dot(r.basis(dates.american)) or reviewed
    return _join(title, _dot(r.publisher), dated, f"Accessed {dates.american(str(r.cited))}. {r.url}")


def apa(r: Reference) -> str:
    """Format in the style of the American Psychological Association, as a web page without a date of publication.

    A review date is not one.
    """
    reviewed = f"last reviewed {dates.american(r.reviewed)}" if r.reviewed else None
    page = r.page.abbreviated.replace("-", "–") if r.page else None
    within = "; ".join(filter(None, (r.place, page, reviewed)))
    title = f"{r.title} ({within})." if within else _dot(r.title)
    retrieved = f"Retrieved {dates.american(str(r.cited))}, from {r.url}"
    return _join(title, "(n.d.).", _dot(r.publisher), _dot(r.basis(dates.american)), retrieved)


def ris(r: Reference) -> str:
    """Format as RIS, one tag a line, for reference managers."""
    fields: list[tuple[str, str | None]] = [("TY", "ELEC"), ("ID", r.key), ("TI", r.title), ("SE", r.place)]
    if r.page:
        fields += [("SP", r.page.first), ("EP", r.page.last if r.page.last != r.page.first else None)]
    fields += [("PB", r.publisher), ("Y2", f"{r.cited:%Y/%m/%d}/"), ("UR", r.url)]
    fields += [("N2", r.quote), *(("N1", note) for note in r.notes)]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def bibtex(r: Reference) -> str:
    """Format as BibTeX: a @misc entry, its text escaped for LaTeX."""
    notes = "; ".join(filter(None, (r.place, *r.notes)))
    fields = {"title": f"{{{_tex(r.title)}}}", "organization": _tex(r.publisher or "")}
    fields |= {"url": _address(r.url), "urldate": str(r.cited)}
    fields |= {"pages": _tex(str(r.page or "")).replace("-", "--")}
    fields |= {"note": _tex(notes), "abstract": _tex(r.quote)}
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{r.key},\n{lines}}}\n"


def csl(r: Reference) -> str:
    """Format as CSL-JSON, the input of citation processors."""
    item: dict[str, Any] = {"id": r.key, "type": "webpage", "title": r.title, "section": r.place}
    item |= {"page": str(r.page or ""), "publisher": r.publisher, "URL": r.url, "note": "; ".join(r.notes)}
    item |= {"accessed": {"date-parts": [[r.cited.year, r.cited.month, r.cited.day]]}}
    item |= {"abstract": r.quote}
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


STYLES = (
    Style("text", "Quote and place", plain),
    Style("nlm", "NLM", nlm),
    Style("ama", "AMA", ama),
    Style("apa", "APA", apa),
    Style("ris", "RIS", ris, "application/x-research-info-systems", ".ris"),
    Style("bibtex", "BibTeX", bibtex, "application/x-bibtex", ".bib"),
    Style("csl", "CSL-JSON", csl, "application/vnd.citationstyles.csl+json", ".json"),
)

_TEX = {c: f"\\{c}" for c in "$&#%_"} | {
    "\\": "\\textbackslash{}",
    "{": "\\lbrace{}",  # an escaped brace would still count for BibTeX
    "}": "\\rbrace{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)


def _address(url: str) -> str:
    return url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _line(text: str) -> str:
    return " ".join(text.split())


def _dot(text: str | None) -> str | None:
    line = _line(text or "")
    return line if not line or line.endswith((".", "?", "!")) else f"{line}."


def _join(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
