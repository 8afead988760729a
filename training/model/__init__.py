"""The cross-encoder and its training."""
