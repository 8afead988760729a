"""Training of the judge: public data in, one small ONNX file out. Nothing that serves imports this."""
