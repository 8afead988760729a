"""ONNX Runtime sessions, and what a graph is fed."""

from __future__ import annotations

import os
import re
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
_SYSTEM_ERROR = re.compile(r"SystemError : ([1-9][0-9]{0,2})\b")

WEIGHTS_SUFFIX = ".weights"  # of the file that holds the weights of a graph, in its folder

Feed = dict[str, NDArray[Any]]  # what a graph is given, by the names of its inputs


def load_session(graph: Path | bytes, weights_folder: Path | None = None, arena: bool = True) -> Any:
    """Open an ONNX Runtime session with one intra-op thread. Exceptions of ONNX Runtime are passed through.

    Raises OSError where the system does not let a graph or its weights be read: it names both files, since ONNX Runtime
    does not say which it was.

    graph: a file, or its bytes; the weights of these are in them, or in the files they name in `weights_folder`.
    `arena` enables the CPU memory arena: less memory, but concurrent runs contend for its lock.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = arena
    if weights_folder:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(weights_folder))
    source = graph if isinstance(graph, bytes) else str(graph)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        match = _SYSTEM_ERROR.search(str(error))
        if match is None or isinstance(graph, bytes):
            raise
        number = int(match[1])
        files = f"{graph}, {graph.with_suffix(WEIGHTS_SUFFIX).name}"
        raise OSError(number, os.strerror(number), files) from error


def feed_of(read: Encoding, names: Sequence[str]) -> Feed:
    """Return the inputs of a graph for tokenized text, by name: (1, t) int64 each."""
    return {name: np.array([getattr(read, ENCODING_FIELDS[name])], dtype=np.int64) for name in names}
