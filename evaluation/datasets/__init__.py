"""Labelled questions and collections, read and checked."""
