"""Int8 quantisation of the encoder: per-column weight scales, dynamic activation scales per text.

A few of the numbers inside are fifty times the others, and one scale for a text then leaves the others a handful of
steps. So the columns of what comes in are made more alike before it is rounded, and the rows of the weights less, as
in Xiao et al., "SmoothQuant" (2023); where tokens differ most, each is brought to its own largest number, too. How much
of either is chosen for each product by the error that it leaves on typical texts. Measured in
docs/decisions/0015-encoders.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.onnx_runtime import onnxruntime
from pincite.index.models.onnx_session import Feed
from pincite.ingestion.encoder.onnx_builder import CONTRIB, GraphBuilder
from pincite.ingestion.encoder.onnx_files import MIN_EMBEDDING_ROWS, load_graph, rewrite, save_graph

SMOOTHING_POWERS = (0.4, 0.5, 0.6, 0.7, 0.8)  # of a column's largest number, by which it is divided
PER_TOKEN_ERROR_RATIO = (
    0.8  # of the error that must be left for tokens to be brought to their own largest number: that takes time
)
_MIN_SCALE = np.float32(1e-6)

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Activations:
    """Activations at the input of one product, for some texts."""

    rows: Array  # (t, k), the tokens of one text after another
    lengths: list[int]  # tokens of each text

    @property
    def starts(self) -> NDArray[np.int64]:
        """The row at which each text begins."""
        return np.cumsum([0, *self.lengths[:-1]])


@dataclass(frozen=True, slots=True)
class ActivationScaling:
    """How one product is done in eight bits."""

    divisors: Array  # (k,): of the columns of what comes in
    per_token: bool  # each token's numbers are divided by their largest as well


def quantize_graph(folder: Path, feeds: Sequence[Feed]) -> None:
    """Write the graph in `folder` again in eight bits, calibrated on what its inputs are for typical texts."""
    model = load_graph(folder)
    seen = _inputs_of_products(model, feeds)

    def change(nodes: GraphBuilder, node: Any, values: Array) -> bool:
        if node.op_type == "MatMul":
            _product(nodes, node, values, choose_scaling(seen[node.input[0]], values))
            return True
        if len(values) >= MIN_EMBEDDING_ROWS:
            _look_up(nodes, node, values)
            return True
        return False

    rewrite(model, change)
    save_graph(model, folder)


def choose_scaling(seen: Activations, weights: Array) -> ActivationScaling:
    """Choose the activation scaling with the least error on these activations. weights: (k, n)."""
    largest = np.abs(seen.rows).max(axis=0).clip(_MIN_SCALE)
    beside = np.abs(weights).max(axis=1).clip(_MIN_SCALE)
    exact = seen.rows @ weights
    found: dict[bool, tuple[float, ActivationScaling]] = {}
    for by_rows in (False, True):
        tried = [ActivationScaling(largest**power / beside ** (1 - power), by_rows) for power in SMOOTHING_POWERS]
        errors = [float(np.square(simulate_product(seen, weights, rounding) - exact).sum()) for rounding in tried]
        best = int(np.argmin(errors))
        found[by_rows] = errors[best], tried[best]
    return found[found[True][0] < PER_TOKEN_ERROR_RATIO * found[False][0]][1]


def quantize_symmetric(values: Array, axis: int) -> tuple[Array, Array]:
    """Numbers in 127 steps of the largest along an axis: the steps, and the scales, that axis left at 1."""
    scales = np.abs(values).max(axis=axis, keepdims=True).clip(_MIN_SCALE) / np.float32(127)
    return np.rint(values / scales), scales


def simulate_product(seen: Activations, weights: Array, rounding: ActivationScaling) -> Array:
    """Compute a quantised product as ONNX Runtime does: activations have 255 steps from least to largest."""
    values = seen.rows / rounding.divisors
    sizes = np.abs(values).max(axis=1, keepdims=True).clip(_MIN_SCALE) if rounding.per_token else np.float32(1)
    values /= sizes
    low = np.minimum.reduceat(values.min(axis=1), seen.starts).clip(None, 0)
    high = np.maximum.reduceat(values.max(axis=1), seen.starts).clip(0)
    scale = np.repeat((high - low).clip(_MIN_SCALE) / np.float32(255), seen.lengths)[:, None]
    steps, scales = quantize_symmetric(weights * rounding.divisors[:, None], 0)
    product: Array = (np.rint(values / scale) * scale) @ (steps * scales) * sizes
    return product


def _product(nodes: GraphBuilder, node: Any, values: Array, rounding: ActivationScaling) -> None:
    out = node.output[0]
    factors = nodes.constant(f"{out}.factors", 1 / rounding.divisors)
    divided = nodes.add("Mul", [node.input[0], factors], f"{out}.even")
    if rounding.per_token:
        nodes.add("Abs", [divided], f"{out}.sizes")
        nodes.add("ReduceMax", [f"{out}.sizes", nodes.constant("last", np.array([-1]))], f"{out}.most", keepdims=1)
        nodes.add("Max", [f"{out}.most", nodes.constant("least", np.array(_MIN_SCALE))], f"{out}.largest")
        divided = nodes.add("Div", [divided, f"{out}.largest"], f"{out}.rows")
    steps, scales = quantize_symmetric(values * rounding.divisors[:, None], 0)
    table = nodes.constant(f"{out}.steps", steps.astype(np.int8))
    zeros = nodes.constant(f"{out}.zeros", np.zeros(values.shape[1], dtype=np.int8))
    inputs = [divided, table, nodes.constant(f"{out}.scales", scales[0]), zeros]
    product = nodes.add("DynamicQuantizeMatMul", inputs, f"{out}.product" if rounding.per_token else out, CONTRIB)
    if rounding.per_token:
        nodes.add("Mul", [product, f"{out}.largest"], out)


def _look_up(nodes: GraphBuilder, node: Any, values: Array) -> None:
    """Quantise an embedding table, one scale a row."""
    from onnx import TensorProto

    out = node.output[0]
    steps, scales = quantize_symmetric(values, 1)
    nodes.add("Gather", [nodes.constant(f"{out}.table", steps.astype(np.int8)), node.input[1]], f"{out}.steps")
    nodes.add("Gather", [nodes.constant(f"{out}.scales", scales), node.input[1]], f"{out}.scale")
    nodes.add("Cast", [f"{out}.steps"], f"{out}.wide", to=TensorProto.FLOAT)
    nodes.add("Mul", [f"{out}.wide", f"{out}.scale"], out)


def _inputs_of_products(model: Any, feeds: Sequence[Feed]) -> dict[str, Activations]:
    """Return the activations at the input of each product with weights, by name."""
    import onnx

    tables = {w.name for w in model.graph.initializer}
    wanted = list(dict.fromkeys(n.input[0] for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in tables))
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(watched.SerializeToString(), options, providers=["CPUExecutionProvider"])
    runs = [session.run(wanted, feed) for feed in feeds]
    found = {}
    for i, name in enumerate(wanted):
        texts = [run[i].reshape(-1, run[i].shape[-1]) for run in runs]
        found[name] = Activations(np.concatenate(texts), [len(text) for text in texts])
    return found
