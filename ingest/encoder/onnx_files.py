"""ONNX graphs on disk, each with its weights in a second file.

ONNX Runtime maps such a file instead of reading it: 45 MB less memory, half the time to load (decision 12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.models.encoder import ENCODER_GRAPH, ENCODER_WEIGHTS, TOKEN_EMBEDDINGS
from pincite.index.storage.npy import save_array
from pincite.index.system_errors import naming_file
from pincite.ingestion.encoder.onnx_builder import CONTRIB_DOMAIN, GraphBuilder

EXTERNAL_DATA_BYTES = 1024  # bytes from which a tensor lies in the file of weights
MIN_EMBEDDING_ROWS = 1000  # of a table that is one of words


def save_graph(model: Any, folder: Path, graph_file: str = ENCODER_GRAPH, weights_file: str = ENCODER_WEIGHTS) -> None:
    """Write a graph into `folder`, its weights in a file of their own."""
    from onnx.external_data_helper import convert_model_to_external_data, write_external_data_tensors

    weights_path = folder / weights_file
    convert_model_to_external_data(model, location=weights_file, size_threshold=EXTERNAL_DATA_BYTES)
    with naming_file(weights_path):
        weights_path.unlink(missing_ok=True)  # onnx would write behind what is there
        model = write_external_data_tensors(model, str(folder))
        weights_path.touch(0o644)  # a model so small that it has no second file
        weights_path.chmod(0o644)
    with naming_file(folder / graph_file):
        (folder / graph_file).write_bytes(model.SerializeToString())


def load_graph(folder: Path, graph_file: str = ENCODER_GRAPH) -> Any:
    """Load the graph of `folder` with its weights."""
    import onnx

    return onnx.load(str(folder / graph_file))


def rewrite_nodes(model: Any, replace: Callable[[GraphBuilder, Any, NDArray[np.float32]], bool]) -> None:
    """Put other nodes in the place of those that use a table of float32 weights: products and look-ups.

    replace: given the nodes so far, a node and its table, appends what stands for the node; False leaves it as it is.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    initializers = {w.name: w for w in graph.initializer}
    builder = GraphBuilder()
    for node in graph.node:
        name = weight_name(node)
        values: NDArray[Any] = numpy_helper.to_array(initializers[name]) if name in initializers else np.empty(0)
        is_eligible = values.ndim == 2 and values.dtype == np.float32 and values.nbytes >= EXTERNAL_DATA_BYTES
        if not (is_eligible and replace(builder, node, values)):
            builder.nodes.append(node)
    used = {name for node in builder.nodes for name in node.input}
    kept_initializers = [w for w in graph.initializer if w.name in used and w.name not in builder.constants]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(builder.nodes)
    graph.initializer.extend([*kept_initializers, *builder.initializers()])
    if CONTRIB_DOMAIN not in [opset.domain for opset in model.opset_import]:
        model.opset_import.append(helper.make_opsetid(CONTRIB_DOMAIN, 1))


def weight_name(node: Any) -> str:
    """Return the name of the table that a product or a look-up uses; "" for other nodes."""
    input_position = {"MatMul": 1, "Gather": 0}.get(node.op_type)
    return str(node.input[input_position]) if input_position is not None else ""


def extract_token_embeddings(folder: Path) -> None:
    """Move the token embeddings out of the graph in `folder` into a file of their own; the graph takes rows instead.

    In the graph the table would be mapped as a whole, and up to all of it resident (docs/decisions/0012-speed.md).
    Where there is no such table, or it is used for more than that, the file is empty.
    """
    from onnx import helper, numpy_helper

    model = load_graph(folder)
    graph = model.graph
    uses = Counter(name for node in graph.node for name in node.input)
    used_once = (w for w in graph.initializer if uses[w.name] == 1)
    candidates = {w.name: w for w in used_once if len(w.dims) == 2 and w.dims[0] >= MIN_EMBEDDING_ROWS}
    input_names = {entry.name for entry in graph.input}
    lookups = [
        n for n in graph.node if n.op_type == "Gather" and n.input[0] in candidates and n.input[1] in input_names
    ]
    if not lookups:
        save_array(folder / TOKEN_EMBEDDINGS, np.empty((0, 0), dtype=np.float32))
        return
    node = max(lookups, key=lambda n: int(np.prod(candidates[n.input[0]].dims)))
    table = candidates[node.input[0]]
    save_array(folder / TOKEN_EMBEDDINGS, numpy_helper.to_array(table))
    graph.input.append(helper.make_tensor_value_info(node.output[0], table.data_type, [1, "length", table.dims[1]]))
    graph.node.remove(node)
    graph.initializer.remove(table)
    save_graph(model, folder)
