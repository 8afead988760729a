"""Builder for ONNX graphs: nodes in the order of the flow, and their constants. No file is seen here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET_VERSION = 18
CONTRIB_DOMAIN = "com.microsoft"  # ONNX Runtime's own operators

ValueInfo = tuple[str, int, Sequence[int | str]]  # name, onnx.TensorProto's type, shape


class GraphBuilder:
    """Nodes and constants of a graph that is being written."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Name an array. Returns the name."""
        self.constants[name] = np.ascontiguousarray(values)
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output. Returns the output's name."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, domain=domain, **attributes))
        return output

    def split(self, source: str, outputs: Sequence[str], axis: int) -> Sequence[str]:
        """Append a node that cuts a tensor into equal parts along an axis. Returns their names."""
        from onnx import helper

        attributes = {"axis": axis, "num_outputs": len(outputs)}
        self.nodes.append(helper.make_node("Split", [source], list(outputs), outputs[0], **attributes))
        return outputs

    def to_model(self, name: str, inputs: Sequence[ValueInfo], outputs: Sequence[ValueInfo]) -> Any:
        """Return the graph as an onnx.ModelProto. inputs, outputs: its inputs and outputs."""
        from onnx import helper

        ins, outs = ([helper.make_tensor_value_info(*value) for value in values] for values in (inputs, outputs))
        graph = helper.make_graph(self.nodes, name, ins, outs, self.initializers())
        opsets = [helper.make_opsetid("", OPSET_VERSION)]
        if any(node.domain == CONTRIB_DOMAIN for node in self.nodes):
            opsets.append(helper.make_opsetid(CONTRIB_DOMAIN, 1))
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def initializers(self) -> list[Any]:
        """Return the constants as the initializers of a graph."""
        from onnx import numpy_helper

        return [numpy_helper.from_array(values, name) for name, values in self.constants.items()]
