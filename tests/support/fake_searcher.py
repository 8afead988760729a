"""A searcher without a model: two real documents, and ranking by shared words alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pincite.index.citation.cite import cite, cite_passage
from pincite.index.citation.pages import evidence_at
from pincite.index.metadata.columns import DocumentColumns, DocumentMetadata
from pincite.index.query.normalise import normalise_query
from pincite.index.settings import Settings
from pincite.index.types import Answer, Correction, Document, Hit, Passage, Source, Status, Suggestion
from pincite.ingestion.chunking.passages import split_passages
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

# the members of an answer in JSON, in their order
ANSWER = [
    *"question language searched corrections did_you_mean status answer unmatched_terms".split(),
    *"unmatched_filters confidence".split(),
    *"index took_ms hits care".split(),
]
SOURCE = Source("Harbour Works", "Staff handbook", "https://harbour.example/", "2024-03-01", "CC-BY-4.0", "Shortened.")


def _heading(text: str, level: int = 1) -> Part:
    return Part("heading", text, level)


def _item(text: str, level: int = 1, marker: str = "-") -> Part:
    return Part("item", text, level, marker)


def _filler(topic: str) -> list[Part]:
    return [
        Part("paragraph", f"Paragraph {n} about {topic}. It fills the page so that one must scroll.") for n in range(9)
    ]


HANDBOOK = compose(
    Draft(
        (
            Part("paragraph", "Welcome to the harbour."),
            _heading("Leave / Time off"),
            Part("paragraph", "Everybody has 27 days of leave a year. Unused days are lost in March."),
            *_filler("rosters"),
            _heading("Sabbatical", 2),
            Part("paragraph", "After seven years you may take a sabbatical of three months. It is not paid."),
            *_filler("ropes"),
            _heading("Safety on the quay"),
            Part("paragraph", "Before you go on the quay:"),
            _item("Put on a life jacket"),
            _item("Tell the tower:"),
            _item("where you are", 2),
            _item("when you will return", 2),
            _item("Check the tide table"),
            Part("paragraph", "Then, in this order:"),
            _item("Unlock the gate", marker="3."),
            _item("Close the gate", marker="4."),
            _heading("Signs & <b>signals</b>"),
            Part("paragraph", 'The flag <script>alert("1")</script> means that 3 < 4 & "wait".'),
        ),
        source=SOURCE,
    ),
    "staff-handbook",
    "Staff handbook",
)
TIDES = compose(
    Draft((_heading("High water"), Part("paragraph", "The bell rings at high water."))), "tides", "Tide notes"
)

FEES = compose(  # one of every kind of block, each too wide for a phone
    Draft(
        (
            _heading("Moorings"),
            Part("paragraph", "Moorings are paid so:"),
            Part("header", "Berth | Night | Week | Month | Season | Remarks"),
            *(
                Part("row", f"Pier {n} | {n}0.00 | {n}50.00 | {n}00.00 | on request | no boats over {n} m")
                for n in range(1, 14)
            ),
            _heading("Booking by machine"),
            Part("paragraph", "Book a mooring with this command:"),
            Part(
                "code", "harbour login\nharbour book --mooring 4 --from 2024-05-01 --until 2024-05-09 " + "--quiet " * 9
            ),
            _item("Pay at once"),
            Part("paragraph", "Moorings that are not paid[1] are given away.", 1),
            Part("quote", "A mooring is not a garage."),
            Part("footnote", "Within two days.", marker="[1]"),
        )
    ),
    "fees",
    "Fees",
)


SUPPORT = compose(
    Draft(
        (
            _heading("Feelings"),
            Part(
                "paragraph", "You may feel hopeless. For support, talk with a mental health provider or your care team."
            ),
        )
    ),
    "support",
    "Support",
)


COUNTS = {"documents": 2, "sections": 6, "passages": 20, "sentences": 60}
_STATUSES = {"answered": 0.7, "related": 0.2, "not_found": 0.1}
CALIBRATION = {
    "default": True,
    "fitted_on": {"questions": "harbour.jsonl", "in": 9, "near_out": 5, "far_out": 4},
    "budgets": {"near": 0.1, "missed": 0.02},
    "without_cross_encoder": {
        "measured": {
            "method": "on harbour.jsonl, by 10-fold cross-validation",
            "questions": {"in": 9, "near_out": 5, "far_out": 4},
            "statuses": {"in": _STATUSES, "near_out": _STATUSES, "far_out": _STATUSES},
        }
    },
}


@dataclass
class Shelf:
    """Stand-in for a bundle, as far as pages need one."""

    documents: tuple[Document, ...]
    id: str = "0123abcd"
    suggestions: tuple[Suggestion, ...] = (Suggestion("Safety on the quay", "staff-handbook", "safety-on-the-quay"),)
    passages: list[Passage] = field(init=False)
    cross_encoder: None = None
    care_facts: None = None
    manifest: dict[str, Any] = field(
        default_factory=lambda: {"made": {"at": "2024-03-01"}, "model": {}, "counts": COUNTS}
    )
    calibration: dict[str, Any] = field(default_factory=lambda: CALIBRATION)

    def __post_init__(self) -> None:
        self.passages = [p for d in self.documents for s in d.sections for p in split_passages(d, s, 30)]

    @property
    def document_count(self) -> int:
        return len(self.documents)

    def review_dates(self) -> list[str]:
        return [d.source.reviewed for d in self.documents if d.source.reviewed]

    def titles(
        self, most: int | None = None, after: str = "", among: Collection[str] | None = None
    ) -> list[tuple[str, str]]:
        chosen = [d for d in self.documents if among is None or d.id in among]
        return [(d.id, d.title) for d in chosen if d.id > after][:most]

    @cached_property
    def metadata(self) -> DocumentColumns:
        return DocumentColumns(
            DocumentMetadata(
                d.id, d.source.publisher, d.language, d.source.reviewed, d.tags, len(self.passages_of(d.id))
            )
            for d in self.documents
        )

    def document(self, name: str) -> Document:
        return {d.id: d for d in self.documents}[name]

    def languages(self, documents: Collection[str]) -> dict[str, str]:
        return {d.id: d.language for d in self.documents if d.language and d.id in documents}

    def passages_of(self, name: str, sections: Collection[str] | None = None) -> list[Passage]:
        return [p for p in self.passages if p.document == name and (sections is None or p.section in sections)]

    def rows_of(self, name: str, sections: Collection[str] | None = None) -> list[int]:
        return [self.passages.index(p) for p in self.passages_of(name, sections)]


@dataclass
class StubSearcher:
    """Searcher by shared words: two answer, one is related, none is not found."""

    bundle: Shelf

    def parse(self, question: str, verbatim: bool = False) -> tuple[str, bool]:
        normalise_query(question, Settings().question_characters)
        return question, verbatim

    def answer(self, query: tuple[str, bool], k: int = 5, within: Any = None) -> Answer:
        question, verbatim = query
        return self.ask(question, k, verbatim, within)

    def ask(self, question: str, k: int = 5, verbatim: bool = False, within: Any = None) -> Answer:
        typed = normalise_query(question, Settings().question_characters)
        corrections = () if verbatim or "sabatical" not in typed else (Correction("sabatical", "sabbatical"),)
        searched = typed.replace("sabatical", "sabbatical") if corrections else typed
        rows = range(len(self.bundle.passages)) if within is None else within
        passages = [self.bundle.passages[row] for row in rows]
        ranked = sorted(passages, key=lambda p: (-self._overlap(searched, p), p.id))
        best = self._overlap(searched, ranked[0]) if ranked else 0
        status: Status = "answered" if best > 1 else "related" if best else "not_found"
        hits = tuple(self._hit(searched, p, rank) for rank, p in enumerate(ranked[:k], start=1))
        known = set().union(*(_words(d.text) for d in self.bundle.documents))
        unmatched_terms = () if status == "answered" else tuple(sorted(_words(searched) - known))
        return Answer(question, searched, status, best / 10, hits, self.bundle.id, 1.0, corrections, unmatched_terms)

    def _overlap(self, question: str, passage: Passage) -> int:
        return len(_words(question) & _words(self._text(passage.document, passage.start, passage.end)))

    def _text(self, name: str, start: int, end: int) -> str:
        return self.bundle.document(name).text[start:end]

    def _hit(self, question: str, passage: Passage, rank: int) -> Hit:
        document = self.bundle.document(passage.document)
        shared = [len(_words(question) & _words(document.text[s:e])) for s, e in passage.sentences]
        place = shared.index(max(shared))
        ranges = [*passage.lead_ins[place], passage.sentences[place]]
        evidence = tuple(evidence_at(document, s, e) for s, e in ranges)
        copies = [p for p in self.bundle.passages if p != passage and self._quote(p) == self._quote(passage)]
        return Hit(
            passage,
            rank,
            1 / rank,
            {"words": float(max(shared))},
            evidence,
            cite(document, passage, evidence),
            tuple(cite_passage(self.bundle.document(p.document), p) for p in copies[:10]),
            len(copies),
        )

    def _quote(self, passage: Passage) -> str:
        return self._text(passage.document, passage.start, passage.end)


class OpenIndex:
    """Opener of an index that is open already."""

    def watch(self, failed: object, ready: Any) -> None:
        ready()

    def stop(self) -> None: ...


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 4}
