"""Main text of web pages: pincite's reader next to trafilatura and readability, by 4-grams of words.

    python -m benchmarks.main_text FOLDER        # FOLDER: that of the benchmark
    python -m pip install trafilatura readability-lxml    # for the other two, which are left out if missing

The measure is that of scrapinghub/article-extraction-benchmark: 4-grams of words, matched as multisets page by page;
precision and recall are means over pages, and F1 is of those means.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pincite.ingestion.reading.decode import strip_invisible
from pincite.ingestion.reading.readers.webpage import read_webpage
from pincite.ingestion.reading.readers.webpage.element_parts import parts_of
from pincite.ingestion.reading.readers.webpage.encoding import decode_html
from pincite.ingestion.reading.readers.webpage.tree import parse_page

Extractor = Callable[[bytes], str]
WORST = 10  # pages that are listed


class PageScore(NamedTuple):
    precision: float
    recall: float
    url: str


def pincite(data: bytes) -> str:
    return "\n".join(part.text for part in read_webpage(data, "page").parts)


def whole_page(data: bytes) -> str:
    return strip_invisible("\n".join(p.text for p in parts_of(parse_page(decode_html(data)[0], "page").body)))[0]


def trafilatura(data: bytes) -> str:
    import trafilatura as library

    return library.extract(data, include_comments=False) or ""


def readability(data: bytes) -> str:
    import lxml.html
    from readability import Document

    return str(lxml.html.fromstring(Document(decode_html(data)[0]).summary()).text_content())


def grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


def page_scores(folder: Path, extract: Extractor) -> Iterator[PageScore]:
    for name, truth in json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items():
        expected = grams(truth["articleBody"])
        found = grams(extract(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())))
        shared = (expected & found).total()
        precision = shared / found.total() if found else 0.0
        yield PageScore(precision, shared / expected.total() if expected else 1.0, truth["url"])


def report(name: str, scores: list[PageScore], seconds: float) -> None:
    precision, recall = (sum(s[i] for s in scores) / len(scores) for i in (0, 1))
    f1 = 2 * precision * recall / (precision + recall)
    losing = sum(s.recall < 0.95 for s in scores)
    print(
        f"{name:12} F1 {f1:.4f}  precision {precision:.4f}  recall {recall:.4f}  "
        f"pages that lose over 5%: {losing} of {len(scores)}  {1000 * seconds / len(scores):.0f} ms a page"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    folder = arguments.parse_args().folder
    others = {"trafilatura": trafilatura, "readability": readability}
    installed = {name: extract for name, extract in others.items() if importlib.util.find_spec(name)}
    for name, extract in {"pincite": pincite, **installed, "whole page": whole_page}.items():
        start = time.perf_counter()
        scores = [*page_scores(folder, extract)]
        report(name, scores, time.perf_counter() - start)
        if extract is pincite:
            ours = scores
    for field in ("recall", "precision"):
        print(f"\nlowest {field}")
        for score in sorted(ours, key=lambda s: getattr(s, field))[:WORST]:
            print(f"  {getattr(score, field):.3f}  {score.url}")


if __name__ == "__main__":
    main()
