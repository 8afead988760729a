"""Items whose name stands on a line of its own, closed like a sentence: the name and what explains it become one."""

from __future__ import annotations

from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import Unit
from pincite.ingestion.reading.readers.webtext.lines import count_words, is_closed, is_lead_in, starts_fresh


def join_names(units: Sequence[Unit]) -> list[Unit]:
    """After a lead-in, put a name with a full stop before the sentences that explain it: one item, not two."""
    out: list[Unit] = []
    i = 0
    while i < len(units):
        pairs = _named_pairs(units, i) if i and is_lead_in(units[i - 1].last) else []
        for start, end in pairs:
            whole = Unit([line for unit in units[start:end] for line in unit.lines], paired=True)
            out.append(whole.close())
        if pairs:
            i = pairs[-1][1]
        else:
            out.append(units[i])
            i += 1
    return out


def _named_pairs(units: Sequence[Unit], start: int) -> list[tuple[int, int]]:
    """Stretches of one name and what explains it; none unless the list begins so and does so twice."""
    pairs: list[tuple[int, int]] = []
    i = start
    while _is_pair(units, i):
        end = i + 2
        if not _is_pair(units, end) and _is_pair(units, end + 1) and _is_sentence(units[end]):
            end += 1  # a second paragraph of the same item
        pairs.append((i, end))
        i = end
    return pairs if len(pairs) > 1 else []


def _is_pair(units: Sequence[Unit], i: int) -> bool:
    if i + 1 >= len(units) or not (_is_sentence(units[i]) and _is_sentence(units[i + 1])):
        return False
    name, rest = units[i], units[i + 1]
    words = count_words(name.text)
    short = words <= 6 and not name.has_sentence and starts_fresh(name.text)
    return short and (count_words(rest.text) >= max(6, 2 * words) or (rest.has_sentence and words < 4))


def _is_sentence(unit: Unit) -> bool:
    return not unit.level and not unit.marker and is_closed(unit.text) and not unit.text.endswith("?")
