"""Guards against slips of an order of magnitude, by ratios within one process. How fast is for benchmarks/ to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from index.searcher import Searcher

QUESTIONS = ("How long do people live with ALS?", "who gets als", "Is there a cure?", "What are the first symptoms?")
TIMES = 10  # a question costs two runs of the encoder; what is guarded against is twenty


def test_a_question_costs_a_few_runs_of_the_encoder(article: Searcher) -> None:
    """Ranking and citing the default article, the judge aside, stay within TIMES runs of the encoder."""
    searcher, encoder = Searcher(article.bundle), article.bundle.encoder
    article.bundle.judge, judge = None, article.bundle.judge
    try:
        asking = _milliseconds(searcher.ask)
    finally:
        article.bundle.judge = judge
    assert asking < TIMES * _milliseconds(encoder.encode_query)


def _milliseconds(call: Callable[[str], object]) -> float:
    """The median processor time of a call, once it is warm."""
    found = []
    for _ in range(5):
        for question in QUESTIONS:
            began = time.process_time()
            call(question)
            found.append(time.process_time() - began)
    return median(found[len(QUESTIONS) :]) * 1000
