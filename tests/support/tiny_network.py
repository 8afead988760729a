"""A cross-encoder of two layers and 24 dimensions with random weights, which learns and exports within a second."""

from __future__ import annotations

from typing import Any

import torch
from transformers import BertConfig, BertModel

from training.model.network import CrossEncoderNetwork

LAYERS = 2


def tiny_encoder() -> Any:
    """Return a BERT model with the vocabulary and the number of attention heads of the default encoder."""
    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=12,
        intermediate_size=48,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.5,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    for name, parameter in encoder.named_parameters():
        if parameter.ndim == 1:  # biases of zeros and norms of ones are equal, and the exporter joins what is equal
            torch.nn.init.normal_(parameter, float(name.endswith("weight")), 0.1)
    return encoder


def tiny_network() -> CrossEncoderNetwork:
    """Return the network, ready to measure or export."""
    network = CrossEncoderNetwork(tiny_encoder())
    network.eval()
    return network
