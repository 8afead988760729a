"""The graph of the product that late interaction is made of: whole numbers in one byte each, summed up exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index.late import PRODUCT, ZERO
from ingest.nodes import OPSET, Nodes


def write_product(folder: Path, dimension: int) -> None:
    """Write the graph that index.late runs: token vectors (t, d) uint8 about ZERO, digits (d, q) int8, sums (t, q)."""
    import onnx
    from onnx import TensorProto, helper

    nodes = Nodes()
    nodes.add("MatMulInteger", ["tokens", "digits", nodes.constant("zero", np.array(ZERO))], "sums")
    graph = helper.make_graph(
        nodes.nodes,
        "product",
        [
            helper.make_tensor_value_info("tokens", TensorProto.UINT8, ["t", dimension]),
            helper.make_tensor_value_info("digits", TensorProto.INT8, [dimension, "q"]),
        ],
        [helper.make_tensor_value_info("sums", TensorProto.INT32, ["t", "q"])],
        nodes.initializers(),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.save_model(model, str(folder / PRODUCT))
