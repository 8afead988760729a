"""Int8 quantisation of the encoder: per-column weight scales, dynamic activation scales per text.

A few activation channels are fifty times the others, and one scale for a text would leave the others a handful of
steps. So each channel is divided by a smoothing factor, by which its row of the weights is multiplied, as in Xiao et
al., "SmoothQuant" (2023); where tokens differ most, each is also divided by its own largest value. Both are chosen for
each product by the error on typical texts. Measured in
docs/decisions/0015-encoders.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.onnx_session import Feed, load_session
from pincite.ingestion.encoder.encoder_files import EXTERNAL_DATA_BYTES
from pincite.ingestion.encoder.onnx_builder import CONTRIB_DOMAIN, GraphBuilder
from pincite.ingestion.encoder.token_embeddings import MIN_EMBEDDING_ROWS

SMOOTHING_POWERS = (0.4, 0.5, 0.6, 0.7, 0.8)  # SmoothQuant's alpha
PER_TOKEN_ERROR_RATIO = 0.8  # per-token scaling takes time: it must bring the error below this share
_MIN_SCALE = np.float32(1e-6)

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Activations:
    """Activations at the input of one product, for some texts."""

    rows: Float32Array  # (t, k), the tokens of one text after another
    lengths: list[int]  # tokens of each text

    @property
    def starts(self) -> NDArray[np.int64]:
        """The row at which each text begins."""
        return np.cumsum([0, *self.lengths[:-1]])


@dataclass(frozen=True, slots=True)
class ActivationScaling:
    """Scaling of the activations of one int8 product."""

    smoothing_factors: Float32Array  # (k,), by which the channels are divided
    per_token: bool  # each token's values are divided by their largest as well


def quantize_graph(model: Any, feeds: Sequence[Feed]) -> Any:
    """Quantise the products and the embedding table of a graph, calibrated on its activations for some inputs.

    model: onnx.ModelProto, float32, left as it is. Returns another.
    """
    activations = _record_activations(model, feeds)

    def quantize_node(builder: GraphBuilder, node: Any, values: Float32Array) -> bool:
        if node.op_type == "MatMul":
            _add_quantized_matmul(builder, node, values, choose_scaling(activations[node.input[0]], values))
            return True
        if len(values) >= MIN_EMBEDDING_ROWS:
            _add_quantized_gather(builder, node, values)
            return True
        return False

    return _replace_nodes(model, quantize_node)


def choose_scaling(activations: Activations, weights: Float32Array) -> ActivationScaling:
    """Choose the activation scaling with the least error on these activations. weights: (k, n)."""
    activation_max = np.abs(activations.rows).max(axis=0).clip(_MIN_SCALE)
    weight_max = np.abs(weights).max(axis=1).clip(_MIN_SCALE)
    exact_output = activations.rows @ weights
    best_of_mode: dict[bool, tuple[float, ActivationScaling]] = {}
    for per_token in (False, True):
        candidates = [
            ActivationScaling(activation_max**alpha / weight_max ** (1 - alpha), per_token)
            for alpha in SMOOTHING_POWERS
        ]
        errors = [
            float(np.square(simulate_product(activations, weights, quantization) - exact_output).sum())
            for quantization in candidates
        ]
        best = int(np.argmin(errors))
        best_of_mode[per_token] = errors[best], candidates[best]
    return best_of_mode[best_of_mode[True][0] < PER_TOKEN_ERROR_RATIO * best_of_mode[False][0]][1]


def quantize_symmetric(values: Float32Array, axis: int) -> tuple[Float32Array, Float32Array]:
    """Quantise symmetrically to 127 steps of the largest value along an axis. Returns steps, and scales: 1 along it."""
    scales = np.abs(values).max(axis=axis, keepdims=True).clip(_MIN_SCALE) / np.float32(127)
    return np.rint(values / scales), scales


def simulate_product(activations: Activations, weights: Float32Array, quantization: ActivationScaling) -> Float32Array:
    """Compute a quantised product as ONNX Runtime does: activations have 255 steps from least to largest."""
    values = activations.rows / quantization.smoothing_factors
    token_max = np.abs(values).max(axis=1, keepdims=True).clip(_MIN_SCALE) if quantization.per_token else np.float32(1)
    values /= token_max
    low = np.minimum.reduceat(values.min(axis=1), activations.starts).clip(None, 0)
    high = np.maximum.reduceat(values.max(axis=1), activations.starts).clip(0)
    scale = np.repeat((high - low).clip(_MIN_SCALE) / np.float32(255), activations.lengths)[:, None]
    quantized, scales = quantize_symmetric(weights * quantization.smoothing_factors[:, None], 0)
    product: Float32Array = (np.rint(values / scale) * scale) @ (quantized * scales) * token_max
    return product


def _add_quantized_matmul(
    builder: GraphBuilder, node: Any, values: Float32Array, quantization: ActivationScaling
) -> None:
    out = node.output[0]
    factors = builder.constant(f"{out}.factors", 1 / quantization.smoothing_factors)
    smoothed = builder.add("Mul", [node.input[0], factors], f"{out}.even")
    if quantization.per_token:
        builder.add("Abs", [smoothed], f"{out}.sizes")
        builder.add("ReduceMax", [f"{out}.sizes", builder.constant("last", np.array([-1]))], f"{out}.most", keepdims=1)
        builder.add("Max", [f"{out}.most", builder.constant("least", np.array(_MIN_SCALE))], f"{out}.largest")
        smoothed = builder.add("Div", [smoothed, f"{out}.largest"], f"{out}.rows")
    quantized, scales = quantize_symmetric(values * quantization.smoothing_factors[:, None], 0)
    quantized_weights = builder.constant(f"{out}.steps", quantized.astype(np.int8))
    zeros = builder.constant(f"{out}.zeros", np.zeros(values.shape[1], dtype=np.int8))
    inputs = [smoothed, quantized_weights, builder.constant(f"{out}.scales", scales[0]), zeros]
    product = builder.add(
        "DynamicQuantizeMatMul", inputs, f"{out}.product" if quantization.per_token else out, CONTRIB_DOMAIN
    )
    if quantization.per_token:
        builder.add("Mul", [product, f"{out}.largest"], out)


def _add_quantized_gather(builder: GraphBuilder, node: Any, values: Float32Array) -> None:
    """Quantise an embedding table, one scale a row."""
    from onnx import TensorProto

    out = node.output[0]
    quantized, scales = quantize_symmetric(values, 1)
    builder.add("Gather", [builder.constant(f"{out}.table", quantized.astype(np.int8)), node.input[1]], f"{out}.steps")
    builder.add("Gather", [builder.constant(f"{out}.scales", scales), node.input[1]], f"{out}.scale")
    builder.add("Cast", [f"{out}.steps"], f"{out}.wide", to=TensorProto.FLOAT)
    builder.add("Mul", [f"{out}.wide", f"{out}.scale"], out)


def _record_activations(model: Any, feeds: Sequence[Feed]) -> dict[str, Activations]:
    """Return the activations at the input of each product with weights, by name."""
    import onnx

    tables = {w.name for w in model.graph.initializer}
    input_names = list(
        dict.fromkeys(n.input[0] for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in tables)
    )
    instrumented = onnx.ModelProto()
    instrumented.CopyFrom(model)
    instrumented.graph.output.extend(onnx.ValueInfoProto(name=name) for name in input_names)
    session = load_session(instrumented.SerializeToString())
    runs = [session.run(input_names, feed) for feed in feeds]
    activations = {}
    for i, name in enumerate(input_names):
        inputs_of_texts = [run[i].reshape(-1, run[i].shape[-1]) for run in runs]
        activations[name] = Activations(np.concatenate(inputs_of_texts), [len(text) for text in inputs_of_texts])
    return activations


def _replace_nodes(model: Any, replace: Callable[[GraphBuilder, Any, Float32Array], bool]) -> Any:
    """Return a model with other nodes for those that use a float32 weight matrix: products and look-ups.

    replace: given the nodes so far, a node and its matrix, appends what stands for the node; False leaves it as it is.
    """
    from onnx import helper, numpy_helper

    initializers = {w.name: w for w in model.graph.initializer}
    builder = GraphBuilder()
    for node in model.graph.node:
        name = _weight_name(node)
        values: NDArray[Any] = numpy_helper.to_array(initializers[name]) if name in initializers else np.empty(0)
        is_eligible = values.ndim == 2 and values.dtype == np.float32 and values.nbytes >= EXTERNAL_DATA_BYTES
        if not (is_eligible and replace(builder, node, values)):
            builder.nodes.append(node)
    used = {name for node in builder.nodes for name in node.input}
    kept_initializers = [w for w in model.graph.initializer if w.name in used and w.name not in builder.constants]
    replaced = type(model)()
    replaced.CopyFrom(model)
    del replaced.graph.node[:], replaced.graph.initializer[:]
    replaced.graph.node.extend(builder.nodes)
    replaced.graph.initializer.extend([*kept_initializers, *builder.initializers()])
    if CONTRIB_DOMAIN not in [opset.domain for opset in replaced.opset_import]:
        replaced.opset_import.append(helper.make_opsetid(CONTRIB_DOMAIN, 1))
    return replaced


def _weight_name(node: Any) -> str:
    """Return the name of the weights of a product or a look-up; "" for other nodes."""
    input_position = {"MatMul": 1, "Gather": 0}.get(node.op_type)
    return str(node.input[input_position]) if input_position is not None else ""
