"""The graph of late interaction's matrix product: 8-bit integers, summed exactly in 32 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pincite.index.retrieval.late_interaction import ZERO_POINT
from pincite.index.storage.token_files import PRODUCT_FILE
from pincite.index.system_errors import naming_file
from pincite.ingestion.encoder.onnx_builder import GraphBuilder


def write_token_product(folder: Path, dimension: int) -> None:
    """Write the graph: token vectors (t, d) uint8 about ZERO_POINT, digits (d, q) int8, sums (t, q) int32."""
    import onnx
    from onnx import TensorProto

    builder = GraphBuilder()
    builder.add("MatMulInteger", ["tokens", "digits", builder.constant("zero", np.array(ZERO_POINT))], "sums")
    model = builder.to_model(
        "product",
        [("tokens", TensorProto.UINT8, ["t", dimension]), ("digits", TensorProto.INT8, [dimension, "q"])],
        [("sums", TensorProto.INT32, ["t", "q"])],
    )
    with naming_file(folder / PRODUCT_FILE):
        onnx.save_model(model, str(folder / PRODUCT_FILE))
