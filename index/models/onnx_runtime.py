"""ONNX Runtime with its telemetry switched off before the import: this is the one module that imports it.

Its wheels report to Microsoft by default and keep what waits to be sent in the home folder. The switch in its own
interface, disable_telemetry_events(), comes too late: the import alone starts it.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # not a default: no variable of anybody's is to turn it on

import onnxruntime

__all__ = ["onnxruntime"]
