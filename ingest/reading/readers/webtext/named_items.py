"""Items whose name stands on a line of its own, closed like a sentence: the name and what explains it become one."""

from __future__ import annotations

from collections.abc import Sequence

from pincite.ingestion.reading.readers.webtext.blocks import TextBlock
from pincite.ingestion.reading.readers.webtext.lines import count_words, ends_sentence, is_lead_in, may_start_block


def join_named_items(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """After a lead-in, put a name with a full stop before the sentences that explain it: one item, not two."""
    joined: list[TextBlock] = []
    i = 0
    while i < len(blocks):
        pairs = _named_pairs(blocks, i) if i and is_lead_in(blocks[i - 1].last_line) else []
        for start, end in pairs:
            item = TextBlock([line for block in blocks[start:end] for line in block.lines], is_named_item=True)
            joined.append(item.close())
        if pairs:
            i = pairs[-1][1]
        else:
            joined.append(blocks[i])
            i += 1
    return joined


def _named_pairs(blocks: Sequence[TextBlock], start: int) -> list[tuple[int, int]]:
    """Stretches of one name and what explains it; none unless the list begins so and does so twice."""
    pairs: list[tuple[int, int]] = []
    i = start
    while _is_pair(blocks, i):
        end = i + 2
        if not _is_pair(blocks, end) and _is_pair(blocks, end + 1) and _is_sentence(blocks[end]):
            end += 1  # a second paragraph of the same item
        pairs.append((i, end))
        i = end
    return pairs if len(pairs) > 1 else []


def _is_pair(blocks: Sequence[TextBlock], i: int) -> bool:
    if i + 1 >= len(blocks) or not (_is_sentence(blocks[i]) and _is_sentence(blocks[i + 1])):
        return False
    name, rest = blocks[i], blocks[i + 1]
    words = count_words(name.text)
    short = words <= 6 and not name.has_inner_sentence and may_start_block(name.text)
    return short and (count_words(rest.text) >= max(6, 2 * words) or (rest.has_inner_sentence and words < 4))


def _is_sentence(block: TextBlock) -> bool:
    return not block.level and not block.marker and ends_sentence(block.text) and not block.text.endswith("?")
