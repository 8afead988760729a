"""Articles written in each format and read again, next to the same articles as Markdown; then their own questions.

    python -m benchmarks.formats FOLDER [--limit 50] [--work var/formats] [--only FORMAT ...] [--no-questions]
    python -m pip install python-docx        # for Word documents; pandoc and LibreOffice are Debian's packages

FOLDER holds documents.jsonl, as `pincite eval` reads it. Each article is written as Markdown, as a web page among
furniture, as a Word document (python-docx), and as that page printed by Chromium with tags and without, as a book, a
Word document and an OpenDocument text by pandoc, and as the Word document that LibreOffice prints and saves. A writer
that is not installed is left out. Files below --work are kept and taken as they are. What is printed for each format:
the share of the words of the Markdown's reading that are there in order, of those in the same section, in the same
passage and in a part of the same kind; and, of the first --limit articles, section@1 on the article's own questions,
its difference from Markdown and the 95% interval of that by paired bootstrap.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.formats.agreement import agreement, placed_words
from benchmarks.formats.writers import Article as Written
from benchmarks.formats.writers import Writer, by_libreoffice, by_pandoc, printing, to_docx, to_html, to_markdown
from pincite.evaluation.datasets.articles import ARTICLES_FILE, Article, read_articles
from pincite.evaluation.datasets.beir import parts
from pincite.evaluation.datasets.jsonl import objects
from pincite.evaluation.indexes import searching
from pincite.evaluation.metrics.statistics import compare
from pincite.evaluation.runner import ask_articles
from pincite.index.settings import Settings
from pincite.index.types import Document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Part
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX

SUFFIXES = {"markdown": ".md", "html": ".html", "docx": ".docx", "pdf": ".pdf", "pdf-untagged": ".pdf"}
BY_PANDOC = {"epub": ".epub", "docx-pandoc": ".docx", "odt-pandoc": ".odt"}
BY_LIBREOFFICE = {"pdf-office": ".pdf", "odt-office": ".odt"}
SUFFIXES |= BY_PANDOC | BY_LIBREOFFICE
SHARES = ("in order", "same section", "same passage", "same kind")
WORST = 5  # articles that are listed
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def written_articles(folder: Path) -> Iterator[tuple[str, Written]]:
    """Yield the id of each article, its title and its parts."""
    for place, fields in objects(folder / ARTICLES_FILE):
        drafted: list[Part] = []
        for number, section in enumerate(fields["sections"], start=1):
            drafted.append(Part("heading", " ".join(section["heading"].split()) or str(number), 1))
            drafted += parts(section["text"], place)
        yield fields["_id"], (" ".join(fields["title"].split()), drafted)


def write_all(articles: Sequence[tuple[str, Written]], work: Path, only: Sequence[str]) -> list[str]:
    """Write the articles that are not there yet. Returns the formats that could be written."""
    with ExitStack() as stack:
        writers: dict[str, Writer] = {"markdown": to_markdown, "html": to_html}
        if importlib.util.find_spec("docx"):
            writers["docx"] = to_docx
        chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
        if chromium and importlib.util.find_spec("playwright"):
            writers |= stack.enter_context(printing(chromium))
        if pandoc := shutil.which("pandoc"):
            writers |= {n: partial(by_pandoc, suffix=suffix, pandoc=pandoc) for n, suffix in BY_PANDOC.items()}
        if (office := shutil.which("soffice")) and "docx" in writers:
            writers |= {n: partial(by_libreoffice, suffix=s, office=office) for n, s in BY_LIBREOFFICE.items()}
        chosen = {name: writers[name] for name in writers if name == "markdown" or not only or name in only}
        for name, write in chosen.items():
            (work / name).mkdir(parents=True, exist_ok=True)
            for article_id, article in articles:
                path = work / name / f"{article_id}{SUFFIXES[name]}"
                if not path.exists():
                    unfinished = path.with_suffix(".part")
                    unfinished.write_bytes(write(article))
                    unfinished.replace(path)
    return [*chosen]


def read_document(work: Path, name: str, article_id: str) -> Document:
    path = work / name / f"{article_id}{SUFFIXES[name]}"
    draft = READERS_BY_SUFFIX[path.suffix](path.read_bytes(), path.name)
    return compose(draft, article_id, draft.title or "")


def measure_words(
    expected: Mapping[str, Document], found: Mapping[str, Document], passage_words: int
) -> tuple[Counter[str], list[tuple[float, str]]]:
    """Return the counts over all articles, and the share of each in the same passage."""
    total: Counter[str] = Counter()
    shares = []
    for article_id, document in found.items():
        counts = agreement(
            [*placed_words(expected[article_id], passage_words)], [*placed_words(document, passage_words)]
        )
        total += counts
        shares.append((counts["same passage"] / counts["words"], article_id))
    return total, sorted(shares)


def section_at_1(
    name: str, documents: Mapping[str, Document], articles: Sequence[Article], work: Path
) -> NDArray[np.float64]:
    """Return 1 or 0 for each question of the articles, as section@1. Kept below `work` with the texts' digests.

    All formats share one index, one after the other, so that a passage of the same words is embedded once.
    """
    kept = work / f"{name}-section-at-1.json"
    digests = [documents[a.headed.id].sha256 for a in articles]
    if kept.exists() and (stored := json.loads(kept.read_text(encoding="utf-8")))["digests"] == digests:
        return np.array(stored["values"])
    asked = [replace(a, headed=documents[a.headed.id], labels=_labels(documents[a.headed.id], a)) for a in articles]
    with searching([a.headed for a in asked], work / "index", Settings(), _progress_for) as searcher:
        measures = ask_articles({name: searcher}, asked, _progress_for).measures
    values = next(v for key, v in measures.items() if key.endswith("section@1") and "BM25" not in key)
    kept.write_text(json.dumps({"digests": digests, "values": values.tolist()}), encoding="utf-8")
    return values


def _labels(document: Document, article: Article) -> tuple[str, ...]:
    """Return the label of each section: that of the article's next section of that heading, or one of its own."""
    left = [(s.path, label) for s, label in zip(article.headed.sections, article.labels, strict=True)]
    labels = []
    for number, section in enumerate(document.sections):
        match = next((pair for pair in left if pair[0] == section.path), None)
        if match:
            left.remove(match)
        labels.append(match[1] if match else f"none {number}")
    return tuple(labels)


