"""ONNX Runtime sessions, and what a graph is fed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from pincite.index.models.onnx_runtime import onnxruntime

ENCODING_FIELDS = {
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}  # of an encoding

Feed = dict[str, NDArray[Any]]  # what a graph is given, by the names of its inputs


def load_session(graph: Path, arena: bool = True) -> Any:
    """Open an ONNX Runtime session with one intra-op thread. Exceptions of ONNX Runtime are passed through.

    `arena` enables the CPU memory arena: less memory, but concurrent runs contend for its lock.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = arena
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def feed_of(read: Encoding, names: Sequence[str]) -> Feed:
    """Return the inputs of a graph for tokenized text, by name: (1, t) int64 each."""
    return {name: np.array([getattr(read, ENCODING_FIELDS[name])], dtype=np.int64) for name in names}
