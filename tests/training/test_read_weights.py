"""Weights read back from an exported cross-encoder give its logits again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from pincite.index.models.onnx_session import feed_of, load_session
from training.export.read_weights import POSITIONS, read_weights
from training.model.network import load_network, load_tokenizer
from training.model.train import answer_logits

SHIPPED = Path(__file__).resolve().parents[2] / "index" / "models" / "cross-encoder.onnx"


def test_the_shipped_file_comes_back_as_a_network() -> None:
    """Every parameter is read, and the logits are those of the file but for its rounding."""
    network = load_network(SHIPPED)
    assert set(read_weights(SHIPPED)) == set(network.state_dict()) - {"encoder.embeddings.word_embeddings.weight"}
    assert len(read_weights(SHIPPED)[POSITIONS]) < len(network.state_dict()[POSITIONS])
    assert not torch.isnan(network.state_dict()[POSITIONS]).any()
    session = load_session(SHIPPED)
    names = [graph_input.name for graph_input in session.get_inputs()]
    questions = ["When does the bell ring?", "Is leave paid?", "Who feeds the fish?", "What is a spring tide?"]
    pairs = load_tokenizer().encode_batch([(q, "Tide notes > High water\nThe tower rings a bell.") for q in questions])
    exported = [float(session.run(None, feed_of(pair, names))[0][0]) for pair in pairs]
    assert np.abs(answer_logits(network, pairs) - exported).max() < 1
    assert np.argsort(exported).tolist() == np.argsort(answer_logits(network, pairs)).tolist()
