"""Copies of an index: a bundle's passages into a passage store, and a store's into a bundle."""
