"""The network of the cross-encoder: an encoder that reads a question and a passage together, with two linear heads.

`answers` gives the logit that the passage answers the question; `marks` gives, for each token, the logit that the
answer stands there. Both names are in the shipped file and in checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from pincite.index.models.cross_encoder import MAX_PAIR_TOKENS
from pincite.index.types import Range
from pincite.ingestion.encoder.model_files import find_model
from training.export.read_weights import POSITIONS, read_weights


class CrossEncoderNetwork(nn.Module):  # type: ignore[misc]  # torch is not read by mypy
    """An encoder and two heads. The word embeddings stay as published: they are most of the weights."""

    def __init__(self, encoder: Any) -> None:
        """Put heads on a BERT model of transformers, such as load_encoder() gives."""
        super().__init__()
        self.encoder = encoder
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
        """Score a batch of pairs. Each tensor is (b, t) int64.

        Returns the logits of `answers` (b,) and of `marks` (b, t), float32.
        """
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return self.answers(self.dropout(mean)).squeeze(-1), self.marks(self.dropout(hidden)).squeeze(-1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs as tensors (b, t), padded to the longest."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    mark_targets: Tensor  # float32: 1 where the answer stands
    passage_tokens: Tensor  # bool

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """The inputs of the network."""
        return self.input_ids, self.attention_mask, self.token_type_ids


def load_encoder() -> Any:
    """Load the default encoder to start from, as a BERT model of transformers."""
    # Without dropout inside the encoder, a step takes a tenth less; one pass over the data hardly overfits.
    return AutoModel.from_pretrained(
        find_model("default").folder,
        add_pooling_layer=False,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )


def load_network(path: Path) -> CrossEncoderNetwork:
    """Load the network with the weights of a checkpoint or of an exported file, ready to measure, train or export."""
    network = CrossEncoderNetwork(load_encoder())
    if path.suffix == ".onnx":
        weights = read_weights(path)
        positions = network.state_dict()[POSITIONS].clone()
        positions[: len(weights[POSITIONS])] = weights[POSITIONS]
        network.load_state_dict(network.state_dict() | weights | {POSITIONS: positions})
    else:
        network.load_state_dict(torch.load(path, weights_only=True)["model"])
    network.eval()
    return network


def load_tokenizer() -> Tokenizer:
    """Load the default encoder's tokenizer, set up for pairs."""
    tokenizer = Tokenizer.from_file(str(find_model("default").folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PAIR_TOKENS)  # from the longer of the two, so that either may be long
    return tokenizer


def collate(encodings: Sequence[Encoding], marks: Sequence[Sequence[Range]]) -> Batch:
    """Pad encoded pairs into one batch. marks: for each pair, the ranges of its passage that answer."""
    longest = max(len(e.ids) for e in encodings)
    ids, mask, types = (torch.zeros(len(encodings), longest, dtype=torch.int64) for _ in range(3))
    targets = torch.zeros(len(encodings), longest)
    for row, (encoding, ranges) in enumerate(zip(encodings, marks, strict=True)):
        size = len(encoding.ids)
        ids[row, :size] = torch.tensor(encoding.ids)
        mask[row, :size] = 1
        types[row, :size] = torch.tensor(encoding.type_ids)
        for at, (begin, end) in enumerate(encoding.offsets):
            within = any(start <= begin and end <= stop for start, stop in ranges)
            targets[row, at] = float(encoding.type_ids[at] == 1 and begin < end and within)
    return Batch(ids, mask, types, targets, types == 1)
