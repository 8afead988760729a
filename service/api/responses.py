"""Responses of the endpoints, as typed dictionaries: serialize.py returns them, OpenAPI and the tools of MCP have them.

They cost nothing at run time: mypy holds the code to them, and tests hold real replies to them by pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # of typing, pydantic wants Python 3.12

from pincite.index.types import Care

Offset = Annotated[int, Field(ge=0)]  # in Unicode code points
Share = Annotated[float, Field(ge=0, le=1)]


@with_config(ConfigDict(extra="forbid"))
class Reply(TypedDict):
    """Base of all replies. Fields may join a reply; those that are there keep their names."""


class Correction(Reply):
    """A misspelt word, and the word that was searched in its place."""

    typed: str
    searched: str


class Quoted(Reply):
    """Words of a document: its text[start:end], in Unicode code points."""

    start: Offset
    end: Offset
    quote: str
    page: Annotated[
        str | None,
        Field(
            description="The page of the source that they stand on, as the source numbers it, or the pages: `iv`, "
            "`3-4`, `3, 5`. Null for sources without pages."
        ),
    ]


class TextQuote(Reply):
    """A W3C Web Annotation TextQuoteSelector."""

    type: Literal["TextQuoteSelector"]
    exact: str
    prefix: str
    suffix: str


class TextPosition(Reply):
    """A W3C Web Annotation TextPositionSelector, in Unicode code points."""

    type: Literal["TextPositionSelector"]
    start: Offset
    end: Offset


class Citation(Quoted):
    """A quote and the place where anybody can check it."""

    document: str
    title: str
    path: Annotated[list[str], Field(description="The headings in force, outermost first.")]
    sha256: Annotated[str, Field(description="Of the document's text, UTF-8.")]
    url: Annotated[
        str,
        Field(
            description="The reader page, the words marked. Like every url of the service it is absolute where the "
            "service knows its public address, else relative to it."
        ),
    ]
    source_url: Annotated[
        str | None,
        Field(description="The publisher's page at those words, or the page that they are based on, if it is known."),
    ]
    publisher: Annotated[str | None, Field(description="Who wrote the words of the quote.")]
    based_on: Annotated[
        str | None,
        Field(description="The publisher whose facts they are, if the words are another's: not who wrote the quote."),
    ]
    language: Annotated[str | None, Field(description="Of the quote: a tag of BCP 47.")]


class Hit(Reply):
    """A passage found."""

    rank: Annotated[int, Field(ge=1)]
    score: Annotated[float, Field(description="Higher is better; comparable within one answer.")]
    scores: dict[str, float]
    passage: Annotated[str, Field(description="Its id: document#section:position.")]
    text: str
    evidence: Annotated[list[Quoted], Field(description="The sentences that answer.")]
    citation: Citation
    also_in: Annotated[
        list[Citation],
        Field(description="The first ten other passages with the same words (white space folded), which are no hits."),
    ]
    also_in_count: Annotated[int, Field(ge=0, description="How many other passages have the same words.")]
    selectors: list[TextQuote | TextPosition]


class Best(Reply):
    """The sentences of one passage that answer."""

    quote: Annotated[
        str, Field(description="The sentences that answer, word for word; [...] where words are left out between them.")
    ]
    evidence: Annotated[list[Quoted], Field(description="Each of them.")]
    citation: Annotated[Citation, Field(description="Of the whole passage.")]


class Answer(Reply):
    """The answer to a question."""

    question: str
    language: Annotated[
        str | None, Field(description="The question's language, a tag of BCP 47; null if it is English or unsure.")
    ]
    searched: str
    corrections: list[Correction]
    did_you_mean: Annotated[
        str | None,
        Field(description="The question with names of the documents for words that may be other names: offer it."),
    ]
    status: Literal["answered", "related", "not_found"]
    answer: Annotated[
        Best | None, Field(description="What to show as the answer; null unless the status is `answered`.")
    ]
    unmatched_terms: Annotated[
        list[str],
        Field(description="Words of the question that nothing in the documents comes near, as asked."),
    ]
    unmatched_filters: Annotated[
        list[str],
        Field(
            description="Fields of the filter on metadata that no document meets, alone or else together: then there "
            "was nothing to search, and the status is `not_found`."
        ),
    ]
    confidence: Annotated[float, Field(ge=0, le=1, description="The calibrated chance that the first passage answers.")]
    index: str
    took_ms: float
    hits: list[Hit]
    care: Annotated[
        Care,
        Field(
            description="What the asker may need first: `emergency`, emergency numbers; `distress`, a crisis line, and "
            "then the hits are passages that offer help, never `answered`; else `none`."
        ),
    ]


class Answers(Reply):
    """The answers to a batch, in the order of its questions."""

    answers: list[Answer | Refused]


class Refused(Reply):
    """A question of a batch that was not answered, and why."""

    error: ProblemDetails


class SectionEntry(Reply):
    """A heading and the text up to the next one."""

    id: str
    path: list[str]
    start: int
    end: int


class DocumentEntry(Reply):
    """A document in a list."""

    id: str
    title: str
    url: str


class Documents(Reply):
    """A part of the list of documents, in the order of ids."""

    documents: list[DocumentEntry]
    next: Annotated[str | None, Field(description="What to give as `after` for the next part.")]


class Source(Reply):
    """The origin of a document: whose words, and whose facts."""

    publisher: Annotated[str | None, Field(description="Who wrote the document's words.")]
    based_on: Annotated[
        str | None,
        Field(
            description="The publisher whose facts they are, if the words are another's: title, url and reviewed too."
        ),
    ]
    title: Annotated[str | None, Field(description="Of the page that the facts come from.")]
    url: Annotated[str | None, Field(description="Of that page.")]
    reviewed: Annotated[
        str | None, Field(description="The date of that page's own review; with based_on no review of these words.")
    ]
    licence: str | None
    note: str | None


class Page(Reply):
    """A place where a page of the source begins; the text stands on it up to the next such place."""

    start: Offset
    number: Annotated[int, Field(ge=1, description="Among all pages of the source: what viewers of PDF files open.")]
    label: Annotated[str, Field(description="As the source numbers it.")]


class Document(DocumentEntry):
    """A document with its text and its outline."""

    sha256: str
    language: Annotated[str | None, Field(description="Of its text: a tag of BCP 47, where the document states one.")]
    tags: Annotated[list[str], Field(description="As the document states them.")]
    source: Source
    sections: list[SectionEntry]
    text: str
    pages: Annotated[
        list[Page], Field(description="In the order of the text, where a page may come again; empty without pages.")
    ]


class Passage(Reply):
    """A passage, citable."""

    id: str
    section: str
    position: int
    sentences: list[Quoted]
    citation: Citation
    selectors: list[TextQuote | TextPosition]


class Section(SectionEntry):
    """A section with its text and its passages."""

    document: str
    text: str
    url: str
    passages: list[Passage]


class Difference(Reply):
    """A run of words in which a quote and the document differ."""

    quote: str
    text: str


class Located(Reply):
    """The result of looking for a quote in the documents."""

    status: Literal["exact", "near", "absent"]
    similarity: Share
    citations: list[Citation]
    differences: list[Difference]
    index: str


class Verified(Reply):
    """The result of checking a citation: `holds`, `moved` (elsewhere), `changed` (in other words) or `gone`."""

    status: Literal["holds", "moved", "changed", "gone"]
    fields: Annotated[
        dict[str, bool], Field(description="Of each field that was checked, whether it is as the documents have it.")
    ]
    similarity: Share
    citations: Annotated[list[Citation], Field(description="Where the words, or the nearest, stand now.")]
    differences: list[Difference]
    index: str


class Suggestion(Reply):
    """A question that its own section answers."""

    question: str
    document: str
    section: str


class Suggestions(Reply):
    """Questions to offer."""

    suggestions: list[Suggestion]


class About(Reply):
    """The index that serves, and its measured error rates."""

    notice: str
    version: str
    versions: dict[str, str]
    index: str
    made: str
    model: dict[str, Any]
    counts: dict[str, int]
    calibration: dict[str, Any]
    care: Annotated[
        dict[str, Any] | None,
        Field(
            description="How often emergencies and distress are noticed, and ordinary questions raise a false alarm; "
            "null where signs alone are looked for, or nothing is."
        ),
    ]


class Fault(Reply):
    """One field or parameter at fault."""

    detail: str
    pointer: NotRequired[
        Annotated[
            str | None,
            Field(description="A JSON pointer into the body (RFC 6901).", json_schema_extra={"default": None}),
        ]
    ]
    parameter: NotRequired[Annotated[str | None, Field(json_schema_extra={"default": None})]]


class ProblemDetails(Reply):
    """RFC 9457. `type` is stable; its page says what it means."""

    type: str
    title: str
    status: int
    detail: str
    instance: NotRequired[Annotated[str | None, Field(json_schema_extra={"default": None})]]
    errors: NotRequired[Annotated[list[Fault] | None, Field(json_schema_extra={"default": None})]]
