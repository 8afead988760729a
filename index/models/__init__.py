"""Models that ONNX Runtime runs: the query encoder and the cross-encoder."""
