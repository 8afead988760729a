"""Training of the judge: public data in, one small ONNX file out. Nothing that serves imports this.

Whatever module of it is run, ONNX Runtime, PyTorch and the libraries round it are told here first to stay silent.
"""

import pincite.index.models.onnx_runtime
import pincite.ingestion.offline  # noqa: F401
