"""Passages become vectors."""
