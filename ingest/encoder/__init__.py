"""A model becomes an ONNX graph that serving can run."""
