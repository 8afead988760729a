"""Documents made to be slow: each construct of Markdown, HTML and YAML repeated, and what reading it costs.

    python tools/hostile_documents.py            # each construct alone, in every arrangement: hours on a busy machine
    python tools/hostile_documents.py --pairs    # and in pairs: hours
    python tools/hostile_documents.py --only '<div>'

Packages and PDF files are in `python -m tools.mixed_folder`, which takes them at any size.
Reads, composes and cuts each document at 40 and 80 KB, and where that would come to more than half the ceiling for the
largest document there may be, 20 MB, that as well. The ceiling is 60 seconds of processor time and 1 GB. Every document
is read in a process of its own, which is stopped at 90 seconds and 3 GB. Prints what grows faster than its size and
what was tried at 20 MB; exit status 1 when any was beyond the ceiling.
"""

from __future__ import annotations

import argparse
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pincite.index.errors import PinciteError
from pincite.ingestion.chunking.passages import split_document
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Reader
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers.webpage import read_webpage
from pincite.ingestion.reading.readers.webtext import read_webtext

READERS_BY_FORMAT: dict[str, Reader] = {"md": read_markdown, "txt": read_webtext, "html": read_webpage}
INLINE_CONSTRUCTS = (
    "<", "</", "<!", "<?", "<![CDATA[", "<!-- ", "<a ", '<a href="', "<a b='", "<a b=c ", "<script>",
    "<style>", "</b>", "<http:", "<a@b.c>", "&", "&#", "&#x", "&amp;", "&#0;", "[", "![", "](", "[a](",
    "[a](b ", '[a](b "', "[a][b", "[a](<b", "[a]: b", "]", "*", "**", "_", "*a_", "**a_", "a*", "a**b", "`",
    "``", "`a``b", "~", "\\", "\\[", "!", "(", "|", "a|", "\\|", "-|", ":", "%",
)  # fmt: skip
BLOCK_CONSTRUCTS = (
    "# ", "###### a", "- ", "* ", "+ ", "1) ", "1. ", "> ", "> - ", "- > ", "> " * 20, "- " * 12, "a\n===\n",
    "a\n---\n", "---\n", "***\n", "```\n", "~~~ ", "~~~\n", "\t", "    a\n", "  - a\n", "[a]: b\n", "[a]:\n",
    "[^1]: ", "a|b\n-|-\n", "|\n", "<div>\n", "<!--\n", "<pre>\n", "<?\n", "-->\n", "a  \n", "a\\\n",
)  # fmt: skip
TEXT_CONSTRUCTS = (
    "a", "a ", "A b. ", "Mr. A. ", "1.", "1 ", "e.g. ", "\u0301", "a\u200d", "\u200b", "\ufdfa", "\U0001f9e0",
    "\u0e01", "…", "'", '"', "(a) ", "[1]", "A.\n", "A\n", "a\n", "A:\n", "A?\n", "1.\n", "•\n", "[\n",
    "[1]\n", "[\n1\n]\n", ".\n", "Share\n", "A b\n\nc d\n", "A b\n\nC d\nE f\n", "• A\n", "Last updated on\n",
    "Reviewed: 1/1/2020\n", "(\n", "A,\n", "Contents\nA b\nC d\n", "By A B\n", "© A\n", "A;\n",
    "Name.\nThe text that explains it all.\n", "\n", "\r", " ", "Who is it?\nIt is a thing that is here.\n",
    "A B\nC D\nThis is a sentence of text here.\n",
)  # fmt: skip
PAGE_CONSTRUCTS = (
    "<p>a", "<td>a", "<tr><td>a", "<table>", "<li>a", "<ul><li>", "<dl><dt>a<dd>", "<b><i>", "<a href=#a>a</a>",
    "<p style='color:#fff;background:#fff'>a", "<p style='font-size:0'>a", "<p hidden>a</p>",
    "<h2>a</h2><p>a", "<svg><g>", "<template>a", "<select><option>a", "<title>a</title>", "<meta name=a content=b>",
    '<script type="application/ld+json">[', "<p class='a b c' id=a>a", "<td colspan=1000 rowspan=1000>a", "<pre>a",
    "<details><summary>a", "<sup>1</sup>", "<br>", "<ruby>a<rt>b", "<figure><figcaption>a", "<form><input>",
    "<nav><a href=a>a</a></nav>", "<base href=a>",
)  # fmt: skip
MAX_SECONDS, MAX_MEGABYTES = 60, 1000
SMALL_BYTES, LARGE_BYTES = 40_000, 19_900_000


@dataclass(frozen=True)
class Cost:
    """Cost of reading one document."""

    seconds: float
    megabytes: int
    outcome: str  # "read", "refused: ...", the name of an exception, "stopped"

    @property
    def is_handled(self) -> bool:
        """Read, or refused in words."""
        return self.outcome.startswith(("read", "refused"))


