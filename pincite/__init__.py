"""Answers questions from documents by quoting them, each quote with a citation that can be checked."""

VERSION = "0.1.0"  # pyproject.toml takes it from here
