"""The exported judge at work, as serving runs it: ONNX Runtime, one pair at a time, never padded.

One at a time because the eight-bit file takes its scales from the whole batch: a score would hang on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding

from pincite.index.models.onnx_runtime import onnxruntime
from pincite.index.models.onnx_session import feed_of
from pincite.index.types import Range
from training.model.network import load_tokenizer, sentence_scores

NAMES = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of one pair. Higher is better in all."""

    answers: float  # logit
    sentences: tuple[float, ...]  # mean logit of each sentence's tokens


class Scorer:
    """Judges pairs with an exported file."""

    def __init__(self, path: Path) -> None:
        """Open the file for one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._tokenizer = load_tokenizer()

    def judge(self, question: str, passage: str, ranges: Sequence[Range] = ()) -> Judged:
        """Judge one pair. ranges: the passage's sentences, where their scores are wanted."""
        encoding = self.encode(question, passage)
        answers, marks = self.run(encoding)
        return Judged(float(answers[0]), tuple(sentence_scores(encoding, marks[0].tolist(), ranges)))

    def encode(self, question: str, passage: str) -> Encoding:
        """Tokenize a pair."""
        return self._tokenizer.encode(question, passage)

    def run(self, encoding: Encoding) -> tuple[np.ndarray, np.ndarray]:
        """Logits of `answers` (1,) and `marks` (1, t), float32."""
        names = [i.name for i in self._session.get_inputs()]
        answers, marks = self._session.run(None, feed_of(encoding, names))
        return answers, marks
