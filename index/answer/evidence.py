"""The evidence of a passage: which of its sentences answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.cross_encoder import PairScore
from pincite.index.types import Document, Evidence, Passage, Range

EVIDENCE_MARGIN = 0.15  # cosine margin: sentences this close to the best count as equally good evidence
CROSS_ENCODER_WEIGHT = 0.05  # cosine that one logit of the cross-encoder counts for
MAX_EVIDENCE_SENTENCES = 4  # sentences marked in a passage, not counting lists


def choose_ranges(passage: Passage, cosines: NDArray[np.float32], pair_score: PairScore | None = None) -> list[Range]:
    """Choose the ranges that answer, in the order of the text: the best sentence and those that score nearly as well.

    A list item comes with the line that introduces its list, and such a line, chosen, with its whole list.
    cosines: (s,) float32, one a sentence of the passage. pair_score: the cross-encoder's, if it read the passage.
    """
    scores = cosines if pair_score is None else cosines + CROSS_ENCODER_WEIGHT * pair_score.sentence_logits
    best_first = np.argsort(-scores, kind="stable")[:MAX_EVIDENCE_SENTENCES]
    near = [int(i) for i in best_first if scores[i] >= scores[best_first[0]] - EVIDENCE_MARGIN]
    chosen = {passage.sentences[i] for i in near}
    for sentence, lead_in in zip(passage.sentences, passage.lead_ins, strict=True):
        if lead_in is not None and sentence in chosen:
            chosen.add(lead_in)
        elif lead_in is not None and lead_in == passage.sentences[int(best_first[0])]:
            chosen.add(sentence)
    return sorted(chosen)


def quote_ranges(document: Document, ranges: Sequence[Range]) -> tuple[Evidence, ...]:
    """Quote ranges of a document as evidence."""
    return tuple(Evidence(start, end, document.text[start:end]) for start, end in ranges)
