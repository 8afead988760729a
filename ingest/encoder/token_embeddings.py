"""Token embeddings taken out of a graph, which takes their rows instead of ids. Graphs come in, graphs go out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_EMBEDDING_ROWS = 1000  # of a table that holds a row for each token of a vocabulary


def extract_token_embeddings(model: Any) -> tuple[Any, NDArray[Any]]:
    """Split a graph into one that takes token embeddings as an input, and their table: (vocabulary, d).

    model: onnx.ModelProto, left as it is. In the graph the table would be mapped as a whole, and up to all of it
    resident (docs/decisions/0012-speed.md). If there is no such table, or it is used for more than that, the graph is
    returned as it is, with an empty table.
    """
    from onnx import helper, numpy_helper

    uses = Counter(name for node in model.graph.node for name in node.input)
    used_once = (w for w in model.graph.initializer if uses[w.name] == 1)
    candidates = {w.name: w for w in used_once if len(w.dims) == 2 and w.dims[0] >= MIN_EMBEDDING_ROWS}
    input_names = {entry.name for entry in model.graph.input}
    lookups = [
        n for n in model.graph.node if n.op_type == "Gather" and n.input[0] in candidates and n.input[1] in input_names
    ]
    if not lookups:
        return model, np.empty((0, 0), dtype=np.float32)
    lookup = max(lookups, key=lambda n: int(np.prod(candidates[n.input[0]].dims)))
    table = candidates[lookup.input[0]]
    split = type(model)()
    split.CopyFrom(model)
    rows = helper.make_tensor_value_info(lookup.output[0], table.data_type, [1, "length", table.dims[1]])
    split.graph.input.append(rows)
    split.graph.node.remove(lookup)
    split.graph.initializer.remove(table)
    return split, numpy_helper.to_array(table)
