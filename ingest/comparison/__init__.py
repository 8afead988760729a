"""Comparison of two indexes: documents and their sections come in, changes go out; no file is opened."""
