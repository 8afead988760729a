"""Kinds of care: whether a question gives away an emergency or distress. Vectors and text come in, a kind goes out."""
