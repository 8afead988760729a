"""Quotes with the place where they stand, and links to it."""
