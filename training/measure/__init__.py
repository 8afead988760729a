"""Measures of a trained cross-encoder."""
