"""The exported encoder as it is served: its weights in a file beside the graph, in float32 or in eight bits.

Beside the graph, ONNX Runtime maps the weights from disk in place of reading them in: 45 MB less memory, and half the
time to load (docs/decisions/0012-speed.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import GRAPH, WEIGHTS

BLOCKS = (128, 64, 32, 16)  # numbers that share one scale: the most that divide a column
LEAST_ROWS = 1000  # of a table that is looked up in eight bits
_BESIDE = 1024  # bytes from which a tensor lies in the file of weights


def move_weights_out(folder: Path) -> None:
    """Write the graph in `folder` again, its weights in a file of their own."""
    import onnx

    _write(onnx.load(str(folder / GRAPH)), folder)


def to_eight_bits(folder: Path) -> None:
    """Write the graph in `folder` again with its weights in eight bits, one scale a block.

    Products with weights are ONNX Runtime's MatMulNBits, which rounds what comes in by blocks, too: the usual eight-bit
    product has one scale for a whole text, and loses up to .05 of a cosine to it. Tables of words have one scale a row.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(folder / GRAPH))
    graph = model.graph
    weights = {w.name: w for w in graph.initializer}
    nodes: list[Any] = []
    replaced: dict[str, list[Any]] = {}
    for node in graph.node:
        place = {"MatMul": 1, "Gather": 0}.get(node.op_type)
        name = node.input[place] if place is not None else ""
        values: NDArray[Any] = numpy_helper.to_array(weights[name]) if name in weights else np.empty(0)
        if values.ndim == 2 and node.op_type == "MatMul" and (block := _block(len(values))):
            bytes_, scales = rounded(np.ascontiguousarray(values.T).reshape(values.shape[1], -1, block))
            replaced[name] = [(f"{name}.bytes", (bytes_ + 128).astype(np.uint8)), (f"{name}.scales", scales)]
            shape = {"K": len(values), "N": values.shape[1], "bits": 8, "block_size": block, "accuracy_level": 4}
            inputs = [node.input[0], f"{name}.bytes", f"{name}.scales"]
            nodes.append(
                helper.make_node("MatMulNBits", inputs, node.output, node.name, domain="com.microsoft", **shape)
            )
        elif values.ndim == 2 and values.dtype == np.float32 and len(values) >= LEAST_ROWS:
            bytes_, scales = rounded(values)
            replaced[name] = [(f"{name}.bytes", bytes_.astype(np.int8)), (f"{name}.scales", scales[:, None])]
            out = node.output[0]
            nodes += [
                helper.make_node("Gather", [f"{name}.bytes", node.input[1]], [f"{out}.bytes"]),
                helper.make_node("Gather", [f"{name}.scales", node.input[1]], [f"{out}.scale"]),
                helper.make_node("Cast", [f"{out}.bytes"], [f"{out}.steps"], to=onnx.TensorProto.FLOAT),
                helper.make_node("Mul", [f"{out}.steps", f"{out}.scale"], [out]),
            ]
        else:
            nodes.append(node)
    kept = [w for w in graph.initializer if w.name not in replaced]
    kept += [numpy_helper.from_array(value, name) for pair in replaced.values() for name, value in pair]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    _write(model, folder)


def rounded(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Numbers in 127 steps of the largest of each last axis: the steps (..., n), and the scales (...)."""
    scales = np.abs(values).max(axis=-1) / np.float32(127)
    scales = np.where(scales > 0, scales, np.float32(1)).astype(np.float32)
    return np.rint(values / scales[..., None]), scales


def _block(rows: int) -> int:
    return next((block for block in BLOCKS if rows % block == 0), 0)


def _write(model: Any, folder: Path) -> None:
    import onnx

    (folder / WEIGHTS).unlink(missing_ok=True)  # onnx would write behind what is there
    onnx.save_model(
        model,
        str(folder / GRAPH),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS,
        size_threshold=_BESIDE,
    )
    (folder / WEIGHTS).touch(0o644)  # a model so small that nothing lies beside its graph
    (folder / WEIGHTS).chmod(0o644)
