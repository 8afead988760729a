"""Readings of docling's test documents next to docling's own Markdown: words, headings, list items, each difference.

    python -m benchmarks.docling FOLDER...        # FOLDER: X.html or X.docx, each with its X.html.md or X.docx.md

Their Markdown is read by pincite's own reader, so that markup is no word. What is compared:

- words (letters and figures between other signs), in order: theirs that ours has, too. A marker such as "1.2" is one;
  an equation is none, for one side has LaTeX and the other the signs that are printed. Words that ours has in a note
  alone were left out as furniture of the page and are counted apart.
- headings, by their words and by how many headings stand over them, since where docling's levels begin depends on the
  format; the title is the first of them where their Markdown has it as a heading.
- items, by their words and their nesting. Text that stands in an item may be part of it there; a box to tick is a
  sign, and any words of ours may stand where an equation is.

Differences are listed with the judgement that benchmarks/docling.toml has on them: whose reading is right, or that it
is a convention. A difference that no judgement is on makes the exit status 1.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pincite.ingestion.reading.draft import Draft, Part
from pincite.ingestion.reading.readers.markdown import read_markdown
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX

JUDGEMENTS = Path(__file__).with_suffix(".toml")
SHOWN_WORDS = 12
_WORD = re.compile(r"\w+")
_EQUATION = re.compile(r"\$\$.+?\$\$|\$(?=[^$\n|]*[\\^_={}])[^$\n|]+\$", re.DOTALL)
_EQUATION_MARK = "equationequation"  # a word that no text has
_BOX = re.compile(r"(- )\[[ x]\] ")
_PLAIN_MARKER = re.compile(r"-|[0-9]+[.)]?")  # that Markdown has, too

Words = tuple[str, ...]


class Item(NamedTuple):
    nesting: int
    has_equation: bool
    readings: frozenset[Words]  # alone, with its marker, and with what stands in it


class Reading(NamedTuple):
    words: list[str]
    headings: list[tuple[int, Words]]  # how many headings it stands in, itself among them
    items: list[Item]


class Difference(NamedTuple):
    kind: str  # "words", "heading", "item", "extra words"
    text: str


class Compared(NamedTuple):
    counts: Counter[str]  # "words", "words in ours", "words in notes", "headings", "headings in ours", ...
    differences: list[Difference]


def words_of(text: str) -> Words:
    return tuple(word for word in _WORD.findall(text) if word != _EQUATION_MARK)


def read_truth(markdown: str) -> Reading:
    """Read their Markdown without equations and boxes to tick."""
    draft = read_markdown(_BOX.sub(r"\1", _EQUATION.sub(f" {_EQUATION_MARK} ", markdown)).encode("utf-8"), "truth.md")
    title = [Part("heading", draft.title, 1)] if draft.title else []
    return reading_of([*title, *draft.parts])


def read_ours(draft: Draft, truth: Reading) -> Reading:
    """Read a draft; its title is a heading only where it is one in their Markdown."""
    is_heading = draft.title is not None and words_of(draft.title) in {words for _, words in truth.headings}
    title = [Part("heading", draft.title or "", 0)] if is_heading else []
    return reading_of([*title, *draft.parts])


def reading_of(parts: Sequence[Part]) -> Reading:
    reading = Reading([], [], [])
    levels: list[int] = []
    for at, part in enumerate(parts):
        own = words_of(part.text)
        marker = () if _PLAIN_MARKER.fullmatch(part.marker) else words_of(part.marker)
        reading.words.extend((*marker, *own))
        if part.kind == "heading":
            while levels and levels[-1] >= part.level:
                levels.pop()
            if own:
                levels.append(part.level)
                reading.headings.append((len(levels), own))
        elif part.kind == "item":
            inside = own
            readings = {own, (*marker, *own)}
            for inner in parts[at + 1 :]:
                if inner.kind in ("heading", "item") or inner.level < part.level:
                    break
                inside = (*inside, *words_of(inner.text))
                readings.add(inside)
            reading.items.append(Item(part.level, _EQUATION_MARK in part.text, frozenset(readings)))
    return reading


def compare(truth: Reading, ours: Reading, notes: Sequence[str]) -> Compared:
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    reported = f" {' '.join(words_of(' '.join(notes)))} "
    matcher = difflib.SequenceMatcher(None, truth.words, ours.words, autojunk=False)
    counts["words"] = len(truth.words)
    for operation, start, end, our_start, our_end in matcher.get_opcodes():
        if operation == "equal":
            counts["words in ours"] += end - start
            continue
        missing, extra = truth.words[start:end], ours.words[our_start:our_end]
        for run in _runs(missing, reported):
            if f" {' '.join(run)} " in reported:
                counts["words in notes"] += len(run)
            else:
                differences.append(Difference("words", " ".join(run)))
        if extra:
            differences.append(Difference("extra words", " ".join(extra)))
    _compare_headings(truth, ours, reported, counts, differences)
    _compare_items(truth, ours, reported, counts, differences)
    return Compared(counts, differences)


def _runs(words: Sequence[str], reported: str) -> Iterator[Sequence[str]]:
    """Cut words into the longest runs, from the left, that notes have as they are, and what is between them."""
    start = 0
    while start < len(words):
        end = start + 1
        is_in = f" {words[start]} " in reported
        while end < len(words):
            longer = f" {' '.join(words[start : end + 1])} " in reported
            if is_in and not longer:
                break
            if not is_in and f" {words[end]} " in reported:
                break
            end += 1
        yield words[start:end]
        start = end


def _compare_headings(
    truth: Reading, ours: Reading, reported: str, counts: Counter[str], differences: list[Difference]
) -> None:
    counts["headings"] = len(truth.headings)
    matcher = difflib.SequenceMatcher(None, truth.headings, ours.headings, autojunk=False)
    for operation, start, end, our_start, our_end in matcher.get_opcodes():
        if operation == "equal":
            counts["headings in ours"] += end - start
            continue
        for depth, words in truth.headings[start:end]:
            _missed("heading", f"{depth} {' '.join(words)}", words, reported, counts, differences)
        for depth, words in ours.headings[our_start:our_end]:
            differences.append(Difference("extra heading", f"{depth} {' '.join(words)}"))


def _compare_items(
    truth: Reading, ours: Reading, reported: str, counts: Counter[str], differences: list[Difference]
) -> None:
    """Match items in order: each of theirs with the first of ours that is left and has one reading with it."""
    counts["items"] = len(truth.items)
    left = 0
    for item in truth.items:
        match = next((i for i in range(left, len(ours.items)) if _same(item, ours.items[i])), None)
        shown = min(item.readings, key=len)
        if match is None:
            _missed("item", f"{item.nesting} {' '.join(shown)}", shown, reported, counts, differences)
        else:
            counts["items in ours"] += 1
            left = match + 1


def _same(one: Item, other: Item) -> bool:
    """Return whether two items are alike. one: theirs, which may hold an equation."""
    if one.nesting != other.nesting:
        return False
    left = iter(max(other.readings, key=len))
    is_in_order = one.has_equation and all(word in left for word in min(one.readings, key=len))
    return is_in_order or not one.readings.isdisjoint(other.readings)


def _missed(
    kind: str, text: str, words: Words, reported: str, counts: Counter[str], differences: list[Difference]
) -> None:
    if f" {' '.join(words)} " in reported:
        counts[f"{kind}s in notes"] += 1
    else:
        differences.append(Difference(kind, text))


def judged(name: str, differences: Sequence[Difference], judgements: Sequence[dict[str, object]]) -> Iterator[str]:
    """Yield a line for each difference, with its judgement. One on fewer or more differences than there are is none."""
    by_kind = Counter(difference.kind for difference in differences)
    for difference in differences:
        on_it = [j for j in judgements if j["file"] == name and difference.kind in (j["kind"], f"extra {j['kind']}")]
        right = [j for j in on_it if j["kind"] == difference.kind and j["count"] == by_kind[difference.kind]]
        judgement = f"{right[0]['verdict']}: {right[0]['reason']}" if right else "NOT JUDGED"
        words = difference.text.split()
        shown = " ".join(words[:SHOWN_WORDS]) + (f" ... ({len(words)} words)" if len(words) > SHOWN_WORDS else "")
        yield f"  {difference.kind:13} {shown}\n                {judgement}"


def _line(name: str, counts: Counter[str]) -> str:
    pieces = []
    for kind in ("words", "headings", "items"):
        noted = f" (+{counts[f'{kind} in notes']} in notes)" if counts[f"{kind} in notes"] else ""
        pieces.append(f"{kind} {counts[f'{kind} in ours']}/{counts[kind]}{noted}")
    return f"{name}: " + ", ".join(pieces)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    judgements = tomllib.loads(JUDGEMENTS.read_text(encoding="utf-8"))["judgement"] if JUDGEMENTS.exists() else []
    unjudged = 0
    for folder in parser.parse_args().folders:
        total: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        for path in sorted(folder.glob("*.md")):
            file = path.with_suffix("")
            draft = READERS_BY_SUFFIX[file.suffix](file.read_bytes(), file.name)
            truth = read_truth(path.read_text(encoding="utf-8"))
            compared = compare(truth, read_ours(draft, truth), draft.notes)
            total += compared.counts
            print(_line(file.name, compared.counts))
            for line in judged(file.name, compared.differences, judgements):
                print(line)
                verdict = line.rpartition("\n")[2].strip().split(":")[0]
                verdicts[verdict] += 1
                unjudged += verdict == "NOT JUDGED"
        print(_line(f"\n{folder}", total))
        print("differences:", ", ".join(f"{verdict} {count}" for verdict, count in sorted(verdicts.items())), "\n")
    return int(unjudged > 0)


if __name__ == "__main__":
    sys.exit(main())
