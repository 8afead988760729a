"""A trained cross-encoder becomes a small ONNX file."""
