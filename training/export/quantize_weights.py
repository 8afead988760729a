"""Quantisation of embedding tables: int8 values with a scale for each row, turned back into float32 at look-up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

MIN_TABLE_ELEMENTS = 10_000  # smaller tables are left alone


def quantize_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantise a table (m, n). Returns int8 values (m, n) and scales (m, 1), whose product is about the table."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127
    return np.round(table / scales).astype(np.int8), scales.astype(np.float32)


def quantize_embeddings(model: Any) -> Any:
    """Quantise the large tables that a graph looks rows up in. Changes the model, and returns it."""
    graph = model.graph
    tables = {
        t.name: t
        for t in graph.initializer
        if t.data_type == TensorProto.FLOAT and len(t.dims) == 2 and np.prod(t.dims) >= MIN_TABLE_ELEMENTS
    }
    nodes: list[Any] = []
    done: set[str] = set()
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in tables:
            name = node.input[0]
            if name not in done:
                _replace(graph, tables[name])
                done.add(name)
            nodes += _lookup(node, name)
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    checker.check_model(model)
    return model


def _replace(graph: Any, table: Any) -> None:
    """Put the values and scales of a table in its place."""
    values, scales = quantize_rows(numpy_helper.to_array(table))
    graph.initializer.append(numpy_helper.from_array(values, f"{table.name}.values"))
    graph.initializer.append(numpy_helper.from_array(scales, f"{table.name}.scales"))
    graph.initializer.remove(table)


def _lookup(node: Any, name: str) -> list[Any]:
    """Make the nodes that look up values and scales of the same rows, and multiply them."""
    rows, result = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [f"{name}.values", rows], [f"{result}.values"], axis=0),
        helper.make_node("Gather", [f"{name}.scales", rows], [f"{result}.scales"], axis=0),
        helper.make_node("Cast", [f"{result}.values"], [f"{result}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{result}.cast", f"{result}.scales"], [result]),
    ]
