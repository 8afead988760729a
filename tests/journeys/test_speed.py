"""Guards against slips of an order of magnitude, by ratios within one process. How fast is for benchmarks/ to say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from pincite.index.citation.cite import cite
from pincite.index.searcher import Searcher
from pincite.index.types import Evidence, Hit, Passage, Source
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part
from pincite.service.web.views import quote

QUESTIONS = ("How long do people live with ALS?", "who gets als", "Is there a cure?", "What are the first symptoms?")
TIMES = 10  # a question costs two runs of the encoder; what is guarded against is twenty


def test_a_question_costs_a_few_runs_of_the_encoder(article: Searcher) -> None:
    """Ranking and citing the default article, without the cross-encoder, stay within TIMES runs of the encoder."""
    searcher, encoder = Searcher(article.bundle), article.bundle.encoder
    article.bundle.cross_encoder, judge = None, article.bundle.cross_encoder
    try:
        asking = _milliseconds(searcher.ask)
    finally:
        article.bundle.cross_encoder = judge
    assert asking < TIMES * _milliseconds(encoder.encode_query)


class Counted(Sequence[Any]):
    """Counts what is taken from a sequence."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = parts
        self.taken = 0

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, at: Any) -> Any:
        found = self.parts[at]
        self.taken += len(found) if isinstance(at, slice) else 1
        return found

    def __iter__(self) -> Iterator[Any]:
        self.taken += len(self.parts)
        return iter(self.parts)


def test_a_hit_of_a_long_document_costs_no_walk_through_it() -> None:
    """Citing and showing a sentence looks at a few of four thousand blocks: the document's page is made once."""
    parts = [Part("heading" if n % 10 == 0 else "paragraph", f"Line {n} says something.", 1) for n in range(4000)]
    made = compose(Draft(tuple(parts), source=Source(url="https://harbour.example/book")), "book", "Book")
    blocks, sections = Counted(made.blocks), Counted(made.sections)
    document = replace(made, blocks=blocks, sections=sections)
    for n, most in ((3105, len(blocks) + len(sections)), (1207, 100)):
        start = made.text.index(f"Line {n} ")
        said = Evidence(start, start + len(parts[n].text), parts[n].text)
        passage = Passage("book", "any", 1, said.start, said.end, ((said.start, said.end),), ((),))
        blocks.taken = sections.taken = 0
        cited = cite(document, passage, [said])
        (shown,) = quote(document, Hit(passage, 1, 1.0, {}, (said,), cited))
        assert shown.segments[0].text == said.quote
        assert cited.source_url == f"https://harbour.example/book#:~:text=Line%20{n}%20says%20something."
        assert blocks.taken + sections.taken < most


def _milliseconds(call: Callable[[str], object]) -> float:
    """Return the median processor time of a call, once it is warm."""
    found = []
    for _ in range(5):
        for question in QUESTIONS:
            began = time.process_time()
            call(question)
            found.append(time.process_time() - began)
    return median(found[len(QUESTIONS) :]) * 1000
