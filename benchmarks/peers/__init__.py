"""Comparison of pincite with other ways to search the same passages with the same weights: `make bench`."""
