"""Ranking of passages for a question: candidates of two retrievers, re-ranked, the first of them read."""
