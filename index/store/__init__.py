"""Passage stores: where the passages of an index lie when they do not lie in its bundle.

One Protocol, and what a search needs on top of it. Imports no engine: each has a room of its own below.
"""
