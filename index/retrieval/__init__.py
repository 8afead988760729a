"""Scores for passages: dense, BM25, late interaction, sentence vectors, and their fusion."""
