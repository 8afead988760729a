"""Vocabulary of pincite, as frozen dataclasses. Imports nothing of ours and opens nothing.

Every offset is a half-open [start, end) range of Unicode code points into Document.text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Range = tuple[int, int]
Status = Literal["answered", "related", "not_found"]
Care = Literal["none", "emergency", "distress"]
BlockKind = Literal["heading", "paragraph", "item", "quote", "header", "row", "code", "footnote"]


@dataclass(frozen=True, slots=True)
class Source:
    """Origin of a document: who wrote its words, and whose facts they are. Unknown fields are None, never guessed.

    title, url and reviewed are those of one page: that of `based_on`, or of `publisher` where nothing is in between.
    """

    publisher: str | None = None  # of these words
    title: str | None = None
    url: str | None = None
    reviewed: str | None = None  # ISO 8601 date, month or year: when that page was reviewed by its own publisher
    licence: str | None = None  # of these words
    note: str | None = None
    based_on: str | None = None  # publisher of the facts, if the words are another's


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, paragraph of a quotation, table row, piece of code or footnote.

    A `header` is a table's row of column names. start and end leave out the marker of an item ("- ") or of a footnote
    ("[1] "). A heading without a word is empty: it ends the sections that a heading of its level ends.
    """

    kind: BlockKind
    start: int
    end: int
    level: int  # headings: depth in the outline from 1; items: nesting from 1; others: of the item they stand in, or 0


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading of any level; sections tile the document."""

    id: str  # slug of its path, unique in the document
    path: tuple[str, ...]  # heading texts, outermost first; () for text before the first heading
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """A place where a page of the source begins: from `start` on the text stands on it, up to the next such place.

    A page may begin again, since a file may put its text in another order than its pages.
    """

    start: int
    number: int  # from 1, among all pages of the source: what viewers of PDF files open
    label: str  # as the source itself numbers its pages: "iv", "12"


@dataclass(frozen=True, slots=True)
class PageRange:
    """The pages that words stand on: a label, or several in the order of the pages."""

    text: str  # "3", "3-4", or "3, 5" where there is nothing on page 4
    first: str
    last: str
    number: int  # of the first page

    def __str__(self) -> str:
        return self.text

    @property
    def abbreviated(self) -> str:
        """With the word for it: "p. 3", "pp. 3-4"."""
        return f"{'p.' if self.first == self.last else 'pp.'} {self.text}"


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it is quoted, with its outline and where it comes from."""

    id: str
    title: str
    text: str  # canonical: made once by compose(), never edited after
    blocks: Sequence[Block] = field(hash=False)  # thousands, and the digest tells texts apart
    sections: Sequence[Section] = field(hash=False)
    source: Source
    sha256: str  # of text, UTF-8
    language: str | None = None  # of text, a tag of BCP 47; None where the document does not say
    tags: tuple[str, ...] = ()  # as the document states them, no two the same but for case
    pages: Sequence[Page] = field(default=(), hash=False)  # in the order of the text; empty for sources without pages


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences in one section. Its id says where it stands, not what it says."""

    document: str
    section: str
    position: int  # 1-based within its section
    start: int
    end: int
    sentences: tuple[Range, ...]  # whole sentences, list items, table rows and code within [start, end), in order
    lead_ins: tuple[tuple[Range, ...], ...]  # of each of them, outermost first: what it cannot be read without

    @property
    def id(self) -> str:
        """Unique in a bundle: document, section and position."""
        return f"{self.document}#{self.anchor}"

    @property
    def anchor(self) -> str:
        """The passage's id within its document, as used in page addresses."""
        return f"{self.section}:{self.position}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, or list item, that answers."""

    start: int
    end: int
    quote: str
    page: PageRange | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and the place where anybody can check it: document.text[start:end] == quote."""

    document: str
    title: str
    path: tuple[str, ...]
    start: int
    end: int
    quote: str
    sha256: str  # of the document's text
    url: str  # the reader page, the evidence marked
    source_url: str | None  # the publisher's page at that very sentence, or the page that the words are based on
    publisher: str | None = None  # whose words the quote is
    based_on: str | None = None  # whose facts, if the words are another's
    language: str | None = None  # of the quote, a tag of BCP 47
    page: PageRange | None = None  # of the quote; None for sources without pages

    def __str__(self) -> str:
        return " > ".join((self.title, *self.path))


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its place in the ranking."""

    passage: Passage
    rank: int  # 1-based
    score: float  # higher is better
    scores: dict[str, float]  # the parts the score was made of; higher is better in each
    evidence: tuple[Evidence, ...]
    citation: Citation
    also_in: tuple[Citation, ...] = ()  # the first other passages with the same words, white space folded
    also_in_count: int = 0  # all of them

    @property
    def text(self) -> str:
        """The passage, word for word."""
        return self.citation.quote


@dataclass(frozen=True, slots=True)
class Correction:
    """A misspelt word of a question, and the word that was searched in its place."""

    typed: str
    searched: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question to offer: a heading, word for word, that its own section answers."""

    question: str
    document: str
    section: str  # its id


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: a status, and the hits that it rests on, best first."""

    question: str  # as asked
    searched: str  # as searched: normalised, its spelling corrected
    status: Status
    confidence: float  # in [0, 1]: the calibrated chance that the first hit answers
    hits: tuple[Hit, ...]
    index: str  # the index id of the bundle that answered
    took_ms: float
    corrections: tuple[Correction, ...] = ()
    unmatched_terms: tuple[str, ...] = ()  # query words that the documents lack; empty if status is `answered`
    did_you_mean: str | None = None  # the query with a name of the documents for a word that may be another name
    unmatched_filters: tuple[str, ...] = ()  # filters on metadata that left no document to search; see MetadataFilter
    care: Care = "none"  # by the classifier of index/care, if the bundle has one: what the asker may need first
