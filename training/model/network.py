"""The judge: the default encoder reading a question and a passage together, with two linear heads.

`answers` says whether the passage answers the question; `marks` says of each token whether the answer stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from pincite.index.models.cross_encoder import MAX_PAIR_TOKENS
from pincite.index.types import Range
from pincite.ingestion.encoder.model_files import find_model


class Judge(nn.Module):
    """The encoder and its heads. The word embeddings stay as published: they are most of the weights."""

    def __init__(self) -> None:
        super().__init__()
        folder = find_model("default").folder
        # Without dropout inside the encoder, a step takes a tenth less; one pass over the data hardly overfits.
        self.encoder = AutoModel.from_pretrained(
            folder, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.encoder.embeddings.word_embeddings.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.answers = nn.Linear(width, 1)
        self.marks = nn.Linear(width, 1)

    def freeze(self, layers: int) -> None:
        """Keep the embeddings and the lowest layers as they are: a step takes a tenth less for each."""
        if layers:
            self.encoder.embeddings.requires_grad_(False)
            self.encoder.encoder.layer[:layers].requires_grad_(False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Judge a batch of pairs. Each tensor is (b, t) int64.

        Returns the logits of `answers` (b,) and of `marks` (b, t), float32.
        """
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        shown = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * shown).sum(1) / shown.sum(1)
        return self.answers(self.dropout(mean)).squeeze(-1), self.marks(self.dropout(hidden)).squeeze(-1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs as tensors, padded to the longest. All but `known` are (b, t)."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    marked: Tensor  # float32: 1 where the answer stands
    passage: Tensor  # bool: tokens of the passage

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the inputs of the model."""
        return self.input_ids, self.attention_mask, self.token_type_ids


def load_tokenizer() -> Tokenizer:
    """Load the default encoder's tokenizer, set up for pairs."""
    tokenizer = Tokenizer.from_file(str(find_model("default").folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PAIR_TOKENS)  # from the longer of the two, so that either may be long
    return tokenizer


def collate(encodings: Sequence[Encoding], marks: Sequence[Sequence[Range]]) -> Batch:
    """Pad encoded pairs into one batch. marks: for each pair, ranges of its passage."""
    longest = max(len(e.ids) for e in encodings)
    ids, mask, types = (torch.zeros(len(encodings), longest, dtype=torch.int64) for _ in range(3))
    marked = torch.zeros(len(encodings), longest)
    for row, (encoding, ranges) in enumerate(zip(encodings, marks, strict=True)):
        size = len(encoding.ids)
        ids[row, :size] = torch.tensor(encoding.ids)
        mask[row, :size] = 1
        types[row, :size] = torch.tensor(encoding.type_ids)
        for at, (begin, end) in enumerate(encoding.offsets):
            within = any(start <= begin and end <= stop for start, stop in ranges)
            marked[row, at] = float(encoding.type_ids[at] == 1 and begin < end and within)
    return Batch(ids, mask, types, marked, types == 1)


def sentence_scores(encoding: Encoding, marks: Sequence[float], ranges: Sequence[Range]) -> list[float]:
    """Score each sentence by the mean of its tokens' logits; one that was cut off gets minus infinity.

    marks: (t,) logits of one pair. ranges: the sentences, as ranges of the passage's text.
    """
    scores = []
    for start, stop in ranges:
        held = [
            marks[at]
            for at, (begin, end) in enumerate(encoding.offsets)
            if encoding.type_ids[at] == 1 and start <= begin < end <= stop
        ]
        scores.append(sum(held) / len(held) if held else float("-inf"))
    return scores


def load_judge(path: Path) -> Judge:
    """Load the model with trained weights, ready to measure or export."""
    judge = Judge()
    judge.load_state_dict(torch.load(path, weights_only=True)["model"])
    return judge.eval()
