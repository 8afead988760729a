"""Weights of an exported cross-encoder, read back from its ONNX file so that training can go on from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

POSITIONS = "encoder.embeddings.position_embeddings.weight"
PARTS = ("query", "key", "value")  # which the file keeps as one product


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read a file that training.export.export wrote. Returns the state of a CrossEncoderNetwork, but for the words.

    Products come back from seven bits: each weight is off by half a step of its column at most. The embeddings of
    words are the published ones, and of positions there are as many as the file reads.
    """
    arrays = {w.name: numpy_helper.to_array(w) for w in onnx.load(path).graph.initializer}
    state: dict[str, Any] = {
        POSITIONS: arrays["places"],
        "encoder.embeddings.token_type_embeddings.weight": arrays["types"],
    }
    state |= {f"encoder.{name}": array for name, array in arrays.items() if "LayerNorm" in name}
    for name in (n.removesuffix(".steps") for n in arrays if n.endswith(".steps")):
        weight, bias = (arrays[f"{name}.steps"] * arrays[f"{name}.scale"]).T, arrays[f"{name}.bias"]
        for parameter, rows, part_of_bias in _parameters(name, weight, bias):
            state |= {f"{parameter}.weight": rows, f"{parameter}.bias": part_of_bias}
    return {name: torch.tensor(np.ascontiguousarray(array, dtype=np.float32)) for name, array in state.items()}


def _parameters(name: str, weight: Any, bias: Any) -> list[tuple[str, Any, Any]]:
    """Return (name in the network, weight, bias) of each table of a product. weight: (out, in)."""
    layer = f"encoder.{name.rpartition('.')[0]}"
    if name.endswith(".joined"):
        tables = zip(PARTS, np.split(weight, len(PARTS)), np.split(bias, len(PARTS)), strict=True)
        return [(f"{layer}.attention.self.{part}", rows, part_of_bias) for part, rows, part_of_bias in tables]
    if name.endswith(".wide"):
        return [(f"{layer}.intermediate.dense", weight, bias)]
    if name.endswith(".product"):
        return [(f"{layer}.dense", weight, bias)]
    return [(name.removesuffix(".logits"), weight, bias)]
