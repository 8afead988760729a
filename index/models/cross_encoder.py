"""Cross-encoder: a small model that reads a question together with a passage. Text comes in, logits go out.

Trained by training/ from the default encoder's weights; training/MODEL_CARD.md says on what, and how well it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from pincite.index.models.encoder import TOKENIZER_FILE
from pincite.index.models.onnx_session import feed_of, load_session
from pincite.index.types import Range

CROSS_ENCODER_GRAPH = "cross-encoder.onnx"
CROSS_ENCODER_WEIGHTS = "cross-encoder.weights"  # which the graph of a bundle names: mapped from disk
MAX_PAIR_TOKENS = 128  # of question, passage and special tokens together, in training, too


@dataclass(frozen=True, slots=True)
class PairScore:
    """Scores of the cross-encoder for a question and a passage. Higher is better in both."""

    answer_logit: float  # logit that the passage answers
    sentence_logits: NDArray[np.float32]  # (s,): the mean logit of each sentence's tokens, that it is the one


class CrossEncoder:
    """A loaded cross-encoder, read-only. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Load CROSS_ENCODER_GRAPH and the encoder's tokenizer from a folder."""
        self._session = load_session(folder / CROSS_ENCODER_GRAPH)
        self._inputs = [i.name for i in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_buffer((folder / TOKENIZER_FILE).read_bytes())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_PAIR_TOKENS)  # from the longer of the two

    def score(self, question: str, passage: str, sentences: Sequence[Range]) -> PairScore:
        """Score one pair. sentences: ranges of `passage`, which is a passage's text with its headings.

        One pair at a time, never padded: a score does not depend on other pairs.
        """
        pair = self._tokenizer.encode(question, passage)
        answer_logits, token_logits = self._session.run(None, feed_of(pair, self._inputs))
        return PairScore(
            float(answer_logits[0]),
            np.array([_sentence_logit(token_logits[0], pair, s) for s in sentences], dtype=np.float32),
        )


def _sentence_logit(token_logits: NDArray[np.float32], pair: Encoding, sentence: Range) -> float:
    """Average the logits of a sentence's tokens; a truncated sentence gets the least logit of the pair."""
    logits = [
        logit
        for logit, (start, end), segment in zip(token_logits.tolist(), pair.offsets, pair.type_ids, strict=True)
        if segment == 1 and sentence[0] <= start < end <= sentence[1]
    ]
    return sum(logits) / len(logits) if logits else float(token_logits.min())
