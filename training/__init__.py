"""Training of the cross-encoder: public data in, one small ONNX file out. Nothing that serves imports this.

Whatever module of it is run, ONNX Runtime, PyTorch and the libraries round it are switched to silence here first.
"""

import pincite.index.models.onnx_runtime
import pincite.ingestion.offline  # noqa: F401