def _progress_for(stage: str) -> Callable[[int, int], None]:
    return partial(print, stage, end="\r", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=50, help="articles whose questions are asked")
    parser.add_argument("--work", type=Path, default=Path("var/formats"))
    parser.add_argument("--only", nargs="*", choices=SUFFIXES, default=[])
    parser.add_argument("--no-questions", action="store_true")
    parser.add_argument("--no-words", action="store_true")
    options = parser.parse_args()
    articles = read_articles(options.folder)[: options.limit]
    asked = {a.headed.id for a in articles}
    written = [(i, article) for i, article in written_articles(options.folder) if not options.no_words or i in asked]
    names = write_all(written, options.work, options.only)
    documents = {name: {i: read_document(options.work, name, i) for i, _ in written} for name in names}
    passage_words = Settings().passage_words
    if not options.no_words:
        print(f"{len(written)} articles\n{'':14}" + "".join(f"{share:>14}" for share in SHARES), flush=True)
    for name in () if options.no_words else names:
        counts, shares = measure_words(documents["markdown"], documents[name], passage_words)
        figures = "".join(f"{counts[share] / counts['words']:14.2%}" for share in SHARES)
        print(f"{name:14}{figures}  {counts['words found']:,} of {counts['words']:,} words", flush=True)
        for share, article_id in shares[: WORST if name != "markdown" else 0]:
            if share < 1:
                print(f"{'':14}  {share:.2%} in the same passage: {article_id}")
    if options.no_questions:
        return
    right: dict[str, NDArray[np.float64]] = {}
    for name in names:
        is_same = all(documents[name][a.headed.id] == documents["markdown"][a.headed.id] for a in articles)
        same_as = "markdown" if is_same else name  # equal documents have equal answers
        right[name] = section_at_1(same_as, documents[same_as], articles, options.work)
    print(f"\nsection@1 on {len(right['markdown'])} questions of {len(articles)} articles")
    for name, values in right.items():
        (pair,) = compare(values[:, None], right["markdown"][:, None])
        low, high = pair.interval
        print(
            f"{name:14}{values.mean():.3f}  {pair.difference:+.4f} [{low:+.4f}, {high:+.4f}]  "
            f"{pair.wins} won, {pair.losses} lost"
        )


if __name__ == "__main__":
    main()
