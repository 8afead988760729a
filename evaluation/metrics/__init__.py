"""Measures of rankings and of answerability, and their statistics."""
