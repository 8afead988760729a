"""Latency of a question within a filter, next to that of the same question in all documents; and whether both agree.

    python -m benchmarks.filters BENCH              # makes an index of 2,000 documents in var/filters once; minutes
    taskset -c 0 python -m benchmarks.filters BENCH # measures on one processor
    python -m benchmarks.filters BENCH 10000        # of more documents

BENCH is a folder of public collections (BEIR layout); a record with a title is a document. Documents are numbered from
0: each is reviewed on a day of its own, one in 100 has a given publisher, one in ten a given tag, one in two a given
language. The index is made as benchmarks/scale.py makes its own: an int8 encoder embeds the first tokens of each
passage once, and token vectors and cross-encoder are left out. They read a fixed number of passages whatever the
filter, so what is measured is the retrieval, and a ratio is larger than that of a whole answer.

A second index holds the documents of the filter that keeps one in ten, with the same vectors. Dense retrieval must find
the same in both. Rarity of words is that of an index, so that other scores, and with them ranks, may differ.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.many_documents import titled_records
from benchmarks.scale import embed, make_encoder, write_sampled_bundle
from pincite.evaluation.datasets.jsonl import objects
from pincite.index.bundle import Bundle
from pincite.index.citation.embedded_text import passage_text
from pincite.index.filters import scope
from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.models.encoder import Encoder
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Document, Source
from pincite.ingestion.chunking.passages import row_sort_key, split_document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

WORK_FOLDER = Path("var/filters")
FIRST_DAY = date(2000, 1, 1)
TAG = "group 3"
QUESTION_COUNT = 100
K = 5


def read_documents(bench: Path, count: int) -> list[Document]:
    """Read the first `count` titled records as documents, in the order of rows."""
    documents = []
    for number, (name, record) in enumerate(islice(titled_records(bench), count)):
        title, text = (" ".join(record[field].split()) for field in ("title", "text"))
        source = Source(publisher=f"Publisher {number % 100}", reviewed=day(number))
        parts = (Part("heading", title, 1), Part("paragraph", text))
        draft = Draft(parts, source=source, language=("en-GB", "en-US")[number % 2], tags=(f"group {number % 10}",))
        documents.append(compose(draft, name, title))
    return sorted(documents, key=lambda document: row_sort_key(document.id))


def day(number: int) -> str:
    return (FIRST_DAY + timedelta(number)).isoformat()


def make_indexes(bench: Path, count: int, whole: Path, tagged: Path) -> None:
    """Make an index of all documents and one of those with TAG."""
    documents = read_documents(bench, count)
    passages = [p for document in documents for p in split_document(document, Settings().passage_words)]
    by_id = {document.id: document for document in documents}
    texts = [passage_text(by_id[p.document], p) for p in passages]
    print(f"{len(documents):,} documents, {len(passages):,} passages", flush=True)
    folder = make_encoder()
    vectors = embed(Encoder.open(folder, bulk=True), texts, WORK_FOLDER / f"vectors-{len(texts)}.npy")
    write_sampled_bundle(whole, folder, documents, passages, texts, vectors)
    rows = [row for row, p in enumerate(passages) if TAG in by_id[p.document].tags]
    part = [document for document in documents if TAG in document.tags]
    write_sampled_bundle(tagged, folder, part, [passages[r] for r in rows], [texts[r] for r in rows], vectors[rows])


def filters(count: int) -> dict[str, MetadataFilter]:
    return {
        "none": EVERY_DOCUMENT,
        "date: one document": MetadataFilter(since=day(count // 2), until=day(count // 2)),
        "publisher: 1%": MetadataFilter(publishers=("Publisher 7",)),
        "tag: 10%": MetadataFilter(tags=(TAG,)),
        "language: 50%": MetadataFilter(languages=("en-US",)),
    }


def measure(searcher: Searcher, questions: Sequence[str], rounds: int, count: int) -> None:
    """Ask each question unfiltered and within each filter, one after the other, and print the table.

    A ratio is that of one question's time by its time unfiltered in that round.
    """
    wanted = filters(count)
    times = np.zeros((rounds, len(questions), len(wanted)))
    ask_timed(searcher, questions[0], EVERY_DOCUMENT)  # which reads the columns
    for asked in times:
        for number, question in enumerate(questions):
            for at in np.roll(np.arange(len(wanted)), number):  # each has its turn to be the first
                asked[number, at] = ask_timed(searcher, question, [*wanted.values()][at])
    print("\n| filter | passages | p50 ms | p99 ms | ratio, p50 of each round |\n|---|---:|---:|---:|---|")
    for at, (name, metadata) in enumerate(wanted.items()):
        rows = scope(searcher.bundle, metadata=metadata).rows
        p50, p99 = np.quantile(times[:, :, at], (0.5, 0.99))
        ratios = np.median(times[:, :, at] / times[:, :, 0], axis=1)
        kept = len(searcher.bundle) if rows is None else len(rows)
        print(f"| {name} | {kept:,} | {p50:.2f} | {p99:.2f} | {', '.join(f'{ratio:.2f}' for ratio in ratios)} |")


def ask_timed(searcher: Searcher, question: str, metadata: MetadataFilter) -> float:
    """Return the milliseconds of a filtered question, its filter included."""
    began = time.perf_counter()
    searcher.ask(question, K, within=scope(searcher.bundle, metadata=metadata).rows)
    return (time.perf_counter() - began) * 1000


def compare(whole: Searcher, tagged: Searcher, questions: Sequence[str]) -> None:
    """Print how many questions have the same answer within TAG and from an index of its documents alone."""
    rows = scope(whole.bundle, metadata=MetadataFilter(tags=(TAG,))).rows
    dense = first = hits = status = 0
    for question in questions:
        query = whole.bundle.encoder.encode_query(question).vector
        dense += nearest_ids(whole.bundle, whole.bundle.dense.nearest(query, 10, rows)[0]) == nearest_ids(
            tagged.bundle, tagged.bundle.dense.nearest(query, 10)[0]
        )
        within, alone = whole.ask(question, K, True, rows), tagged.ask(question, K, True)
        ids = [[hit.passage.id for hit in answer.hits] for answer in (within, alone)]
        first += ids[0][:1] == ids[1][:1]
        hits += ids[0] == ids[1]
        status += within.status == alone.status
    print(f"\nof {len(questions)} questions the same within {TAG!r} and from an index of its documents alone:")
    print(f"ten nearest passages {dense}, first passage {first}, {K} passages in order {hits}, status {status}")


def nearest_ids(bundle: Bundle, rows: Sequence[int]) -> list[str]:
    return [bundle.passage(int(row)).id for row in rows]


def main() -> None:
    """Make the indexes where they are not there yet, and measure them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    WORK_FOLDER.mkdir(parents=True, exist_ok=True)
    whole, tagged = (WORK_FOLDER / f"{name}-{options.count}" for name in ("all", "tagged"))
    if not (tagged / "manifest.json").exists():
        make_indexes(options.bench, options.count, whole, tagged)
    questions = [
        fields["text"] for _, fields in islice(objects(options.bench / "scifact/queries.jsonl"), QUESTION_COUNT)
    ]
    with closing(Bundle(whole, cross_encoder=False)) as bundle, closing(Bundle(tagged, cross_encoder=False)) as part:
        compare(Searcher(bundle), Searcher(part), questions)
        measure(Searcher(bundle), questions, options.rounds, options.count)


if __name__ == "__main__":
    main()