def numbered_lines(unit: str, size: int) -> str:
    """Repeat a construct once a line, each line with a number, so that no two are equal."""
    filler = "x" * max(1, 45 - len(unit))
    return "".join(f"{unit}{filler}{n:06}\n" for n in range(size // (len(unit) + len(filler) + 7)))


ARRANGEMENTS: dict[str, Callable[[str, int], str]] = {
    "one line": lambda u, n: u * (n // len(u)),
    "lines": lambda u, n: f"{u}\n" * (n // (len(u) + 1)),
    "lines of 60": lambda u, n: (u * (60 // len(u) + 1) + "\n") * (n // (len(u) * (60 // len(u) + 1) + 1)),
    "paragraphs": lambda u, n: f"{u}\n\n" * (n // (len(u) + 2)),
    "paragraphs of 1,900": lambda u, n: (u * (1900 // len(u)) + "\n\n") * max(1, n // 1902),
    "paragraphs of 19,000": lambda u, n: (u * (19_000 // len(u)) + "\n\n") * max(1, n // 19_002),
    "numbered lines": numbered_lines,
    "after <div>": lambda u, n: "<div>\n" + u * (n // len(u)) + "\n\nText is here.\n",
    # the most blocks, and the most markup, that are not refused
    "in items": lambda u, n: ("- " + u * (168 // len(u)) + "\n") * (n // 171),
    "in headings": lambda u, n: ("# " + u * (104 // len(u)) + "\n") * (n // 107),
    "in cells": lambda u, n: "a|b\n-|-\n" + ("|" + u * (133 // len(u)) + "|b\n") * (n // 138),
    "sparse": lambda u, n: ((u + "word " * (2 * len(u))) * (1900 // (11 * len(u))) + "\n\n") * max(1, n // 1902),
    "front matter": lambda u, n: f"---\ntitle: a\nx: {u * (n // len(u))}\n---\nText is here.\n",
    "stepping in": lambda u, n: "".join(" " * i + u + "\n" for i in range(int((2 * n) ** 0.5))),
}


def measure_cost(text: str, format_name: str) -> Cost:
    """Read a document in a process of its own."""
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (90, 91))
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        os.write(sender, pickle.dumps(_read_and_measure(text, format_name)))
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as pipe:
        pickled = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(pickled) if pickled else Cost(90.0, 3072, "stopped")


def _read_and_measure(text: str, format_name: str) -> Cost:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = text.encode("utf-8", "surrogatepass")
    began = time.process_time()
    try:
        draft = READERS_BY_FORMAT[format_name](data, "page")
        split_document(compose(draft, "x", draft.title or "X"), 60)
        outcome = "read"
    except PinciteError as error:
        outcome = f"refused: {error.problem}"
    except BaseException as error:  # whatever it is, it is reported
        outcome = f"{type(error).__name__}: {error}"
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(time.process_time() - began, (after - before) // 1024, outcome[:90])


def cases(pairs: bool) -> Iterator[tuple[str, str, str, str]]:
    """Yield the label, construct, arrangement and format of each case."""
    units = [*INLINE_CONSTRUCTS, *BLOCK_CONSTRUCTS, *TEXT_CONSTRUCTS, *PAGE_CONSTRUCTS]
    if pairs:
        units = [
            a + b
            for a, b in permutations(
                [*INLINE_CONSTRUCTS[::2], *BLOCK_CONSTRUCTS[::3], *TEXT_CONSTRUCTS[::4], *PAGE_CONSTRUCTS[::5]], 2
            )
        ]
    arrangement_names = ("one line", "lines", "paragraphs of 19,000") if pairs else tuple(ARRANGEMENTS)
    for unit in units:
        for name in arrangement_names:
            for format_name in READERS_BY_FORMAT:
                yield f"{unit!r:24} {name:20} {format_name}", unit, name, format_name


def main() -> int:
    """Measure every case and print what stands out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", action="store_true", help="pairs of constructs instead of each alone")
    parser.add_argument("--only", default="", help="only cases whose label holds this")
    arguments = parser.parse_args()
    beyond = [try_case(*case) for case in cases(arguments.pairs) if arguments.only in case[0]]
    print(f"{len(beyond)} cases, {sum(beyond)} beyond the ceiling")
    return any(beyond)


def try_case(label: str, unit: str, arrangement: str, format_name: str) -> bool:
    """Measure one case; tell whether it is beyond the ceiling."""
    arrange = ARRANGEMENTS[arrangement]
    first, second = (
        measure_cost(arrange(unit, SMALL_BYTES), format_name),
        measure_cost(arrange(unit, 2 * SMALL_BYTES), format_name),
    )
    size_ratio = LARGE_BYTES // (2 * SMALL_BYTES)
    large = None
    if (
        second.seconds * size_ratio > MAX_SECONDS / 2
        or second.megabytes * size_ratio > MAX_MEGABYTES
        or not second.is_handled
    ):
        large = measure_cost(arrange(unit, LARGE_BYTES), format_name)
    largest = large or second
    beyond = not largest.is_handled or largest.seconds > MAX_SECONDS or largest.megabytes > MAX_MEGABYTES
    growth = second.seconds / max(first.seconds, 0.01)
    if large or growth > 2.8:
        verdict = "BEYOND" if beyond else ""
        small = f"{first.seconds:6.2f} {second.seconds:6.2f} s x{growth:4.1f}"
        big = f"{large.seconds:6.1f} s {large.megabytes:5} MB at 20 MB" if large else ""
        print(f"{verdict:6} {label} {small} {big:26} {largest.outcome}", flush=True)
    return beyond


if __name__ == "__main__":
    sys.exit(main())
