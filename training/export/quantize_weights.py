"""Making an exported graph small: matrices and embeddings stored in eight bits, with a scale for each row or column.

Stored, not computed: the graph turns matrices back into float32 when it is opened (ONNX Runtime folds a cast and a
product of constants), so that nothing but the rounding of the weights is lost. Embedding rows are turned back as they
are looked up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 10_000  # elements; smaller tensors are left alone


def rounded(matrix: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Eight-bit values and their scales, such that values * scales is about the matrix.

    matrix: (m, n). axis: the one that is summed over, along which a scale is shared. Returns (m, n) int8 and scales
    that broadcast over it.
    """
    scales = np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), 1e-8) / 127
    return np.round(matrix / scales).astype(np.int8), scales.astype(np.float32)


def store_small(source: Path, path: Path, *, matrices: bool) -> None:
    """Write a graph with its embeddings in eight bits and, with `matrices`, its matrices too."""
    model = onnx.load(str(source))
    graph = model.graph
    stored = {t.name: t for t in graph.initializer if t.data_type == TensorProto.FLOAT and len(t.dims) == 2}
    large = {name for name, tensor in stored.items() if np.prod(tensor.dims) >= SMALLEST}
    nodes: list[onnx.NodeProto] = []
    done: set[str] = set()
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in large:
            name = node.input[0]
            _store(graph, stored[name], 1, done)
            nodes += _looked_up(node, name)
        elif matrices and node.op_type == "MatMul" and node.input[1] in large:
            name = node.input[1]
            if name not in done:
                nodes += _restored(name)
            _store(graph, stored[name], 0, done)
            node.input[1] = f"{name}.restored"
            nodes.append(node)
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _store(graph: onnx.GraphProto, tensor: onnx.TensorProto, axis: int, done: set[str]) -> None:
    """Put the eight-bit values and scales of a tensor in its place."""
    if tensor.name in done:
        return
    values, scales = rounded(numpy_helper.to_array(tensor), axis)
    graph.initializer.append(numpy_helper.from_array(values, f"{tensor.name}.values"))
    graph.initializer.append(numpy_helper.from_array(scales, f"{tensor.name}.scales"))
    graph.initializer.remove(tensor)
    done.add(tensor.name)


def _restored(name: str) -> list[onnx.NodeProto]:
    cast = helper.make_node("Cast", [f"{name}.values"], [f"{name}.cast"], to=TensorProto.FLOAT)
    return [cast, helper.make_node("Mul", [f"{name}.cast", f"{name}.scales"], [f"{name}.restored"])]


def _looked_up(node: onnx.NodeProto, name: str) -> list[onnx.NodeProto]:
    """Nodes that look up values and scales by the same places, and multiply them."""
    places, result = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [f"{name}.values", places], [f"{result}.values"], axis=0),
        helper.make_node("Gather", [f"{name}.scales", places], [f"{result}.scales"], axis=0),
        helper.make_node("Cast", [f"{result}.values"], [f"{result}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{result}.cast", f"{result}.scales"], [result]),
    ]
